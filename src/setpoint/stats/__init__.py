"""Sufficient statistics, bounds and tests: pure functions of numbers, each with its formula and source."""
