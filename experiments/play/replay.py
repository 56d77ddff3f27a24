"""Replays of a log: everybody repeats what is recorded, and what comes of it is compared with the log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.batch.engine import Cell, Played, Size
from experiments.batch.fingerprint import VERSION, fingerprint
from experiments.batch.store import Store, party_rows, provenance, write_dictionary
from experiments.batch.target import PROVENANCE
from experiments.play.log import Logbook, digest_of, outcomes_of
from experiments.play.log_file import PlayedQuarter
from sim.errors import InputError
from sim.game import Game
from sim.metrics import ROUNDING

AGREEMENT = 1e-9
"""Relative difference up to which two machines, or the two roads to the numbers, agree; absolute where a figure is rounding itself."""
TABLES = ("quarters", "offers", "parties")


@dataclass(frozen=True)
class Verdict:
    """What a replay found. bits: were bits compared (else 1e-9)? difference: where it first differs; '' when it does not."""

    bits: bool
    difference: str
    quarters: int

    @property
    def sentence(self) -> str:
        """The finding for a reader."""
        how = (
            "bit for bit (same machine, versions and kernels)"
            if self.bits
            else f"to {AGREEMENT:g} relative (another machine, other versions or other kernels)"
        )
        if self.difference:
            return f"The replay differs: {self.difference}; checked {how}."
        return f"Replayed {self.quarters} quarters; checked {how}: no difference."

    @property
    def status(self) -> int:
        """Exit status: 1 when it differs."""
        return 1 if self.difference else 0


def check(book: Logbook) -> Verdict:
    """Play the log again with everybody recorded, and compare."""
    return replayed(book)[0]


def replayed(book: Logbook) -> tuple[Verdict, dict[str, pd.DataFrame]]:
    """The same, with the tables of the game that was played again."""
    game = book.game(book.seats())
    try:
        found = compare(book, game)
        return found, {name: getattr(game.records, name)() for name in TABLES}
    finally:
        game.close()


def compare(book: Logbook, game: Game) -> Verdict:
    """Play in a fresh game the quarters that a log holds, and compare each with the log."""
    bits, difference = fingerprint() == book.content.written_on, ""
    for one in book.content.played:
        try:
            game.step()
        except InputError as error:
            raise InputError(f"{book.path.name}: {error}") from None
        except (
            ValueError
        ) as error:  # a list of a wrong length in the first quarter, which has none before it to compare with
            raise InputError(f"{book.path.name}: {one.quarter}: the decisions do not fit the game: {error}.") from None
        if not difference:
            difference = _difference(one, game, bits)
    return Verdict(bits, difference, book.quarters_played)


def _difference(one: PlayedQuarter, game: Game, bits: bool) -> str:
    if bits and digest_of(game) == one.digest:
        return ""
    now = outcomes_of(game)
    for name, before in one.outcomes.items():
        if name not in now:
            return f"{one.quarter}: this version does not report '{name}'"
        then, after = np.array(before), np.array(now[name])
        scale = np.ones_like(then) if name in ROUNDING else np.maximum(np.abs(then), 1e-12)
        apart = np.abs(after - then) / scale
        if (after != then).any() if bits else (apart > AGREEMENT).any():
            world = int(apart.argmax())
            return f"{one.quarter}: {name} is {after[world]:.12g} and was {then[world]:.12g}"
    return f"{one.quarter}: the digest is another although every figure of the log agrees" if bits else ""


def refuse_another_past(book: Logbook, found: Verdict) -> None:
    """InputError when the decisions of a log do not give the results that it holds: nothing can be played on from there."""
    if not found.difference:
        return
    written = book.content.product
    why = f"version {written} wrote it and this is {VERSION}." if written != VERSION else "was it changed by hand?"
    raise InputError(
        f"{book.path.name}: cannot be continued: its decisions do not give the results it holds ({found.difference}); {why} "
        "The log is as it was."
    )


def save(store: Store, book: Logbook, tables: dict[str, pd.DataFrame]) -> None:
    """Write the tables of a replay."""
    c, scenario = book.content, book.scenario
    store.add(Played(Cell(scenario, Size(c.worlds, book.quarters_played, c.seed)), tables))
    store.close_tables()
    write_dictionary(store, party_rows())
    facts = {"command": store.target.command, "seed": c.seed, "scenario_hash": scenario.digest}
    store.write(PROVENANCE, provenance(facts))
