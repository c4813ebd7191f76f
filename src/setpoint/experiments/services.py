"""The public verbs of experiments. All are pure functions: arrays and numbers in, frozen values out."""

from setpoint.experiments.assignment import held_out, suppressed_share
from setpoint.experiments.echo import echo_check, net_reading
from setpoint.experiments.forecast import chance_of_goal
from setpoint.experiments.goals import goal_is_proven
from setpoint.experiments.guards import rate_guard, ratio_check
from setpoint.experiments.health import health_of, worst
from setpoint.experiments.increment import read_increment
from setpoint.experiments.planning import planned_information, power_plan

__all__ = [
    "chance_of_goal",
    "echo_check",
    "goal_is_proven",
    "health_of",
    "held_out",
    "net_reading",
    "planned_information",
    "power_plan",
    "rate_guard",
    "ratio_check",
    "read_increment",
    "suppressed_share",
    "worst",
]
