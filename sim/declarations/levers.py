"""What players' programmes, research and openness do."""

from sim.parameters import parameter

DECLARED = (
    parameter("edge_programme_cost_musd", 1200.0, "musd", (800.0, 2000.0), "J", "judgement: a variant of a chip with its software", "Spending after which a cloud can offer its own chip at the edge.", allowed=(0.0, 50_000.0)),
    parameter("edge_programme_quarters", 7.0, "quarters", (6.0, 10.0), "J", "judgement: design to product", "Least quarters of an edge programme before an own chip can be offered.", allowed=(0.0, 40.0)),
    parameter("edge_programme_success", 0.7, "1", (0.5, 0.9), "J", "judgement", "Chance that the product comes out at all.", allowed=(0.0, 1.0)),
    parameter("edge_programme_effect", 0.15, "utils", (0.05, 0.3), "J", "judgement", "What edge readiness adds to a cloud's edge offers, per log of readiness in 100 musd.", allowed=(0.0, 5.0)),
    parameter("research_effect", 0.35, "log points", (0.15, 0.6), "J", "judgement: 10 points of research move unit cost by about 3 %", "Unit cost saved in the long run by turning all research to the next chip, relative to the usual split.", allowed=(0.0, 3.0)),
    parameter("software_effect", 0.04, "1/quarter", (0.02, 0.08), "J", "judgement", "Growth of a software ecosystem lost by turning all research to the next chip.", allowed=(0.0, 1.0)),
    parameter("research_intensity", 0.12, "1", (0.08, 0.18), "C", "reported research of chip designers over revenue; judgement", "Research of vendors over their chip revenue; accounts only.", allowed=(0.0, 0.9)),
    parameter("vendor_bargaining_power", 0.5, "1", (0.3, 0.8), "C", "sheu2021; judgement", "Vendors' part in what vendor and cloud gain from each other (tau).", allowed=(0.0, 1.0)),
    parameter("bargaining_weight", 0.3, "1", (0.0, 0.6), "J", "judgement: list prices lead, leverage bends them", "How far a change of leverage moves a chip's price away from list (0: not at all).", allowed=(0.0, 2.0)),
    parameter("openness_effect", 0.7, "1", (0.3, 1.1), "J", "judgement", "Log cut of porting cost when a stack goes from closed to open.", allowed=(0.0, 5.0)),
    parameter("openness_spillover", 0.1, "1", (0.03, 0.2), "J", "judgement", "Part of an opened stack's ecosystem that serves other stacks.", allowed=(0.0, 1.0)),
)  # fmt: skip
