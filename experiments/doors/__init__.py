"""Doors for other tools: the same games under PettingZoo, plain Mesa and the EMA Workbench."""
