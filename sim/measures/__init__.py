"""What is measured of a quarter."""

from sim.measures.market import of
from sim.measures.prices import indices

__all__ = ["indices", "of"]
