"""Every parameter of the model, declared once. See docs/reference/parameters.md for the printed table."""

from __future__ import annotations

from sim.declarations import buyers, joiners, labs, levers, market, suppliers
from sim.parameters import Catalogue
from sim.roster import Roster

DECLARATIONS = (*buyers.DECLARED, *suppliers.DECLARED, *market.DECLARED, *labs.DECLARED, *levers.DECLARED)


WIDER_ROSTER = "wide"
"""The roster that ships with owners that join later."""


def catalogue(roster: Roster) -> Catalogue:
    """The declarations with their scalar names for a roster; those of owners that join later where it has any."""
    if roster.joiners:
        return Catalogue((*DECLARATIONS, *joiners.DECLARED), roster.entities)
    names = (name for one in joiners.DECLARED for name in one.names(roster.entities))
    return Catalogue(DECLARATIONS, roster.entities, dict.fromkeys(names, WIDER_ROSTER))
