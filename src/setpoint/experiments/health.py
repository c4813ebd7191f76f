"""Can an experiment be trusted? Findings as codes with figures; cause and remedy are put into words by whoever shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["good", "attention", "stop", "waiting"]
NEAR_ALARM = 0.01
FEW_LOOKS = 2


@dataclass(frozen=True, slots=True)
class Symptom:
    """One finding: ratio_alarm | ratio_odd | pulled_forward | echo_open | not_enough_data | no_hold_out | guard_harm |
    guard_near | plan_changed | nothing_measured | healthy."""

    code: str
    level: Level
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signs:
    """What an experiment's health is read from; the mappings are readings as the journal keeps them."""

    reading: Mapping[str, object]
    ratio: Mapping[str, float]
    echo: Mapping[str, object]
    guards: Mapping[str, Mapping[str, float]]
    held_back_share: float
    missing: Mapping[str, float] = field(default_factory=dict)


def health_of(signs: Signs | None) -> tuple[Symptom, ...]:
    """The findings, the gravest first; one "healthy" where there is nothing to say."""
    if signs is None:
        return (Symptom("nothing_measured", "waiting"),)
    found = [*_ratio(signs), *_guards(signs), *_echo(signs), *_data(signs)]
    order = {"stop": 0, "attention": 1, "waiting": 2, "good": 3}
    return tuple(sorted(found, key=lambda each: order[each.level])) or (Symptom("healthy", "good"),)


def worst(symptoms: tuple[Symptom, ...]) -> Level:
    """The gravest level among findings."""
    return symptoms[0].level if symptoms else "good"


def _ratio(signs: Signs) -> Iterator[Symptom]:
    ratio = signs.ratio
    if signs.held_back_share <= 0:
        yield Symptom("no_hold_out", "stop")
        return
    figures = {name: float(ratio[name]) for name in ("expected", "observed", "p_value") if name in ratio}
    if ratio.get("alarm"):
        yield Symptom("ratio_alarm", "stop", figures)
    elif ratio.get("p_value", 1.0) < NEAR_ALARM:
        yield Symptom("ratio_odd", "attention", figures)


def _guards(signs: Signs) -> Iterator[Symptom]:
    for name, guard in signs.guards.items():
        figures = {key: float(guard[key]) for key in ("rate", "at_least", "limit", "events", "exposed")}
        if guard["harm"]:
            yield Symptom(f"guard_harm.{name}", "stop", figures)
        elif guard["exposed"] and guard["rate"] > guard["limit"]:
            yield Symptom(f"guard_near.{name}", "attention", figures)


def _echo(signs: Signs) -> Iterator[Symptom]:
    if not signs.echo:
        yield Symptom("echo_open", "waiting")
    elif signs.echo.get("negative"):
        yield Symptom("pulled_forward", "attention", {"echo": float(str(signs.echo.get("estimate") or 0.0))})


def _data(signs: Signs) -> Iterator[Symptom]:
    if signs.reading.get("method") == "none":
        yield Symptom("not_enough_data", "waiting", dict(signs.missing))
    elif signs.reading.get("method") == "confidence sequence":
        yield Symptom("plan_changed", "good")
