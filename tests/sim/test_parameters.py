"""Declarations: ranges, draws by inverse CDF, and arrays that cannot be changed."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from sim.errors import InputError
from sim.parameters import Catalogue, Parameter, Parameters, parameter, switch
from sim.streams import Streams

DECLARED = (
    parameter(
        "price_elasticity", -1.4, "1", (-2.0, -1.0), "J", "judgement", "What a price does.", allowed=(-4.0, -0.1)
    ),
    parameter("egress_factor", 1.0, "1", (0.5, 2.0), "C", "a table", "Multiplies fees.", by="region"),
    parameter("useful_life", 20.0, "quarters", (16.0, 24.0), "A", "a report", "Reported life."),
    switch("fee_ban", 0.0, "Are fees forbidden?", by="region"),
)
ENTITIES = {"region": ("us", "eu")}
CATALOGUE = Catalogue(DECLARED, ENTITIES)


def test_a_vector_has_one_name_for_each_entity() -> None:
    assert tuple(CATALOGUE.scalars) == (
        "price_elasticity",
        "egress_factor_us",
        "egress_factor_eu",
        "useful_life",
        "fee_ban_us",
        "fee_ban_eu",
    )
    declaration, position = CATALOGUE.find("egress_factor_eu", "file")
    assert (declaration.name, position) == ("egress_factor", 1)


def test_an_unknown_name_is_answered_with_the_closest() -> None:
    with pytest.raises(
        InputError, match=r"eu\.toml: unknown parameter 'egres_factor_eu'\. Closest: 'egress_factor_eu'"
    ):
        CATALOGUE.find("egres_factor_eu", "eu.toml")


@pytest.mark.parametrize("value", [-5.0, 0.0, float("nan"), float("inf")])
def test_a_value_out_of_range_is_refused_with_what_is_allowed(value: float) -> None:
    with pytest.raises(InputError, match=r"eu\.toml: price_elasticity = .*; allowed is -4 to -0\.1\."):
        DECLARED[0].check(value, "eu.toml", "price_elasticity")
    assert DECLARED[0].check(-4.0, "eu.toml", "price_elasticity") == -4.0


def test_a_declaration_has_its_numbers_in_order() -> None:
    with pytest.raises(ValidationError, match="does not hold"):
        parameter("x", 3.0, "1", (0.0, 2.0), "J", "s", "m")
    with pytest.raises(ValidationError, match="does not hold"):
        parameter("x", 1.0, "1", (0.0, 2.0), "J", "s", "m", allowed=(0.5, 2.0))
    with pytest.raises(ValueError, match="declared twice"):
        Catalogue((DECLARED[0], DECLARED[0]), ENTITIES)


def test_only_uncertain_parameters_are_drawn() -> None:
    assert [declaration.drawn for declaration in DECLARED] == [True, True, False, False]


def test_quantiles_of_the_triangle() -> None:
    # From 0 over 2 to 10: a fifth lies below the mode; half of that area is reached at 2 / sqrt 2.
    declaration = parameter("x", 2.0, "1", (0.0, 10.0), "J", "s", "m")
    got = declaration.quantile(np.array([0.0, 0.1, 0.2, 0.6, 1.0]))
    assert got == pytest.approx([0.0, np.sqrt(2.0), 2.0, 10.0 - np.sqrt(80.0 * 0.4), 10.0])
    edge = parameter("x", 0.0, "1", (0.0, 1.0), "J", "s", "m")
    assert edge.quantile(np.array([0.0, 0.75, 1.0])) == pytest.approx([0.0, 0.5, 1.0])


def test_quantiles_agree_with_the_density() -> None:
    declaration = parameter("x", 2.0, "1", (0.0, 10.0), "J", "s", "m")
    drawn = declaration.quantile((np.arange(20000) + 0.5) / 20000)
    assert drawn.mean() == pytest.approx((0.0 + 2.0 + 10.0) / 3.0, abs=1e-3)
    assert drawn.var() == pytest.approx((0.0 + 4.0 + 100.0 - 0.0 - 0.0 - 20.0) / 18.0, abs=1e-2)


def test_worlds_draw_what_the_scenario_does_not_set() -> None:
    values = CATALOGUE.draw(Streams(4, 0, 6), {"egress_factor_us": 0.7}, draw=True)
    assert values["egress_factor_us"].tolist() == [0.7] * 6
    assert values["useful_life"].tolist() == [20.0] * 6
    assert len(np.unique(values["price_elasticity"])) == 6
    assert ((values["price_elasticity"] >= -2.0) & (values["price_elasticity"] <= -1.0)).all()
    assert not (values["egress_factor_eu"] == values["price_elasticity"]).any()
    plain = CATALOGUE.draw(Streams(4, 0, 6), {}, draw=False)
    assert {name: array.tolist() for name, array in plain.items()} == {
        name: [declaration.default] * 6 for name, (declaration, _) in CATALOGUE.scalars.items()
    }


def test_setting_one_parameter_moves_no_other_draw() -> None:
    free = CATALOGUE.draw(Streams(4, 0, 6), {}, draw=True)
    fixed = CATALOGUE.draw(Streams(4, 0, 6), {"price_elasticity": -1.1}, draw=True)
    assert all((free[name] == fixed[name]).all() for name in free if name != "price_elasticity")


def test_vectors_are_assembled_in_the_order_of_entities() -> None:
    values = CATALOGUE.draw(Streams(4, 0, 2), {"egress_factor_us": 0.7, "egress_factor_eu": 0.9}, draw=False)
    p = CATALOGUE.assemble(values)
    assert p.egress_factor.tolist() == [[0.7, 0.9], [0.7, 0.9]]
    assert p.price_elasticity.shape == (2,)
    assert p.names() == tuple(declaration.name for declaration in DECLARED)


def test_parameters_are_frozen() -> None:
    p = Parameters({"egress_factor": np.ones(2)})
    with pytest.raises(ValueError, match="read-only"):
        p.egress_factor[0] = 2.0
    with pytest.raises(AttributeError, match="frozen"):
        p.egress_factor = np.zeros(2)
    with pytest.raises(AttributeError, match=r"'egress'\. Closest: 'egress_factor'"):
        _ = p.egress
    changed = p.replace(egress_factor=np.zeros(2))
    assert p.egress_factor.tolist() == [1.0, 1.0] and changed.egress_factor.tolist() == [0.0, 0.0]


def test_declarations_refuse_words_they_do_not_know() -> None:
    with pytest.raises(ValidationError):
        Parameter(
            name="x",
            default=0.0,
            unit="1",
            low=0.0,
            high=1.0,
            allowed=(0.0, 1.0),
            grade="J",
            source="s",
            meaning="m",
            note="?",
        )
