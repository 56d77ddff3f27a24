"""Calibration on history: rounds of history matching, and the ensemble that ships."""
