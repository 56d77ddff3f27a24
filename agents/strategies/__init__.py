"""Strategies by role, found by name in a registry. Importing this package registers those that ship."""

from agents.strategies import cloud, lab, regulator, segment, vendor
from agents.strategies.registry import default_for, find, known, strategy

__all__ = ["cloud", "default_for", "find", "known", "lab", "regulator", "segment", "strategy", "vendor"]
