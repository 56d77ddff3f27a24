"""Hypotheses that the model fails, each with its reason: what is missing, or why theory's sign need not appear here."""

KNOWN_FAILURES: dict[str, str] = {
    "S04": (
        "The shift itself shows, but where switching is dear less of it is left, not more. Before customers were held "
        "to the switching that regulators found, and owners to common power, the sign was theory's. Not traced yet."
    ),
    "S07": (
        "Clouds that optimise and clouds that follow the rule answer switching costs alike at q12: with power as what "
        "binds, prices are set by rent on MW more than by who can harvest. Not traced further."
    ),
    "S08": (
        "The core moves by a hundredth of a point. An owner's money is one since budgets read cash: what the edge "
        "earns and costs changes what the core may spend."
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
    "S24": (
        "A fine moves a tenth of a point of share: budgets read cash and credit now, so that who is fined orders less. "
        "The placebo was one of a model whose budgets did not."
    ),
    "S27": (
        "Depreciation rises with the cadence, but free cash flow does not fall first: capacity retires by age alone, "
        "so a better chip makes nobody scrap an older one. Economic retirement is a known omission."
    ),
}
