"""The inbox takes every message id once, however many rows come together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from setpoint.events import inbox
from setpoint.events.messages import Row
from setpoint.events.models import Inbox

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
groups = st.lists(st.lists(st.integers(0, 150), max_size=130), min_size=1, max_size=3)


def row(key: int, turn: int) -> Row:
    return Row(f"m{key}", AT, f"{turn}".encode(), None)


class OnceTest(TestCase):
    @given(groups)
    def test_the_first_of_every_id_stays_and_only_new_ones_count(self, groups: list[list[int]]) -> None:
        kept: dict[str, bytes] = {}
        for turn, keys in enumerate(groups):
            before = len(kept)
            for key in keys:
                kept.setdefault(f"m{key}", f"{turn}".encode())
            assert inbox.insert([row(key, turn) for key in keys]) == len(kept) - before
        told = {each.message_id: bytes(each.payload or b"") for each in Inbox.objects.all()}
        assert told == kept


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 99, 100, 101, 2_345])
def test_rows_are_numbered_in_the_order_in_which_they_came(count: int) -> None:
    assert inbox.insert([row(key, 0) for key in range(count)]) == count
    assert [each.message_id for each in Inbox.objects.order_by("id")] == [f"m{key}" for key in range(count)]
