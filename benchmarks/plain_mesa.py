"""The market's simplest rules as most Mesa users write them: one Python object an agent, one world a model.

About 200 labs choose among 12 offers of 4 clouds by logit with a switching cost; offers run full, prices follow use.
No contracts, no foundry, no accounts, no rules: it is here for scale, not for results.
"""

from __future__ import annotations

import math
import time
from typing import Any

import mesa

LABS, CLOUDS, FAMILIES = 200, 4, 3


class Offer:
    """Capacity of one chip family at one cloud."""

    def __init__(self, cloud: int, family: int) -> None:
        self.cloud, self.family = cloud, family
        self.capacity, self.used, self.price = 100.0, 0.0, 2.0 - 0.3 * family

    def adjust(self) -> None:
        """Raise the price when full, cut it when idle, build a little."""
        self.price = max(0.2, self.price * math.exp(0.2 * (self.used / self.capacity - 0.8)))
        self.capacity *= 1.05


class Lab(mesa.Agent):
    """Wants a growing amount of compute and chooses an offer every quarter."""

    def __init__(self, model: PlainMarket) -> None:
        super().__init__(model)
        self.need = model.random.uniform(2.0, 6.0)
        self.offer: Offer | None = None

    def step(self) -> None:
        """Choose by logit among the offers that have room."""
        room = [offer for offer in self.model.offers if offer.used + self.need <= offer.capacity]
        self.need *= 1.04
        if not room:
            return
        weights = [math.exp(-3.0 * math.log(offer.price) - self._switching(offer)) for offer in room]
        self.offer = self.model.random.choices(room, weights)[0]
        self.offer.used += self.need

    def _switching(self, offer: Offer) -> float:
        if self.offer is None:
            return 0.0
        return 1.0 * (offer.family != self.offer.family) + 0.5 * (offer.cloud != self.offer.cloud)


class PlainMarket(mesa.Model):
    """One world."""

    def __init__(self, labs: int = LABS, rng: Any = None, **how: Any) -> None:
        super().__init__(**(how or {"seed": rng}))
        self.offers = [Offer(cloud, family) for cloud in range(CLOUDS) for family in range(FAMILIES)]
        for _ in range(labs):
            Lab(self)
        self.datacollector = mesa.DataCollector(
            model_reporters={"share": "share", "price": "price"}, agent_reporters={"need": "need"}
        )

    @property
    def share(self) -> float:
        """Share of the last family in all use."""
        used = sum(offer.used for offer in self.offers)
        return sum(offer.used for offer in self.offers if offer.family == FAMILIES - 1) / used if used else 0.0

    @property
    def price(self) -> float:
        """Mean price."""
        return sum(offer.price for offer in self.offers) / len(self.offers)

    def step(self) -> None:
        """One quarter."""
        for offer in self.offers:
            offer.used = 0.0
        self.agents.shuffle_do("step")
        for offer in self.offers:
            offer.adjust()
        self.datacollector.collect(self)


def run(runs: int, quarters: int, labs: int = LABS) -> dict[str, float]:
    """Seconds of a processor and runs per second of it, under `mesa.batch_run` where this Mesa has it, else in a plain
    loop."""
    began = time.process_time()
    batched = hasattr(mesa, "batch_run")
    if batched:
        rows = mesa.batch_run(
            PlainMarket,
            {"labs": labs, "seed": list(range(runs))},
            number_processes=1,
            iterations=1,
            max_steps=quarters,
            data_collection_period=1,
            display_progress=False,
        )
        assert len({row["RunId"] for row in rows}) == runs
    else:
        for seed in range(runs):
            model = PlainMarket(labs, seed)
            for _ in range(quarters):
                model.step()
    seconds = time.process_time() - began
    return {
        "runs": runs,
        "quarters": quarters,
        "seconds": seconds,
        "runs_per_second": runs / seconds,
        "batch_run": batched,
    }
