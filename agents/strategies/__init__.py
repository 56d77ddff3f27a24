"""Strategies by role, found by name in a registry. Importing this package registers those that ship."""

from agents.strategies import cloud, lab, regulator, segment, vendor
from agents.strategies.registry import GRADES, default_for, find, graded, known, strategy

__all__ = [
    "GRADES",
    "cloud",
    "default_for",
    "find",
    "graded",
    "known",
    "lab",
    "regulator",
    "segment",
    "strategy",
    "vendor",
]
