"""What a run's bits depend on beside the code: system, processor features, versions of Python and packages, and the
road."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform

from sim import kernels

PACKAGES = ("numpy", "scipy", "pandas", "mesa")


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


VERSION = _version("fully-booked")


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
