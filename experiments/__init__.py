"""Questions asked of the world: studies, counterfactuals, batches and designs, and the tables and figures they yield."""
