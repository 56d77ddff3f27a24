"""What it costs to leave: switching costs between what a buyer uses and what it might use.

Two lock-ins of opposite sign are kept apart. *Stack* lock-in (by chip family): porting software from CUDA to Neuron is
not the way back, is learned, and part of it no tool removes. *Cloud* lock-in (by cloud): egress charges on data that
grew with use, exit fees, and habits. A one-off cost of c years of the compute bill is spread over the horizon T,

    sigma = alpha ln(1 + 4 c A(T)) + intangible,    A(T) = rho / (1 - (1 + rho)^-T),

so that it is comparable with the price, which enters utility as -alpha ln p (Farrell and Klemperer 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import kernels
from sim.arrays import Array, Index, Mask, power
from sim.equilibrium.choice import LARGEST_EXPONENT
from sim.units import QUARTERS_PER_YEAR


def porting_cost_years(
    base_years: Array,
    portability: Array,
    factor: Array,
    from_factor: Array,
    ports: Array,
    learning: Array,
    same_stack: Mask,
) -> Array:
    """Years of the compute bill that a port costs: kappa (1 - chi) (1 + n)^-b, 0 within a stack.

    base_years, portability, learning (worlds,); factor (worlds, buyers) region and skill; from_factor (origins,); ports
    (worlds, buyers, families) past ports into each family; same_stack (origins, families). Returns (worlds, buyers,
    origins, families)."""
    learned = power(1.0 + ports, -learning[:, None, None])
    scale = (base_years * (1.0 - portability))[:, None] * factor
    cost = scale[:, :, None, None] * from_factor[None, None, :, None] * learned[:, :, None, :]
    return np.where(same_stack, 0.0, cost)


def money_to_utils(years: Array, price_sensitivity: Array, spread: Array) -> Array:
    """Utility of a one-off cost of so many years of the bill: alpha ln(1 + 4 c A). Shapes broadcast."""
    return price_sensitivity * np.log1p(QUARTERS_PER_YEAR * years * spread)


@dataclass(frozen=True)
class Porting:
    """What makes up the cost of porting. base_years, portability, learning, habit (worlds,): years of the bill of a
    first port, the part of it that is saved, what practice saves, and the part that greenfield demand minds; factor,
    intangible (worlds, buyers); ports (worlds, buyers, families) made so far; leaving, entering, foreign (worlds,
    families): factors by the stack left and entered, and for leaving one that is not CUDA; same_stack (families,
    families); cuda_family: the habit of greenfield demand."""

    base_years: Array
    portability: Array
    factor: Array
    ports: Array
    learning: Array
    leaving: Array
    entering: Array
    foreign: Array
    habit: Array
    intangible: Array
    same_stack: Mask
    cuda_family: int


def stack_costs(porting: Porting, price_sensitivity: Array, spread: Array) -> tuple[Array, Array]:
    """Cost of going from stack to stack, in years of the bill and in utils: (worlds, buyers, origins, targets) each.

    Origins are families, greenfield, and demand owed to an investor; targets families and managed services.
    price_sensitivity (worlds, buyers), spread (worlds,)."""
    one, compiled = porting, kernels.find("choices")
    if compiled is None:
        return _stack_costs(porting, price_sensitivity, spread)
    worth = (one.base_years * (1.0 - one.portability))[:, None] * one.factor
    by_family = (power(1.0 + one.ports, -one.learning[:, None, None]), one.leaving, one.entering, one.foreign)
    same, money = one.same_stack.astype(float), (price_sensitivity, spread * QUARTERS_PER_YEAR, one.intangible)
    return compiled.stack_costs(worth, *by_family, one.habit, same, one.cuda_family, *money)


def _stack_costs(one: Porting, price_sensitivity: Array, spread: Array) -> tuple[Array, Array]:
    """Costs of stacks with numpy: the reference."""
    families = len(one.same_stack)
    years = porting_cost_years(
        one.base_years, one.portability, one.factor, np.ones(families), one.ports, one.learning, one.same_stack
    )
    years = years * one.leaving[:, None, :, None] * one.entering[:, None, None, :] * one.foreign[:, None, :, None]
    habit = one.habit[:, None, None] * years[:, :, one.cuda_family]
    years = np.concatenate([years, habit[:, :, None], np.zeros_like(habit)[:, :, None]], axis=2)
    years = np.concatenate([years, np.zeros_like(years[..., :1])], axis=3)
    other_stack = np.zeros((families + 2, families + 1), bool)
    other_stack[:families, :families] = ~one.same_stack
    utils = money_to_utils(years, price_sensitivity[:, :, None, None], spread[:, None, None, None])
    return years, utils + one.intangible[:, :, None, None] * other_stack


@dataclass(frozen=True)
class Origins:
    """Where demand comes from: for each position on the incumbents axis, the stack and the cloud it leaves.

    stack: family, or `families` for demand with no stack of its own (greenfield, users of managed services), or
    `families + 1` for demand that is owed to an investor cloud. cloud: owner, or -1 for none."""

    stack: Index
    cloud: Index
    no_stack: int
    tied: int

    @classmethod
    def of(cls, offer_family: Index, offer_owner: Index, families: int) -> Origins:
        """Origins for the incumbents axis of a site: offers, greenfield, tied."""
        stack = np.where(offer_family >= 0, offer_family, families)
        return cls(
            np.concatenate([stack, [families, families + 1]]),
            np.concatenate([offer_owner, [-1, -1]]),
            families,
            families + 1,
        )


@dataclass(frozen=True)
class SwitchingCosts:
    """stack_utils (worlds, buyers, origins, targets): cost in utils by stack left and entered, targets being families
    and, last, managed services (never ported to); cloud_utils (worlds, buyers, owners, owners): cost of leaving a cloud
    for another; stack_years: the money part in years of the compute bill entered; cloud_fee_years (worlds, buyers,
    owners): charges in years of the bill *left*; cloud_price (worlds, buyers, owners): USD per H100e-hour at each."""

    stack_utils: Array
    stack_years: Array
    cloud_utils: Array
    cloud_fee_years: Array
    cloud_price: Array

    def targets(self, offer_family: Index) -> Index:
        """The stack that each offer asks for: its family, or managed services, the last."""
        return np.where(offer_family >= 0, offer_family, self.stack_utils.shape[3] - 1)


def first_alike(scale: Array) -> list[int]:
    """For each offer the first one with the same lambda in every world: scale (worlds, offers)."""
    first: dict[bytes, int] = {}
    return [first.setdefault(column.tobytes(), offer) for offer, column in enumerate(scale.T)]


def factors(costs: SwitchingCosts, origins: Origins, offer_family: Index, offer_owner: Index, scale: Array) -> Array:
    """exp(-sigma / lambda) for every origin and offer: (worlds, offers, buyers, incumbents).

    Costs add in utils, so factors multiply; only small tables are exponentiated, then spread over the axes."""
    target = costs.targets(offer_family)
    result = np.empty((len(scale), len(target), costs.stack_utils.shape[1], len(origins.stack)))
    stacks: dict[tuple[int, int], Array] = {}
    clouds: dict[tuple[int, int], Array] = {}
    same = first_alike(scale)
    for offer, (family, owner) in enumerate(zip(target.tolist(), offer_owner.tolist(), strict=True)):
        alike = same[offer]
        inverse = (1.0 / scale[:, offer])[:, None, None]
        if (family, alike) not in stacks:
            stacks[family, alike] = np.exp(-costs.stack_utils[:, :, :, family] * inverse)[:, :, origins.stack]
        if (owner, alike) not in clouds:
            moves = (origins.cloud >= 0) & (origins.cloud != owner)
            leaving = np.exp(-costs.cloud_utils[..., owner] * inverse)
            clouds[owner, alike] = np.where(moves, leaving[:, :, origins.cloud], 1.0)
        np.multiply(stacks[family, alike], clouds[owner, alike], out=result[:, offer])
    return result


def weights(
    exponent: Array,
    costs: SwitchingCosts,
    origins: Origins,
    offer_family: Index,
    offer_owner: Index,
    scale: Array,
    partner: Mask,
) -> Array:
    """exp((V - sigma) / lambda) of every offer for every origin: (worlds, offers, buyers, incumbents).

    exponent: V / lambda (worlds, offers, buyers), cut where a float holds no more; partner (offers, buyers): to which
    offers demand goes that is owed to an investor."""
    compiled = kernels.find("choices")
    if compiled is None:
        stay = staying(costs, origins, offer_family, offer_owner, scale, partner)
        return np.exp(np.minimum(exponent, LARGEST_EXPONENT))[..., None] * stay
    places = (origins.stack, origins.cloud, costs.targets(offer_family), offer_owner)
    utils = (costs.stack_utils, costs.cloud_utils)
    return np.asarray(compiled.weights(exponent, scale, *utils, *places, partner.astype(float), LARGEST_EXPONENT))


def staying(
    costs: SwitchingCosts, origins: Origins, offer_family: Index, offer_owner: Index, scale: Array, partner: Mask
) -> Array:
    """exp(-sigma / lambda), where demand owed to an investor, the last origin, has only its partner's offers to go
    to."""
    stay = factors(costs, origins, offer_family, offer_owner, scale)
    stay[..., -1] = np.where(partner, 1.0, 0.0)
    return stay


def transition(utility: Array, switching_cost: Array) -> Array:
    """One-period choice chain without an outside option: rows are incumbents, (worlds, offers, offers).

    utility (worlds, offers); switching_cost (worlds, offers, offers) from row to column."""
    value = utility[:, None, :] - switching_cost
    weight = np.exp(value - value.max(axis=2, keepdims=True))
    return np.asarray(weight / weight.sum(axis=2, keepdims=True))


def stationary(chain: Array) -> Array:
    """Long-run shares of a choice chain (worlds, offers, offers) -> (worlds, offers)."""
    size = chain.shape[1]
    balance = np.swapaxes(chain, 1, 2) - np.eye(size)
    balance[:, -1, :] = 1.0
    target = np.zeros((len(chain), size, 1))
    target[:, -1] = 1.0
    return np.asarray(np.linalg.solve(balance, target)[:, :, 0])


def half_life(chain: Array) -> tuple[Array, Array]:
    """Second eigenvalue of a choice chain and the quarters in which half of a lead is lost, ln 0.5 / ln lambda_2:
    (worlds,) each."""
    moduli = np.sort(np.abs(np.linalg.eigvals(chain)), axis=1)
    second = moduli[:, -2]
    safe = np.clip(second, 1e-300, 1.0 - 1e-15)
    return second, np.where(second > 0.0, np.log(0.5) / np.log(safe), 0.0)


def one_step_index(installed: Array, utility: Array, switching_cost: Array) -> tuple[Array, Array, Array]:
    """Shares with and without switching costs on a frozen state, and the trapped fraction of each incumbent.

    installed, utility (worlds, offers); switching_cost (worlds, offers, offers). Trapped: of those who would leave on
    merit, the part that stays, (P_oo - s_o) / (1 - s_o)."""
    chain = transition(utility, switching_cost)
    merit = transition(utility, np.zeros_like(switching_cost))[:, 0, :]
    actual = np.asarray((installed[:, :, None] * chain).sum(axis=1))
    staying = np.diagonal(chain, axis1=1, axis2=2)
    return actual, merit, (staying - merit) / (1.0 - merit)
