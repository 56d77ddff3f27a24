"""Every parameter of the model, declared once. See docs/reference/parameters.md for the printed table."""

from __future__ import annotations

from sim.declarations import buyers, joiners, labs, levers, market, suppliers
from sim.parameters import Catalogue
from sim.roster import Roster

DECLARATIONS = (*buyers.DECLARED, *suppliers.DECLARED, *market.DECLARED, *labs.DECLARED, *levers.DECLARED)


def catalogue(roster: Roster) -> Catalogue:
    """The declarations with their scalar names for a roster; those of owners that join later where it has any."""
    further = joiners.DECLARED if roster.joiners else ()
    return Catalogue((*DECLARATIONS, *further), roster.entities)
