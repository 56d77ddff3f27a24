"""What labs' products and purses are like: tokens, capability, cash, funding and what investors are owed."""

from sim.parameters import parameter, switch

DECLARED = (
    # --- the market for tokens --------------------------------------------------------------------------------------
    parameter("token_price_sensitivity", 1.5, "1", (0.8, 2.5), "J", "judgement: buyers of tokens switch models by an address, less readily by habit",
              "Utility lost when a lab's token price rises by 1 log point over what following the cost of serving would give.", allowed=(0.0, 10.0)),
    parameter("capability_weight", 0.6, "utils", (0.2, 1.2), "J", "judgement: scaling laws make quality go with the logarithm of training compute",
              "Utility of 1 log point more training than the frontier that buyers know.", allowed=(0.0, 10.0)),
    parameter("token_outside_share", 0.30, "1", (0.15, 0.50), "J", "judgement: share of open-weight models in routed tokens in 2025, about a third",
              "Share of token use that no lab serves at the start: open-weight models, or doing without.", allowed=(0.01, 0.95), acts="base"),
    parameter("token_efficiency_growth", 0.25, "1/year", (0.10, 0.60), "J", "judgement: software gains per token at equal quality are larger, but models grow",
              "Yearly growth of tokens served by a unit of useful work, in all labs alike.", allowed=(-0.5, 5.0)),
    parameter("serving_headroom", 0.20, "1", (0.05, 0.40), "J", "judgement: training runs can wait for a busy week",
              "Compute that serving may borrow from training, over what was set aside for it.", allowed=(0.0, 5.0)),
    # --- capability ---------------------------------------------------------------------------------------------------
    parameter("capability_decay", 0.12, "1/quarter", (0.06, 0.20), "J", "judgement: a model is out of date after about two years",
              "Share of what training has built up that is out of date a quarter later.", allowed=(0.0, 0.9)),
    parameter("small_model_saving", 0.8, "1", (0.4, 1.4), "J", "judgement: distilled models serve at a third to two thirds of the compute",
              "Fall of the log of compute per token when all research goes to small models.", allowed=(0.0, 5.0)),
    parameter("small_model_appeal", 1.0, "utils", (0.3, 2.0), "J", "judgement", "Utility of small models to a buyer that runs at the edge, if all research went to them.",
              allowed=(0.0, 10.0)),
    parameter("small_model_speed", 0.15, "1/quarter", (0.08, 0.30), "J", "judgement: research takes about a year and a half to show",
              "Part of a change in the share of research on small models that shows a quarter later.", allowed=(0.01, 1.0)),
    # --- who is wanted ------------------------------------------------------------------------------------------------
    parameter("lab_growth_own", 0.5, "1", (0.2, 0.8), "J", "judgement: growth of firms hardly lasts from year to year, that of labs did for two years",
              "Part of what a lab grew by over all labs in the last year on record that goes on as a game opens (0: all grow alike).", allowed=(0.0, 1.5)),
    parameter("lab_growth_half_life_quarters", 4.0, "quarters", (2.0, 8.0), "J", "judgement: leads in models are made up within a year or two",
              "Quarters in which a lab's own pace comes half way to that of all.", allowed=(0.5, 80.0)),
    parameter("lab_growth_revenue_weight", 0.3, "1", (0.0, 0.6), "J", "judgement: compute held is what is modelled, but of two of six labs only is it more than an estimate; revenue is told by companies",
              "Weight of growth in revenue beside growth in compute held, in a lab's own pace.", allowed=(0.0, 1.0)),
    # --- purse --------------------------------------------------------------------------------------------------------
    parameter("lab_staff_share", 0.25, "1", (0.15, 0.40), "J", "judgement: compute is the largest cost of labs, staff and sales the second",
              "Staff and other costs of a lab over its compute bill.", allowed=(0.0, 3.0)),
    parameter("lab_funding_factor", 1.0, "1", (1.0, 1.0), "J", "lever of shocks", "Multiplies what investors pay in, by lab.", allowed=(0.0, 10.0), by="lab"),
    parameter("lab_funding_quarters", 14.0, "quarters", (10.0, 18.0), "J", "judgement: rounds announced by the end of 2025 pay out over two to three years, and labs that grow raise again",
              "Quarters for which investors pay in at the declared pace.", allowed=(0.0, 60.0)),
    switch("lab_credit", 1.0, "Do investors top up what labs are short of, do labs plan training within their means and default when they cannot pay? 0: cash may go below nothing, as in scenarios whose demand is calibrated on what labs held."),
    parameter("lab_burn_multiple", 2.0, "1", (1.2, 3.0), "J", "a leading lab burned about 17 bn USD in 2025 while its yearly run rate rose from 6 to 20 bn, 1.2, which is the least that investors bear; beyond 3 a round is called hard to raise; judgement",
              "What investors top up in a quarter at most, over the yearly revenue that a lab has won anew (0: nothing).", allowed=(0.0, 50.0), by="lab"),
    parameter("lab_runway_quarters", 6.0, "quarters", (4.0, 8.0), "J", "judgement: rounds are raised for one to two years",
              "Quarters of outflow that investors want in a lab's cash.", allowed=(0.0, 40.0)),
    parameter("lab_default_kept_share", 0.6, "1", (0.4, 0.8), "J", "judgement: what creditors of tenants in distress keep of leases; no lab has defaulted so far",
              "Part of its commitments that a lab in default keeps; the rest is handed back at once.", allowed=(0.0, 1.0)),
    parameter("investor_funding_share", 0.30, "1", (0.15, 0.50), "J", "judgement: investor clouds' part of announced rounds (FTC staff report, January 2025)",
              "Part of a lab's funding that comes from its investor cloud, and with the tie.", allowed=(0.0, 1.0)),
    parameter("investor_tie_quarters", 20.0, "quarters", (20.0, 20.0), "J", "lever of shocks; contracts to the end of the decade",
              "Quarters for which the investor cloud's claim on bookings lasts; it lapses afterwards.", allowed=(0.0, 60.0), by="lab"),
)  # fmt: skip
