"""Rules of the market: rationing, remedies, trade."""

from sim import remedies
from sim.parameters import parameter, switch

DECLARED = (
    switch("rationing_by_price", 0.0, "How scarcity is shared: 0 = every application has the same chance and is tried again; 1 = buyers pay a scarcity surcharge."),
    # --- remedies by region, 0 = none, 1 = full strength ------------------------------------------------------------
    *(switch(one.name, 0.0, one.meaning, one.source, by="region") for one in remedies.DECLARED),
    parameter("fine_share", 0.0, "share of quarterly AI revenue", (0.0, 0.0), "J", "statutory ceilings 10-20 % of turnover", "Fine on clouds; a transfer to the treasury.", allowed=(0.0, 0.8), by="region"),
    parameter("price_cap_markup", 10.0, "1", (10.0, 10.0), "J", "10 means no cap", "Highest price over long-run cost that is allowed.", allowed=(0.0, 10.0)),
    parameter("remedy_term_cap_quarters", 4.0, "quarters", (4.0, 4.0), "J", "study level", "Longest term under a full term-cap duty.", allowed=(1.0, 12.0)),
    parameter("implementation_quality", 0.55, "1", (0.11, 1.0), "C", "remedy_effects.csv M1, M2: the same duty to show a choice did 1.13 where it was carried out well, 0.12 where weakly", "How much of a remedy's strength reaches the market.", allowed=(0.0, 1.0)),
    parameter("intangible_cut", 0.15, "1", (0.0, 0.3), "C", "remedy_effects.csv M3, M4: switches of bank accounts rose by 19 to 22 % when money and trouble were taken away, which speaks for nothing; above that judgement, clouds are no accounts", "Part of the intangible switching cost that a full remedy removes.", allowed=(0.0, 1.0)),
    parameter("interoperability_effect", 0.5, "1", (0.25, 0.75), "C", "judgement: software gap 10-30 %", "Part of porting cost that a full interoperability duty removes.", allowed=(0.0, 1.0)),
    parameter("anticipation", 0.25, "1", (0.0, 0.5), "J", "judgement: firms conceded before orders in 2024-2025", "Part of an announced remedy that firms concede before it is in force.", allowed=(0.0, 1.0)),
    # --- cases ------------------------------------------------------------------------------------------------------
    parameter("evidence_rate", 0.075, "1/quarter", (0.045, 0.11), "J", "judgement: cases take 6-20 quarters", "Evidence from an information order on conduct of 1 with even attention; 1 is a usual standard of proof.", allowed=(0.0, 2.0)),
    parameter("evidence_decay", 0.03, "1/quarter", (0.01, 0.06), "J", "judgement: files age", "Share of evidence that is out of date a quarter later.", allowed=(0.0, 1.0)),
    parameter("complaint_hazard", 0.03, "1/quarter", (0.005, 0.10), "J", "judgement", "Chance of a complaint in a market without dominance, concentration or exclusivity.", allowed=(0.0001, 0.9)),
    parameter("complaint_weight", 0.06, "1", (0.02, 0.12), "J", "judgement", "Evidence that a complaint brings.", allowed=(0.0, 1.0)),
    parameter("commitment_strength", 0.5, "1", (0.3, 0.7), "J", "judgement: commitments are softer than orders", "Strength of a remedy settled by commitments.", allowed=(0.0, 1.0)),
    parameter("remedy_sunset_quarters", 20.0, "quarters", (12.0, 28.0), "J", "judgement: remedies of three to seven years", "Quarters for which a remedy of a case stays in force.", allowed=(1.0, 60.0)),
    parameter("deterrence", 0.2, "1", (0.0, 0.4), "J", "judgement", "Strength of the remedy that firms expect of a regulator that only warns, where all its attention lies.", allowed=(0.0, 1.0)),
    parameter("case_remedy_share", 0.22, "1", (0.04, 0.56), "C", "case_record.csv: one of five reviews that had ended by 2025Q4; Jeffreys interval", "Chance that an investigation goes on to a charge when its time has come; else it is closed.", allowed=(0.0, 1.0)),
    parameter("case_answer", 0.25, "1", (0.0, 0.5), "J", "judgement: conduct moved during two of five reviews that had ended by 2025Q4, by how much is not known", "Part of the conduct in question that firms give up while a case on it is open and threatens more than that costs, so that evidence runs dry.", allowed=(0.0, 1.0)),
    parameter("case_fine_expected", 0.01, "share of a year's AI revenue", (0.0, 0.03), "J", "judgement: none of five reviews that had ended by 2025Q4 brought one; law allows up to 0.1", "Fine that firms expect with a remedy, at most the ceiling in law.", allowed=(0.0, 0.2)),
    parameter("conduct_earns", 0.02, "share of AI revenue", (0.005, 0.05), "J", "judgement: charges for leaving and own chips preferred are a small part of bills", "What a conduct that a case is about earns.", allowed=(0.0001, 1.0)),
    parameter("harmless_conduct", 0.15, "1", (0.15, 0.15), "J", "definition for regulators' objective", "Signal of conduct below which a remedy counts as an error.", allowed=(0.0, 1.5)),
    # --- deals ----------------------------------------------------------------------------------------------------
    parameter("announced_deals_level", 1.0, "1", (1.0, 1.0), "J", "lever: which announcements come about moves shares more than most policies", "Part of what deals between labs and clouds announced on top of what labs held that counts (0: none of it).", allowed=(0.0, 1.5)),
    switch("deals_bind", 1.0, "Do deals that labs and clouds have signed bind? 0: all their capacity is sought in the market."),
    switch("deals_struck", 1.0, "Do labs and clouds strike new deals? 0: only those of the table stand."),
    parameter("deal_cover", 0.6, "1", (0.4, 0.8), "J", "judgement: labs announce more than half of what they plan", "Part of what a lab expects to want that it has signed when a deal of today is at its size."),
    parameter("deal_start_quarters", 4.0, "quarters", (4.0, 8.0), "J", "judgement: announced deals start a year or two after signing", "Quarters from signing a deal to its first step."),
    parameter("deal_term_quarters", 16.0, "quarters", (12.0, 40.0), "J", "judgement: announced deals run for three to ten years", "Quarters for which a deal runs from its start."),
    parameter("deal_surplus_share", 0.5, "1", (0.3, 0.7), "J", "judgement: equal weights", "Cloud's part of what a lab gains from a deal beyond its cost (tau).", allowed=(0.0, 1.0)),
    # --- trade ------------------------------------------------------------------------------------------------------
    parameter("accelerator_tariff", 0.0, "1", (0.0, 0.0), "J", "lever of shocks", "Tariff on accelerators, as a share of their price; paid to the treasury.", allowed=(0.0, 1.0)),
)  # fmt: skip
