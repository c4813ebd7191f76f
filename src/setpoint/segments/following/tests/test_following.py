"""Followed segments: who enters and leaves by each event, in whatever order and portions the events come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setpoint.customers.services import find_customer, upsert_customers
from setpoint.customers.types import Profile
from setpoint.events import readers
from setpoint.events import services as events
from setpoint.events.models import Inbox, Reader
from setpoint.kernel import clock
from setpoint.kernel.errors import Conflict, NotFound
from setpoint.segments import services as segments
from setpoint.segments.following import reviewing, services, turning
from setpoint.segments.following.models import Change, Followed, Kept, Member

pytestmark = pytest.mark.django_db
BOUGHT = {"performed": "Bought", "within_days": 7}
TWICE = {"performed": "Bought", "count": 2, "within_days": 30}
GOLD = {"trait": "plan", "op": "=", "value": "gold"}


@pytest.fixture(autouse=True)
def awake() -> None:
    turning.wake()


def follow(tree: dict[str, Any], *, now: datetime, name: str = "") -> int:
    made = segments.define_segment(name or str(tree), tree, now=now)
    services.follow(made.id, now=now)
    work(now)
    return made.id


def work(now: datetime) -> None:
    turning.wake()
    while services.run_turn(now=now):
        pass


def fold(now: datetime) -> None:
    while events.fold_inbox(now=now):
        pass


def bought(user: str, number: int | str, at: datetime | None = None) -> dict[str, Any]:
    told = {"type": "track", "event": "Bought", "userId": user, "messageId": f"b{number}"}
    return told | ({"timestamp": at.isoformat()} if at else {})


def planned(user: str, number: int, plan: str, at: datetime) -> dict[str, Any]:
    told = {"type": "identify", "userId": user, "messageId": f"p{number}", "traits": {"plan": plan}}
    return told | {"timestamp": at.isoformat()}


def told(segment_id: int) -> list[tuple[int, bool, str, str]]:
    rows = Change.objects.filter(followed_id=segment_id).order_by("id")
    return list(rows.values_list("customer_id", "entered", "cause", "message_id"))


def inside(segment_id: int) -> set[int]:
    return set(Member.objects.filter(followed_id=segment_id).values_list("customer_id", flat=True))


def person(user: str) -> int:
    return find_customer("user_id", user) or 0


def test_an_event_lets_its_customer_in_before_it_is_in_the_lake(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    events.accept([bought("ann", 1)], now=now)
    work(now)
    assert told(pk) == [(person("ann"), True, "event", "b1")]
    assert inside(pk) == {person("ann")}
    assert services.find(pk).members == 1
    fold(now)
    assert services.run_review(now=now) == 0
    assert told(pk) == [(person("ann"), True, "event", "b1")]


def test_those_who_are_in_when_it_begins_did_not_enter(now: datetime) -> None:
    events.accept([bought("ann", 1), bought("bob", 2)], now=now - timedelta(days=1))
    fold(now)
    events.accept([bought("cem", 3)], now=now)
    pk = follow(BOUGHT, now=now)
    events.accept([bought("ann", 4), bought("cem", 5)], now=now)
    work(now)
    assert inside(pk) == {person("ann"), person("bob"), person("cem")}
    assert told(pk) == [(person("cem"), True, "event", "b3")], "his first was not in the lake yet"


def test_folding_waits_for_the_follower_and_goes_on_without_a_dead_one(now: datetime) -> None:
    follow(BOUGHT, now=now)
    events.accept([bought("ann", 1)], now=now)
    assert events.fold_inbox(now=now) == 0
    assert not events.is_idle()
    Reader.objects.update(alive_at=0)
    assert events.fold_inbox(now=now) == 1


def test_what_was_folded_before_it_was_read_is_read_from_the_lake(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    events.accept([bought("ann", 1)], now=now)
    Reader.objects.update(alive_at=0)
    fold(now)
    work(now + timedelta(seconds=2))
    assert told(pk) == [(person("ann"), True, "correction", "")]
    assert Kept.objects.count() == 1


def test_a_long_queue_is_read_as_a_set(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    pk = follow(BOUGHT, now=now)
    monkeypatch.setattr(turning, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(turning, "MOST_BEHIND", 3)
    events.accept([bought(f"u{number}", number) for number in range(9)], now=now)
    assert services.run_turn(now=now)
    assert not services.run_turn(now=now), "folding comes first"
    fold(now)
    work(now + timedelta(seconds=1))
    assert len(inside(pk)) == 9
    assert {cause for _customer, _entered, cause, _by in told(pk)} == {"correction"}


def test_two_statements_of_one_person_count_one_after_the_other(now: datetime) -> None:
    pk = follow(GOLD, now=now)
    plans = ["gold", "free", "gold"]
    said = [planned("ann", number, plan, now + timedelta(seconds=number)) for number, plan in enumerate(plans)]
    events.accept(said, now=now + timedelta(seconds=9))
    work(now + timedelta(seconds=10))
    ann = person("ann")
    assert told(pk) == [(ann, True, "event", "p0"), (ann, False, "event", "p1"), (ann, True, "event", "p2")]


def test_late_events_count_by_their_own_time(now: datetime) -> None:
    pk = follow(TWICE, now=now)
    events.accept([bought("ann", 1), bought("bob", 2)], now=now)
    events.accept([bought("ann", 3, now - timedelta(days=29)), bought("bob", 4, now - timedelta(days=31))], now=now)
    work(now)
    assert told(pk) == [(person("ann"), True, "event", "b3")]
    assert Change.objects.get().event_at == now - timedelta(days=29)


def test_an_event_dated_ahead_counts_when_its_time_has_come(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    events.accept([bought("ann", 1, now + timedelta(hours=2))], now=now)
    work(now)
    fold(now)
    assert services.review_next(now=now + timedelta(hours=1)) == 0
    assert services.run_review(now=now + timedelta(hours=1)) == 0
    assert services.run_review(now=now + timedelta(hours=3)) == 1
    assert told(pk) == [(person("ann"), True, "review", "")]


def test_reviews_come_one_at_a_time_and_not_too_soon(now: datetime) -> None:
    weekly, monthly = follow(BOUGHT, now=now), follow(BOUGHT | {"within_days": 30}, now=now, name="monthly")
    events.accept([bought("ann", 1)], now=now)
    work(now)
    fold(now)
    assert services.review_next(now=now + timedelta(seconds=30)) == 0
    later = now + timedelta(days=40)
    assert [services.review_next(now=later) for _ in range(3)] == [1, 1, 0]
    assert (inside(weekly), inside(monthly)) == (set(), set())


def test_a_review_that_fails_keeps_no_other_from_its_own(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = follow(BOUGHT, now=now), follow(BOUGHT | {"within_days": 30}, now=now, name="sound")
    events.accept([bought("ann", 1)], now=now)
    work(now)
    fold(now)
    review = reviewing._review

    def refuse(followed: Followed, *, now: datetime) -> int:
        if followed.pk == broken:
            raise Conflict("Broken.", remedy="None.")
        return review(followed, now=now)

    monkeypatch.setattr(reviewing, "_review", refuse)
    for _ in range(3):
        with suppress(Conflict):
            services.review_next(now=now + timedelta(days=40))
    assert inside(sound) == set()


def test_time_alone_lets_people_leave(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    events.accept([bought("ann", 1)], now=now)
    work(now)
    fold(now)
    assert services.run_review(now=now + timedelta(days=8)) == 1
    assert told(pk)[1:] == [(person("ann"), False, "review", "")]
    assert Kept.objects.count() == 0, "what no condition counts any more is let go"


def test_the_lake_has_the_last_word(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    events.accept([bought("ann", 1), bought("bob", 2)], now=now)
    work(now)
    fold(now)
    Kept.objects.filter(message_id="b1").delete()
    Member.objects.filter(customer_id=person("ann")).delete()
    assert services.run_review(now=now + timedelta(seconds=1)) == 1
    assert told(pk)[2:] == [(person("ann"), True, "correction", "")]
    assert Kept.objects.filter(customer_id=person("ann")).count() == 1


def test_the_review_leaves_alone_whom_an_unread_message_names(now: datetime) -> None:
    pk = follow(GOLD, now=now)
    events.accept([planned("ann", 1, "free", now)], now=now)
    work(now)
    fold(now)
    events.accept([planned("ann", 2, "gold", now + timedelta(seconds=1))], now=now)
    upsert_customers([Profile({"user_id": "ann"}, traits={"plan": "gold"})], now=now)  # killed before it told of it
    assert services.run_review(now=now) == 0
    work(now)
    assert told(pk) == [(person("ann"), True, "event", "p2")]


def test_a_rule_that_changes_is_read_anew(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    events.accept([bought("ann", 1), bought("bob", 2), bought("bob", 3)], now=now)
    work(now)
    fold(now)
    segments.update_segment(pk, tree=TWICE, now=now)
    work(now + timedelta(seconds=1))
    assert told(pk)[2:] == [(person("ann"), False, "edit", "")]


def test_a_segment_that_asks_for_too_much_is_reviewed_alone(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setpoint.segments.following.filling.MOST_KEPT", 1)
    events.accept([bought("ann", 1), bought("bob", 2)], now=now - timedelta(days=1))
    fold(now)
    pk = follow(BOUGHT, now=now)
    view = services.find(pk)
    assert (view.mode, view.reason, view.members) == ("reviewed", "events", 2)
    events.accept([bought("cem", 3)], now=now)
    work(now)
    assert told(pk) == []
    fold(now)
    assert services.run_review(now=now + timedelta(seconds=1)) == 1
    assert told(pk) == [(person("cem"), True, "review", "")]


def test_the_number_is_limited_and_said(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_FOLLOWED", 1)
    pk = follow(BOUGHT, now=now)
    assert services.follow(pk, now=now).segment_id == pk
    with pytest.raises(Conflict, match="1 segments are followed"):
        follow(GOLD, now=now)
    services.unfollow(pk, now=now)
    with pytest.raises(NotFound):
        services.find(pk)
    turning.wake()
    services.run_turn(now=now)
    assert not Reader.objects.exists(), "folding waits for nobody then"


def test_ids_that_appear_late_are_read(now: datetime) -> None:
    """As on PostgreSQL, where a writer's rows may appear after those of a later one."""
    pk = follow(BOUGHT, now=now)
    events.accept([bought("ann", 1), bought("bob", 2), bought("cem", 3)], now=now)
    late = Inbox.objects.get(message_id="b2")
    Inbox.objects.filter(pk=late.pk).delete()
    work(now)
    assert inside(pk) == {person("ann"), person("cem")}
    late.save(force_insert=True)
    work(now)
    assert inside(pk) == {person("ann"), person("bob"), person("cem")}


def test_two_followers_cannot_both_move_the_cursor(now: datetime) -> None:
    follow(BOUGHT, now=now)
    events.accept([bought("ann", 1)], now=now)
    portion = readers.read_on("segments", limit=10, now=now)
    readers.move_on(portion)
    with pytest.raises(Conflict):
        readers.move_on(portion)


PEOPLE = ("ann", "bob", "cem")
ACTS = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(["buy", "gold", "free"]), st.integers(0, 40)), max_size=14
)


def _messages(acts: Iterable[tuple[str, str, int]], now: datetime) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number, (user, act, days) in enumerate(acts):
        at = now - timedelta(days=days, seconds=number)
        made.append(bought(user, number, at) if act == "buy" else planned(user, number, act, at))
    return made


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, cuts=st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_portions_make_no_difference_and_both_readings_agree(
    acts: list[tuple[str, str, int]], cuts: list[int], now: datetime, django_db_blocker: Any
) -> None:
    """However the stream is cut up, the same people come and go by the same messages, and end where the lake says."""
    from django.db import transaction

    traces = []
    for sizes in ([400], cuts):
        with transaction.atomic():
            traces.append(_trace(_messages(acts, now), sizes, now))
            transaction.set_rollback(True)
    assert traces[0] == traces[1]


def _trace(messages: list[dict[str, Any]], sizes: list[int], now: datetime) -> list[Any]:
    turning.wake()
    upsert_customers([Profile({"user_id": name}) for name in PEOPLE], now=now)
    trees = (BOUGHT, TWICE, {"all": [GOLD, {"not": BOUGHT}]})
    ids = [follow(tree, now=now, name=f"s{number}") for number, tree in enumerate(trees)]
    names = {person(name): name for name in PEOPLE}
    if messages:
        events.accept(messages, now=now)
    turn: Callable[[int], bool] = lambda size: _turn_of(size, now)  # noqa: E731
    while any([turn(size) for size in sizes]):
        pass
    for pk, tree in zip(ids, trees, strict=True):
        rule = segments.parse_tree(tree)
        live = {name for name in PEOPLE if _matches_in_memory(pk, person(name))}
        assert {names[one] for one in inside(pk)} == live, rule
    return [[(names[customer], *rest) for customer, *rest in told(pk)] for pk in ids]


def _turn_of(size: int, now: datetime) -> bool:
    before, turning.MOST_AT_ONCE = turning.MOST_AT_ONCE, size
    try:
        return services.run_turn(now=now)
    finally:
        turning.MOST_AT_ONCE = before


def _matches_in_memory(segment_id: int, customer_id: int) -> bool:
    """What the kept events and the customer's row say at the end, asked anew."""
    from setpoint.segments.following import facts
    from setpoint.segments.following.planning import plan_of, rule_of

    rule = rule_of(segment_id, Followed.objects.get(pk=segment_id).segment.tree)
    return facts.known([customer_id], plan_of([rule]))[customer_id].is_in(rule, now=clock.now())
