"""Hypotheses that the model fails, each with its reason: what is missing, or why theory's sign need not appear here."""

KNOWN_FAILURES: dict[str, str] = {
    "S15": (
        "The half on lead times fails, with power and money to spare even more: designers who must book five quarters "
        "ahead extrapolate growth further, so the market carries more slack, which absorbs a step of demand, and in "
        "the twelve quarters after it only the short lead has overshot and turned. The half on the supply line holds, "
        "and the stock loop alone shows both (docking cases P25 and P26)."
    ),
}
