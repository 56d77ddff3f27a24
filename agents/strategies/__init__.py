"""Strategies by role, found by name in a registry. Importing this package registers those that ship."""

from agents.strategies import cloud, cloud_bots, lab, lab_kinds, regulator, segment, vendor, vendor_bots
from agents.strategies.registry import GRADES, default_for, find, graded, known, strategy

__all__ = [
    "GRADES",
    "cloud",
    "cloud_bots",
    "default_for",
    "find",
    "graded",
    "known",
    "lab",
    "lab_kinds",
    "regulator",
    "segment",
    "strategy",
    "vendor",
    "vendor_bots",
]
