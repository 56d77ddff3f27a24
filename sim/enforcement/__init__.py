"""Regulators: cases, conduct, and what remedies are in force."""
