"""Measures a quarter of a game: fills the metrics that sim/metrics.py declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Array, Mask, ratio, total_by
from sim.enforcement import cases as regulation
from sim.equilibrium import welfare
from sim.finance import growth_factor
from sim.market import contracts
from sim.measures import balances, public, stacks
from sim.measures import labs as lab_meter
from sim.metrics import BINDING_USE
from sim.roster import DATA, table
from sim.units import MUSD_PER_USD_BN, USD_PER_MUSD, WATTS_PER_KW, musd_for_hours

if TYPE_CHECKING:
    from sim.game import Game


class Meter:
    """Measures a quarter of a game. Remembers only what an index needs: first-quarter baskets and last-quarter prices."""

    def __init__(self, game: Game) -> None:
        self.game = game
        roster = game.roster
        self.trainium = self._family("trainium")
        self.aws = roster.owners.index("aws") if "aws" in roster.owners else 0
        self.edge = roster.pool_is_edge
        self.rented = np.array([pool.direct or bool(roster.managed_titles[pool.owner]) for pool in roster.pools])
        self.first: dict[str, Array] = {}
        self.last_price = self.last_weight = np.zeros((game.streams.worlds, len(roster.pools)))
        self.index = np.ones(game.streams.worlds)

    def _family(self, name: str) -> Mask:
        roster = self.game.roster
        return np.array([roster.families[pool.family] == name for pool in roster.pools])

    def _share(self, amount: Array, part: Mask, whole: Mask | None = None) -> Array:
        whole = np.ones_like(part) if whole is None else whole
        return ratio((amount * (part & whole)).sum(axis=1), (amount * whole).sum(axis=1))

    def measure(self, p: Any, made: Any, outcomes: Any, captive: Array, statement: Any) -> dict[str, Any]:
        """All metrics of a quarter, (worlds,) each, and the table of offers under 'offers'."""
        g, roster = self.game, self.game.roster
        market_use = g.books.pool_use(outcomes)
        used = market_use + captive
        installed, online, chips = made.installed, made.online, g.supply.fleet.chips()
        posted = np.where(g.supply.price > 0.0, g.supply.price, 0.0)
        family_price = self._family_price(posted, market_use)
        committed = np.zeros_like(used)
        for site, outcome in zip(roster.sites, outcomes, strict=True):
            committed[:, site.pools] += outcome.committed_by_pool
        state = {
            "used": used,
            "market_use": market_use,
            "committed": committed,
            "captive": captive,
            "posted": posted,
            "valued": used * family_price,
        }
        values = self._shares(state, installed, chips)
        values |= self._concentration(state)
        values |= self._bookings(state, made, outcomes)
        values |= self._prices(p, made, state, outcomes, statement)
        values |= self._accounts(p, statement)
        values |= lab_meter.measure(g.product)
        values |= self._cases(statement)
        values |= public.measure(g, statement) | stacks.measure(g, made, statement)
        values |= self._checks(made, outcomes, statement)
        values["online_h100e"] = online.sum(axis=1)
        return {**values, "offers": self._offers(made, outcomes, state)}

    def _family_price(self, posted: Array, use: Array) -> Array:
        """Posted direct price of each pool's family at its site: use-weighted mean over pools rented out, (worlds, pools)."""
        result = np.zeros_like(posted)
        for family in range(len(self.game.roster.families)):
            for site in (self.edge, ~self.edge):
                mine = (self.game.roster.pool_family == family) & site
                weight = np.where(mine & (posted > 0.0), use + 1.0, 0.0)
                result[:, mine] = ratio((posted * weight).sum(axis=1), weight.sum(axis=1))[:, None]
        return result

    def _shares(self, s: dict[str, Array], installed: Array, chips: Array) -> dict[str, Array]:
        trainium, core, edge = self.trainium, ~self.edge, self.edge
        used, roster = s["used"], self.game.roster
        aws = roster.pool_owner == self.aws
        managed = np.zeros_like(used)
        for site, outcome in zip(roster.sites, self.game.last_outcomes, strict=True):
            managed[:, site.pools] += outcome.managed_use_by_pool
        return {
            "trainium_share_used": self._share(used, trainium),
            "trainium_share_installed": self._share(installed, trainium),
            "trainium_share_spend": self._share(s["valued"], trainium),
            "trainium_share_units": self._share(chips, trainium),
            "trainium_share_used_core": self._share(used, trainium, core),
            "trainium_share_used_edge": self._share(used, trainium, edge),
            "trainium_share_used_market": self._share(s["market_use"], trainium),
            "trainium_share_installed_core": self._share(installed, trainium, core),
            "trainium_share_spend_core": self._share(s["valued"], trainium, core),
            "trainium_share_units_core": self._share(chips, trainium, core),
            "trainium_share_of_aws": self._share(installed, trainium, aws),
            "trainium_share_managed": self._share(managed, trainium),
            "trainium_used_h100e": (used * trainium).sum(axis=1),
            "trainium_installed_h100e": (installed * trainium).sum(axis=1),
            "used_h100e": used.sum(axis=1),
            "installed_h100e": installed.sum(axis=1),
            "used_core_h100e": (used * core).sum(axis=1),
            "used_edge_h100e": (used * edge).sum(axis=1),
            "edge_share_used": self._share(used, edge),
            "nvidia_share_used": self._share(used, self._family("nvidia")),
            "tpu_share_used": self._share(used, self._family("tpu")),
            "amd_share_used": self._share(used, self._family("amd")),
            "aws_share_used_market": self._share(s["market_use"], aws),
        }

    def _concentration(self, s: dict[str, Array]) -> dict[str, Array]:
        roster = self.game.roster
        by_cloud = total_by(s["market_use"], roster.pool_owner, len(roster.owners))
        by_family = total_by(s["used"], roster.pool_family, len(roster.families))
        return {"hhi_cloud": welfare.hhi(by_cloud), "hhi_silicon": welfare.hhi(by_family)}

    def _bookings(self, s: dict[str, Array], made: Any, outcomes: Any) -> dict[str, Array]:
        core, site, outcome, book = ~self.edge, self.game.roster.sites[0], outcomes[0], self.game.sites[0].book
        free = np.maximum(made.online - s["captive"], 0.0) * self.rented
        offers = [
            k
            for k, family in enumerate(site.offer_family)
            if family >= 0 and self.game.roster.families[family] == "trainium"
        ]
        direct = outcome.committed[:, offers].sum(axis=1)
        labs = site.buyer_lab >= 0
        largest = np.where(labs, direct, 0.0).max(axis=1)
        later = contracts.forward_cover(book, 4)[:, offers].sum(axis=(1, 2))
        trainium = self.trainium & core
        committed, room = (s["committed"] * trainium).sum(axis=1), (free * trainium).sum(axis=1)
        shadow = np.zeros_like(s["used"])
        for one, result in zip(self.game.roster.sites, outcomes, strict=True):
            shadow[:, one.pools] = result.clearing.shadow_price
        self.shadow = shadow
        binding = (shadow > 0.0) | (s["committed"] + s["captive"] >= BINDING_USE * made.online)
        capacity = free * core
        wanted = np.stack(
            [
                d.wanted_h100e.sum(axis=1) if d.wanted_h100e.ndim == 2 else d.wanted_h100e
                for d in self.game.buyer_decisions()
            ],
            axis=1,
        ).sum(axis=1)
        waiting = self._waiting(outcomes)
        return {
            "booked_ratio": contracts.booked_ratio((s["committed"] * core).sum(axis=1), (free * core).sum(axis=1)),
            "booked_ratio_trainium": contracts.booked_ratio(committed, room),
            "booked_ratio_trainium_without_top_customer": contracts.booked_ratio(committed - largest, room),
            "forward_cover_trainium_4q": ratio(later, direct.sum(axis=1)),
            "top_customer_share_trainium": ratio(largest, direct.sum(axis=1)),
            "trainium_supply_binding": ratio(
                (capacity * binding * trainium).sum(axis=1), (capacity * trainium).sum(axis=1)
            ),
            "binding_share": ratio((capacity * binding).sum(axis=1), capacity.sum(axis=1)),
            "shadow_price_trainium": (shadow * (trainium & (self.game.roster.pool_owner == self.aws))).sum(axis=1),
            "unserved_h100e": waiting,
            "unserved_share": ratio(waiting, wanted),
            **self._exchange(s),
            "switching_rate_cloud": ratio(sum(r.switched.sum(axis=1) for r in outcomes), s["market_use"].sum(axis=1)),
        }

    def _waiting(self, outcomes: Any) -> Array:
        """Demand left without capacity this quarter, in use terms, after what the exchange served: (worlds,)."""
        left = sum(result.clearing.outside.sum(axis=(1, 2)) for result in outcomes) / (1.0 + self.game.p.overcommitment)
        return np.asarray(left - self.game.traded.bought.sum(axis=1))

    def _exchange(self, s: dict[str, Array]) -> dict[str, Array]:
        traded, families = self.game.traded, self.game.roster.families
        volume = traded.volume.sum(axis=1)
        none = np.zeros_like(volume)
        spot = {
            f"spot_price_{name}_usd_per_h100e_hour": traded.index[:, families.index(name)] if name in families else none
            for name in ("trainium", "nvidia")
        }
        return {
            **spot, "exchange_volume_h100e": volume, "exchange_gains_musd": traded.gains_musd,
            "exchange_share_of_use": ratio(volume, s["market_use"].sum(axis=1)),
        }  # fmt: skip

    def _prices(self, p: Any, made: Any, s: dict[str, Array], outcomes: Any, statement: Any) -> dict[str, Array]:
        core = ~self.edge
        weight = s["market_use"] * core * (s["posted"] > 0.0)
        total = weight.sum(axis=1)
        roster = self.game.roster
        aws = roster.pool_owner == self.aws
        nvidia = self._family("nvidia")
        cost = made.costs.long_run_usd
        values = {
            "price_usd_per_h100e_hour": ratio((s["posted"] * weight).sum(axis=1), total),
            "price_trainium_usd_per_h100e_hour": (s["posted"] * (aws & self.trainium & core)).sum(axis=1),
            "price_nvidia_aws_usd_per_h100e_hour": (s["posted"] * (aws & nvidia & core)).sum(axis=1),
            "price_over_cost": ratio((s["posted"] * weight).sum(axis=1), (cost * weight).sum(axis=1)),
            "utilisation": ratio((s["used"] * core).sum(axis=1), (made.online * core).sum(axis=1)),
            "utilisation_trainium": ratio(
                (s["used"] * self.trainium).sum(axis=1), (made.online * self.trainium).sum(axis=1)
            ),
            "powered_share": ratio((made.online * core).sum(axis=1), (made.installed * core).sum(axis=1)),
            "switching_spend_musd": statement.switching_spend,
            "buyer_surplus_musd": self._surplus(p, outcomes),
        }
        return values | self._cost_of_compute(p, made, s, weight, outcomes, statement)

    def _surplus(self, p: Any, outcomes: Any) -> Array:
        total = np.zeros(self.game.streams.worlds)
        for market, state, outcome in zip(self.game.markets, self.game.sites, outcomes, strict=True):
            alpha = market.price_sensitivity(p)[:, :, None]
            bill = musd_for_hours(outcome.seekers.mass, state.market_price[:, :, None])
            total = total + welfare.consumer_surplus(outcome.clearing.logsum, alpha, bill).sum(axis=(1, 2))
        return total

    def _cost_of_compute(
        self, p: Any, made: Any, s: dict[str, Array], weight: Array, outcomes: Any, statement: Any
    ) -> dict[str, Array]:
        """Price of useful work over pools, chained and with a fixed basket, scaled up by switching and waiting costs."""
        price = np.where(weight > 0.0, s["posted"] / made.production.efficiency[:, self.game.roster.pool_family], 0.0)
        spend = musd_for_hours((weight * s["posted"]).sum(axis=1), 1.0)
        waiting = self._waiting(outcomes)
        shortage = musd_for_hours(waiting, ratio((price * weight).sum(axis=1), weight.sum(axis=1)))
        burden = 1.0 + ratio(statement.switching_spend + shortage, spend)
        if "price" not in self.first:
            self.first = {"price": price, "weight": weight, "burden": burden}
        else:
            self.index = welfare.chained_index(self.index, self.last_price, price, self.last_weight, weight)
        self.last_price, self.last_weight = price, weight
        basket = self.first["weight"]
        fixed = ratio((price * basket).sum(axis=1), (self.first["price"] * basket).sum(axis=1))
        extra = burden / self.first["burden"]
        return {"cost_of_compute_index": self.index * extra, "cost_of_compute_fixed_basket_index": fixed * extra}

    def _accounts(self, p: Any, statement: Any) -> dict[str, Array]:
        owners, aws = self.game.roster.owners, self.aws
        income = statement.operating_income[:, aws]
        other = self._other_aws_income(p, income)
        values = {
            "aws_ai_revenue_musd": statement.revenue[:, aws],
            "aws_ai_operating_income_musd": income,
            "aws_ai_share_of_operating_income": np.clip(
                ratio(np.maximum(income, 0.0), np.maximum(income, 0.0) + other), 0.0, 1.0
            ),
            "aws_ai_capex_musd": statement.capex[:, aws],
            "aws_ai_free_cash_flow_musd": statement.free_cash_flow[:, aws],
            "capex_musd": statement.capex.sum(axis=1),
            "energy_twh": statement.energy_mwh / USD_PER_MUSD,
            "carbon_kt": statement.energy_mwh * WATTS_PER_KW * p.grid_intensity_kg_per_kwh / USD_PER_MUSD,
        }
        for cloud in ("azure", "google"):
            position = owners.index(cloud) if cloud in owners else -1
            values[f"{cloud}_ai_revenue_musd"] = (
                statement.revenue[:, position] if position >= 0 else np.zeros_like(income)
            )
        families = self.game.roster.families
        nvidia = families.index("nvidia") if "nvidia" in families else -1
        values["nvidia_revenue_musd"] = statement.vendor_revenue[:, nvidia] if nvidia >= 0 else np.zeros_like(income)
        return values

    def _other_aws_income(self, p: Any, income: Array) -> Array:
        """AWS operating income outside the model: what was reported at the start less the modelled part, growing at a declared rate."""
        if "other" not in self.first:
            reported = [
                r
                for r in table(DATA / "series.csv")
                if r["series"] == "aws_operating_income_usd_bn" and r["quarter"] == self.game.setting.start
            ]
            level = float(reported[0]["value"]) * MUSD_PER_USD_BN if reported else 10_000.0
            self.first["other"] = np.maximum(level - np.maximum(income, 0.0), 0.3 * level)
        return self.first["other"] * growth_factor(p.other_aws_income_growth, self.game.quarter - 1)

    def _cases(self, statement: Any) -> dict[str, Array]:
        cases, proof = self.game.cases, self.game.agencies.proof[:, None]
        open_ = (cases.stage >= regulation.INVESTIGATION) & (cases.stage <= regulation.DECIDED)
        in_force = np.where(cases.stage == regulation.IN_FORCE, cases.strength, 0.0)
        return {
            "cases_open": open_.sum(axis=(1, 2)).astype(float), "case_remedy_strength": in_force.sum(axis=(1, 2)),
            "evidence_over_proof": (cases.evidence / proof).max(axis=(1, 2)), "cases_annulled": cases.annulled.sum(axis=(1, 2)),
            "fines_musd": statement.fines,
        }  # fmt: skip

    def _checks(self, made: Any, outcomes: Any, statement: Any) -> dict[str, Array]:
        g = self.game
        return {
            "money_imbalance": statement.imbalance,
            "chip_imbalance": balances.chip_imbalance(g, made),
            "demand_imbalance": balances.demand_imbalance(g, outcomes),
            "clearing_residual": np.max(
                [*(outcome.clearing.residual for outcome in outcomes), g.product.residual()], axis=0
            ),
            "clearing_evaluations": outcomes[0].clearing.evaluations,
            "nonconverged": g.nonconverged.astype(float),
        }

    def _offers(self, made: Any, outcomes: Any, s: dict[str, Array]) -> dict[tuple[str, str, str], dict[str, Array]]:
        """Rows of offers.parquet of this quarter: (cloud, family, channel) -> columns."""
        roster, rows = self.game.roster, {}
        managed_use, managed_committed = np.zeros_like(s["used"]), np.zeros_like(s["used"])
        for site, outcome in zip(roster.sites, outcomes, strict=True):
            managed_use[:, site.pools] += outcome.managed_use_by_pool
            managed_committed[:, site.pools] += outcome.managed_committed_by_pool
        for number, pool in enumerate(roster.pools):
            key = (roster.owners[pool.owner], roster.families[pool.family])
            own, managed = s["captive"][:, number], managed_committed[:, number]
            main = "edge" if pool.site == "edge" else "direct"
            direct = {
                "installed_h100e": made.installed[:, number] - own - managed, "used_h100e": s["market_use"][:, number] - managed_use[:, number],
                "committed_h100e": s["committed"][:, number] - managed, "price_usd_per_h100e_hour": s["posted"][:, number],
                "shadow_price": self.shadow[:, number],
            }  # fmt: skip
            rows[(*key, main)] = direct
            if roster.managed_titles[pool.owner] and pool.site == "core":
                rows[(*key, "managed")] = {
                    **direct, "installed_h100e": managed, "used_h100e": managed_use[:, number], "committed_h100e": managed,
                    "price_usd_per_h100e_hour": s["posted"][:, number] * (1.0 + self.game.p.managed_markup),
                }  # fmt: skip
            if pool.captive_share > 0.0:
                rows[(*key, "own-use")] = {
                    **direct, "installed_h100e": own, "used_h100e": own, "committed_h100e": own,
                    "price_usd_per_h100e_hour": made.costs.long_run_usd[:, number],
                }  # fmt: skip
        return rows
