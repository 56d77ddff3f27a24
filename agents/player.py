"""Every party is a Mesa agent with a seat: whoever holds the seat turns a briefing into a decision."""

from __future__ import annotations

from typing import Any

import mesa

from sim.contract import PublicBriefing, Seat


class Party(mesa.Agent):
    """A named party of the market. It hands its briefing to its seat and reaches into nobody else."""

    role = ""

    def __init__(self, model: mesa.Model, name: str, title: str, seat: Seat) -> None:
        super().__init__(model)
        self.name, self.title, self.seat = name, title, seat

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """The quarter's decision of whoever holds this seat."""
        return self.seat.decide(own, market)


class CloudProvider(Party):
    """Owns accelerators and rents them out, or keeps them for itself (captive fleets)."""

    role = "cloud"


class ChipVendor(Party):
    """Designs chips: a merchant, or the arm of a cloud."""

    role = "vendor"


class Lab(Party):
    """Trains and serves frontier models on rented compute."""

    role = "lab"


class Segment(Party):
    """A class of buyers made of latent types."""

    role = "segment"


class Regulator(Party):
    """Sets remedies in its region."""

    role = "regulator"


CLASSES: dict[str, type[Party]] = {cls.role: cls for cls in (CloudProvider, ChipVendor, Lab, Segment, Regulator)}
