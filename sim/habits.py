"""How players decide when they follow the rule, as parameters."""

HABITS = (
    "stock_adjustment",
    "supply_line_weight",
    "order_growth_cap",
    "growth_smoothing",
    "target_utilisation",
    "cloud_markup",
    "markup_anchor",
    "captive_markup",
    "price_adjustment",
    "utilisation_response",
    "scarcity_response",
    "price_change_limit",
    "order_split_sensitivity",
    "booking_growth_cap",
    "vendor_gross_margin",
    "price_elasticity",
    "price_sensitivity",
    "cost_of_capital",
    "exit_fee_default",
    "lab_credit",
    "deal_cover",
    "deal_start_quarters",
    "deal_term_quarters",
)
"""Parameters that describe how players decide: the only ones a briefing carries."""
