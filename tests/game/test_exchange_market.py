"""The exchange in the market: idle commitments reach who waits, money and capacity balance, off means off."""

from __future__ import annotations

import numpy as np
import pytest

from tests.game.play import BASE, changed, game_of, play

OFF = changed(resale_permission=0.0)


def test_what_is_sublet_was_idle_and_online() -> None:
    with game_of(BASE, 3, 4) as game:
        game.run()
        outcome, traded = game.state.last.outcomes[0], game.state.last.traded
        use = outcome.direct_use_by_pool + outcome.managed_use_by_pool + outcome.captive_used
        assert np.all(traded.volume.sum(axis=1) > 0.0)
        assert np.all(use <= outcome.capacity * (1.0 + 1e-12))
        assert traded.bought.sum(axis=1) == pytest.approx(traded.volume.sum(axis=1))
        assert traded.paid_musd.sum(axis=1) == pytest.approx(traded.received_musd.sum(axis=1))
        assert np.all(traded.bought <= game.state.sites[0].waiting.sum(axis=2) + 1e-9)


def test_without_permission_nothing_is_sublet_and_nothing_else_moves() -> None:
    with game_of(OFF, 2, 3) as game:
        records = game.run()
        assert np.all(game.state.last.traded.volume == 0.0)
        assert np.all(records.metric("exchange_gains_musd") == 0.0)
        before = records.metric("unserved_h100e")[:, -1]
        waits = sum(o.clearing.outside.sum(axis=(1, 2)) for o in game.state.last.outcomes) / (
            1.0 + game.state.last.opened.p.overcommitment
        )
        assert np.array_equal(before, waits)


def test_the_spot_index_carries_the_last_price() -> None:
    with game_of(OFF, 2, 2) as game:
        first = game.state.spot
        game.run()
        assert np.array_equal(game.state.spot, first)
    with game_of(BASE, 2, 2) as game:
        first = game.state.spot
        game.run()
        nvidia = game.roster.families.index("nvidia")
        assert np.all(game.state.spot[:, nvidia] != first[:, nvidia])
        assert np.array_equal(
            game.state.spot,
            np.where(game.state.last.traded.volume > 0.0, game.state.last.traded.price, game.state.spot),
        )


def test_a_higher_reserve_raises_the_price_and_never_the_volume() -> None:
    low, high = (play(changed(exchange_reserve=reserve), 3, 1) for reserve in (0.2, 0.9))
    price = "spot_price_nvidia_usd_per_h100e_hour"
    dear, cheap = high.metric(price), low.metric(price)  # where more is sought than offered, bids alone set it
    assert np.all(dear >= cheap) and np.any(dear > cheap)
    assert np.all(high.metric("exchange_volume_h100e") <= low.metric("exchange_volume_h100e") + 1e-6)
