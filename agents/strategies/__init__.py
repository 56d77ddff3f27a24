"""Strategies by role, found by name in a registry, or in a user's file. Importing this package registers those that
ship."""

from agents.strategies import (
    cloud,
    cloud_anchors,
    cloud_bots,
    cloud_competition,
    cloud_kinds,
    lab,
    lab_anchors,
    lab_bots,
    lab_kinds,
    regulator,
    regulator_bots,
    segment,
    vendor,
    vendor_bots,
    vendor_kinds,
)
from agents.strategies.filed import find, named
from agents.strategies.registry import GRADES, default_for, graded, known, strategy

__all__ = [
    "GRADES",
    "cloud",
    "cloud_anchors",
    "cloud_bots",
    "cloud_competition",
    "cloud_kinds",
    "default_for",
    "find",
    "graded",
    "known",
    "lab",
    "lab_anchors",
    "lab_bots",
    "lab_kinds",
    "named",
    "regulator",
    "regulator_bots",
    "segment",
    "strategy",
    "vendor",
    "vendor_bots",
    "vendor_kinds",
]
