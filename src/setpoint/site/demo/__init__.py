"""The demonstration: a whole company in simulated time, an autonomous campaign, and the usual way beside it.

The command reads a world's brief, sets a company up through the public API as a newcomer would, and moves simulated
time forward; the market, a process of its own, plays the customers over SMTP and HTTP.
"""
