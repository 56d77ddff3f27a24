"""Scenarios by name or path, checked, and what may be laid on top of one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

import numpy as np

from agents.roster import parties, unknown_party
from agents.strategies import named
from experiments.cards import Laid, once
from experiments.library import LIBRARY, STUDY_FILE
from sim import scenario as files
from sim.arrays import Array
from sim.declarations import DECLARATIONS, catalogue
from sim.errors import InputError, unknown
from sim.parameters import Catalogue
from sim.roster import load_roster
from sim.scenario import Scenario
from sim.shocks import Shock
from sim.supply.tables import priced_at


def catalogue_of(scenario: Scenario) -> Catalogue:
    """The declared parameters with the names they have in this scenario's roster."""
    return catalogue(load_roster(scenario.roster))


def load(name_or_path: str) -> Scenario:
    """A scenario by name or by the path of a .toml file, checked; InputError in one sentence when it cannot be used."""
    if name_or_path == STUDY_FILE.stem:
        raise InputError("'study' is a design of many scenarios; play it with: fully-booked study.")
    try:
        name_or_path.encode()
        scenario = files.load(name_or_path, LIBRARY)
    except UnicodeEncodeError:
        raise InputError(f"scenario '{name_or_path}': its name is no text in UTF-8; give the file another.") from None
    except (IsADirectoryError, PermissionError) as error:
        raise InputError(f"scenario '{name_or_path}' cannot be read: {error.strerror}.") from error
    try:
        priced_at(scenario.start, scenario.prelude is not None)
    except InputError as error:
        raise InputError(f"{scenario.file or name_or_path}: {error}") from None
    return scenario.check(catalogue_of(scenario))


def with_shocks(scenario: Scenario, words: Iterable[str]) -> Scenario:
    """The scenario with shock cards laid on top, each only with what the card itself states. words: names of cards, or
    NAME:LEVEL@QUARTER."""
    given = [Laid.read(word) for word in ([words] if isinstance(words, str) else words)]
    once(given)
    for laid in given:
        shocks = laid.shocks()
        _refuse_again(laid.short, shocks, scenario)
        scenario = scenario.with_changes(
            f"{scenario.name}+{laid}", f"{scenario.title}; {laid.title}", laid.parameters(), shocks
        )
    return scenario.check(catalogue_of(scenario))


def _refuse_again(card: str, shocks: Iterable[Shock], scenario: Scenario) -> None:
    """InputError when a card would change by the same amount what the scenario has changed by it already."""
    there = {shock.says for shock in scenario.shocks}
    for shock in shocks:
        if shock.set is None and shock.says in there:
            raise InputError(
                f"--shock: '{card}' is in {scenario.name} already: its change of {shock.parameter} would act twice; "
                "leave the card out."
            )


def strategies_of(scenario: Scenario, chosen: Iterable[str]) -> dict[str, str]:
    """Party -> strategy from words like 'aws=build-to-demand' or 'aws=my.py:Calm', checked against roster, registry and
    file."""
    roster = load_roster(scenario.roster)
    roles = {name: role for role, name, _ in parties(roster)}
    result: dict[str, str] = {}
    for word in chosen:
        party, sign, name = word.partition("=")
        if not sign:
            raise InputError(
                f"--strategy: '{word}' is not allowed; give party=strategy, for example aws=build-to-demand."
            )
        if party not in roles:
            raise unknown_party(roster, party, "--strategy")
        name = named(name, roles[party], "--strategy")
        if result.setdefault(party, name) != name:
            raise InputError(f"--strategy: {party} is given '{result[party]}' and '{name}'; give a party one strategy.")
    return result


def expand(catalogue: Catalogue, pattern: str, where: str) -> tuple[str, ...]:
    """Parameter names that a pattern stands for: 'egress_factor_*' is that parameter for every region."""
    stem = pattern.removesuffix("*").removesuffix("_")
    if not pattern.endswith("_*"):
        catalogue.find(pattern, where)
        return (pattern,)
    if stem not in catalogue.declarations or catalogue.declarations[stem].by is None:
        vectors = [f"{name}_*" for name, one in catalogue.declarations.items() if one.by is not None]
        raise unknown("parameter", pattern, vectors, where)
    return catalogue.declarations[stem].names(catalogue.entities)


def in_worlds(scenario: Scenario, values: Mapping[str, float], worlds: int, where: str = "values") -> dict[str, Array]:
    """Values as every world of a cell has them, by scalar name, (worlds,); names may be patterns. InputError for what
    is not declared or outside its range."""
    known, found = catalogue_of(scenario), {}
    for pattern, value in values.items():
        for name in expand(known, pattern, where):
            if isinstance(value, bool | np.bool_):
                raise InputError(f"{where}: {name} must be a number (given: {value}).")
            known.find(name, where)[0].check(float(value), where, name)
            found[name] = np.full(worlds, float(value))
    return found


def parameters_digest() -> str:
    """A hash of every declared parameter's numbers."""
    content = [(one.name, one.default, one.low, one.high, one.grade, one.allowed) for one in DECLARATIONS]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
