"""Hypotheses on lock-in: S01-S07, S23, S29."""

from __future__ import annotations

import numpy as np

from experiments.theory import memory
from experiments.theory.evidence import (
    ABOVE,
    AMBIGUOUS,
    BASE,
    BELOW,
    REPORTED,
    SIGN,
    SOMETHING,
    Check,
    Evidence,
    Hypothesis,
    Variant,
    change,
    everywhere,
    judged,
)
from experiments.theory.statistics import jackknifed, wider
from sim.shocks import Shock

SHARE = "trainium_share_used"
CLOUDS = ("aws", "azure", "google", "oracle", "neocloud")
BEST = dict.fromkeys(CLOUDS, "best-response")
QUALITY = {"implementation_quality": 1.0}


def _easy(factor: float) -> tuple[Shock, ...]:
    """Costs of changing stack and cloud, in every direction, times a factor."""
    return (
        *everywhere("porting_factor", factor),
        *everywhere("egress_factor", factor),
        change("intangible_factor", min(factor, 2.0)),
    )


def _into(e: Evidence) -> list[Check]:
    return [e.differs("dear-into", BASE, SHARE, q, BELOW) for q in (1, 2, 4, 8, 12, 20)]


def _retained(e: Evidence) -> list[Check]:
    return [e.differs("worse-held", "worse-free", SHARE, q, ABOVE) for q in (4, 8, 12)]


def _symmetric(e: Evidence) -> list[Check]:
    early = [e.differs("sticky-room", "easy-room", SHARE, q, BELOW) for q in (1, 2)]
    return early + [e.differs("sticky-room", "easy-room", SHARE, q, REPORTED) for q in (12, 20)]


def _persistence(e: Evidence) -> list[Check]:
    """Part of a shift of installed base that is left over the next eight quarters, sticky less easy."""
    sticky, easy = (memory.persistence(factor) for factor in (2.0, 0.2))

    def more(sample: np.ndarray) -> float:
        left = [gap[sample, 1:9].mean() / gap[sample, 0].mean() for gap in (sticky, easy)]
        return float(left[0] - left[1])

    what = "part of a shift of share at q1 that is left, mean of q2-q9: sticky less easy"
    return [judged("the shift itself at q1, sticky", sticky[:, 0], BELOW), jackknifed(what, more, len(sticky), ABOVE)]


def _trapped(e: Evidence) -> list[Check]:
    checks = []
    for cloud in CLOUDS:
        before, after = (e.lock_in(v, "cloud", cloud, "trapped_fraction", 0) for v in (BASE, "fees-banned"))
        checks.append(judged(f"trapped fraction of {cloud} at q1: fees-banned less {BASE}", after - before, BELOW))
    before, after = (
        np.sum([np.abs(e.lock_in(v, "cloud", cloud, "egress", 0)) for cloud in CLOUDS], axis=0)
        for v in (BASE, "fees-banned")
    )
    checks.append(judged("egress component of the index, sum over clouds, q1", after - before, BELOW))
    return [*checks, e.differs("fees-banned", BASE, "switching_rate_cloud", 1, ABOVE)]


def _waterbed(e: Evidence) -> list[Check]:
    metric = "price_usd_per_h100e_hour"
    answer = e.at("fees-banned-best", metric, 8) - e.at("best", metric, 8)
    return [
        e.differs("fees-banned", BASE, "switching_spend_musd", 4, BELOW),
        e.differs("fees-banned", BASE, "switching_rate_cloud", 4, ABOVE),
        judged("size of the change of price at q8, best response", np.abs(answer), ABOVE),
        judged("change of price at q8, best response", answer, REPORTED),
        e.differs("fees-banned-best", "best", SHARE, 12, REPORTED),
        e.differs("fees-banned", BASE, SHARE, 12, REPORTED),
    ]


def _invest_or_harvest(e: Evidence) -> list[Check]:
    """Judged at q12, when prices and supply have answered."""

    def change_at(quarter: int, end: str = "") -> np.ndarray:
        metric = "price_usd_per_h100e_hour"
        return e.at(f"sticky{end}", metric, quarter) - e.at(f"easy{end}", metric, quarter)

    return [
        judged(
            "price at q12, sticky less easy: best response less mark-up rule",
            change_at(12, "-best") - change_at(12),
            SOMETHING,
        ),
        *(judged(f"price at q{q}, sticky less easy, best response", change_at(q, "-best"), REPORTED) for q in (4, 12)),
        judged("price at q12, sticky less easy, mark-up rule", change_at(12), REPORTED),
    ]


def _interoperable(e: Evidence) -> list[Check]:
    index = [e.lock_in(v, "family", "trainium", "market_index") for v in ("open", BASE)]
    ours = [np.abs(e.lock_in(v, "family", "trainium", "lock_in_index")) for v in ("open", BASE)]
    opened, base = (np.log(e.at(v, "nvidia_share_used", 12)) for v in ("open", BASE))
    return [
        judged("market lock-in index by family, q12", index[0] - index[1], BELOW),
        judged("distance of Trainium's share from its merit share, q12", ours[0] - ours[1], BELOW),
        wider(
            "spread of Nvidia's log share over worlds, q12, open against base (below 0: narrower)",
            opened,
            base,
            REPORTED,
        ),
    ]


def _lagging(e: Evidence) -> list[Check]:
    def loss(metric: str) -> np.ndarray:
        return np.asarray(np.log(e.at("compiler-lags", metric, 8) / e.at(BASE, metric, 8)))

    users, engineers = (loss(f"trainium_direct_share_{who}") for who in ("users", "engineers"))
    return [
        e.differs("compiler-lags", BASE, SHARE, 8, BELOW),
        e.differs("compiler-lags", BASE, SHARE, 12, BELOW),
        judged("log loss of Trainium's direct share, users less engineers, q8", users - engineers, BELOW),
    ]


WORSE = (change("launch_delay_quarters_trainium", 8.0), change("porting_into_factor_trainium", 5.0))
STICKY, EASY = _easy(3.0), _easy(0.3)
BANNED = everywhere("switching_fee_ban", 1.0)
ROOM = {"demand_level": 0.8}
"""Theory's entrant has room for whoever comes. Where the baseline is sold out, who would come waits, and easy switching
frees those who are there."""


HYPOTHESES = (
    Hypothesis(
        "S01",
        "Dearer porting into Trainium lowers its share at every horizon.",
        SIGN,
        "porting cost into Trainium x 3",
        (Variant("dear-into", (change("porting_into_factor_trainium", 3.0),), quarters=20),),
        _into,
    ),
    Hypothesis(
        "S02",
        "After a reversal of merit, dearer porting out of Trainium keeps share.",
        SIGN,
        "porting cost out of Trainium 0 against x 4, chips late",
        (
            Variant("worse-free", (*WORSE, change("porting_out_factor_trainium", 0.0))),
            Variant("worse-held", (*WORSE, change("porting_out_factor_trainium", 4.0))),
        ),
        _retained,
    ),
    Hypothesis(
        "S03",
        "Symmetric switching costs lower an entrant's share at first; later they may raise it.",
        AMBIGUOUS,
        "demand x 0.8, so that there is room to choose; all switching costs x 0.3 against x 3",
        (
            Variant("sticky-room", STICKY, ROOM, quarters=20),
            Variant("easy-room", EASY, ROOM, quarters=20),
        ),
        _symmetric,
    ),
    Hypothesis(
        "S04",
        "A shift of the installed base lasts longer when switching is dearer.",
        SIGN,
        "8 % of Trainium's commitments begin on Nvidia, demand x 0.8, no deal binds; switching costs x 0.2 against x 2",
        (),
        _persistence,
    ),
    Hypothesis(
        "S05",
        "A ban on switching fees, prices as they were: fewer are trapped, the egress part of the index falls, more "
        "switch.",
        SIGN,
        "switching-fee ban, judged after one quarter",
        (Variant("fees-banned", BANNED, QUALITY, lock_in=(1, 12)),),
        _trapped,
    ),
    Hypothesis(
        "S06",
        "A ban on switching fees with price response: fees vanish, more switch, prices answer; share may go either "
        "way.",
        AMBIGUOUS,
        "switching-fee ban, clouds on best response",
        (
            Variant("fees-banned", BANNED, QUALITY, lock_in=(1, 12)),
            Variant("best", strategies=BEST),
            Variant("fees-banned-best", BANNED, QUALITY, strategies=BEST),
        ),
        _waterbed,
    ),
    Hypothesis(
        "S07",
        "Switching costs change the prices of clouds that optimise: to invest in customers or to harvest them.",
        AMBIGUOUS,
        "all switching costs, best response against mark-up rule",
        (
            Variant("sticky-best", STICKY, strategies=BEST),
            Variant("easy-best", EASY, strategies=BEST),
            Variant("sticky", STICKY, quarters=20),
            Variant("easy", EASY, quarters=20),
        ),
        _invest_or_harvest,
    ),
    Hypothesis(
        "S23",
        "A duty of interoperability brings shares towards merit.",
        SIGN,
        "interoperability duty, full, everywhere",
        (Variant("open", everywhere("interoperability_duty", 1.0), QUALITY, lock_in=(1, 12)),),
        _interoperable,
        "that research falls when returns are shared: vendors follow rules and do not answer the duty",
    ),
    Hypothesis(
        "S29",
        "A stack whose software lags loses share, most with buyers who have no engineers.",
        SIGN,
        "software gap of Trainium x 2",
        (Variant("compiler-lags", (change("software_gap_factor_trainium", 2.0),)),),
        _lagging,
    ),
)
