"""Owners that join later, in rosters that have them: owned systems, a sovereign cloud, and newcomers with
capacity."""

from sim.parameters import parameter, switch

DECLARED = (
    switch("owned_available", 0.0, "May segments buy systems at neoclouds' cost and a margin, instead of renting?"),
    parameter("owned_margin", 0.25, "1", (0.1, 0.5), "J", "judgement: resellers, integration and a smaller scale than a neocloud's", "Price of owned capacity over a neocloud's cost of new capacity, less 1.",
              allowed=(0.0, 5.0)),
    parameter("owned_share_at_par", 0.08, "1", (0.03, 0.15), "J", "judgement: trackers put 84-86 % of spending on AI infrastructure in clouds and shared sites in 2025, own fleets of large firms included in the rest", "Part of new demand for its chip that would own instead of rent at equal prices.",
              allowed=(1e-6, 0.9), acts="base"),
    parameter("owned_power_share", 0.03, "1", (0.01, 0.06), "J", "judgement: halls of firms and colocation that take dense racks", "Power at buyers' own sites, over what has come to all modelled owners since the opening; on top of it.",
              allowed=(0.0, 1.0)),
    switch("sovereign_available", 0.0, "Does a sovereign cloud sell to who must keep data in its region?"),
    parameter("sovereign_power_share", 0.01, "1", (0.005, 0.02), "J", "judgement: announced European sites are small beside those of large clouds", "Part of the power that has come since the opening which a sovereign cloud has, instead of others.",
              allowed=(0.0, 0.5)),
    parameter("sovereign_share_at_par", 0.05, "1", (0.02, 0.1), "J", "judgement: one offer among six, and a small one", "Part of new demand for its chip that a sovereign cloud would have at equal prices from buyers that may go anywhere.",
              allowed=(1e-6, 0.9), acts="base"),
    switch("sovereignty_rule", 0.0, "Are public buyers kept to offers without a misfit in their region?", by="region"),
    switch("entrant_available", 0.0, "May newcomers come with capacity of their own, once price over cost has paid for it long enough?"),
    parameter("entrant_power_share", 0.05, "1", (0.02, 0.1), "J", "judgement: three years after they came, the neoclouds of 2022 held about a tenth of what rents out; a second wave finds better sites taken", "Part of the power that has come since they did which newcomers may fill, instead of others.",
              allowed=(0.0, 0.5)),
    parameter("entrant_share_at_par", 0.08, "1", (0.04, 0.15), "J", "judgement: one offer among seven, without a name", "Part of new demand for their chip that newcomers would have at equal prices.",
              allowed=(1e-6, 0.9), acts="base"),
)  # fmt: skip
