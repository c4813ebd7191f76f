"""What is followed now, and which of it an event concerns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

import msgspec

from setpoint.events.readers import Accepted
from setpoint.segments.following.models import Followed
from setpoint.segments.membership import asked_by
from setpoint.segments.tree import leaves, parse_tree
from setpoint.segments.types import Consented, Everyone, Happened, Measured, Node, Performed, Trait, Window
from setpoint.segments.types import Followed as Sequence

LEAVES = (Everyone, Trait, Performed, Measured, Happened, Sequence, Consented)
"""Conditions that can be read for one customer from traits, consents and kept events."""


LOOK_SECONDS = 0.25
T = TypeVar("T")


class Lately(Generic[T]):
    """What was read a moment ago, read anew after `LOOK_SECONDS`: of things that people change, not events. What is
    done by an older reading is mended when the newer one comes."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read, self._found, self._until = read, [], 0.0  # type: ignore[var-annotated]

    def get(self) -> T:
        """What was read last, if that is not long ago."""
        if time.monotonic() >= self._until:
            self._found[:] = [self._read()]
            self._until = time.monotonic() + LOOK_SECONDS
        found: T = self._found[0]
        return found

    def forget(self) -> None:
        """Read anew at the next call."""
        self._until = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A followed segment as it is read for one customer; `events` it counts, within the longest window (None: ever)."""

    segment_id: int
    node: Node
    events: frozenset[str]

    @property
    def is_live(self) -> bool:
        """Whether all its conditions can be read for one customer."""
        return all(isinstance(leaf, LEAVES) for leaf in leaves(self.node))


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules that are read by each event."""

    rules: tuple[Rule, ...]
    events: frozenset[str]
    reads_traits: bool
    reads_consents: bool

    def concerned(self, accepted: Accepted) -> tuple[Rule, ...]:
        """The rules that this message may change the reading of."""
        if accepted.is_news:
            return self.rules
        event = accepted.message.event
        return tuple(rule for rule in self.rules if event in rule.events) if event in self.events else ()


def rule_of(segment_id: int, tree: object) -> Rule:
    """A segment's tree as a rule."""
    node = parse_tree(tree)
    return Rule(segment_id, node, frozenset(asked_by(node).events))


class Standing(NamedTuple):
    """A followed segment: how it is followed, for which version of its rule, and the rule as it is now."""

    segment_id: int
    mode: str
    version: int
    segment_version: int
    tree: bytes

    @property
    def is_to_be_filled(self) -> bool:
        """Whether its members are still those of another rule, or of none."""
        return self.mode == Followed.Mode.STARTING or self.version != self.segment_version


def read_followed() -> list[Standing]:
    """All followed segments that are not put away."""
    rows = Followed.objects.filter(segment__archived_at__isnull=True).order_by("pk")
    columns = ("pk", "mode", "version", "segment__version", "segment__tree")
    return [
        Standing(pk, mode, version, current, msgspec.json.encode(tree))
        for pk, mode, version, current, tree in rows.values_list(*columns)
    ]


followed_lately = Lately(read_followed)


def live_plan(followed: Iterable[Standing]) -> Plan:
    """The plan of those that are followed by each event."""
    return _plan(tuple((each.segment_id, each.tree) for each in followed if each.mode == Followed.Mode.LIVE))


@lru_cache(maxsize=8)
def _plan(trees: tuple[tuple[int, bytes], ...]) -> Plan:
    return plan_of(rule_of(pk, msgspec.json.decode(tree)) for pk, tree in trees)


def plan_of(rules: Iterable[Rule]) -> Plan:
    """The plan of these rules."""
    kept = tuple(rules)
    conditions = [leaf for rule in kept for leaf in leaves(rule.node)]
    return Plan(
        kept,
        frozenset(name for rule in kept for name in rule.events),
        reads_traits=any(isinstance(leaf, Trait) for leaf in conditions),
        reads_consents=any(isinstance(leaf, Consented) for leaf in conditions),
    )


def windows(nodes: Iterable[Node]) -> dict[str, timedelta | None]:
    """How long back each event is counted; None: ever."""
    longest: dict[str, timedelta | None] = {}
    for event, back in (pair for node in nodes for leaf in leaves(node) for pair in _asked(leaf)):
        known = longest.setdefault(event, back)
        longest[event] = None if known is None or back is None else max(known, back)
    return longest


def _asked(leaf: object) -> list[tuple[str, timedelta | None]]:
    match leaf:
        case Performed() | Measured():
            return [(leaf.event, _back(leaf.window))]
        case Happened():
            return [(leaf.event, None)]  # the first or last of all
        case Sequence():
            return [(step.event, _back(leaf.window)) for step in (leaf.first, leaf.then)]
    return []


def _back(window: Window) -> timedelta | None:
    return None if window.within_days is None else timedelta(days=window.within_days)
