"""What every report of the study carries of the record on validation, from the shipped tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).resolve().parents[1] / "data" / "validation"
OFTEN = 0.10
"""An effect whose sign is turned in more parameter sets than this is called open."""
PLAIN = (
    "Lock-in is not identified by any public data: effects of lock-in and of antitrust follow from judged ranges. Read "
    "them as what would follow, not as what is.",
    "Not for buying, selling or valuing anything, and not for judging a firm's conduct or a case.",
)


def warnings(folder: Path = FOLDER) -> list[str]:
    """Sentences for a reader who sees only the report: signs that turn, failures of theory, what it is not for."""
    signs, theory = pd.read_csv(folder / "signs.csv"), pd.read_csv(folder / "theory.csv").drop_duplicates("hypothesis")
    turned = [
        f"{row['title']} {'is open in sign: ' if row['opposite_share'] > OFTEN else ''}goes the other way in "
        f"{100.0 * row['opposite_share']:.0f} % of parameter sets."
        for row in signs.to_dict("records")
    ]
    failed = theory[theory["verdict"] != "holds"]
    named = ", ".join(failed["hypothesis"])
    held = f"{len(theory) - len(failed)} of {len(theory)} directional hypotheses of theory hold" + (
        f"; {named} do not." if named else "."
    )
    return [PLAIN[0], *turned, held, PLAIN[1]]
