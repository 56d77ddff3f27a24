"""The one place where units are converted.

H100e is a capacity: the peak dense 8-bit rate of one H100. H100e-hours are work capacity used. Money is in millions of
US dollars (musd) unless a name says otherwise; power in megawatts; prices in US dollars per H100e-hour.
"""

from sim.arrays import Array

HOURS_PER_QUARTER = 2190.0
USD_PER_MUSD = 1e6
MUSD_PER_USD_BN = 1e3
WATTS_PER_MW = 1e6
WATTS_PER_KW = 1e3
QUARTERS_PER_YEAR = 4
HHI_SCALE = 1e4
"""The Herfindahl-Hirschman index is quoted on 0..10 000."""

SMALLEST_CAPACITY_H100E = 1e-6
"""An empty pool gets this capacity, never 0, so that logarithms stay finite."""


def musd_for_hours(h100e: Array, usd_per_h100e_hour: Array | float) -> Array:
    """Money for one quarter's use of a capacity at a price per H100e-hour, in musd. Shapes broadcast."""
    return h100e * usd_per_h100e_hour * (HOURS_PER_QUARTER / USD_PER_MUSD)
