"""Plays the shipped games with the engine of the folder it is called in, and keeps every table and every decision.

tests/same.py calls this file by its path in two trees, so it knows an engine only by the names of README and finds what
moves at its old or its new address: `python -P same_play.py log FILE`, `play FOLDER LOG [--quick]`, `time TRIES`.
"""

from __future__ import annotations

import importlib
import pickle
import sys
import time
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

QUARTERS, SEED, FEW, MANY = 12, 7, 3, 65
LOCK_IN = (1, 6, 12)
TABLES = ("quarters", "offers", "parties", "lock_in")
LIBRARY = Path("experiments/scenarios")
NO_SCENARIO = ("study",)
ACTING, EDGE = "favouring-draws-a-case", "trainium-at-the-edge"
Notes = dict[tuple[int, str], Any]


def found(*addresses: str) -> Any:
    """What the first address, 'module:name', that exists in this tree stands for; ImportError when none does."""
    for address in addresses:
        module, _, name = address.partition(":")
        try:
            return getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            if not f"{module}.".startswith(f"{error.name}."):  # the module is there and misses another
                raise
        except AttributeError:
            continue
    raise ImportError(f"this tree has none of {', '.join(addresses)}")


class Noting:
    """A player, or a seat, whose decisions are noted by quarter and party."""

    def __init__(self, player: Any, name: str, role: str, notes: Notes) -> None:
        self.player, self.name, self.role, self.notes = player, name, role, notes

    def decide(self, own: Any, market: Any) -> Any:
        """What the player decides."""
        decided, asked = self.player.decide(own, market), (market.quarter, self.name)
        while asked in self.notes:  # asked twice in a quarter: kept as well, for the other engine may not ask again
            asked = (asked[0], f"{asked[1]} again")
        self.notes[asked] = decided
        return decided

    def __getattr__(self, name: str) -> Any:
        return getattr(self.player, name)


def arrays(decided: Any) -> dict[str, np.ndarray]:
    """A decision's fields, its kind among them; an absent player has decided nothing."""
    given = {} if decided is None else {f.name: np.array(getattr(decided, f.name)) for f in fields(decided)}
    return {"(kind)": np.array(type(decided).__name__), **given}


def kept(records: Any, names: tuple[str, ...], notes: Notes) -> dict[str, Any]:
    """Tables by name and column, and decisions by quarter, party and field."""
    frames = {name: getattr(records, name)() for name in names}
    columns = {name: {key: frame[key].to_numpy() for key in frame.columns} for name, frame in frames.items()}
    for table in columns.values():
        table.update({key: values.astype(str) for key, values in table.items() if values.dtype.kind not in "biuf"})
    labels = dict(zip(columns["quarters"]["quarter_number"].tolist(), columns["quarters"]["quarter"], strict=True))
    decisions = {
        (str(labels.get(number, number)), party, name): values
        for (number, party), decided in notes.items()
        for name, values in arrays(decided).items()
    }
    return {"tables": columns, "decisions": decisions}


def game_of(scenario: str, notes: Notes, strategies: Mapping[str, str] | None = None, **size: Any) -> Any:
    """A game of a scenario by name, with everybody's decisions noted."""
    load, game = found("experiments.scenarios:load"), found("sim.game:Game")
    seated = found("agents.roster:cast")(strategies)
    noting = lambda game: [Noting(one, one.name, one.role, notes) for one in seated(game)]  # noqa: E731
    return game(load(scenario), noting, seed=SEED, **{"quarters": QUARTERS, "lock_in": LOCK_IN, **size})


def played(scenario: str, strategies: Mapping[str, str] | None = None, **size: Any) -> dict[str, Any]:
    """What is kept of a game."""
    notes: Notes = {}
    game = game_of(scenario, notes, strategies, **size)
    try:
        return kept(game.run(), TABLES, notes)
    finally:
        game.close()


def everyone() -> tuple[tuple[str, str], ...]:
    """(role, name) of every party of the default roster."""
    roster = found("sim.roster:load_roster")("default")
    return tuple((role, name) for role, name, _ in found("agents.roster:parties")(roster))


def rounds() -> list[dict[str, str]]:
    """Strategies by party, so that over all rounds every strategy of every role holds a seat, beside neighbours of
    other kinds."""
    known = found("agents.strategies:known")
    names = {role: [sheet.name for sheet in known(role)] for role, _ in everyone()}
    longest = max(len(one) for one in names.values())
    return [
        {name: names[role][(turn + k) % len(names[role])] for k, (role, name) in enumerate(everyone())}
        for turn in range(longest)
    ]


def plan(quick: bool) -> dict[str, dict[str, Any]]:
    """Every game by name: what `played` is asked for."""
    act = {name: "enforcement-first" for role, name in everyone() if role == "regulator"}
    if quick:
        return {
            "baseline, drawn": {"scenario": "baseline", "worlds": FEW},
            f"{ACTING}, drawn, acting": {"scenario": ACTING, "worlds": FEW, "strategies": act},
            f"{EDGE}, fixed": {"scenario": EDGE, "worlds": FEW, "draw": False},
        }
    names = sorted(path.stem for path in LIBRARY.rglob("*.toml") if path.stem not in NO_SCENARIO)
    games: dict[str, dict[str, Any]] = {
        f"{name}, {how}": {"scenario": name, "worlds": FEW, "draw": how == "drawn"}
        for name in names
        for how in ("drawn", "fixed")
    }
    for turn, strategies in enumerate(rounds()):
        games[f"baseline, round {turn} of strategies"] = {
            "scenario": "baseline",
            "worlds": FEW,
            "strategies": strategies,
        }
    games[f"baseline, {MANY} worlds"] = {"scenario": "baseline", "worlds": MANY}
    games[f"{ACTING}, {MANY} worlds, acting"] = {"scenario": ACTING, "worlds": MANY, "strategies": act}
    games[f"{EDGE}, {MANY} worlds"] = {"scenario": EDGE, "worlds": MANY}
    return games


# --- the log ----------------------------------------------------------------------------------------------------------


class Patient:
    """A person's stand-in: the default strategy of a cloud, dearer by a little more every quarter."""

    def __init__(self) -> None:
        self.default = found("agents.strategies:default_for")("cloud").maker()

    def decide(self, own: Any, market: Any) -> Any:
        """The default's decision with another price."""
        decided = self.default.decide(own, market)
        return replace(
            decided, price_usd_per_h100e_hour=decided.price_usd_per_h100e_hour * (1.0 + market.quarter / 90.0)
        )


def write_log(path: Path, quarters: int = 4) -> None:
    """A log of a short game: AWS is held by a person, everybody else by the skilled bot of the role."""
    book = found("experiments.play.log:Logbook", "experiments.gamelog:Logbook")
    load, graded = found("experiments.scenarios:load"), found("agents.strategies:graded")
    bots = {name: graded(role, "skilled").name for role, name in everyone() if role != "segment" and name != "aws"}
    scenario, seated = load("baseline"), found("agents.roster:cast")(bots, {"aws": Patient()})
    size = {"quarters": quarters, "draw": True, "seed": SEED}
    log = book.begin(path, scenario=scenario, level=3, seats={**bots, "aws": "person"}, worlds=2, **size)
    game = found("sim.game:Game")(scenario, seated, worlds=2, **size)
    for _ in range(quarters):
        game.step()
        log.add(game)
    game.close()


def replayed(path: Path) -> dict[str, Any]:
    """What is kept of a log's game, played again with everybody's recorded decisions."""
    book = found("experiments.play.log:Logbook", "experiments.gamelog:Logbook").load(path)
    notes: Notes = {}
    roles = book.roles()
    game = book.game({name: Noting(seat, name, roles[name], notes) for name, seat in book.seats().items()})
    try:
        for _ in range(book.quarters_played):
            game.step()
        return kept(game.records, TABLES[:3], notes)
    finally:
        game.close()


# --- calls ------------------------------------------------------------------------------------------------------------


def play(folder: Path, log: Path, quick: bool) -> None:
    """One file a game in a folder."""
    games = plan(quick)
    for name, asked in games.items():
        (folder / f"{name}.pickle").write_bytes(pickle.dumps({"scenario": asked["scenario"], **played(**asked)}))
    (folder / "log.pickle").write_bytes(pickle.dumps({"scenario": "baseline", **replayed(log)}))


def best_seconds(tries: int) -> float:
    """The best of a few times that 64 worlds take over 8 quarters, set-up and decisions included."""
    seconds = []
    for _ in range(tries):
        begun = time.perf_counter()
        game = game_of("baseline", {}, worlds=64, quarters=8, lock_in=())
        game.run()
        seconds.append(time.perf_counter() - begun)
        game.close()
    return min(seconds)


def main(words: list[str]) -> None:
    """Do what is asked with the engine of this folder, and with no other."""
    home = Path(importlib.import_module("sim").__file__ or "").resolve()
    if not home.is_relative_to(Path.cwd().resolve()):
        raise SystemExit(f"the engine found is {home}, which is not in {Path.cwd()}")
    task, *rest = words
    if task == "log":
        write_log(Path(rest[0]))
    elif task == "play":
        play(Path(rest[0]), Path(rest[1]), "--quick" in rest)
    else:
        print(best_seconds(int(rest[0])))


if __name__ == "__main__":
    main(sys.argv[1:])
