"""Replays of a log: everybody repeats what is recorded, and what comes of it is compared with the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.batch import engine
from experiments.batch import fingerprint as fingerprints
from experiments.batch.engine import Cell, Played, Size
from experiments.batch.fingerprint import fingerprint
from experiments.batch.store import Store, party_rows, provenance, write_dictionary
from experiments.batch.target import PROVENANCE
from experiments.play.log import Logbook, digest_of, outcomes_of
from experiments.play.log_file import PlayedQuarter
from sim.arrays import Array
from sim.errors import InputError
from sim.game import Game
from sim.metrics import METRICS, ROUNDING

AGREEMENT = 1e-9
"""Relative difference up to which two machines, or the two roads to the numbers, agree; absolute where a figure is
rounding itself."""
SMALLEST = 1e-12
"""What a difference is measured by where a figure is nothing."""
SHOWN_MISSING = 3
"""Missing metrics, and quarters that lack them, that are named; the others are counted."""
TABLES = ("quarters", "offers", "parties")


@dataclass(frozen=True)
class Compared:
    """One quarter. metrics: how many were compared (a digest that agrees stands for all); missing: metrics that the log
    does not hold and no digest stands for; difference: the first one; '' when there is none."""

    quarter: str
    metrics: int
    missing: tuple[str, ...]
    difference: str


@dataclass(frozen=True)
class Verdict:
    """What a replay compared, quarter by quarter. bits: bit for bit, else to 1e-9.

    same_version: did this version, by these rules, write the log? Then it holds every metric; another version may know
    fewer. older: by which other rules it was played, in words; '' for today's."""

    bits: bool
    quarters: tuple[Compared, ...]
    same_version: bool
    older: str = ""

    @property
    def difference(self) -> str:
        """Where the game first differs from the log; '' when it does not."""
        return next((f"{one.quarter}: {one.difference}" for one in self.quarters if one.difference), "")

    @property
    def unchecked(self) -> tuple[str, ...]:
        """Quarters of which nothing was compared."""
        return tuple(one.quarter for one in self.quarters if not one.metrics)

    @property
    def missing(self) -> tuple[str, ...]:
        """Metrics that some quarter of the log does not hold, in the order of the records."""
        found = {name for one in self.quarters for name in one.missing}
        return tuple(metric.name for metric in METRICS if metric.name in found)

    @property
    def status(self) -> int:
        """Exit status: 0 only when every quarter was compared, in every metric that its version knew, and nothing
        differs."""
        gaps = bool(self.unchecked) or (bool(self.missing) and self.same_version) or not self.quarters
        return 1 if self.difference or gaps else 0

    @property
    def sentence(self) -> str:
        """The finding for a reader: what was compared, how, and what came of it."""
        if not self.difference and len(self.unchecked) == len(self.quarters):
            gaps = f": {self._gaps()}" if self.missing else ""
            return f"Replayed {_counted(self.quarters)}; there was nothing to compare{gaps}."
        found = f"the replay differs in {self.difference}" if self.difference else "no difference"
        gaps = f"; {self._gaps()}" if self.missing else ""
        rules = f" The log was played by other rules ({self.older})." if self.older else ""
        checked = f"Replayed {_counted(self.quarters)} and compared {self._covered()}, {_how(self.bits)}"
        return f"{checked}: {found}{gaps}.{rules}"

    def _covered(self) -> str:
        """'97 metrics in each', or '80 to 97 metrics in 3 of them'."""
        counts = sorted({one.metrics for one in self.quarters} - {0})
        span = " to ".join(str(count) for count in dict.fromkeys((*counts[:1], *counts[-1:])))
        checked = len(self.quarters) - len(self.unchecked)
        return f"{span or 'no'} metrics in {f'{checked} of them' if self.unchecked else 'each'}"

    def _gaps(self) -> str:
        """Which metrics the log lacks, and where."""
        more = len(self.missing) - SHOWN_MISSING
        named = ", ".join(self.missing[:SHOWN_MISSING]) + (f" and {more} more" if more > 0 else "")
        where = [one.quarter for one in self.quarters if one.missing]
        quarters = ", ".join(where[:SHOWN_MISSING]) + (", ..." if len(where) > SHOWN_MISSING else "")
        return f"the log does not hold {named} ({quarters})"


def _counted(quarters: Sequence[Compared]) -> str:
    return f"{len(quarters)} quarter{'' if len(quarters) == 1 else 's'}"


def _how(bits: bool) -> str:
    if bits:
        return "bit for bit (same machine, versions and kernels)"
    return f"to {AGREEMENT:g} relative (another machine, other versions or other kernels)"


def check(book: Logbook) -> Verdict:
    """Play the log again with everybody recorded, and compare."""
    return replayed(book)[0]


def replayed(book: Logbook) -> tuple[Verdict, dict[str, pd.DataFrame]]:
    """The same, with the tables of the game that was played again."""
    with closing(book.game(book.seats())) as game:
        found = compare(book, game)
        return found, engine.tables(book.scenario.name, TABLES, game.records)


def compare(book: Logbook, game: Game) -> Verdict:
    """Play in a fresh game the quarters that a log holds, and compare each with the log."""
    bits, found = fingerprint() == book.content.written_on, []
    for one in book.content.played:
        try:
            game.step()
        except InputError as error:
            raise InputError(f"{book.path.name}: {error}") from None
        except (
            ValueError
        ) as error:  # a list of a wrong length in the first quarter, which has none before it to compare with
            raise InputError(f"{book.path.name}: {one.quarter}: the decisions do not fit the game: {error}.") from None
        found.append(compared(one, outcomes_of(game), digest_of(game), bits))
    older = other_rules(book)
    return Verdict(bits, tuple(found), not older, older)


def other_rules(book: Logbook) -> str:
    """By which other rules a log was played, in words; '' for those of today."""
    return fingerprints.other_rules(book.content.product, book.content.rules)


def compared(one: PlayedQuarter, now: Mapping[str, Sequence[float]], digest: str, bits: bool) -> Compared:
    """A quarter of a log beside the same quarter played now: metrics by name, a value a world, and their digest."""
    whole = bits and digest == one.digest
    missing = () if whole else tuple(name for name in now if name not in one.outcomes)
    metrics = len(now) - len(missing)
    for name, before in one.outcomes.items():
        if name not in now:
            return Compared(one.quarter, metrics, missing, f"this version does not report '{name}'")
        allowed = None if bits else _allowed(name, np.array(before))
        if difference := _difference(np.array(before), np.array(now[name]), allowed):
            return Compared(one.quarter, metrics, missing, f"{name} {difference}")
    if bits and not whole:
        difference = "the digest is another although every figure of the log agrees"
        return Compared(one.quarter, metrics, missing, difference)
    return Compared(one.quarter, metrics, missing, "")


def _allowed(name: str, then: Array) -> Array:
    """How far a figure of another machine or road may be off, (worlds,)."""
    return AGREEMENT * (np.ones_like(then) if name in ROUNDING else np.maximum(np.abs(then), SMALLEST))


def _difference(then: Array, now: Array, allowed: Array | None) -> str:
    """The first world in which a figure differs, (worlds,) each; '' when none does. allowed: None for bit for bit.

    What is no number agrees with its like only."""
    same = (then == now) | (np.isnan(then) & np.isnan(now))
    if allowed is not None:
        with np.errstate(invalid="ignore"):
            same |= np.isfinite(then) & (np.abs(now - then) <= allowed)
    if same.all():
        return ""
    world = int(np.argmin(same))
    told = ".17g" if allowed is None else ".12g"
    return f"is {now[world]:{told}} and was {then[world]:{told}}"


def refuse_another_past(book: Logbook, found: Verdict) -> None:
    """InputError when the decisions of a log do not give the results that it holds: nothing can be played on from
    there."""
    if found.unchecked:
        quarter = found.unchecked[0]
        raise InputError(
            f"{book.path.name}: cannot be continued: it holds no figures of {quarter} to check it against."
        )
    if not found.difference:
        return
    rules = other_rules(book)
    why = f"it was played by other rules ({rules})." if rules else "was it changed by hand?"
    raise InputError(
        f"{book.path.name}: cannot be continued: its decisions do not give the results it holds "
        f"({found.difference}); {why} The log is as it was."
    )


def save(store: Store, book: Logbook, tables: dict[str, pd.DataFrame]) -> None:
    """Write the tables of a replay."""
    c, scenario = book.content, book.scenario
    store.add(Played(Cell(scenario, Size(c.worlds, book.quarters_played, c.seed)), tables))
    store.close_tables()
    write_dictionary(store, party_rows())
    facts = {"command": store.target.command, "seed": c.seed, "scenario_hash": scenario.digest}
    store.write(PROVENANCE, provenance(facts))
