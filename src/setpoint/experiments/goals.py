"""When a goal counts as reached."""

from __future__ import annotations

from setpoint.experiments.types import EchoCheck, GoalCheck, Reading


def goal_is_proven(reading: Reading, echo: EchoCheck | None, target: float) -> GoalCheck:
    """Whether at least `target` (same units as the reading, summed over those sent) was caused, and not just moved.

    All of these, in this order; the first that fails is the reason:
    1. in the window, proven at least >= target (`window_below_target`): error at most alpha over all looks;
    2. an echo window has closed (`echo_open`) with enough conversions to read (`echo_not_enough_data`);
    3. where the echo is significantly negative, window + echo is proven to be at least the target's share
       (`pulled_forward`): what was only moved does not count;
    4. window + echo is proven above zero, and where the echo is suspect (more than 0.84 standard errors below zero)
       window + twice the echo is too (`net_not_positive`): were the increment only moved forward, at least half of it
       from within the echo, that would be at or below zero;
    5. the best estimate of window + echo is not below the target's share (`net_below_target`).
    The target's share is the target times the share of sends whose echo window has closed. When everything was moved,
    half of it from beyond the echo, 4 and 5 keep the rate of false goals below 5 % (`setpoint bench false-goal`). What
    is pulled from farther away cannot be seen by any of this.
    """
    if reading.method == "none":
        return GoalCheck(False, "not_enough_data", dict(reading.missing))
    if reading.proven_at_least < target:
        return GoalCheck(False, "window_below_target", {"proven_at_least": reading.proven_at_least, "target": target})
    if echo is None:
        return GoalCheck(False, "echo_open")
    return _echo_allows(echo, target * echo.exposed_share)


def _echo_allows(echo: EchoCheck, share: float) -> GoalCheck:
    figures = {
        "echo": echo.estimate,
        "net_estimate": echo.net.estimate,
        "net_proven_at_least": echo.net.proven_at_least,
        "far_proven_at_least": echo.far.proven_at_least,
        "target_share": share,
    }
    failures = {
        "echo_not_enough_data": "none" in (echo.net.method, echo.far.method),
        "pulled_forward": echo.negative and echo.net.proven_at_least < share,
        "net_not_positive": echo.net.proven_at_least <= 0 or (echo.suspect and echo.far.proven_at_least <= 0),
        "net_below_target": echo.net.estimate < share,
    }
    reason = next((name for name, failed in failures.items() if failed), "proven")
    return GoalCheck(reason == "proven", reason, figures)
