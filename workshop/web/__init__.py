"""The pages of a workshop, and what guards them."""
