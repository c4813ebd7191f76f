"""The machine-readable result of one loop; documented in docs/reference/demo-json.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from setpoint.site.demo.instance import Instance


def loop_result(instance: Instance, campaign: int, name: str, world: Mapping[str, Any]) -> dict[str, Any]:
    """Status, goal, spend, ledger and audience of one finished campaign, and the market's truth beside it."""
    progress = instance.api("GET", f"/campaigns/{campaign}/progress?fresh=true")
    report = instance.api("GET", f"/campaigns/{campaign}/report?format=json")
    rounds = progress["rounds"]
    return {
        "status": progress["campaign"]["outcome"],
        "rounds": len([row for row in rounds if row["estimate"] is not None]),
        "goal": _goal(progress["goal"]),
        "spend": _spend(progress, report),
        "ledger": progress["ledger"]["states"],
        "decisions": _decisions(rounds),
        "audience": max((row["decided"] for row in rounds), default=0),
        "holdout": _held_out(rounds),
        "policy": world["brief"]["policy" if name == "setpoint" else "baseline_policy"],
        "campaign": campaign,
        "truth": dict(instance.market("GET", "/truth")),
    }


def _goal(goal: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: goal[name] for name in ("metric", "target", "verdict", "chance_of_goal")}
    return {
        **kept,
        "estimate": goal["estimate"] or 0.0,
        "proven_at_least": goal["proven_at_least"] or 0.0,
        "interval": [goal["interval"]["low"], goal["interval"]["high"]] if goal["interval"] else [0.0, 0.0],
    }


def _spend(progress: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    money = next(line for line in progress["limits"] if line["scope"] == "campaign" and line["resource"] == "money")
    return {
        "money": money["committed"],
        "reserved": money["reserved"],
        "limit": money["limit"],
        "by_channel": report["spend"]["by_channel"],
        "messages": report["spend"]["messages"],
    }


def _decisions(rounds: list[Mapping[str, Any]]) -> dict[str, int]:
    names = ("decided", "none", "held_out", "ghost", "to_send")
    return {name: sum(row[name] for row in rounds) for name in names}


def _held_out(rounds: list[Mapping[str, Any]]) -> dict[str, Any]:
    chosen = sum(row["decided"] - row["none"] for row in rounds)
    held_back = sum(row["held_out"] + row["ghost"] for row in rounds)
    return {"decisions": held_back, "share_of_chosen": held_back / chosen if chosen else 0.0}
