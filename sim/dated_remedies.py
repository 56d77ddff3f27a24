"""A remedy as a user dates it: how strong, where, from when. It stands in a scenario or on a card, and is shocks.

[[remedy]]
name = "switching_fee_ban"
strength = 0.6
coverage = ["eu", "uk"]
in_force = "2027Q3"
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import Field, field_validator

from sim.errors import InputError, unknown
from sim.files import Table
from sim.quarters import ordinal
from sim.remedies import DECLARED, REMEDIES
from sim.shocks import FOREVER, Shock

EVERYWHERE = "all"
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class DatedRemedy(Table):
    """A remedy in regions. strength: 0 to 1, `low` and `high` at the other levels of a card.

    coverage: regions, "all" of them, or each with the part of the strength that it has; in_force, ends: first and last
    quarter, for good without an end; announced: from when firms know of it."""

    name: str
    strength: Share
    low: Share | None = None
    high: Share | None = None
    coverage: dict[str, Share] = Field(default={EVERYWHERE: 1.0})
    in_force: str
    ends: str = FOREVER
    announced: str | None = None
    source: str = "a remedy of the user's own"

    @field_validator("coverage", mode="before")
    @classmethod
    def _by_region(cls, given: Any) -> Any:
        listed = [given] if isinstance(given, str) else given
        if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
            if len(set(listed)) < len(listed):
                raise ValueError("each region may stand once")
            listed = dict.fromkeys(listed, 1.0)
        if not listed or not isinstance(listed, dict):
            raise ValueError(
                'give regions, such as ["eu", "uk"], or each with its part, such as { eu = 1.0, uk = 0.5 }'
            )
        return listed

    def shocks(self, where: str, regions: Sequence[str]) -> Iterator[Shock]:
        """A shock a region; InputError in one sentence for a name or date that is none."""
        if self.name not in REMEDIES:
            raise unknown("remedy", self.name, REMEDIES, where, {one.title: one.name for one in DECLARED})
        self._check_dates(where)
        for region, share in self._parts(regions, where).items():
            at = {
                level: share * value for level, value in (("low", self.low), ("high", self.high)) if value is not None
            }
            yield Shock(
                parameter=f"{self.name}_{region}",
                quarters=(self.in_force, self.ends),
                announced=self.announced,
                set=share * self.strength,
                source=self.source,
                where=where,
                **at,
            )

    def _parts(self, regions: Sequence[str], where: str) -> dict[str, float]:
        """Region -> part of the strength."""
        found = dict(self.coverage)
        if set(found) == {EVERYWHERE}:
            found = dict.fromkeys(regions, found[EVERYWHERE])
        for region in found:
            if region not in regions:
                raise unknown("region", region, (*regions, EVERYWHERE), f"{where}: coverage")
        return found

    def _check_dates(self, where: str) -> None:
        first, last = (ordinal(getattr(self, key), f"{where}: {key}") for key in ("in_force", "ends"))
        if last < first:
            raise InputError(f"{where}: ends = '{self.ends}' comes before in_force = '{self.in_force}'.")
        if self.announced is not None and ordinal(self.announced, f"{where}: announced") > first:
            raise InputError(
                f"{where}: announced = '{self.announced}': it cannot be later than in_force = '{self.in_force}'."
            )
