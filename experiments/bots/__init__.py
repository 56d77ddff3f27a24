"""Strategies against each other: payoffs, tournaments, tuning, grades."""
