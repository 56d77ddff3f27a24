"""Hypotheses that the model fails, each with its reason: what is missing, or why theory's sign need not appear here."""

KNOWN_FAILURES: dict[str, str] = {
    "S07": (
        "A cloud that optimises reads its cost, its shares and one elasticity for all buyers: what holds customers "
        "reaches its price only by what it sold, as it reaches the rule's. With demand at 0.6 of the baseline's, where "
        "chips are not sold out, switching costs move neither by more than chance; what both show in the baseline is "
        "scarcity. Prices that answer captive customers are a lever (captive_markup)."
    ),
    "S15": (
        "The half on lead times fails, with power and money to spare even more: designers who must book five quarters "
        "ahead extrapolate growth further, so the market carries more slack, which absorbs a step of demand, and in "
        "the twelve quarters after it only the short lead has overshot and turned. The half on the supply line holds, "
        "and the stock loop alone shows both (docking cases P25 and P26)."
    ),
}
