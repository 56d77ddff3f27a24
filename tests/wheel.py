"""A wheel of this tree in an environment of its own, outside the checkout: what a node of a cluster has."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 600.0


def build(folder: Path) -> Path:
    """The wheel, built by the backend that is installed here; nothing is fetched."""
    call = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(call, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("fully_booked-*.whl")
    return wheel


def environment(folder: Path, wheel: Path) -> Path:
    """Python of a fresh environment with the wheel; what the wheel needs is lent by this one's site-packages."""
    venv.create(folder, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=LONGEST)
    (site,) = folder.glob("lib/python3*/site-packages")
    lent = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    return python


def run(python: Path, folder: Path, *words: str) -> tuple[int, str, str]:
    """`fully-booked` of that environment in a folder: status, stdout, stderr."""
    return _called([str(python.with_name("fully-booked")), *words], folder, {})


def checkout(folder: Path, *words: str) -> tuple[int, str, str]:
    """The same of this tree."""
    return _called([sys.executable, "-m", "experiments.cli", *words], folder, {"PYTHONPATH": str(ROOT)})


def _called(call: list[str], folder: Path, also: dict[str, str]) -> tuple[int, str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    told = {**kept, "COLUMNS": "120", "FULLY_BOOKED_KERNELS": "numpy", **also}
    done = subprocess.run(call, cwd=folder, env=told, capture_output=True, text=True, timeout=LONGEST, check=False)
    return done.returncode, done.stdout, done.stderr
