"""Golden files: what each shipped scenario gave when it was last looked at. `python -m tests.golden.write` rewrites
them.

They prove that nothing changed, not that it is right. A golden that moves needs a *Results move* line in the changelog.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from agents.roster import cast
from sim.game import Game
from sim.quarters import label
from sim.records import Records
from sim.scenario import load

LIBRARY = Path(__file__).resolve().parents[2] / "experiments" / "scenarios"
TRANSCRIPT = Path(__file__).parent / "baseline-one-world.txt"
WORLDS, QUARTERS, SEED = 4, 8, 1
CARDS = (
    "anchor-lab-shifts", "edge-surge", "packaging-crunch", "portable-software", "switching-charges-banned",
    "trainium4-slips",
)  # fmt: skip
"""Shock cards that have a golden file: one a kind."""
COLUMNS = (
    "trainium_share_used", "trainium_share_installed", "trainium_share_spend", "trainium_share_units",
    "trainium_share_used_core",
    "hhi_cloud", "hhi_silicon", "price_usd_per_h100e_hour", "price_over_cost", "utilisation", "unserved_h100e",
    "used_h100e",
    "installed_h100e", "aws_ai_revenue_musd", "aws_ai_operating_income_musd", "cost_of_compute_index",
    "switching_spend_musd",
)  # fmt: skip
"""Metrics that golden files keep: means over worlds."""
TOLD = (
    ("used", "used_h100e", "{:12,.0f} H100e"),
    ("installed", "installed_h100e", "{:12,.0f} H100e"),
    ("waiting", "unserved_h100e", "{:12,.0f} H100e"),
    ("Trainium in use", "trainium_share_used", "{:12.3%}"),
    ("Trainium of AWS", "trainium_share_of_aws", "{:12.3%}"),
    ("Trainium booked", "booked_ratio_trainium", "{:12.3%}"),
    ("Nvidia in use", "nvidia_share_used", "{:12.3%}"),
    ("price", "price_usd_per_h100e_hour", "{:12.4f} USD per H100e-hour"),
    ("price over cost", "price_over_cost", "{:12.4f}"),
    ("HHI of clouds", "hhi_cloud", "{:12.1f}"),
    ("AWS AI revenue", "aws_ai_revenue_musd", "{:12,.1f} musd"),
    ("AWS AI income", "aws_ai_operating_income_musd", "{:12,.1f} musd"),
)


def scenarios() -> list[Path]:
    """Files of the shipped scenarios; the study's levels are not one, those of the claims have their measured table,
    and of the shock cards, of which there are many, a few are kept."""
    found = sorted(path for path in LIBRARY.rglob("*.toml") if path.stem != "study")
    return [path for path in found if path.parent == LIBRARY or path.stem in CARDS]


def expected_file(scenario: Path) -> Path:
    """Where a scenario's golden lies: beside it."""
    return scenario.with_suffix(".expected.csv")


def play(name: str, worlds: int, quarters: int) -> Records:
    """Records of a golden game."""
    game = Game(load(name, LIBRARY), cast(), worlds=worlds, quarters=quarters, seed=SEED)
    try:
        return game.run()
    finally:
        game.close()


def means(name: str) -> dict[str, list[float]]:
    """Quarter by quarter, the means over worlds of the golden metrics."""
    records = play(name, WORLDS, QUARTERS)
    found = {column: [float(value) for value in records.metric(column).mean(axis=0)] for column in COLUMNS}
    return {"quarter": list(dict.fromkeys(records.quarters()["quarter"])), **found}  # type: ignore[dict-item]


def table(columns: dict[str, list[float]]) -> str:
    """The means as text, to ten digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([cell if isinstance(cell, str) else f"{cell:.10g}" for cell in row])
    return text.getvalue()


def transcript() -> str:
    """Four quarters of one world of the baseline, to be read."""
    game = Game(load("baseline", LIBRARY), cast(), worlds=1, quarters=4, seed=SEED, draw=False)
    lines = ["Four quarters of one world of the baseline, all parameters at their defaults.", ""]
    while game.quarter < game.quarters:
        game.step()
        lines += [label(game.given.start.quarter + game.quarter), *_quarter(game), ""]
    game.close()
    return "\n".join(lines).rstrip() + "\n"


def _quarter(game: Game) -> list[str]:
    told = [f"  {title:16}{form.format(game.records.metric(name)[0, -1])}" for title, name, form in TOLD]
    roster = game.roster
    decided = [game.state.decided[owner] for owner in roster.owners]
    orders = ", ".join(
        f"{owner} {one.order_mw[0].sum():,.0f}" for owner, one in zip(roster.owners, decided, strict=True)
    )
    wafers = ", ".join(
        f"{family} {game.state.decided[family].booking_wafers[0].sum():,.0f}" for family in roster.families
    )
    wants = ", ".join(f"{name} {np.sum(game.state.decided[name].wanted_h100e[0]):,.0f}" for name in game.roster.buyers)
    return [*told, f"  orders, MW: {orders}", f"  wafers booked: {wafers}", f"  wanted, H100e: {wants}"]


def main() -> None:
    """Rewrite every golden file and say which moved."""
    contents = {expected_file(path): table(means(path.stem)) for path in scenarios()} | {TRANSCRIPT: transcript()}
    for path, content in contents.items():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(content, encoding="utf-8", newline="\n")
        print(
            f"{'same ' if before == content else 'moved' if before else 'new  '} {path.relative_to(LIBRARY.parents[1])}"
        )


if __name__ == "__main__":
    main()
