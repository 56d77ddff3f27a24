"""New power that deals of today can count on, by hand."""

from __future__ import annotations

import numpy as np

from sim.briefings.deals import unclaimed
from tests.small import row


def test_new_power_that_signed_steps_leave_goes_by_power() -> None:
    """100 MW come; steps signed by both clouds take 40: 60 are left, a quarter of them for the smaller one. In the
    second world more is signed than comes."""
    power, firm = row([30.0, 10.0], [30.0, 10.0]), row([25.0, 15.0], [90.0, 30.0])
    assert unclaimed(power, np.array([100.0, 100.0]), firm).tolist() == [[45.0, 15.0], [0.0, 0.0]]


def test_power_that_shrinks_brings_nothing() -> None:
    assert not unclaimed(row([30.0, 10.0]), np.array([-5.0]), row([0.0, 0.0])).any()
