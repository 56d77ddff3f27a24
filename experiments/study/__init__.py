"""The main study: cells, effects, findings, figures and its report."""
