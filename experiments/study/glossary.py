"""The words of the report, in the order in which a reader needs them; they stand before the tables that use them."""

from __future__ import annotations

from experiments.study.design import Design

WORDS = (
    ("H100e", "The measure of compute: the peak dense 8-bit rate of one Nvidia H100. A chip half as fast is half one."),
    ("In use", "H100e at work, in captive fleets too, outside China. The first yardstick of every share here."),
    ("Installed", "H100e that stand there, online or waiting for power."),
    ("Spend", "Use valued at posted prices, so cheap chips count less."),
    ("Installed chips", "Pieces, whatever their speed, so many small chips count more."),
    ("Core, edge", "Data centres; small sites near the user. The core share leaves the edge out."),
    ("Percentage points", "The difference of two shares: from 6 % to 7 % is one point, and a sixth more."),
    ("World", "One play of the market, with its own luck{drawn}."),
    (
        "Range, middle",
        "What a range of the first page rests on stands under its picture. The bands of tables and figures hold nine "
        "worlds in ten, and their middle is the mean of all worlds.",
    ),
    (
        "95 % interval",
        "How well the mean is known, from differences world by world on the same draws. More worlds make it narrower; "
        "they do not make the range narrower.",
    ),
    ("Baseline", "The market as it goes on with no change. Each change is measured alone, against it."),
    (
        "Sold out",
        "Buyers want more of Trainium's capacity than there is. A buyer who would choose it has to wait: a queue.",
    ),
    (
        "Shadow price",
        "How hard buyers press on what is sold out, in the unit of their taste (utils). If it rises while a share "
        "stands still, the wish is there and the capacity is not.",
    ),
    ("Price over cost", "The posted price over what just pays for capital, power and operations."),
    ("Dilution", "The share falls only because the whole grows: the core share stays where it is."),
    ("Lock-in", "What makes leaving dear: software to port, data to move, terms, fees, ties to an investor."),
)
DRAWN = " and its own draw of what nobody has measured"


def glossary(design: Design, drawn: bool) -> list[tuple[str, str]]:
    """Terms with their meaning, and what each change is. drawn: do worlds draw the uncertain parameters?"""
    words = [(term, meaning.format(drawn=DRAWN if drawn else "")) for term, meaning in WORDS]
    changes = [(one.title, f"{one.on[0].upper()}{one.on[1:]}. Without it: {one.off}.") for one in design.factor]
    beside = [(one.title, f"{one.on[0].upper()}{one.on[1:]}.") for one in design.part if not one.factor and one.on]
    return [*words, *changes, *beside]
