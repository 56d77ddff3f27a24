"""What a run's bits depend on beside the code: system, processor features, versions of Python and packages, and the
road."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from functools import cache
from pathlib import Path

from sim import kernels

PACKAGES = ("numpy", "scipy", "pandas", "mesa")
PRODUCT, MODEL = "fully-booked", "model"
"""How versions call the product's own, and the hash of the model's files."""


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


VERSION = _version(PRODUCT)


def fingerprint() -> dict[str, str]:
    """Two runs with the same fingerprint give the same bits; others agree to 1e-9 relative."""
    import numpy as np  # the version alone is told without it

    config = np.show_config(mode="dicts")
    found = {} if not isinstance(config, dict) else config.get("SIMD Extensions", {})
    features = hashlib.sha256(json.dumps([found, platform.processor()], sort_keys=True).encode()).hexdigest()[:12]
    versions = {package: _version(package) for package in PACKAGES}
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor_features": features,
        "libc": " ".join(platform.libc_ver()),
        "python": platform.python_version(),
        **versions,
        "kernels": kernels.road(),
    }


@cache
def code() -> str:
    """A hash of the model's and the players' own files: its rules, declarations and tables."""
    root, total = Path(__file__).resolve().parents[2], hashlib.sha256()
    for package in ("sim", "agents"):
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".csv", ".toml"):
                content = path.read_bytes().replace(b"\r\n", b"\n")
                total.update(path.relative_to(root).as_posix().encode() + hashlib.sha256(content).digest())
    return total.hexdigest()[:12]


def rules() -> dict[str, str]:
    """All that the bits of a run depend on, beside what is asked for: records of other rules do not mix."""
    return {PRODUCT: VERSION, MODEL: code(), **fingerprint()}


class OlderWarning(UserWarning):
    """What is read was played by other rules than those of today."""


def other_rules(version: str, model: str) -> str:
    """By which other rules something was played, in words; '' for those of today. model: '' where it is not told."""
    if version != VERSION:
        return f"version {version}, this is {VERSION}"
    return "" if model == code() else f"model {model or 'of before models were told apart'}, this is {code()}"
