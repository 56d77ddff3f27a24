"""The market as a PettingZoo environment: every party that has an objective is an agent, all decide at once, a step is
a quarter. One game of one world, with the bits that it has everywhere. Needs the extra `pettingzoo`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np

from agents.roster import parties, unknown_party
from agents.strategies import default_for
from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.bots.payoffs import PLAYABLE
from sim import objectives
from sim.anchors.meeting import Lawful
from sim.briefings.deals import power_ahead
from sim.contract import Decision
from sim.errors import InputError
from sim.game import Game
from sim.noise import LONGEST_GAME
from sim.objectives import HORIZON
from sim.quarters import label
from sim.roster import load_roster
from sim.sizes import whole
from sim.units import MUSD_PER_USD_BN

try:
    from gymnasium import spaces as gymnasium_spaces
    from pettingzoo import ParallelEnv

    from experiments.doors import spaces
except ImportError as missing:
    raise ImportError("PettingZoo is an extra: pip install 'fully-booked[pettingzoo]'") from missing

Action = Mapping[str, Any]
Observation = dict[str, Any]


class MarketEnv(ParallelEnv[str, Observation, Action]):
    """A game whose seats are held by learners.

    seats: parties that learn, all with an objective unless given; everybody else, and an agent without an action, plays
    by a strategy: `strategies` names them by party, else the role's default. quarters: steps of an episode. draw: does
    each seed draw the uncertain parameters?

    Actions and observations are dictionaries of arrays without a worlds axis, by the names of the declared decisions
    and briefings. A reward is what a quarter adds to the declared objective, USD bn, so that an episode's rewards add
    up to it. `infos[agent]["usual"]` is the action that the role's default strategy would take."""

    metadata: dict[str, Any] = {"name": "fully_booked_v0", "render_modes": []}  # noqa: RUF012 - PettingZoo's own
    render_mode = None

    def __init__(
        self,
        scenario: str = "baseline",
        seats: Sequence[str] = (),
        *,
        quarters: int = HORIZON,
        strategies: Mapping[str, str] | None = None,
        draw: bool = True,
    ) -> None:
        self.scenario = scenarios.load(scenario)
        roster = load_roster(self.scenario.roster)
        self.roles = {name: role for role, name, _ in parties(roster)}
        playable = [name for name, role in self.roles.items() if role in PLAYABLE]
        for name in seats:
            if name not in playable:
                raise unknown_party(roster, name, "seats")
        self.possible_agents = list(dict.fromkeys(seats)) or playable
        self.agents: list[str] = []
        given = [f"{party}={name}" for party, name in (strategies or {}).items()]
        self.quarters = whole("quarters", quarters, 1, LONGEST_GAME - 1)
        size = Size(1, self.quarters + 1, 0, draw)  # the last step, too, is followed by what is seen then
        self._cell = Cell(self.scenario, size, scenarios.strategies_of(self.scenario, given))
        self._open = ExitStack()
        self._game: Game | None = None
        self._worth: dict[str, float] = {}
        self._spaces: dict[str, tuple[gymnasium_spaces.Dict, gymnasium_spaces.Dict]] = {}

    # --- spaces ---------------------------------------------------------------------------------------------------

    def observation_space(self, agent: str) -> gymnasium_spaces.Dict:
        """What an agent sees."""
        return self._of(agent)[0]

    def action_space(self, agent: str) -> gymnasium_spaces.Dict:
        """What an agent may do."""
        return self._of(agent)[1]

    def _of(self, agent: str) -> tuple[gymnasium_spaces.Dict, gymnasium_spaces.Dict]:
        """Both spaces of an agent, the same objects whenever they are asked for."""
        if not self._spaces:
            with engine.opened(self._cell) as game:
                shown = game.brief()
                for name in self.possible_agents:
                    seen = spaces.observation(shown.own(self.roles[name], name), shown.market)
                    both = spaces.observation_space(seen), spaces.action_space(game.expected[name])
                    self._spaces[name] = both
        return self._spaces[agent]

    # --- a game ---------------------------------------------------------------------------------------------------

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Observation], dict[str, dict[str, Any]]]:
        """Begin a game: of a seed, else of the next one."""
        self.close()
        size = self._cell.size
        self._cell = replace(self._cell, size=replace(size, seed=size.seed + 1 if seed is None else seed))
        self._game = self._open.enter_context(engine.opened(self._cell))
        self.agents, self._worth = list(self.possible_agents), dict.fromkeys(self.possible_agents, 0.0)
        return self._seen(self._game)

    def _seen(self, game: Game) -> tuple[dict[str, Observation], dict[str, dict[str, Any]]]:
        """What every agent sees, and what its role's default strategy would do."""
        shown, observed, infos = game.brief(), {}, {}
        for name in self.agents:
            own = shown.own(self.roles[name], name)
            usual = default_for(self.roles[name]).maker().decide(own, shown.market)
            observed[name] = spaces.observation(own, shown.market)
            infos[name] = {"usual": spaces.action(usual, game.expected[name])}
        return observed, infos

    def step(
        self, actions: dict[str, Action]
    ) -> tuple[dict[str, Observation], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Play a quarter. An offer of a deal that the market does not let counts as none. InputError for an action that
        is outside its space."""
        game = self._game
        if game is None or not self.agents:
            raise InputError("no game is open; begin one with reset().")
        game.step({name: self._decided(game, name, action) for name, action in actions.items()})
        worth = {name: self._objective(game, name) for name in self.agents}
        broken = not all(np.isfinite(value) for value in worth.values())
        rewards = {name: 0.0 if broken else value - self._worth[name] for name, value in worth.items()}
        self._worth, ends = worth, game.quarter >= self.quarters
        terminated, truncated = (dict.fromkeys(self.agents, one) for one in (broken, ends and not broken))
        observed, infos = self._seen(game)
        if ends or broken:
            self.close()
        return observed, rewards, terminated, truncated, infos

    def _objective(self, game: Game, name: str) -> float:
        """The objective of a seat over what has been played, USD bn."""
        return float(objectives.objective(game.records, self.roles[name], name)[0]) / MUSD_PER_USD_BN

    def _decided(self, game: Game, name: str, action: Action) -> Decision:
        """An agent's decision, without offers that the market would refuse."""
        if name not in self.agents:
            raise InputError(f"actions: '{name}' is no agent of this game; agents are {', '.join(self.agents)}.")
        if not isinstance(action, Mapping):
            raise InputError(f"actions: {name}: an action is a dictionary by field (given: {type(action).__name__}).")
        if not self.action_space(name).contains(dict(action)):
            raise InputError(f"actions: {name}: {_outside(self.action_space(name), action)}.")
        made = spaces.decision(action, game.expected[name])
        offered = getattr(made, "deal_mw", None)
        if offered is None or not offered.any():
            return made
        lawful = Lawful(game.given.places, game.roster, power_ahead(game.given, game.state, game.brief().opened))
        kept, quarter = offered.copy(), label(game.given.start.quarter + game.quarter + 1)
        for place in np.flatnonzero(offered[0]):
            alone = np.zeros_like(offered)
            alone[0, place] = offered[0, place]
            try:
                lawful.check(replace(made, deal_mw=alone), self.roles[name], name, quarter)
            except InputError:
                kept[0, place] = 0.0
        return replace(made, deal_mw=kept)

    def close(self) -> None:
        """Let go of the game, and of the agents in it."""
        self._open.close()
        self._game, self.agents = None, []


def _outside(space: gymnasium_spaces.Dict, action: Action) -> str:
    """What is wrong with an action, in words."""
    for name, one in space.spaces.items():
        if name not in action:
            return f"'{name}' is missing; an action has the fields of the decision"
        if not one.contains(action[name]):
            return f"{name} = {np.asarray(action[name]).tolist()} is not allowed; allowed is {one}"
    return f"unknown field '{next(name for name in action if name not in space.spaces)}'"
