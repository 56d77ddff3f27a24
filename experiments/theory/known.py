"""Hypotheses that the model fails, each with its reason: what is missing, or why theory's sign need not appear here."""

KNOWN_FAILURES: dict[str, str] = {
    "S07": (
        "A cloud that optimises reads its cost, its shares and one elasticity for all buyers: what holds customers "
        "reaches its price only by what it sold, as it reaches the rule's. With demand at 0.6 of the baseline's, where "
        "chips are not sold out, switching costs move neither by more than chance; what both show in the baseline is "
        "scarcity. Prices that answer captive customers are a lever (captive_markup)."
    ),
    "S15": (
        "The half on lead times fails: designers who must book five quarters ahead extrapolate growth further, so the "
        "market carries more slack, and slack absorbs a step of demand. The half on the supply line holds, and the "
        "stock loop alone shows both (docking cases P25 and P26)."
    ),
    "S16": (
        "Price rises where use is high, but that it follows use and does not go with it cannot be told: games open at "
        "the prices that history leaves, 1.8 times cost, and use and prices climb together from there for years, which "
        "hides the cycle. With less demand they go together even more."
    ),
    "S27": (
        "Depreciation rises with the cadence, but free cash flow does not fall first: capacity retires by age alone, "
        "so a better chip makes nobody scrap an older one. Economic retirement is a known omission."
    ),
}
