"""What pages ask of segments: words, reasons, members in pages, vocabulary, overlap, an end to old questions."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from django.conf import settings
from django.utils import translation

from setpoint.customers.naming import shown_name
from setpoint.customers.services import upsert_customers, view
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS
from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Conflict
from setpoint.segments import services
from setpoint.segments.running import answering, interruptible
from setpoint.segments.types import SegmentQuery

pytestmark = pytest.mark.django_db
TREE = {
    "all": [
        {"performed": "Order Completed", "count": 2, "within_days": 90},
        {"any": [{"trait": "city", "value": "Paris"}, {"not": {"trait": "age", "op": ">", "value": 30}}]},
        {"consent": "email"},
    ]
}


@pytest.fixture
def people(now: datetime) -> list[int]:
    granted = (ConsentRecord("email", "marketing", "granted"),)
    rows = [
        Profile({"user_id": "u1"}, {"city": "Paris", "name": " Ann ", "age": 30}, granted),
        Profile({"email": "b@x.example"}, {"city": "Lyon", "age": 40}),
        Profile({"email": "c@x.example"}, {"first_name": "Cy", "last_name": "Li", "city": "Lyon"}, granted),
    ]
    ids = upsert_customers(rows, now=now)
    events = [
        {"message_id": f"m{days}", "event": "Order Completed", "customer_id": ids[0], "ts": at, "day": at.date()}
        for days in (1, 2, 100)
        for at in [(now - timedelta(days=days)).replace(tzinfo=None)]
    ]
    Lake(settings.SETPOINT_LAKE).append("events", pa.Table.from_pylist(events, EVENTS), app="test", version=1)
    return ids


@pytest.mark.parametrize(
    ("tree", "english", "chinese"),
    [
        ({"everyone": True}, "everyone", "所有人"),
        ({"all": []}, "everyone", "所有人"),
        ({"any": []}, "nobody", "没有人"),
        ({"trait": "age", "op": ">=", "value": 30}, "age is at least 30", "age 不小于 30"),
        ({"trait": "vip", "op": "=", "value": True}, "vip is true", "vip 为 是"),
        ({"trait": "x", "op": "in", "value": list("abcdefg")}, 'x is one of "a", "b", "c", "d", "e" and 2 more', "x 是 “a”、“b”、“c”、“d”、“e”及另外 2 个值 之一"),
        ({"performed": "Buy"}, 'did "Buy"', "有过“Buy”"),
        ({"performed": "Buy", "op": "=", "count": 0, "within_days": 1}, 'did not do "Buy" in the last day', "最近 1 天内没有过“Buy”"),
        (TREE, 'did "Order Completed" at least 2 times in the last 90 days, and (city is "Paris", or not (age is more than 30)), and agreed to e-mail for marketing', "最近 90 天内有过“Order Completed”至少 2 次，且（city 为 “Paris”，或非（age 大于 30）），且已同意通过“邮件”接收“营销信息”"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_tree_is_a_sentence_in_both_languages(tree: dict, english: str, chinese: str) -> None:
    node = services.parse_tree(tree)
    assert services.sentence(node) == english
    with translation.override("zh-hans"):
        assert services.sentence(node) == chinese


def test_why_somebody_is_in_it(people: list[int], now: datetime) -> None:
    node = services.parse_tree(TREE)
    told = [(one.place, one.depth, one.holds, one.seen) for one in services.explain(node, people[0], as_of=now)]
    assert told == [
        ("", 0, True, ""),
        ("all[0]", 1, True, "2 times"),
        ("all[1]", 1, True, ""),
        ("all[1].any[0]", 2, True, "Paris"),
        ("all[1].any[1]", 2, True, ""),
        ("all[1].any[1].not", 3, False, "30"),
        ("all[2]", 1, True, "agreed"),
    ]
    why_not = services.explain(node, people[1], as_of=now)
    assert [(one.holds, one.seen) for one in why_not if one.depth == 1] == [
        (False, "0 times"),
        (False, ""),
        (False, "nothing said"),
    ]


def test_members_in_pages_are_of_one_reading(people: list[int], now: datetime) -> None:
    everyone = services.parse_tree({"everyone": True})
    first = services.members_page(everyone, as_of=now, limit=2)
    assert (first.ids, first.next, first.total, first.counted_at) == (tuple(people[:2]), people[1], 3, now)
    upsert_customers([Profile({"user_id": "later"})], now=now)
    rest = services.members_page(everyone, as_of=now + timedelta(seconds=5), limit=2, after=people[1])
    assert (rest.ids, rest.next, rest.total, rest.counted_at) == ((people[2],), None, 3, now)
    assert services.members_page(everyone, as_of=now).total == 4
    assert [one.id for one in services.all_members(services.parse_tree({"consent": "email"}), as_of=now)] == [
        people[0],
        people[2],
    ]


def test_a_sample_is_spread_over_all(now: datetime) -> None:
    ids = upsert_customers([Profile({"user_id": f"u{n}"}) for n in range(100)], now=now)
    found = services.preview(services.parse_tree({"everyone": True}), as_of=now, size=5)
    assert (found.count, found.total, found.sample[0], found.sample[-1]) == (100, 100, ids[0], ids[-1])
    assert len(found.sample) == 5


def test_overlap(people: list[int], now: datetime) -> None:
    consenting = services.define_segment("Consenting", {"consent": "email"}, now=now)
    nobody = services.define_segment("Nobody", {"any": []}, now=now)
    lyon = services.parse_tree({"trait": "city", "value": "Lyon"})
    assert services.overlap(lyon, [consenting.id, nobody.id], as_of=now) == [1, 0]


def test_what_there_is_to_speak_of(people: list[int], now: datetime) -> None:
    found = services.vocabulary(("sms",), as_of=now)
    assert {one.name: one.kind for one in found.traits}["age"] == "number"
    assert [(one.value, one.count) for one in found.events] == [("Order Completed", 2)]
    assert (found.channels, found.purposes) == (("email", "sms"), ("marketing",))
    assert [(one.value, one.count) for one in services.common_values("city")] == [("Lyon", 2), ("Paris", 1)]
    assert [one.value for one in services.common_values("language")] == ["en"]
    assert services.common_values("nothing") == ()


def test_people_are_called_by_name(people: list[int]) -> None:
    assert [shown_name(view(one)) for one in people] == ["Ann", "b@x.example", "Cy Li"]


def test_life_of_a_kept_segment(now: datetime) -> None:
    made = services.define_segment("A", {"everyone": True}, description=" all ", now=now, actor="user:1")
    copy = services.duplicate_segment(made.id, now=now)
    assert (made.description, copy.name, copy.version) == ("all", "A (copy)", 1)
    services.archive_segment(made.id, archived=True, now=now)
    assert [row.name for row in services.find_segments(SegmentQuery())] == ["A (copy)"]
    assert [row.name for row in services.find_segments(SegmentQuery(archived=True, q="a"))] == ["A"]
    assert services.archive_segment(made.id, archived=False, now=now).version == 3
    with pytest.raises(Conflict) as caught:
        services.update_segment(made.id, name="B", seen=1, now=now)
    assert [change["after"]["version"] for change in caught.value.details["changes"]] == [2, 3]
    services.delete_segment(copy.id, now=now)
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["created", "created", "archived", "restored", "deleted"]


def test_a_newer_question_ends_the_older_one() -> None:
    started, ended = threading.Event(), threading.Event()
    answers: list[BaseException] = []

    def older() -> None:
        try:
            with answering("builder"), interruptible(ended.set):
                started.set()
                assert ended.wait(5)
                raise RuntimeError("interrupted")
        except Conflict as refused:
            answers.append(refused)

    thread = threading.Thread(target=older)
    thread.start()
    assert started.wait(5)
    with answering("other"):
        assert not ended.is_set()
    with answering("builder"), interruptible(lambda: None):
        thread.join(5)
    assert [type(one) for one in answers] == [Conflict]
    with pytest.raises(ZeroDivisionError), answering("builder"):
        _ = 1 / 0
