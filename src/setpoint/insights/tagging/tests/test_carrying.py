"""Tags whose rule is a followed segment change with its members, in the transaction of the event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from setpoint.customers.models import Tag, TagBlock, TagLately
from setpoint.customers.removing import remove_customers
from setpoint.customers.tags import services as tags
from setpoint.events import services as events
from setpoint.insights.tagging.refreshing import refresh_next
from setpoint.segments import services as segments
from setpoint.segments.following import services, turning
from setpoint.segments.following.tests.test_following import BOUGHT, bought, fold, follow, inside, person, told, work

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def tagged(segment_id: int, now: datetime, **more: Any) -> Tag:
    rule = tags.TagDraft("buyer", "rule", "behaviour", {"tree": {"segment": segment_id}}, every_minutes=60, **more)
    tag = tags.define_tag(rule, now=now)
    work(now)
    while refresh_next(now):
        pass
    return tag


def carriers(now: datetime) -> set[int]:
    return set(tags.with_tag("buyer", at=now).tolist())


def test_an_event_gives_the_tag_before_it_is_in_the_lake(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    tagged(pk, now)
    events.accept([bought("ann", 1), bought("bob", 2, now - 8 * DAY)], now=now)
    work(now)
    ann = person("ann")
    assert carriers(now) == inside(pk) == {ann}
    assert tags.weights_of(ann, at=now) == {"buyer": 1.0}
    assert [(one.by, one.before, one.after) for one in tags.history_of(ann)] == [("rule", 0.0, 1.0)]
    assert tags.tag_frame(["buyer"], at=now).num_rows == 1
    while refresh_next(now + DAY):  # its own look asks the follower: the lake knows of nothing yet
        pass
    assert carriers(now) == {ann}


def test_what_came_one_by_one_is_put_into_blocks_and_leaves_with_time(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    tag = tagged(pk, now)
    events.accept([bought("ann", 1), bought("bob", 2, now - 6 * DAY)], now=now)
    work(now)
    fold(now)
    assert (TagLately.objects.count(), TagBlock.objects.count()) == (2, 0)
    services.run_review(now=now)
    assert (TagLately.objects.count(), TagBlock.objects.count()) == (0, 1)
    assert tags.find_tag(tag.pk).members == 2
    services.run_review(now=now + 2 * DAY)  # bob's week is over
    assert carriers(now + 2 * DAY) == {person("ann")}
    assert [(one.before, one.after) for one in tags.history_of(person("bob"))] == [(1.0, 0.0), (0.0, 1.0)]
    services.run_review(now=now + 2 * DAY)
    assert tags.find_tag(tag.pk).members == 1


def test_a_weight_fades_from_the_moment_of_leaving_and_is_whole_again_on_return(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    tagged(pk, now, weight=0.8, half_life_days=2.0)
    events.accept([bought("ann", 1)], now=now)
    work(now)
    fold(now)
    left = now + 8 * DAY
    services.run_review(now=left)
    ann = person("ann")
    assert tags.weights_of(ann, at=left + 2 * DAY) == {"buyer": 0.4}
    (shown,) = tags.tags_of(ann, at=left)
    assert (shown.since, shown.fades_from) == (now, left)
    events.accept([bought("ann", 2)], now=left + 2 * DAY)
    work(left + 2 * DAY)
    assert tags.weights_of(ann, at=left + 9 * DAY) == {"buyer": 0.8}
    assert [(round(one.before, 9), one.after) for one in tags.history_of(ann)] == [(0.4, 0.8), (0.8, 0.8), (0.0, 0.8)]


def test_whoever_comes_and_goes_within_a_turn_is_as_before(now: datetime) -> None:
    pk = follow({"performed": "Bought", "op": "=", "count": 1}, now=now)
    tagged(pk, now)
    events.accept([{**bought("ann", 0), "event": "Looked"}], now=now)
    work(now)
    events.accept([bought("ann", 1), bought("ann", 2)], now=now)
    work(now)
    assert [entered for _customer, entered, *_why in told(pk)] == [True, False]
    assert inside(pk) == carriers(now) == set()
    assert tags.history_of(person("ann")) == []


def test_a_changed_rule_brings_the_tag_along(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    tag = tagged(pk, now)
    events.accept([bought("ann", 1), {**bought("bob", 2), "event": "Looked"}], now=now)
    work(now)
    segments.update_segment(pk, tree={"performed": "Looked"}, now=now)
    work(now)
    assert tags.find_tag(tag.pk).due_at == now
    while refresh_next(now):
        pass
    assert carriers(now) == inside(pk) == {person("bob")}
    services.unfollow(pk, now=now)
    fold(now)
    while refresh_next(now + DAY):  # from now on it is a rule like any other, read from the lake
        pass
    assert carriers(now + DAY) == {person("bob")}


def test_a_removed_customer_leaves_nothing(now: datetime) -> None:
    pk = follow(BOUGHT, now=now)
    tagged(pk, now)
    events.accept([bought("ann", 1), bought("bob", 2)], now=now)
    work(now)
    turning.wake()
    remove_customers([person("ann")], actor="test", now=now)
    assert TagLately.objects.values_list("customer_id", flat=True).get() == person("bob")
    assert np.array_equal(tags.whole(Tag.objects.get().pk).ids, [person("bob")])
