"""Hypotheses on swings, spreads, correlations and what lasts: their rules on samples made by hand, the right way and
turned round."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.theory import entry, memory
from experiments.theory.entry import Outcome
from experiments.theory.evidence import Check, Evidence
from sim.arrays import Array
from tests.experiments.theory.made import HYPOTHESES, Case, Paths, failing

SHARE, PRICE = "trainium_share_used", "price_usd_per_h100e_hour"
TWELVE = np.linspace(-0.55, 0.55, 12)
"""A value per world, of mean 0."""


class Given(Evidence):
    """Paths as they are given: (variant, metric) -> (worlds, quarters)."""

    def __init__(self, paths: dict[tuple[str, str], Array]) -> None:
        super().__init__()
        self.paths = paths

    def path(self, variant: str, metric: str) -> Array:
        return self.paths[variant, metric]


def judged(key: str, paths: dict[tuple[str, str], Array]) -> list[Check]:
    return HYPOTHESES[key].judge(Given(paths))


def at(worlds: Array, **quarters: Array | float) -> Array:
    """Twenty quarters of 1 in so many worlds, but for some: q4=..."""
    path = np.ones((len(worlds), 20))
    for quarter, value in quarters.items():
        path[:, int(quarter[1:]) - 1] = value
    return path


# --- S04: a shift of the base lasts -----------------------------------------------------------------------------------


def persistent(sticky: float, easy: float, sign: float = -1.0) -> list[Check]:
    """Gaps of 0.1 at q1 of which these parts are left in q2 to q9, in five worlds that differ in size alone."""
    size = np.array([[0.8], [0.9], [1.0], [1.1], [1.2]])
    gaps = {2.0: sticky, 0.2: easy}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(memory, "persistence", lambda factor: sign * 0.1 * size * np.array([1.0, *[gaps[factor]] * 8]))
        return HYPOTHESES["S04"].judge(Given({}))


def test_what_is_left_of_a_shift_is_compared_as_a_part_of_it() -> None:
    """0.8 of it against 0.5: 0.3 more, and the same in every world, so that the bounds are the figure itself."""
    shift, left = persistent(0.8, 0.5)
    assert (shift.estimate.mean, left.estimate.mean) == pytest.approx((-0.1, 0.3))
    assert (left.estimate.low, left.estimate.high) == pytest.approx((0.3, 0.3))
    assert failing([shift, left]) == ()
    assert failing(persistent(0.5, 0.8)) == (1,)
    assert failing(persistent(0.8, 0.5, sign=1.0)) == (0,)


# --- S15, S16: swings, and what comes first ---------------------------------------------------------------------------

ALTERNATING = np.tile([1.0, -1.0], 10)


def cycles(ignored: float, counted: float, long: float, short: float, early: float = 1.0) -> list[Check]:
    """Paths that swing by so much either way; early: the swing of the line ignored before q8, which does not count."""
    swings = {"line-ignored": ignored, "line-counted": counted, "lead-long-step": long, "lead-short-step": short}
    paths: dict[tuple[str, str], dict[int, float]] = {}
    for name, size in swings.items():
        wave = size * ALTERNATING * np.where(np.arange(20) < 7, early, 1.0)
        paths[name, "utilisation"] = {q + 1: 1.0 + wave[q] for q in range(20)}
        paths[name, PRICE] = {q + 1: float(np.exp(wave[q])) for q in range(20)}
    return Case("S15", paths, ()).checks()


def residual_sd(path: Array) -> float:
    """A second way to a swing: what is left of numpy's own line."""
    time = np.arange(len(path))
    return float((path - np.polyval(np.polyfit(time, path, 1), time)).std())


def test_swings_are_compared_from_q8_on_in_use_and_in_the_log_of_price() -> None:
    """Swings of 0.3 against 0.1, and of the answers to a step 0.2 against 0.1."""
    checks, unit = cycles(0.3, 0.1, 0.2, 0.1, early=9.0), residual_sd(ALTERNATING[7:])
    assert [c.estimate.mean for c in checks] == pytest.approx([0.2 * unit, 0.1 * unit, 0.2 * unit, 0.1 * unit])
    assert failing(checks) == ()
    assert failing(cycles(0.1, 0.3, 0.2, 0.1)) == (0, 2)
    assert failing(cycles(0.3, 0.1, 0.1, 0.2)) == (1, 3)


def followed(shift: int) -> list[Check]:
    """Use in a cycle of four quarters; the change of log price is use itself, so many quarters later. Before q9 the
    price does the opposite, which does not count."""
    use = np.tile([1.0, 1.0, -1.0, -1.0], 6)
    change = 0.1 * np.roll(use, shift)[1:21] * np.where(np.arange(20) < 9, -1.0, 1.0)
    paths: Paths = {
        ("base", "utilisation"): {q + 1: 1.0 + 0.5 * use[q + 1] for q in range(20)},
        ("base", PRICE): {q + 1: float(np.exp(np.cumsum(change)[q])) for q in range(20)},
    }
    return Case("S16", paths, ()).checks()


def test_price_follows_use_and_not_use_price() -> None:
    """The price moves a quarter after use: correlation 1, and none or less with the use of the quarter itself."""
    after, apart = followed(1)
    use = np.tile([1.0, 1.0, -1.0, -1.0], 6)
    at_once = float(np.corrcoef(use[10:21], use[9:20])[0, 1])
    assert (after.estimate.mean, apart.estimate.mean) == pytest.approx((1.0, 1.0 - at_once))
    assert failing([after, apart]) == ()
    assert failing(followed(3)) == (0, 1)  # half a cycle later it moves against use
    assert 1 in failing(followed(0))  # at once: the price goes with use, and does not follow it


# --- S17, S18: returns ------------------------------------------------------------------------------------------------


def spreads(strong: float, weak: float, shift: float = 0.0) -> list[Check]:
    """Log shares at q20 that spread so much over worlds."""
    logs = {"strong": shift + strong * TWELVE, "weak": weak * TWELVE}
    return judged("S17", {(f"returns-{k}", SHARE): at(TWELVE, q20=np.exp(log)) for k, log in logs.items()})


def test_increasing_returns_are_judged_by_the_spread_and_not_by_the_mean() -> None:
    wide, mean = spreads(2.0, 1.0, shift=-0.3)
    assert wide.holds and wide.estimate.mean == pytest.approx(1.0) and wide.estimate.low < 1.0
    assert mean.wanted == "reported" and mean.estimate.mean == pytest.approx(-0.3)
    assert failing(spreads(1.0, 2.0)) == (0,)
    assert failing(spreads(1.0, 1.0, shift=0.5)) == (0,)


def lucky(gain: float, left: dict[str, float], follow: dict[str, float]) -> list[Check]:
    """Log share gained at q6 and the part left at q20 by strength; shares at q20 that follow those at q4 so closely."""
    paths = {}
    for k in ("strong", "weak"):
        early, odd = TWELVE, np.tile([1.0, -1.0], 6)
        late = follow[k] * early + (1.0 - abs(follow[k])) * odd
        plain = at(TWELVE, q4=np.exp(early), q20=np.exp(late))
        paths[f"returns-{k}", SHARE] = plain
        gained = at(TWELVE, q6=np.exp(gain * (1.0 + 0.1 * TWELVE)), q20=np.exp(gain * left[k] * (1.0 + 0.1 * TWELVE)))
        paths[f"returns-{k}-lucky", SHARE] = plain * gained
    return judged("S18", paths)


def test_early_luck_is_judged_by_the_part_that_is_left_of_it() -> None:
    """0.9 of it against 0.4: 0.5. The correlation of early and late shares is 1 against that of the other cell, and
    reported."""
    gained, left, together = lucky(0.2, {"strong": 0.9, "weak": 0.4}, {"strong": 1.0, "weak": 0.0})
    assert (gained.estimate.mean, left.estimate.mean) == pytest.approx((0.2, 0.5))
    odd = float(np.corrcoef(TWELVE, np.tile([1.0, -1.0], 6))[0, 1])
    assert together.estimate.mean == pytest.approx(1.0 - odd) and together.wanted == "reported"
    assert failing([gained, left, together]) == ()
    assert failing(lucky(0.2, {"strong": 0.4, "weak": 0.9}, {"strong": 1.0, "weak": 0.0})) == (1,)
    assert failing(lucky(-0.2, {"strong": 0.9, "weak": 0.4}, {"strong": 1.0, "weak": 0.0})) == (0,)


# --- S30-S32: entry, concentration, memory ----------------------------------------------------------------------------


def entered(markup: float, hhi: float, surplus: float, variety: float) -> list[Check]:
    """Three random markets in which more firms change the outcome by so much."""
    size = np.array([0.9, 1.0, 1.1])
    few, many = (
        Outcome(
            *(v + n * d * size for v, d in zip((1.0, 2500.0, 2.0, 2.0), (markup, hhi, surplus, variety), strict=True))
        )
        for n in (0.0, 1.0)
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(entry, "markets", lambda count: (few, many) if count == 12 else None)
        return judged("S30", {("base", SHARE): at(TWELVE)})


def test_more_firms_are_judged_by_markup_concentration_and_surplus() -> None:
    checks = entered(-0.1, -700.0, 0.4, 0.3)
    assert [c.estimate.mean for c in checks] == pytest.approx([-0.1, -700.0, 0.4, 0.3])
    assert failing(checks) == ()
    assert failing(entered(0.1, 700.0, -0.4, -0.3)) == (0, 1, 2)  # variety is only reported


def apart(share: Array, hhi: Array) -> list[Check]:
    paths = {
        ("base", SHARE): at(share, q1=0.1, q20=0.1 + share),
        ("base", "hhi_silicon"): at(hhi, q1=5e3, q20=5e3 + hhi),
    }
    return judged("S31", paths)


def test_concentration_and_share_part_in_so_many_worlds() -> None:
    """Shares grow in ten worlds of twelve and concentration falls in those and in one more: ten of twelve part."""
    share, hhi = np.where(np.arange(12) < 2, -0.01, 0.1 + 0.01 * np.arange(12)), -1e3 * (1.0 + np.arange(12.0))
    hhi[0] = -10.0
    parts, together = apart(share, hhi)
    assert parts.estimate.mean == pytest.approx(10.0 / 12.0)
    assert (
        together.estimate.mean == pytest.approx(float(np.corrcoef(share, hhi)[0, 1])) and together.estimate.mean < -0.7
    )
    assert failing([parts, together]) == ()
    assert failing(apart(share, 1e4 * share)) == (0, 1)


@pytest.mark.parametrize(("without", "with_", "failed"), [(1e-9, 1e-2, ()), (1e-6, 1e-2, (0,)), (1e-9, 0.0, (1,))])
def test_a_market_without_frictions_forgets_and_with_them_it_does_not(
    monkeypatch: pytest.MonkeyPatch, without: float, with_: float, failed: tuple[int, ...]
) -> None:
    """One world of four that remembers is enough to fail."""
    gaps = {False: np.array([0.0, 1e-12, 0.0, without]), True: with_ * np.array([1.0, 1.1, 1.2, 0.9])}
    monkeypatch.setattr(memory, "difference", lambda frictions: gaps[frictions])
    checks = judged("S32", {})
    assert failing(checks) == failed
    assert checks[1].estimate.mean == pytest.approx(1.05 * with_) and checks[0].estimate.mean == pytest.approx(
        without / 4.0, rel=0.01
    )
