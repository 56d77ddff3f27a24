"""What is measured of a quarter."""

from sim.measures.figures import Figures
from sim.measures.market import of
from sim.measures.prices import indices

__all__ = ["Figures", "indices", "of"]
