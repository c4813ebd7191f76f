"""What a condition can speak of: traits and their usual values, events. Read from samples and kept for minutes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Literal, TypeVar, cast

import msgspec
from django.conf import settings

from setpoint.customers.models import Consent, Customer
from setpoint.customers.services import trait_names
from setpoint.engine.session import connect
from setpoint.segments.membership import ATTRIBUTES
from setpoint.segments.providers import tags
from setpoint.segments.types import Common
from setpoint.segments.values import number_form, text_form

SAMPLE = 5_000
MOST_VALUES = 50
_LONGEST = 100
_KEPT_SECONDS = 300.0
_EVENT_DAYS = 30
_kept: dict[tuple[str, ...], tuple[float, Any]] = {}
_lock = Lock()
T = TypeVar("T")
TraitKind = Literal["number", "text", "boolean"]


@dataclass(frozen=True, slots=True)
class KnownTrait:
    """A trait that some customer has, and its type."""

    name: str
    kind: TraitKind


@dataclass(frozen=True, slots=True)
class KnownProperty:
    """A property of an event, its type and the values seen most often."""

    name: str
    kind: TraitKind
    values: tuple[Common, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that conditions can name: traits, events (with how often in 30 days), channels and purposes, tags (with
    how many carry each)."""

    traits: tuple[KnownTrait, ...]
    events: tuple[Common, ...]
    channels: tuple[str, ...]
    purposes: tuple[str, ...]
    tags: tuple[Common, ...]


def vocabulary(channels: tuple[str, ...], *, as_of: datetime) -> Vocabulary:
    """What there is to speak of; `channels` are those set up."""
    known = {**dict.fromkeys(ATTRIBUTES, "text"), **trait_names()}
    said = _remembered(("consents",), _topics)
    return Vocabulary(
        traits=tuple(KnownTrait(name, cast(TraitKind, kind)) for name, kind in sorted(known.items())),
        events=_remembered(("events",), lambda: _events(as_of)),
        channels=tuple(sorted({*channels, *(channel for channel, _purpose in said)})),
        purposes=tuple(sorted({"marketing", *(purpose for _channel, purpose in said)})),
        tags=tuple(tags().known()),
    )


def common_values(trait: str) -> tuple[Common, ...]:
    """The values that the newest customers have most often, most frequent first."""
    return _remembered(("values", trait), lambda: _values(trait))


def properties_of(event: str) -> tuple[KnownProperty, ...]:
    """What the newest rows of an event tell of it, most frequent first; `value` is what it was worth."""
    return _remembered(("properties", event), lambda: _properties(event))


def _properties(event: str) -> tuple[KnownProperty, ...]:
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.recorded_events()
        own = events.filter(events.event == event).select("properties", "value").limit(SAMPLE)
        rows = session.execute(own).to_pylist()
    seen: dict[str, list[object]] = {}
    for row in rows:
        told = msgspec.json.decode(row["properties"]) if row["properties"] else {}
        for name, value in ({"value": row["value"]} | {key: told[key] for key in told if key != "value"}).items():
            if isinstance(value, str | int | float):
                seen.setdefault(name, []).append(value)
    ranked = sorted(seen.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple(KnownProperty(name, _kind(values), _frequent(values)) for name, values in ranked[:MOST_VALUES])


def _kind(values: Sequence[object]) -> TraitKind:
    if all(isinstance(one, bool) for one in values):
        return "boolean"
    return "number" if all(number_form(one) is not None for one in values) else "text"


def _frequent(values: Sequence[object]) -> tuple[Common, ...]:
    ranked = Counter(map(text_form, values)).most_common(MOST_VALUES)
    return tuple(Common(value[:_LONGEST], n) for value, n in ranked)


def _values(trait: str) -> tuple[Common, ...]:
    newest = Customer.objects.order_by("-pk")[:SAMPLE]
    if trait in ATTRIBUTES:
        found = Counter(newest.values_list(trait, flat=True))
    else:
        traits = newest.values_list("traits", flat=True)
        found = Counter(text_form(each[trait]) for each in traits if each.get(trait) is not None)
    ranked = sorted(((value, n) for value, n in found.items() if value), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Common(value[:_LONGEST], n) for value, n in ranked[:MOST_VALUES])


def _events(as_of: datetime) -> tuple[Common, ...]:
    end = as_of.replace(tzinfo=None)
    start = end - timedelta(days=_EVENT_DAYS)
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.events()
        recent = events.filter(events.day >= start.date(), events.ts < end, events.event != "")
        counted = recent.group_by("event").agg(n=recent.count())
        rows = session.execute(counted).to_pylist()
        if not rows:  # a company whose history was imported long ago
            older = events.filter(events.event != "")
            rows = session.execute(older.group_by("event").agg(n=older.count())).to_pylist()
    ranked = sorted(((row["event"], row["n"]) for row in rows), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Common(name, n) for name, n in ranked[:500])


def _topics() -> set[tuple[str, str]]:
    newest = Consent.objects.order_by("-pk").values_list("channel", "purpose")[:SAMPLE]
    return set(newest)


def _remembered(key: tuple[str, ...], read: Callable[[], T]) -> T:
    place = (settings.SETPOINT_LAKE, *key)
    with _lock:
        at, found = _kept.get(place, (float("-inf"), None))
    if time.monotonic() - at < _KEPT_SECONDS:
        return cast(T, found)
    made = read()
    with _lock:
        if len(_kept) > 500:
            _kept.clear()
        _kept[place] = (time.monotonic(), made)
    return made
