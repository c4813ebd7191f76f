"""Tags of customers: given, faded, boosted, taken, told; packed storage equals a plain one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from setpoint.customers.identity.merging import merge, split
from setpoint.customers.models import Customer, Tag, TagBlock, TagChange
from setpoint.customers.services import remove_customers, upsert_customers
from setpoint.customers.tags import services as tags
from setpoint.customers.tags.changing import MANY
from setpoint.customers.types import Profile
from setpoint.governance.models import AuditEntry
from setpoint.kernel.clock import micros
from setpoint.kernel.errors import Conflict, Invalid, NotFound, Refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _people(count: int) -> list[int]:
    return upsert_customers([Profile({"user_id": f"u{number}"}) for number in range(count)], now=NOW)


def _rows(at: datetime, *names: str) -> dict[tuple[int, str], float]:
    rows = tags.tag_frame(names or None, at=at).to_pylist()
    assert len({(row["customer_id"], row["tag"]) for row in rows}) == len(rows)
    return {(row["customer_id"], row["tag"]): row["weight"] for row in rows}


def test_a_tag_is_given_fades_and_is_told(now: datetime) -> None:
    (ann,) = _people(1)
    tags.define_tag(tags.TagDraft("vip", half_life_days=10), now=now)
    tags.set_tag(ann, "vip", 0.8, now=now, actor="kim")
    (shown,) = tags.tags_of(ann, at=now + 10 * DAY)
    assert (shown.weight, shown.given, shown.since, shown.half_life_days) == (0.4, 0.8, now, 10)
    assert _rows(now + 20 * DAY) == {(ann, "vip"): 0.2}
    assert tags.weights_of(ann, at=now + 80 * DAY) == {}
    tags.set_tag(ann, "vip", 0.5, now=now + 10 * DAY, actor="lee")
    tags.set_tag(ann, "vip", 0.0, now=now + 20 * DAY, actor="lee")
    told = [(one.actor, one.by, one.before, one.after, one.at) for one in tags.history_of(ann)]
    assert told == [
        ("lee", "person", 0.25, 0.0, now + 20 * DAY),
        ("lee", "person", 0.4, 0.5, now + 10 * DAY),
        ("kim", "person", 0.0, 0.8, now),
    ]
    assert tags.tags_of(ann, at=now + 20 * DAY) == []


@pytest.mark.django_db(transaction=True)  # on PostgreSQL versions are numbers of transactions
def test_by_hand_is_on_record_with_the_version_that_was_seen(now: datetime) -> None:
    (ann,) = _people(1)
    tags.define_tag(tags.TagDraft("vip"), now=now)
    seen = Customer.objects.get(pk=ann).revision
    version = tags.set_tag(ann, "vip", 1.0, version=seen, now=now, actor="kim")
    with pytest.raises(Conflict, match="kim changed this"):
        tags.set_tag(ann, "vip", 0.2, version=seen, now=now, actor="lee")
    assert tags.weights_of(ann, at=now) == {"vip": 1.0}
    assert tags.set_tag(ann, "vip", 0.0, version=version, now=now, actor="lee") >= version
    verbs = AuditEntry.objects.filter(subject=f"customer:{ann}").order_by("pk").values_list("actor", "verb")
    assert list(verbs) == [("kim", "tagged"), ("lee", "untagged")]


def test_taking_what_is_not_there_says_nothing(now: datetime) -> None:
    (ann,) = _people(1)
    tags.define_tag(tags.TagDraft("vip"), now=now)
    tags.set_tag(ann, "vip", 0.0, now=now)
    assert (TagChange.objects.count(), TagBlock.objects.count()) == (0, 0)


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan"), float("inf")])
def test_weights_lie_between_0_and_1(weight: float, now: datetime) -> None:
    (ann,) = _people(1)
    tags.define_tag(tags.TagDraft("vip"), now=now)
    with pytest.raises(Invalid):
        tags.set_tag(ann, "vip", weight, now=now)
    assert tags.tags_of(ann, at=now) == []


def test_unknown_tags_and_those_of_rules_are_refused(now: datetime) -> None:
    (ann,) = _people(1)
    tags.define_tag(tags.TagDraft("buys", "rule", "behaviour", {"tree": {"everyone": True}}), now=now)
    with pytest.raises(Refused):
        tags.set_tag(ann, "buys", 1.0, now=now)
    with pytest.raises(NotFound):
        tags.set_tag(ann, "nobody", 1.0, now=now)
    with pytest.raises(Conflict):
        tags.define_tag(tags.TagDraft("buys"), now=now)
    with pytest.raises(Invalid):
        tags.define_tag(tags.TagDraft("a;b"), now=now)


def test_a_boost_counts_until_its_end(now: datetime) -> None:
    (ann,) = _people(1)
    tag = tags.define_tag(tags.TagDraft("winter"), now=now)
    tags.set_tag(ann, "winter", 0.4, now=now)
    boost = tags.boost_tag(tag.pk, 2.0, ends_at=now + 3 * DAY, reason="Winter sale", now=now, actor="kim")
    assert [_rows(now + days * DAY)[ann, "winter"] for days in (0, 2, 3)] == [0.8, 0.8, 0.4]
    tags.end_boost(tag.pk, boost.pk, now=now + DAY, actor="kim")
    assert _rows(now + 2 * DAY)[ann, "winter"] == 0.4
    with pytest.raises(Invalid):
        tags.boost_tag(tag.pk, 2.0, ends_at=now - DAY, reason="", now=now)
    with pytest.raises(Invalid):
        tags.boost_tag(tag.pk, 0.0, ends_at=now + DAY, reason="", now=now)


def test_two_people_change_a_tag(now: datetime) -> None:
    tag = tags.define_tag(tags.TagDraft("vip"), now=now)
    tags.update_tag(tag.pk, {"half_life_days": 30.0}, version=1, now=now, actor="kim")
    with pytest.raises(Conflict, match="kim"):
        tags.update_tag(tag.pk, {"half_life_days": 5.0}, version=1, now=now, actor="lee")
    assert Tag.objects.get().half_life_days == 30.0


def test_a_model_writes_scores_with_its_version_and_moment(now: datetime) -> None:
    ann, ben = _people(2)
    draft = tags.TagDraft("churn", "model", "prediction", {"model": "churn"}, half_life_days=1)
    tag = tags.define_tag(draft, now=now)
    said = [tags.Score(ann, 0.8), tags.Score(ben, 0.0)]
    done = tags.write_scores(tag.pk, said, model="churn", model_version="3", at=now - DAY, now=now, actor="key:ml")
    assert (done.put, done.taken) == (1, 0)
    assert tags.weights_of(ann, at=now) == {"churn": 0.4}
    (told,) = tags.history_of(ann)
    assert (told.by, told.model, told.model_version, told.before, told.after) == ("model", "churn", "3", 0.0, 0.4)
    with pytest.raises(Refused):
        tags.write_scores(tag.pk, said, model="other", model_version="1", at=now, now=now)
    with pytest.raises(Invalid):
        tags.write_scores(tag.pk, said, model="churn", model_version="1", at=now + DAY, now=now)
    with pytest.raises(NotFound):
        tags.write_scores(tag.pk, [tags.Score(10**6, 0.5)], model="churn", model_version="1", at=now, now=now)


def test_merged_records_have_the_heavier_tag_and_part_with_it(now: datetime) -> None:
    ann, other, ben = _people(3)
    Customer.objects.update(traits={})
    tags.define_tag(tags.TagDraft("vip"), now=now)
    tags.define_tag(tags.TagDraft("tea"), now=now)
    for pk, name, weight in ((ann, "vip", 0.3), (other, "vip", 0.9), (other, "tea", 0.5), (ben, "tea", 0.6)):
        tags.set_tag(pk, name, weight, now=now)
    from setpoint.customers.models import Identity

    Identity.objects.filter(customer_id=other).update(kind="device")
    row = merge(ann, other, actor="kim", now=now)
    assert _rows(now) == {(ann, "vip"): 0.9, (ann, "tea"): 0.5, (ben, "tea"): 0.6}
    assert tags.weights_of(other, at=now) == {"vip": 0.9, "tea": 0.5}
    assert len(tags.history_of(ann)) == 3
    split(row.pk, actor="kim", now=now)
    assert _rows(now) == {(ann, "vip"): 0.3, (other, "vip"): 0.9, (other, "tea"): 0.5, (ben, "tea"): 0.6}


def test_who_is_removed_leaves_no_tag_and_no_history(now: datetime) -> None:
    people = _people(MANY + 2)
    tag = tags.define_tag(tags.TagDraft("vip"), now=now)
    tags.tag_many(people, "vip", 1.0, by=tags.Author("job", "kim"), now=now)
    assert len(tags.history_of(people[7])) == 1
    remove_customers(people[:10], actor="kim", now=now)
    assert tags.history_of(people[7]) == []
    assert len(_rows(now)) == MANY - 8
    assert tags.find_tag(tag.pk).members == MANY - 8


def test_faded_tags_are_taken(now: datetime) -> None:
    ann, ben = _people(2)
    tag = tags.define_tag(tags.TagDraft("seen", half_life_days=1), now=now)
    tags.set_tag(ann, "seen", 1.0, now=now)
    tags.set_tag(ben, "seen", 1.0, now=now + 5 * DAY)
    tags.drop_faded(tag, author=tags.Author("rule", "system"), at=now + 7 * DAY)
    assert tags.find_tag(tag.pk).members == 1
    assert tags.history_of(ann)[0].after == 0.0


STEPS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(1, 40_000), st.floats(0.02, 1.0), max_size=8),
        st.sets(st.integers(1, 40_000), max_size=8),
        st.integers(0, 30),
    ),
    max_size=6,
)


@given(STEPS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_blocks_hold_what_a_plain_table_would(steps: Any) -> None:
    Tag.objects.all().delete()
    tag = tags.define_tag(tags.TagDraft("any", half_life_days=7.0), now=NOW)
    plain: dict[int, tuple[float, datetime]] = {}
    at = NOW
    for puts, takes, days in steps:
        at += days * DAY
        for pk in takes - puts.keys():
            plain.pop(pk, None)
        plain |= {pk: (weight, at) for pk, weight in puts.items()}
        moment = micros(at)
        put = tags.entries(list(puts), list(puts.values()), moment, moment)
        taken = np.array(sorted(takes - puts.keys()), dtype=np.int64)
        tags.change(tag, put, taken, author=tags.Author("rule", "test"), at=at)
    end = at + 3 * DAY
    expected = {pk: weight * 2.0 ** (-((end - since) / DAY) / 7.0) for pk, (weight, since) in plain.items()}
    found = {pk: weight for (pk, _name), weight in _rows(end).items()}
    there = {pk: weight for pk, weight in expected.items() if weight >= tags.LEAST}
    assert found == pytest.approx(there, rel=1e-14, abs=0.0)
    assert tags.find_tag(tag.pk).members == len(plain)
