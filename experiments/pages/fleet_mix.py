"""The section of the page on validation about own chips in owners' fleets, from the table that ships."""

from __future__ import annotations

import pandas as pd

from experiments.study.caveats import FOLDER
from experiments.study.fleet_mix import SHOWN
from experiments.text import table

HEAD = ("owner", "own chip", "recorded 2024Q4", "recorded 2025Q4", "the rule alone", "played", "played, by need")
ABOUT = (
    "An owner that designs a chip splits its orders by what each chip earns per unit of what is short, and its own "
    "chip counts with one constant, solved on the fleet of the end of 2024 ([the model, section 7.8](model.md)). The "
    "fleet of 2025 sets nothing. Share of own chips in H100e at the core at the end of 2025, median and nine worlds in "
    "ten:"
)
HOW = (
    "*The rule alone* gets what was added in 2025 and splits it, demand wanting the mix of 2024; worlds differ by "
    "costs and elasticity. *Played* is the backtest: what stood at the end of 2024 as uncertain as its estimates, what "
    "was under way then, demand, foundries and the rule together; *by need* it is played with an elasticity of 0, so "
    "that the difference is due to the rule and the rest of a miss is not. The mix of 2024 is the forecast to beat."
)


def blocks() -> list[str]:
    """The section as blocks of text."""
    return told(pd.read_csv(FOLDER / "fleet_mix.csv"))


def told(mixes: pd.DataFrame) -> list[str]:
    """The same of a table."""
    rows = [
        (
            row["owner"],
            row["family"],
            _share(row["recorded_2024"]),
            _share(row["recorded_2025"]),
            *(
                f"{_share(row[f'{name}_median'])} ({_share(row[f'{name}_p5'])} to {_share(row[f'{name}_p95'])})"
                for name in SHOWN
            ),
        )
        for row in mixes.to_dict("records")
    ]
    return ["## A mix held out: own chips in fleets at the end of 2025", ABOUT, table(HEAD, rows), beaten(mixes), HOW]


def beaten(mixes: pd.DataFrame) -> str:
    """In how many owners' fleets the rule, and the game, come nearer than last year's mix."""
    naive = (mixes["recorded_2024"] - mixes["recorded_2025"]).abs()
    nearer = {
        name: int(((mixes[f"{name}_median"] - mixes["recorded_2025"]).abs() < naive).sum())
        for name in ("rule", "played")
    }
    return (
        f"Nearer than the mix of 2024: the rule alone at {nearer['rule']} of {len(mixes)} owners, the game at "
        f"{nearer['played']}."
    )


def _share(value: float) -> str:
    return f"{100.0 * value:.1f} %"
