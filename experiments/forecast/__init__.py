"""Forecasts that can be scored, and their scores."""
