"""Questions asked of the world: studies, counterfactuals, batches and designs, and what they yield."""
