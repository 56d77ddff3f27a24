"""What a game leaves behind: tidy tables, a row a world and quarter (and offer), keyed and with units in metrics.py."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.arrays import Array, Mask
from sim.measures.lock_in import LockIn
from sim.metrics import LOCK_IN_METRICS, METRICS, OFFER_METRICS, PARTY_METRICS
from sim.quarters import label, ordinal
from sim.roster import Roster
from sim.scenario import Scenario
from sim.worlds import cut, widened

KEYS = ("cell", "world", "quarter")
OFFER_KEYS = (*KEYS, "cloud", "family", "channel")
PARTY_KEYS = (*KEYS, "role", "party")

Keyed = dict[tuple[str, ...], dict[str, Array]]
"""Rows of a quarter's table: key -> columns, (worlds,) each."""
METRIC, OFFER_COLUMN, PARTY_COLUMN = (
    {one.name: place for place, one in enumerate(declared)} for declared in (METRICS, OFFER_METRICS, PARTY_METRICS)
)
"""Where a column stands in what is kept of a quarter."""


class Records:
    """Collected quarters of a game. Worlds carry their own numbers, so that chunks of a batch can be put together.

    before: what was recorded of the quarters that were played before the opening, if any."""

    def __init__(self, roster: Roster, scenario: Scenario, first_world: int, worlds: int) -> None:
        self.roster, self.scenario = roster, scenario
        self.world = np.arange(first_world, first_world + worlds)
        self.before: Records | None = None
        self._start = ordinal(scenario.start)
        self._numbers: list[int] = []
        self._metrics: list[Array] = []
        self._offers: list[Array] = []
        self._parties: list[Array] = []
        self._lock_in: list[tuple[int, LockIn]] = []
        self._keys: dict[str, dict[tuple[str, ...], int]] = {"offers": {}, "parties": {}}

    def append(self, quarter: int, values: dict[str, Any]) -> None:
        """Add a quarter's metrics (worlds,), its offers and its parties: an array each, for records are cut and
        repeated as often as games are played side by side."""
        self._numbers.append(quarter)
        self._metrics.append(np.array([values[name] for name in METRIC], dtype=float).T)
        self._offers.append(self._rows("offers", values["offers"], tuple(OFFER_COLUMN)))
        self._parties.append(self._rows("parties", values["parties"], tuple(PARTY_COLUMN)))

    def _rows(self, table: str, rows: Keyed, columns: tuple[str, ...]) -> Array:
        """A quarter's rows of a table, sorted by key: (worlds, rows, columns)."""
        keys = self._keys[table] = {key: row for row, key in enumerate(sorted(rows))}
        found = np.array([rows[key][name] for key in keys for name in columns], dtype=float)
        return found.T.reshape(len(self.world), len(keys), len(columns))

    def widened(self, times: int, first_world: int, of: int = 1) -> Records:
        """What so many worlds have recorded, repeated as the records of further worlds."""
        wide = Records(self.roster, self.scenario, first_world, times * of)
        wide._numbers, wide._keys = list(self._numbers), dict(self._keys)
        wide.before = None if self.before is None else self.before.widened(times, first_world, of)
        for kept in ("_metrics", "_offers", "_parties", "_lock_in"):
            setattr(wide, kept, [widened(one, times, of) for one in getattr(self, kept)])
        return wide

    def apart(self, scenarios: Sequence[Scenario]) -> list[Records]:
        """The records of scenarios whose worlds were played side by side, each as if it had been played alone."""
        worlds, first = len(self.world) // len(scenarios), int(self.world[0])
        past = self.before
        before = () if past is None else past.apart([past.scenario] * len(scenarios))
        found = []
        for place, scenario in enumerate(scenarios):
            one = Records(self.roster, scenario, first, worlds)
            one.before = before[place] if before else None
            one._numbers, one._keys = list(self._numbers), dict(self._keys)
            for kept in ("_metrics", "_offers", "_parties", "_lock_in"):
                setattr(one, kept, cut(getattr(self, kept), place * worlds, (place + 1) * worlds))
            found.append(one)
        return found

    @property
    def quarters_played(self) -> tuple[str, ...]:
        """Labels of the quarters that have been played, such as 2026Q1."""
        return tuple(label(self._start + number) for number in self._numbers)

    def metric(self, name: str) -> Array:
        """One metric as (worlds, quarters)."""
        return np.stack([values[:, METRIC[name]] for values in self._metrics], axis=1)

    def whole(self) -> Mask:
        """Worlds all of whose metrics are numbers, (worlds,)."""
        return np.asarray(np.all([np.isfinite(values).all(axis=1) for values in self._metrics], axis=0))

    def quarters(self, cell: str | None = None, only: Sequence[str] | None = None) -> pd.DataFrame:
        """A row a world and quarter, sorted by key: cell, world, quarter, quarter_number, then the metrics. only: those
        that are asked for, all unless given."""
        worlds, count = len(self.world), len(self._numbers)
        frame = {
            "cell": np.repeat(cell or self.scenario.name, worlds * count),
            "world": np.repeat(self.world, count),
            "quarter": np.tile([label(self._start + n) for n in self._numbers], worlds),
            "quarter_number": np.tile(self._numbers, worlds),
        }
        names = METRIC if only is None else only
        columns = {name: self.metric(name).reshape(-1) for name in names}
        return pd.DataFrame({**frame, **columns})

    def offers(self, cell: str | None = None) -> pd.DataFrame:
        """A row a world, quarter and offer, sorted by key."""
        return self._keyed(cell, "offers", self._offers, OFFER_COLUMN)

    def parties(self, cell: str | None = None) -> pd.DataFrame:
        """A row a world, quarter and party that decides for itself, sorted by key."""
        return self._keyed(cell, "parties", self._parties, PARTY_COLUMN)

    def append_lock_in(self, quarter: int, found: LockIn) -> None:
        """Add a quarter's lock-in index."""
        self._lock_in.append((quarter, found))

    def lock_in(self, cell: str | None = None) -> pd.DataFrame:
        """A row a world, measured quarter, level (family or cloud) and name, sorted by key; empty when nothing was
        measured."""
        rows = []
        for quarter, found in self._lock_in:
            for level, one in sorted(found.levels.items()):
                for k, name in enumerate(one.names):
                    keys = {
                        "cell": cell or self.scenario.name,
                        "world": self.world,
                        "quarter": label(self._start + quarter),
                    }
                    rows.append(pd.DataFrame({**keys, "level": level, "name": name, **found.columns(level, k)}))
        if not rows:
            return pd.DataFrame(
                columns=["cell", "world", "quarter", "level", "name", *(m.name for m in LOCK_IN_METRICS)]
            )
        whole = pd.concat(rows, ignore_index=True)
        return whole.sort_values(["world", "quarter", "level", "name"], kind="stable", ignore_index=True)

    def party(self, role: str, party: str, name: str) -> Array:
        """One metric of one party as (worlds, quarters)."""
        row, column = self._keys["parties"][role, party], PARTY_COLUMN[name]
        return np.stack([values[:, row, column] for values in self._parties], axis=1)

    def _keyed(self, cell: str | None, table: str, values: list[Array], columns: dict[str, int]) -> pd.DataFrame:
        keys, names = self._keys[table], (OFFER_KEYS if table == "offers" else PARTY_KEYS)[len(KEYS) :]
        worlds, count, rows = len(self.world), len(self._numbers), len(keys)
        frame = {
            "cell": np.repeat(cell or self.scenario.name, worlds * count * rows),
            "world": np.repeat(self.world, count * rows),
            "quarter": np.tile(np.repeat([label(self._start + n) for n in self._numbers], rows), worlds),
            **{name: np.tile([key[k] for key in keys], worlds * count) for k, name in enumerate(names)},
        }
        whole = np.stack(values, axis=1)
        return pd.DataFrame({**frame, **{name: whole[..., place].reshape(-1) for name, place in columns.items()}})

    def digest(self) -> str:
        """A hash of all metrics, sorted by key: per column its name, type and bytes. The same bits give the same
        digest."""
        return digest(self.quarters())


def digest(frame: pd.DataFrame) -> str:
    """Hash of a table sorted by key: per column name, dtype and bytes."""
    keys = [key for key in (*OFFER_KEYS, *PARTY_KEYS[3:]) if key in frame.columns]
    ordered = frame.sort_values(keys, kind="stable")
    total = hashlib.sha256()
    for name in ordered.columns:
        values = ordered[name].to_numpy()
        text = not np.issubdtype(values.dtype, np.number)
        total.update(f"{name}:{'text' if text else values.dtype}".encode())
        total.update("\n".join(map(str, values)).encode() if text else np.ascontiguousarray(values).tobytes())
    return total.hexdigest()
