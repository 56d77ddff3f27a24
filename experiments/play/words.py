"""What the figures on a page mean, in a sentence each: the glossary of a seat."""

from __future__ import annotations

EVERYBODY = (
    (
        "H100e",
        "computing power of one Nvidia H100; k is thousands, m millions. At the start a thousand of them need "
        "about a megawatt",
    ),
    (
        "GPU $, own $",
        "posted price of an H100e for an hour, on GPUs and on the cloud's own chip, with a commitment of a year",
    ),
    ("$/H100e", "price of a chip, for each H100e of its power: a list price, or the transfer price inside a cloud"),
    (
        "use, share, orders",
        "of others, as reported a quarter late: capacity in use, a chip's share of all compute in use, orders not yet "
        "delivered (k thousands, m millions); nine of ten truths lie in the range. Your own use stands on your board",
    ),
    ("next", "quarters to the announced start of the next chip generation; it may slip"),
    (
        "announced",
        "a cloud's capacity that is installed or on order, all together: an order stands in it at once",
    ),
    (
        "preview",
        "what your answers may lead to in worlds drawn afresh from what you know, beside the rule's answers",
    ),
    (
        "demand index",
        "the world's spending on compute; 1 is the end of 2025. Edge: the same for compute outside data centres",
    ),
)
BY_ROLE = {
    "cloud": (
        (
            "price over cost",
            "posted price over the long-run cost of capacity, cost of capital included; above 1 a new site earns "
            "more than it costs",
        ),
        (
            "power free in 3 q",
            "megawatts for which sites will have power when an order of today arrives; chips beyond it stand dark",
        ),
        ("planned to spend", "what your board has planned for new capacity in the quarter; you may order more"),
        (
            "can be paid",
            "what new orders may cost in all: cash, a year's income, what the rest of the firm and lenders pay; "
            "sellers take no more",
        ),
        (
            "installed, with power, on order",
            "what stands in your sites, the part of it that has power, and what is ordered and not installed: it lands "
            "as it is made",
        ),
    ),
    "vendor": (
        ("wafers, H100e a wafer", "what you book at the foundry, and the compute a wafer will hold when it arrives"),
        ("orders waiting, in stock", "ordered and not yet delivered; made and not yet ordered"),
        ("orders grow", "trend of orders for data centres, a quarter"),
    ),
    "lab": (
        ("compute bill", "what you pay for rented compute in a quarter; your key figure, and a cost"),
        (
            "runway",
            "quarters that your cash lasts at last quarter's burn; funding to come is what investors have promised",
        ),
        ("serving needs", "compute that this quarter's customers need; what you use beyond it trains models"),
        ("investor's tie", "quarters for which your investor's cloud has a claim on your bookings"),
        ("chips ported to", "families of chips that your software runs on beside the first"),
    ),
    "regulator": (
        (
            "HHI",
            "concentration: sum of squared shares in %; 10,000 is a monopoly, above 2,500 is high. On your board "
            "over all compute that clouds use or rent out",
        ),
        ("proof", "evidence over what a final decision needs; 30 % lets you open a case, 70 % charge, 100 % impose"),
        (
            "next",
            "the step that follows, with the part of the proof that it needs; too early: the time of the "
            "investigation, which nobody knows before, has not come. When it comes, one in five goes on to a "
            "charge and the others are closed, whatever the proof, as on record",
        ),
        (
            "welfare in your region",
            "what buyers gain above what they pay, and half the value of an open market, less errors and steps "
            "without proof",
        ),
    ),
}


def glossary(role: str) -> str:
    """A line a word: those of every seat, then those of the role."""
    return "\n".join(f"{word}: {meaning}." for word, meaning in (*EVERYBODY, *BY_ROLE[role]))
