"""Setpoint: set a goal and cost limits, and the loop of analyse, plan, execute, collect, evaluate closes by itself."""

__version__ = "0.1.0"
