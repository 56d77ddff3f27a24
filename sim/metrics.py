"""What is reported a world and quarter. Each metric is declared once with unit and meaning; the data dictionary is
printed from it."""

from __future__ import annotations

from dataclasses import dataclass

ROUNDING = frozenset({"money_imbalance", "chip_imbalance", "demand_imbalance", "clearing_residual"})
"""Metrics that are rounding itself: a relative change of theirs means nothing."""
BINDING_USE = 0.995
"""A pool is binding when its shadow price is above 0 or so much of it is booked."""


@dataclass(frozen=True)
class Metric:
    """A column of quarters.parquet."""

    name: str
    unit: str
    meaning: str


def _m(name: str, unit: str, meaning: str) -> Metric:
    return Metric(name, unit, meaning)


METRICS = (
    _m("trainium_share_used", "0-1",
       "Trainium's share of H100e in use, all demand, captive fleets included (the headline)."),
    _m("trainium_share_installed", "0-1", "Trainium's share of installed H100e."),
    _m("trainium_share_spend", "0-1", "Trainium's share of use valued at the posted direct price of the same family."),
    _m("trainium_share_units", "0-1", "Trainium's share of installed chips."),
    _m("trainium_share_used_core", "0-1", "Share of H100e in use, core (training and inference in data centers)."),
    _m("trainium_share_used_edge", "0-1", "Share of H100e in use, edge."),
    _m("trainium_share_used_market", "0-1", "Share of H100e in use without captive fleets and owners' own use."),
    _m("trainium_share_installed_core", "0-1", "Share of installed H100e, core."),
    _m("trainium_share_spend_core", "0-1", "Share of use valued at posted prices, core."),
    _m("trainium_share_units_core", "0-1", "Share of installed chips, core."),
    _m("trainium_share_of_aws", "0-1", "Trainium's share of AWS's own installed H100e."),
    _m("trainium_share_managed", "0-1", "Trainium's share of H100e in use through managed services of all clouds."),
    _m("trainium_supply_binding", "0-1",
       "Is Trainium's supply binding: share of its market capacity whose shadow price is above 0 or of which 99.5 % "
       "is booked."),
    _m("trainium_used_h100e", "H100e", "Trainium in use."),
    _m("trainium_installed_h100e", "H100e", "Trainium installed."),
    _m("used_h100e", "H100e", "All H100e in use."),
    _m("installed_h100e", "H100e", "All H100e installed."),
    _m("online_h100e", "H100e", "Installed and powered."),
    _m("used_core_h100e", "H100e", "H100e in use, core."),
    _m("used_edge_h100e", "H100e", "H100e in use, edge."),
    _m("edge_share_used", "0-1", "Edge's share of H100e in use."),
    _m("nvidia_share_used", "0-1", "Nvidia's share of H100e in use."),
    _m("tpu_share_used", "0-1", "TPU's share of H100e in use."),
    _m("amd_share_used", "0-1", "AMD's share of H100e in use."),
    _m("aws_share_used_market", "0-1", "AWS's share of H100e in use by buyers (without own use)."),
    _m("hhi_cloud", "0-10000", "Herfindahl-Hirschman index of clouds by H100e rented out."),
    _m("hhi_silicon", "0-10000", "Herfindahl-Hirschman index of chip families by H100e in use."),
    _m("booked_ratio", "0-1", "Committed capacity over market capacity online (own use left out)."),
    _m("booked_ratio_trainium", "0-1", "Committed Trainium capacity over Trainium online for the market."),
    _m("booked_ratio_trainium_without_top_customer", "0-1", "The same without the largest lab."),
    _m("forward_cover_trainium_4q", "0-1",
       "Direct Trainium commitments still alive in four quarters over direct commitments now."),
    _m("top_customer_share_trainium", "0-1", "Largest lab's share of direct Trainium commitments."),
    _m("trainium_top_customer_used_h100e", "H100e", "What the lab that uses most Trainium directly has of it in use."),
    _m("trainium_top_customer_over_installed", "0-1", "The same over all Trainium installed."),
    _m("deals_owed_h100e", "H100e", "Capacity that deals between labs and clouds owe this quarter."),
    _m("deals_cover_labs", "1", "Live of it over what labs have in use."),
    _m("deals_cover_labs_6q", "1", "What deals will owe six quarters on, as signed today, over what labs have in use."),
    _m("price_usd_per_h100e_hour", "USD per H100e-hour", "Mean posted price, weighted by market use, core."),
    _m("price_trainium_usd_per_h100e_hour", "USD per H100e-hour", "Posted price of Trainium at AWS."),
    _m("price_nvidia_aws_usd_per_h100e_hour", "USD per H100e-hour", "Posted price of Nvidia capacity at AWS."),
    _m("price_over_cost", "ratio", "Mean posted price over long-run cost, weighted by market use, core."),
    _m("utilisation", "0-1", "H100e in use over H100e online, core."),
    _m("utilisation_trainium", "0-1", "Trainium in use over Trainium online."),
    _m("powered_share", "0-1", "Online over installed, core."),
    _m("shadow_price_trainium", "utils", "Shadow price of Trainium capacity at AWS, core."),
    _m("binding_share", "0-1", "Share of market capacity, core, that is binding."),
    _m("unserved_h100e", "H100e", "Demand left without capacity this quarter, what the exchange served taken off."),
    _m("unserved_share", "0-1", "The same over wanted demand of buyers."),
    _m("spot_price_trainium_usd_per_h100e_hour", "USD per H100e-hour",
       "Spot index of Trainium: last price at which committed capacity was sublet."),
    _m("spot_price_nvidia_usd_per_h100e_hour", "USD per H100e-hour", "Spot index of Nvidia capacity."),
    _m("exchange_volume_h100e", "H100e", "Committed capacity sublet between buyers on the exchange."),
    _m("exchange_share_of_use", "0-1", "The same over H100e in use by buyers."),
    _m("exchange_gains_musd", "musd a quarter",
       "Gains from trade on the exchange: value to buyers less sellers' reservation."),
    _m("cases_open", "count", "Cases of regulators under investigation, charged or decided."),
    _m("case_remedy_strength", "count", "Remedies that cases have put in force, each with its strength."),
    _m("evidence_over_proof", "ratio", "Strongest case: evidence over its regulator's standard of proof."),
    _m("cases_annulled", "count", "Remedies that courts have annulled since the start."),
    _m("fines_musd", "musd a quarter", "Fines paid to the treasury."),
    _m("switching_rate_cloud", "1/quarter", "Demand that changed cloud over H100e in use by buyers."),
    _m("cost_of_compute_index", "start = 1",
       "Price of useful work, chained over the mix of pools, with switching and waiting costs; first quarter = 1."),
    _m("cost_of_compute_fixed_basket_index", "start = 1", "The same with the first quarter's basket."),
    _m("buyer_surplus_musd", "musd a quarter",
       "Expected utility of what buyers choose over price sensitivity, valued at their bill; only differences mean "
       "anything."),
    _m("switching_spend_musd", "musd a quarter", "Porting work and charges for leaving."),
    _m("aws_ai_revenue_musd", "musd a quarter", "AWS revenue from accelerated compute (own use at cost included)."),
    _m("aws_ai_operating_income_musd", "musd a quarter", "AWS operating income from accelerated compute."),
    _m("aws_ai_share_of_operating_income", "0-1", "AI part of AWS operating income; 0 when the AI part is a loss."),
    _m("aws_ai_capex_musd", "musd a quarter", "AWS capital spending on accelerated compute, sites included."),
    _m("aws_ai_free_cash_flow_musd", "musd a quarter", "AWS free cash flow of accelerated compute."),
    _m("azure_ai_revenue_musd", "musd a quarter", "The same for Azure."),
    _m("google_ai_revenue_musd", "musd a quarter", "The same for Google Cloud (own use at cost included)."),
    _m("nvidia_revenue_musd", "musd a quarter",
       "Nvidia's chip revenue in the modelled market and from diverted output."),
    _m("capex_musd", "musd a quarter", "Capital spending of all owners."),
    _m("labs_revenue_musd", "musd a quarter", "What labs sell tokens for."),
    _m("labs_free_cash_flow_musd", "musd a quarter", "Labs' revenue less all they pay; funding left out."),
    _m("labs_funding_musd", "musd a quarter", "What investors pay in to labs."),
    _m("lab_cash_min_musd", "musd", "Cash of the lab that has least; below 0 it owes its investors."),
    _m("lab_runway_min_quarters", "quarters",
       "Shortest runway of a lab: cash over what flows out before funding, at most 40."),
    _m("token_price_index", "start = 1", "Labs' token prices over the start, weighted by tokens sold."),
    _m("token_share_openai", "0-1", "OpenAI's share of the tokens that labs sell."),
    _m("token_share_anthropic", "0-1", "Anthropic's share of the tokens that labs sell."),
    _m("token_outside_share", "0-1", "Share of token use that no lab serves: open-weight models, or doing without."),
    _m("tokens_unserved_share", "0-1", "Tokens asked of a lab that it had no compute to serve, over tokens asked."),
    _m("capability_lead_openai", "log points", "Capability of OpenAI over the best other lab; above 0 it leads."),
    _m("capability_lead_anthropic", "log points", "Capability of Anthropic over the best other lab; above 0 it leads."),
    _m("delivered_h100e", "H100e",
       "All H100e delivered so far outside China, core, nothing retired: the basis of public estimates."),
    _m("nvidia_delivered_h100e", "H100e", "Nvidia's part of it."),
    _m("tpu_delivered_h100e", "H100e", "TPU's part of it."),
    _m("trainium_delivered_h100e", "H100e", "Trainium's part of it."),
    _m("amd_delivered_h100e", "H100e", "AMD's part of it."),
    _m("aws_delivered_h100e", "H100e", "What of it went to AWS."),
    _m("trainium_share_delivered", "0-1", "Trainium's share of H100e delivered so far."),
    _m("trainium_share_of_aws_delivered", "0-1", "Trainium's share of what was delivered to AWS so far."),
    _m("quote_nvidia_usd_per_h100e_hour", "USD per H100e-hour",
       "Posted one-year price of Nvidia capacity at neoclouds: what the quote for an H100 follows."),
    _m("azure_ai_capex_musd", "musd a quarter", "Azure's capital spending on accelerated compute, sites included."),
    _m("google_ai_capex_musd", "musd a quarter", "Google's capital spending on accelerated compute, sites included."),
    _m("ecosystem_trainium_mh100e_quarters", "M H100e-quarters",
       "Software ecosystem of Trainium's stack: use so far, aged."),
    _m("unit_cost_trainium_over_nvidia", "ratio", "Unit cost of new Trainium capacity over Nvidia's, per H100e."),
    _m("cost_edge_trainium", "ratio",
       "How far Trainium's all-in cost per H100e-hour (chips as AWS books them, systems, sites, power, operations; no "
       "difference in useful work) lies below that of AWS's Nvidia capacity, both new: 1 less their ratio."),
    _m("cost_edge_tpu", "ratio", "The same of TPU and Google Cloud's Nvidia capacity."),
    _m("labs_booking_concentration", "0-1",
       "Herfindahl index of the offers that a lab with an investor cloud holds, mean over such labs."),
    _m("trainium_direct_share_engineers", "0-1",
       "Share of Trainium rented directly in what segments' buyers with engineers use, core."),
    _m("trainium_direct_share_users", "0-1", "The same of buyers without engineers."),
    _m("aws_ai_depreciation_musd", "musd a quarter", "AWS depreciation of accelerated compute as reported."),
    _m("carbon_kt", "kt CO2", "Emissions of electricity used."),
    _m("energy_twh", "TWh", "Electricity used."),
    _m("money_imbalance", "ratio", "Money made or lost by the ledger, relative to what moved."),
    _m("chip_imbalance", "ratio",
       "H100e made or lost between foundry, inventory, fleets and retirement, relative to the stock."),
    _m("demand_imbalance", "ratio", "Wanted demand less committed use, waiting and tied demand, relative to wanted."),
    _m("clearing_residual", "utils", "Largest residual of clearing over sites and the market for tokens."),
    _m("clearing_evaluations", "count", "Evaluations that clearing took, core."),
    _m("nonconverged", "0-1", "1 when clearing did not reach its tolerance in this world and quarter."),
)  # fmt: skip

OFFER_METRICS = (
    _m(
        "installed_h100e",
        "H100e",
        "Installed capacity, attributed to channels by what is committed; idle capacity counts as direct.",
    ),
    _m("used_h100e", "H100e", "In use."),
    _m("committed_h100e", "H100e", "Committed (own use counts as committed)."),
    _m("price_usd_per_h100e_hour", "USD per H100e-hour", "Posted one-year price; own use at long-run cost."),
    _m("shadow_price", "utils", "Shadow price of the pool's capacity."),
)

PARTY_METRICS = (
    _m("revenue_musd", "musd a quarter",
       "Cloud: accelerated compute, own use at cost included; vendor: chips; lab: product."),
    _m("operating_income_musd", "musd a quarter",
       "Revenue less costs and depreciation (vendors and labs: less costs)."),
    _m("free_cash_flow_musd", "musd a quarter",
       "Money that came in less money that went out, capital spending included; funding of labs left out."),
    _m("cash_musd", "musd", "Cash at the end of the quarter."),
    _m("book_value_musd", "musd", "Owners: equipment at net book value and sites at cost."),
    _m("use_h100e", "H100e", "In use: of the owner's capacity, of the vendor's chips, by the lab."),
    _m("share", "0-1", "Cloud: of H100e rented out; vendor: of H100e in use; lab: of H100e used by buyers."),
    _m("utilisation", "0-1", "Owners: in use over online."),
    _m("funding_musd", "musd a quarter", "Labs: paid in by investors."),
    _m("runway_quarters", "quarters", "Labs: cash over what flows out before funding, at most 40."),
    _m("token_share", "0-1", "Labs: share of the tokens that labs sell."),
    _m("capability", "log points", "Labs: what training has built up, in logs; only differences mean anything."),
    _m("compute_bill_musd", "musd a quarter", "Labs: bill for compute; regulators: bill of the buyers in the region."),
    _m("buyer_surplus_musd", "musd a quarter",
       "Regulators: surplus of the region's buyers; only differences mean anything."),
    _m("entry_value_musd", "musd a quarter",
       "Regulators: the region's bill times one less concentration (mean of clouds and silicon, 0-1)."),
    _m("error_cost_musd", "musd a quarter", "Regulators: harm done by remedies on conduct that was harmless."),
    _m("legitimacy_cost_musd", "musd a quarter", "Regulators: cost of steps taken without enough evidence."),
)  # fmt: skip
"""A row a world, quarter and party; 0 where a role does not have the figure."""

LOCK_IN_METRICS = (
    _m("actual_share", "0-1", "Share of all demand at the core with frictions as they are, capacity relaxed."),
    _m("merit_share", "0-1", "The same without any friction."),
    _m("lock_in_index", "-1 to 1", "Actual less merit share."),
    _m("contract", "-1 to 1", "Part of the index that commitments make (Shapley value)."),
    _m("porting", "-1 to 1", "Part that the cost of another software stack makes."),
    _m("egress", "-1 to 1", "Part that the cost of another cloud makes: egress, exit fees, habit."),
    _m("ecosystem", "-1 to 1", "Part that unequal software ecosystems make."),
    _m("lock_in_index_constrained", "-1 to 1", "The index with capacity as it is."),
    _m("trapped_fraction", "0-1", "Of those that would leave on merit, the part that stays."),
    _m("market_index", "0-1", "Half the sum of absolute indices over the level."),
    _m("deadweight_loss_musd", "musd a quarter", "What buyers lose to switching frictions, transfers left out."),
)  # fmt: skip

CHANNELS = ("direct", "managed", "own-use", "edge")
