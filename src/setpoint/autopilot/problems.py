"""What a draft lacks: every problem at once, each with its field, its step and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from setpoint.autopilot.cautions import cautions
from setpoint.autopilot.types import ActionSpec, CampaignSpec, DraftStep, Goal, Guardrails, Limits, Problem
from setpoint.autopilot.validation import launch_problems, path_of, read_spec, spec_problems
from setpoint.kernel.errors import SetpointError

MOST_READINGS = 40
_PARTS: Mapping[str, type] = {
    "": CampaignSpec,
    "goal": Goal,
    "limits": Limits,
    "actions": ActionSpec,
    "guardrails": Guardrails,
}
_STEPS: Mapping[str, DraftStep] = {
    "name": "goal",
    "goal": "goal",
    "window_days": "goal",
    "cadence_days": "goal",
    "alpha": "goal",
    "audience": "audience",
    "purpose": "audience",
    "actions": "actions",
    "quiet_start": "actions",
    "quiet_end": "actions",
}


def problems_of(name: str, data: Mapping[str, Any], *, now: datetime) -> list[Problem]:
    """All that keeps a draft from being launched, then what is worth a warning."""
    spec, found = read_draft(data, now=now)
    found = [*_name_problems(name), *found]
    told = {problem.field for problem in found}
    refusals = list(spec_problems(spec, now=now))
    if not found and not refusals:
        refusals = list(launch_problems(spec))
    found += [_problem(data, each) for each in refusals if not _covered(each.field or "", told)]
    return [*found, *_warnings(spec, found, now)]


def _warnings(spec: CampaignSpec, found: list[Problem], now: datetime) -> list[Problem]:
    """Warnings of fields that are not wrong anyway; none while what they are reckoned from is."""
    told = {problem.field for problem in found}
    if any(_covered(field, told) for field in ("actions", "goal.deadline", "cadence_days", "window_days")):
        return []
    return [each for each in cautions(spec, now=now) if not _covered(each.field, told)]


def read_draft(data: Mapping[str, Any], *, now: datetime) -> tuple[CampaignSpec, list[Problem]]:
    """The specification as far as it can be read, something harmless where it cannot, and what could not be read."""
    given = deepcopy(dict(data))
    found = [*_unknown(given)]
    for _reading in range(MOST_READINGS):
        try:
            msgspec.convert(given, CampaignSpec, strict=False)
        except msgspec.ValidationError as problem:
            found.append(_unread(given, (path_of(problem) or "").split("[")[0], problem, now))
        else:
            break
    return read_spec(given), found


def step_of(field: str) -> DraftStep:
    """The step of the wizard where a field is asked for."""
    return _STEPS.get(field.split(".")[0], "limits")


def _covered(field: str, told: set[str]) -> bool:
    """Whether this field, the part it is in, or something within it has been told of already."""
    return any(field == each or field.startswith(f"{each}.") or each.startswith(f"{field}.") for each in told)


def _name_problems(name: str) -> Iterator[Problem]:
    if not name.strip():
        yield Problem("goal", "name", "missing", _("The campaign has no name."), _("Name what it is for."))


def _unknown(given: dict[str, Any]) -> Iterator[Problem]:
    for part, kind in _PARTS.items():
        values = given.get(part) if part else given
        if isinstance(values, Mapping):
            for name in sorted(set(values) - {field.name for field in fields(kind)}):
                place = f"{part}.{name}" if part else str(name)
                message = _("A campaign has no field %(name)s.") % {"name": place}
                yield Problem(step_of(place), place, "wrong", message, _("Remove it, or mend its spelling."))


def _unread(given: dict[str, Any], path: str, problem: msgspec.ValidationError, now: datetime) -> Problem:
    """The problem at a path; puts something harmless there, so that reading can go on."""
    *parents, last = path.split(".")
    holder = given
    for parent in parents:
        holder = holder[parent]
    is_missing = holder.get(last) in (None, "", [], {})
    holder[last] = _harmless(path, now)
    if holder[last] is None:
        del holder[last]
    if is_missing:
        message, remedy = _missing_words().get(path, (_("%(name)s is missing.") % {"name": path}, ""))
        return Problem(step_of(path), path, "missing", message, remedy)
    message = _("This cannot be read: %(why)s.") % {"why": str(problem).split(" - at ")[0]}
    return Problem(step_of(path), path, "wrong", message, _("Write it again."))


def _harmless(path: str, now: datetime) -> Any:
    deadline = (now + timedelta(days=3650)).isoformat()
    goal = {"metric": "conversions", "target": 1.0, "deadline": deadline}
    whole = {"goal": goal, "limits": {"money": 1.0}, "actions": {"variants": []}}
    part, _dot, name = path.partition(".")
    inside: Any = whole.get(part)
    return inside.get(name) if name and inside is not None else deepcopy(inside)


def _problem(data: Mapping[str, Any], error: SetpointError) -> Problem:
    field = error.field or ""
    if _value(data, field) in (None, "", []):
        message, remedy = _missing_words().get(field, (error.message, error.remedy))
        return Problem(step_of(field), field, "missing", message, remedy)
    return Problem(step_of(field), field, "wrong", error.message, error.remedy)


def _value(data: Mapping[str, Any], path: str) -> Any:
    """What was given at a path; something not empty where there is no such path."""
    found: Any = data
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return "unknown"
        found = found[name]
    return found


def _missing_words() -> dict[str, tuple[str, str]]:
    return {
        "goal": (_("The campaign has no goal."), _("Say what it should bring about.")),
        "goal.metric": (_("Nothing says what counts."), _("Choose what the goal counts.")),
        "goal.target": (_("The goal has no target."), _("Say how many.")),
        "goal.deadline": (_("The goal has no deadline."), _("Say until when.")),
        "limits": (_("The campaign has no limits."), _("Say what it may cost at most.")),
        "limits.money": (_("Nothing says what it may cost."), _("Say what it may cost at most, messages and offers.")),
        "actions": (_("The campaign has nothing to send."), _("Choose at least one variant.")),
        "actions.variants": (_("The campaign has nothing to send."), _("Choose at least one variant.")),
    }
