"""Briefings: what each player is shown before it decides. Lagged, private and public figures are put together here
only."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from sim import remedies
from sim.arrays import Array
from sim.briefings.buyers import buyer
from sim.briefings.deals import DealBook, deal_book, of_cloud
from sim.briefings.labs import LabBook, lab_book
from sim.briefings.owners import OwnerBook, cloud, owner_book
from sim.briefings.public import public
from sim.briefings.regulators import regulator
from sim.briefings.vendors import LineBook, line_book, vendor
from sim.briefings.view import View
from sim.contract import PublicBriefing
from sim.errors import unknown
from sim.state import Given, Opened, State


class Briefings:
    """All briefings of a quarter, each made when it is asked for. opened: the quarter as it opened."""

    def __init__(self, given: Given, state: State, opened: Opened) -> None:
        self.opened = opened
        self._view = View(given, state, opened)

    @cached_property
    def market(self) -> PublicBriefing:
        """What everybody is shown."""
        return public(self._view)

    def own(self, role: str, party: str) -> Any:
        """What a party alone is shown. InputError for a role that there is not."""
        makers: dict[str, Callable[[str], Any]] = {
            "cloud": lambda name: cloud(self._view, name, self._owners, of_cloud(self._view, self._deals, name)),
            "vendor": lambda name: vendor(self._view, name, self._lines),
            "regulator": lambda name: regulator(self._view, name, self._scheduled),
            "lab": lambda name: buyer(self._view, name, self._labs, lambda: self._deals),
            "segment": lambda name: buyer(self._view, name, self._labs, lambda: self._deals),
        }
        if role not in makers:
            raise unknown("role", role, makers)
        return makers[role](party)

    @cached_property
    def _owners(self) -> OwnerBook:
        return owner_book(self._view)

    @cached_property
    def _lines(self) -> LineBook:
        return line_book(self._view)

    @cached_property
    def _labs(self) -> LabBook:
        return lab_book(self._view)

    @cached_property
    def _deals(self) -> DealBook:
        return deal_book(self._view)

    @cached_property
    def _scheduled(self) -> Array:
        """What law schedules for the coming quarter: (worlds, regions, remedies)."""
        return remedies.docket(self._view.given.path.at(self.opened.number + 1))
