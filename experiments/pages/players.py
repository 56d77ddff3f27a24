"""Reference pages of who plays: strategies and parties."""

from __future__ import annotations

from agents.roster import parties
from agents.strategies import default_for, known
from agents.strategies.literature import LITERATURE
from experiments.text import code, table
from sim.axes import Site
from sim.roster import Roster


def strategies_page(roster: Roster) -> list[str]:
    """Blocks of the page of strategies: who there is, their settings, whom they follow."""
    rows = [
        (f"`{one.name}`", one.role, "yes" if one.default else "", ", ".join(one.cites) or "–", one.meaning)
        for one in known()
    ]
    settings = [
        (f"`{sheet.name}`", f"`{one.name}`", f"{one.default:g}", f"{one.low:g} to {one.high:g}", one.meaning)
        for sheet in known()
        for one in sheet.settings
    ]
    return [
        "# Strategies",
        "A strategy holds a seat. Another may be seated with `fully-booked run SCENARIO --strategy PARTY=NAME`. "
        "Written in `agents/strategies`, found by name in its registry.",
        table(("name", "role", "default", "follows", "meaning"), rows),
        "## Settings",
        "Numbers of a strategy that may be set from Python, `find(NAME, ROLE).maker(SETTING=VALUE)`, and the range in "
        "which it is still that strategy. Two strategies differ in kind: no settings of one decide as the other does "
        "(`agents/kinds.py`).",
        table(("strategy", "setting", "value", "range", "meaning"), settings),
        "## Literature",
        "\n".join(f"- `{key}`: {text}." for key, text in LITERATURE.items()),
    ]


def parties_page(roster: Roster) -> list[str]:
    """Blocks of the page of parties, pools and markets."""
    rows = [(f"`{name}`", title, role, f"`{default_for(role).name}`") for role, name, title in parties(roster)]
    pools = [
        (
            f"`{roster.pool_name(k)}`",
            "yes" if pool.direct else "no",
            f"{pool.captive_share:g}",
            f"{pool.booked_share:g}",
        )
        for k, pool in enumerate(roster.pools)
    ]
    return [
        "# Parties",
        f"Who takes part in the roster `{roster.name}` (`sim/data/rosters/{roster.name}`). Real names are labels in an "
        "illustration.",
        table(("party", "title", "role", "default strategy"), rows),
        "## Capacity pools",
        "A pool is an owner's capacity of one chip family at one site. *Sold directly* pools have an offer that buyers "
        "port their own software to; the rest is reached through a managed service or is its owner's own. Shares are "
        "of the stock at the start: booked at all, and the part of what is booked that the owner uses itself.",
        table(("pool", "sold directly", "own use of booked", "booked"), pools),
        *[block for site in roster.sites for block in _site(site)],
    ]


def _site(site: Site) -> list[str]:
    return [
        f"## Market: {site.name}",
        f"Offers ({len(site.offers)}): {code(site.offers)}.",
        f"Buyers ({len(site.buyers)}; a segment is one latent type for each region and skill class): "
        f"{code(site.buyers)}.",
    ]
