"""The demo's channel keeps what it sends, once, and proves it."""

from __future__ import annotations

import pytest

from setpoint.delivery.testing import message
from setpoint.site.company.channel import DemoChannel
from setpoint.site.company.models import DemoMail

pytestmark = pytest.mark.django_db


def test_a_message_is_kept_as_it_was_sent(now) -> None:
    receipts = DemoChannel({}).send([message(7)])
    assert [(one.key, one.status) for one in receipts] == [(f"{7:032x}", "delivered")]
    kept = DemoMail.objects.get()
    assert (kept.address, kept.subject, kept.at) == ("customer7@example.com", "Offer 7 · 优惠", now)
    assert (kept.customer_id, kept.read_at) == (7, None)


def test_a_repeated_key_is_the_same_message(now) -> None:
    channel = DemoChannel({})
    channel.send([message(1), message(2)])
    channel.send([message(2), message(3)])
    assert DemoMail.objects.count() == 3
    assert channel.find([f"{3:032x}", f"{4:032x}"]) == {f"{3:032x}": True, f"{4:032x}": False}
