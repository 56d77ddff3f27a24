"""What-ifs, printed: tables that fit their width, a paragraph each, and where the page is."""

from __future__ import annotations

from experiments.batch.progress import counting
from experiments.batch.target import Target
from experiments.fitted import NEVER, Fitted
from experiments.screen import Screen
from experiments.stats import NO_NUMBER, Estimate, number
from experiments.study.effects import SHARES
from experiments.study.figures import CLOSING
from experiments.study.terminal import short
from experiments.whatif import page, play
from experiments.whatif.answer import HELD, LOCKED, Answer
from experiments.whatif.bench import Asked
from experiments.whatif.channels import CHANNELS, TOTAL, Channels
from experiments.whatif.wording import NAMES


def run(asked: Asked, target: Target | None, workers: int) -> None:
    """Play the what-ifs, print the answers, and say where the page is."""
    told, console = play.run(asked, target, workers, counting), Screen()
    for answer, found, words in zip(told.answers, told.channels, told.paragraphs(), strict=True):
        show(answer, found, words, console)
    console.print(CLOSING, style="dim")
    if told.out is not None:
        console.print(f"Page: {told.out / play.PAGE}", soft_wrap=True)


def show(answer: Answer, found: Channels | None, words: str, console: Screen) -> None:
    """One answer."""
    console.print(f"What if? {answer.question.called}", style="bold", highlight=False)
    console.print(shares(answer))
    console.print(beside(answer))
    if found is not None:
        console.print(channels(answer, found))
    if answer.locked is not None:
        console.print(lock_in(answer))
    console.print(words, highlight=False)
    console.print()


def shares(answer: Answer) -> Fitted:
    """Change of Trainium's share under every denominator, by horizon."""
    table = _table("Trainium's share, %: level without it; change in points ± 95 % paired interval", "share of")
    table.column(f"without,\n{answer.labels[answer.last]}", justify="right", no_wrap=True)
    _horizons(table, answer)
    for metric, title in SHARES.items():
        base = answer.level(answer.BASE, metric).mean
        effects = (short(answer.effect(metric, quarter)) for quarter in answer.horizons)
        table.add_row(title, f"{base:.2f}" if answer.size.worlds else NO_NUMBER, *effects)
    return table


def beside(answer: Answer) -> Fitted:
    """How tight supply is, without the change and with it."""
    table = _table(f"Is it a queue? In {answer.labels[answer.last]}", "")
    for title in ("without it", "with it", "change"):
        table.column(title, justify="right")
    for row in page.beside(answer):
        table.add_row(*row)
    return table


def channels(answer: Answer, found: Channels) -> Fitted:
    """The antitrust part by channel, by horizon."""
    table = _table(f"Antitrust action by channel, points of H100e in use, {found.worlds} worlds", "channel")
    _horizons(table, answer, labels=False)
    for channel in (*CHANNELS, TOTAL):
        table.add_row(NAMES[channel], *(short(found.effect(channel, quarter)) for quarter in answer.horizons))
    return table


def lock_in(answer: Answer) -> Fitted:
    """The lock-in index and its parts at the last horizon: level, and what the change moves it by."""
    table = _table(f"Lock-in in {answer.labels[answer.last]}, points of demand at the core: level, change", "part")
    found = answer.lock_in()
    found = found[found["quarter"] == answer.labels[answer.last]]
    for place, (_, name) in enumerate(LOCKED):
        table.column(name, 2 * place, justify="right")
        table.column("change", place, justify="right", no_wrap=True)
    for part in HELD:
        words = []
        for level, name in LOCKED:
            row = found[(found["level"] == level) & (found["name"] == name) & (found["part"] == part)].iloc[0]
            one = Estimate(**{key: row[key] for key in Estimate.__dataclass_fields__})
            words += [number(float(row["base"])), short(one)]
        table.add_row(page.PART_NAMES[part], *words)
    return table


def _horizons(table: Fitted, answer: Answer, labels: bool = True) -> None:
    """A column a horizon; a narrow terminal goes without the first ones, and the last is always there."""
    for rank, quarter in zip(range(len(answer.horizons) - 1, -1, -1), answer.horizons, strict=True):
        head = f"q{quarter}\n{answer.labels[quarter]}" if labels else f"q{quarter}"
        table.column(head, rank or NEVER, justify="right", no_wrap=True)


def _table(title: str, first: str) -> Fitted:
    table = Fitted(title, pad_edge=False, collapse_padding=True)
    table.column(first)
    return table
