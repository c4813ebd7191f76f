"""The demo company: one click brings it, one click takes it away.

Its past is no painting. A second Setpoint with a clock of its own plays six weeks against simulated customers in half a
minute; its rows then move into this installation under numbers that were set aside for them, so that all of them, and
nothing else, can be taken away again.
"""
