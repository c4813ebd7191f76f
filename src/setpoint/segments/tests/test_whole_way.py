"""From messages that come in to who is in: both readings against a third one, made of the messages alone.

What is compared elsewhere on frames goes the whole way here: accepted, folded, joined to persons, merged, tagged; with
segments inside segments and what happened to a campaign's messages, in any order of arrival.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from setpoint.customers.identity.aliases import publish_aliases
from setpoint.customers.identity.merging import merge
from setpoint.customers.services import find_customer
from setpoint.customers.tags import services as tags
from setpoint.events import services as events
from setpoint.events.types import ServerEvent
from setpoint.kernel import clock
from setpoint.segments import services

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 30, 9, 0, tzinfo=UTC)  # summer time began a day ago in Europe
USERS = ("ann", "bob", "eve", "kim")
HALF_LIFE = 10.0
Json = dict[str, Any]
Person = dict[str, Any]

VALUES: tuple[Any, ...] = (5, 5.0, "5", "05", 5.5, "5.50", -1, 0, True, False, "true", "", "abc", "Abc", None, 1e16)
LITERALS: tuple[Any, ...] = (5, 5.0, "5", "5.0", 5.5, 0, -1, "true", True, False, "", "abc", 1e15, "1e+16")
NESTED: tuple[Any, ...] = (["abc", 5], {"a": 5}, [])
ORDERS = ("=", "!=", ">", ">=", "<", "<=")

anything = st.sampled_from(VALUES)
compared = st.one_of(
    st.builds(
        lambda op, value: {"op": op, "value": value},
        st.sampled_from(ORDERS),
        st.sampled_from([one for one in LITERALS if not isinstance(one, bool)]),
    ),
    st.builds(lambda op, value: {"op": op, "value": value}, st.sampled_from(("=", "!=")), st.booleans()),
    st.builds(lambda value: {"op": "contains", "value": value}, st.sampled_from(("5", "b", "true", "["))),
    st.builds(
        lambda values: {"op": "in", "value": values}, st.lists(st.sampled_from(LITERALS), min_size=1, max_size=3)
    ),
    st.sampled_from(({"op": "exists"}, {"op": "missing"})),
)


def groups(leaf: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(lambda one: {"not": one}, inner),
            st.builds(lambda kind, each: {kind: each}, st.sampled_from(("all", "any")), st.lists(inner, max_size=3)),
        ),
        max_leaves=5,
    )


days = st.integers(0, 6)
moments = st.builds(
    lambda ago, nudge: NOW - timedelta(days=ago) + timedelta(microseconds=nudge), st.integers(1, 7), st.integers(-1, 1)
)
windows = st.one_of(
    st.just({}),
    st.builds(lambda far: {"within_days": far}, st.integers(1, 6)),
    st.builds(lambda near, more: {"between_days": [near, more and near + more]}, days, st.none() | st.integers(1, 4)),
    st.builds(lambda at: {"since": at.isoformat()}, moments),
    st.builds(lambda at: {"until": at.isoformat()}, moments),
    st.builds(
        lambda at, hours: {"since": at.isoformat(), "until": (at + timedelta(hours=hours)).isoformat()},
        moments,
        st.integers(1, 90),
    ),
)
names = st.sampled_from(("Bought", "Seen"))
filters = groups(
    st.builds(lambda name, said: {"property": name, **said}, st.sampled_from(("n", "m", "value")), compared)
)
where = st.just({}) | st.builds(lambda one: {"where": one}, filters)
signs = st.sampled_from(ORDERS)
leaves = st.one_of(
    st.just({"everyone": True}),
    st.builds(lambda name, said: {"trait": name, **said}, st.sampled_from(("a", "b", "language", "none")), compared),
    st.builds(
        lambda event, op, count, w, f: {"performed": event, "op": op, "count": count, **w, **f},
        names, signs, st.integers(0, 3), windows, where,
    ),
    st.builds(
        lambda event, measure, name, op, amount, w, f: {
            "measured": event, "measure": measure, "property": name, "op": op, "amount": amount, **w, **f
        },
        names, st.sampled_from(("sum", "min", "max")), st.sampled_from(("value", "n")), signs,
        st.sampled_from((0, 5, 5.5, 10, 10.5, -1)), windows, where,
    ),
    st.builds(lambda edge, event, w, f: {edge: event, **w, **f}, st.sampled_from(("first", "last")), names, windows, where),
    st.builds(
        lambda first, one, then, other, hours, w: {
            "sequence": [{"event": first, **one}, {"event": then, **other}], "within_hours": hours, **w
        },
        names, where, names, where, st.none() | st.sampled_from((1, 24, 48)), windows,
    ),
    st.builds(
        lambda channel, purpose, state: {"consent": channel, "purpose": purpose, "state": state},
        st.sampled_from(("email", "sms")), st.sampled_from(("marketing", "news")), st.sampled_from(("granted", "denied")),
    ),
    st.builds(lambda op, weight: {"tag": "vip", "op": op, "weight": weight}, signs, st.sampled_from((0, 0.25, 0.5))),
    st.builds(
        lambda campaign, did, w: {"campaign": campaign, "did": did, **w},
        st.none() | st.integers(1, 2), st.sampled_from(("sent", "opened", "clicked", "responded")), windows,
    ),
    st.builds(
        lambda campaign, more, w: {"campaign": campaign, "did": "sent", **more, **w},
        st.none() | st.integers(1, 2),
        st.sampled_from(({"channel": "email"}, {"variant": 1}, {"offer": 2}, {"channel": "sms", "variant": 1})), windows,
    ),
    st.builds(lambda number: {"segment": number}, st.integers(0, 1)),
)  # fmt: skip
trees = groups(leaves)

happenings = st.builds(
    lambda user, event, at, n, m, worth: {
        "user": user,
        "event": event,
        "at": at,
        "properties": {key: value for key, value in (("n", n), ("m", m), ("revenue", worth)) if value != "absent"},
    },
    st.sampled_from(USERS),
    names,
    moments | st.just(NOW + timedelta(hours=1)),
    anything | st.sampled_from(NESTED) | st.just("absent"),
    anything | st.just("absent"),
    st.sampled_from(("absent", 5, 5.5, 0.1, 0.2, -3.5)),
)
messages = st.builds(
    lambda user, event, at, campaign, channel, variant, offer: {
        "user": user,
        "event": event,
        "at": at,
        "properties": {"source": f"campaign:{campaign}"}
        | ({"channel": channel, "variant": variant, "offer": offer} if event == "Message Sent" else {}),
    },
    st.sampled_from(USERS),
    st.sampled_from(("Message Sent", "Email Opened", "Email Link Clicked")),
    moments,
    st.integers(1, 2),
    st.sampled_from(("email", "sms")),
    st.integers(1, 2),
    st.none() | st.integers(1, 2),
)
people = st.fixed_dictionaries(
    {
        "traits": st.fixed_dictionaries({}, optional={"a": anything | st.sampled_from(NESTED), "b": anything}),
        "language": st.sampled_from(("en", "zh-hans")),
        "consents": st.dictionaries(
            st.tuples(st.sampled_from(("email", "sms")), st.sampled_from(("marketing", "news"))),
            st.sampled_from(("granted", "denied")),
        ),
        "tag": st.none() | st.tuples(st.sampled_from((0.3, 0.5, 1.0)), st.integers(0, 15)),
    }
)


class World:
    """What was said and done, and who is who."""

    def __init__(self, said: Mapping[str, Json], done: list[Json], inner: list[Json], merged: tuple[str, str] | None):
        self.said, self.done, self.inner, self.merged = said, done, inner, merged
        self.ids: dict[str, int] = {}
        self.segments: list[int] = []

    def tell(self) -> None:
        """All of it as a company would: over the stream, in the given order, one fold in the midst."""
        told = [self._identified(user, one) for user, one in self.said.items()]
        events.accept(told, now=NOW - timedelta(days=20))
        while events.fold_inbox(now=NOW - timedelta(days=20)):
            pass
        self.ids = {user: find_customer("anonymous_id", user) or 0 for user in USERS}
        tags.define_tag(tags.TagDraft("vip", half_life_days=HALF_LIFE), now=NOW - timedelta(days=20))
        for user, one in self.said.items():
            if one["tag"]:
                weight, age = one["tag"]
                tags.set_tag(self.ids[user], "vip", weight, now=NOW - timedelta(days=age))
        for number, one in enumerate(self.done):
            self._happen(number, one)
            if number == len(self.done) // 2:
                while events.fold_inbox(now=NOW):
                    pass
        while events.fold_inbox(now=NOW):
            pass
        if self.merged:
            merge(*(self.ids[user] for user in self.merged), actor="test", now=NOW)
            publish_aliases()
        self.segments = [
            services.define_segment(f"Inner {number}", self.named(tree), now=NOW).id
            for number, tree in enumerate(self.inner)
        ]

    def named(self, tree: Json) -> Json:
        """A tree with the ids of the segments that it numbers."""
        return mapped(tree, lambda leaf: {"segment": self.segments[leaf["segment"]]} if "segment" in leaf else leaf)

    def _identified(self, user: str, one: Json) -> Json:
        said: dict[str, dict[str, str]] = {}
        for (channel, purpose), state in one["consents"].items():
            said.setdefault(channel, {})[purpose] = state
        traits = one["traits"] | {"consents": said} | {"language": one["language"]}
        return {"type": "identify", "anonymousId": user, "messageId": f"i-{user}", "traits": traits}

    def _happen(self, number: int, one: Json) -> None:
        key, at = f"e{number}", one["at"]
        if one["event"] in ("Bought", "Seen"):
            told = {"type": "track", "event": one["event"], "anonymousId": one["user"], "messageId": key}
            events.accept([told | {"timestamp": at.isoformat(), "properties": one["properties"]}], now=NOW)
        else:
            event = ServerEvent(self.ids[one["user"]], one["event"], one["properties"], key, at)
            events.append([event], now=NOW)

    def persons(self) -> dict[int, Person]:
        """Everybody as the brute reading takes them; the survivor of a merge has both pasts."""
        found = {}
        for user in USERS:
            owners = [user]
            if self.merged and user in self.merged:
                if self.ids[user] != min(self.ids[one] for one in self.merged):
                    continue
                owners = sorted(self.merged, key=lambda one: self.ids[one])
            found[self.ids[user]] = self._person(owners)
        return found

    def _person(self, owners: list[str]) -> Person:
        done = [one for one in self.done if one["user"] in owners]
        weights = [
            weight * 2 ** (-age / HALF_LIFE)
            for user in owners
            for weight, age in [self.said[user]["tag"] or (0.0, 0)]
            if self.said[user]["tag"]
        ]
        consents: dict[tuple[str, str], str] = {}
        for user in owners:
            for topic, state in self.said[user]["consents"].items():
                consents[topic] = "denied" if "denied" in (state, consents.get(topic)) else state
        return {
            "user": owners[0],
            "traits": {
                name: value
                for user in reversed(owners)  # of what was said at the same moment, the eldest's stays
                for name, value in (self.said[user]["traits"] | {"language": self.said[user]["language"]}).items()
            },
            "done": done,
            "consents": consents,
            "tag": max((one for one in weights if one >= 0.01), default=None),
        }


def mapped(tree: Json, change: Callable[[Json], Json]) -> Json:
    for kind in ("all", "any"):
        if kind in tree:
            return {kind: [mapped(one, change) for one in tree[kind]]}
    return {"not": mapped(tree["not"], change)} if "not" in tree else change(tree)


# The brute reading, from the reference alone.


def reads(tree: Json, person: Person, world: World) -> bool:
    def again(one: Json) -> bool:
        return reads(one, person, world)

    if "all" in tree:
        return all(map(again, tree["all"]))
    if "any" in tree:
        return any(map(again, tree["any"]))
    if "not" in tree:
        return not again(tree["not"])
    if "segment" in tree:
        return again(world.inner[tree["segment"]])
    kind = next(iter(tree))
    return READERS[kind](tree, person)


def spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
    return str(value)


def figure(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    plain = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", value)
    return float(value) if plain else None


def orders(op: str, left: Any, right: Any) -> bool:
    return {
        "=": left == right, "!=": left != right, ">": left > right,
        ">=": left >= right, "<": left < right, "<=": left <= right,
    }[op]  # fmt: skip


def fits(said: Json, value: Any, *, nested: bool = False) -> bool:
    op, wanted = said.get("op", "="), said.get("value")
    if value is None or op == "missing":
        return value is None and op == "missing"
    if op == "exists":
        return True
    if nested:
        return bool(op == "!=")
    if op == "contains":
        return wanted in spelled(value)
    if op == "in":
        return any(equal(value, one) for one in wanted)
    if op in ("=", "!="):
        return equal(value, wanted) == (op == "=")
    if isinstance(wanted, str):
        return orders(op, spelled(value), wanted)
    number = figure(value)
    return number is not None and orders(op, number, wanted)


def equal(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return figure(value) == wanted
    return spelled(value) == spelled(wanted)


def passes(tree: Json | None, one: Json) -> bool:
    if tree is None:
        return True
    if "all" in tree:
        return all(passes(each, one) for each in tree["all"])
    if "any" in tree:
        return any(passes(each, one) for each in tree["any"])
    if "not" in tree:
        return not passes(tree["not"], one)
    value = looked_up(one, tree["property"])
    return fits(tree, value, nested=isinstance(value, list | dict))


def looked_up(one: Json, name: str) -> Any:
    return one["properties"].get("revenue" if name == "value" else name)


def span(tree: Json) -> tuple[datetime, datetime]:
    near, far = tree.get("between_days") or (0, tree.get("within_days"))
    start = NOW - timedelta(days=far) if far else datetime(1900, 1, 1, tzinfo=UTC)
    if "since" in tree:
        start = max(start, datetime.fromisoformat(tree["since"]))
    end = NOW - timedelta(days=near)
    return start, min(end, datetime.fromisoformat(tree["until"])) if "until" in tree else end


def seen(tree: Json, person: Person, event: str, where: Json | None) -> list[Json]:
    start, end = span(tree)
    rows = [one for one in person["done"] if one["event"] == event and passes(where, one)]
    return [one for one in rows if start <= one["at"] < end]


def counted(tree: Json, person: Person) -> bool:
    rows = seen(tree, person, tree["performed"], tree.get("where"))
    return orders(tree.get("op", ">="), len(rows), tree.get("count", 1))


def measured(tree: Json, person: Person) -> bool:
    rows = seen(tree, person, tree["measured"], tree.get("where"))
    found = [number for one in rows if (number := figure(looked_up(one, tree["property"]))) is not None]
    if not found:
        return False
    sums: Mapping[str, Callable[[Iterable[float]], float]] = {"sum": sum, "min": min, "max": max}
    return orders(tree["op"], round(sums[tree["measure"]](found), 6), tree["amount"])


def edged(tree: Json, person: Person) -> bool:
    edge = "first" if "first" in tree else "last"
    rows = seen({}, person, tree[edge], tree.get("where"))
    if not rows:
        return False
    at = (min if edge == "first" else max)(one["at"] for one in rows)
    start, end = span(tree)
    return start <= at < end


def followed(tree: Json, person: Person) -> bool:
    first, then = (seen(tree, person, step["event"], step.get("where")) for step in tree["sequence"])
    most = timedelta(hours=tree["within_hours"] or 10**6)
    return any(timedelta(0) < b["at"] - a["at"] <= most for a in first for b in then)


def campaigned(tree: Json, person: Person) -> bool:
    asked = {"sent": ["Message Sent"], "opened": ["Email Opened"], "clicked": ["Email Link Clicked"]}
    wanted = asked.get(tree["did"], ["Email Opened", "Email Link Clicked"])
    rows = [one for event in wanted for one in seen(tree, person, event, None)]
    source = tree["campaign"] and f"campaign:{tree['campaign']}"
    details = {key: tree[key] for key in ("channel", "variant", "offer") if key in tree}
    return any(
        source in (None, one["properties"]["source"])
        and all(one["properties"].get(key) == value for key, value in details.items())
        for one in rows
    )


READERS: Mapping[str, Callable[[Json, Person], bool]] = {
    "everyone": lambda _tree, _person: True,
    "trait": lambda tree, person: fits(tree, told(person["traits"].get(tree["trait"]))),
    "performed": counted,
    "measured": measured,
    "first": edged,
    "last": edged,
    "sequence": followed,
    "consent": lambda tree, person: person["consents"].get((tree["consent"], tree["purpose"])) == tree["state"],
    "tag": lambda tree, person: person["tag"] is not None and orders(tree["op"], person["tag"], tree["weight"]),
    "campaign": campaigned,
}


def told(value: Any) -> Any:
    """A trait that is a list or an object is compared by its JSON."""
    import json

    return json.dumps(value) if isinstance(value, list | dict) else value


@given(
    said=st.fixed_dictionaries(dict.fromkeys(USERS, people)),
    done=st.lists(happenings | messages, max_size=14),
    inner=st.lists(groups(leaves.filter(lambda leaf: "segment" not in leaf)), min_size=2, max_size=2),
    merged=st.none() | st.permutations(USERS).map(lambda each: (each[0], each[1])),
    asked=st.lists(trees, min_size=1, max_size=12),
)
@hypothesis_settings(max_examples=25, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_three_readings_agree(
    said: dict[str, Json],
    done: list[Json],
    inner: list[Json],
    merged: tuple[str, str] | None,
    asked: list[Json],
    tmp_path: Path,
    settings: Any,
) -> None:
    world = World(said, done, inner, merged)
    settings.SETPOINT_HOME = tmp_path / uuid4().hex
    settings.SETPOINT_LAKE = str(settings.SETPOINT_HOME / "lake")
    with clock.at(NOW), transaction.atomic():
        world.tell()
        persons = world.persons()
        for tree in asked:
            node = services.parse_tree(world.named(tree))
            by_hand = [pk for pk in sorted(persons) if reads(tree, persons[pk], world)]
            by_sets = services.members(node, as_of=NOW).tolist()
            one_by_one = [pk for pk in sorted(persons) if services.matches(node, pk, as_of=NOW)]
            assert by_sets == one_by_one == by_hand, (tree, by_sets, one_by_one, by_hand)
        transaction.set_rollback(True)
