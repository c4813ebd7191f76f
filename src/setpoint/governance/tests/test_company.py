"""The company's settings and the audit trail."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from setpoint.governance.models import Company
from setpoint.governance.services import company, list_audit, record_audit, update_company
from setpoint.kernel.errors import Invalid

pytestmark = pytest.mark.django_db


def test_there_is_one_company(now: datetime) -> None:
    assert company().created_at == now
    assert company().pk == company().pk == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Company.objects.create(pk=2, created_at=now)


def test_a_change_is_kept_and_on_record(now: datetime) -> None:
    update_company(name="Ateliers Lumière", currency="CNY", timezone="Asia/Shanghai", now=now, actor="ann")
    assert (company().name, company().currency) == ("Ateliers Lumière", "CNY")
    (entry,) = list_audit(subject="company")
    assert (entry.actor, entry.verb) == ("ann", "changed")
    assert entry.before == {"name": "My company", "currency": "EUR", "timezone": "UTC"}
    assert entry.after == {"name": "Ateliers Lumière", "currency": "CNY", "timezone": "Asia/Shanghai", "version": 2}


def test_what_does_not_change_is_not_on_record(now: datetime) -> None:
    update_company(currency="EUR", now=now)
    assert list_audit() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a\0b"),
        ("name", "x" * 201),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("currency", "EUR\n"),
        ("timezone", "Mars/Olympus"),
        ("language", "fr"),
        ("brand_colour", "red"),
        ("quiet_start", "25:00"),
        ("quiet_end", "9:00"),
        ("quiet_start", "21:00"),
        ("physical_address", "x" * 2001),
        ("from_name", "a\r\nBcc: all@x.org"),
        ("id", "2"),
        ("name", 7),
    ],
)
def test_what_cannot_be_names_the_field(field: str, value: object, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        update_company(now=now, **{field: value})
    assert refusal.value.field == field
    assert refusal.value.remedy


def test_quiet_hours_come_and_go_in_pairs(now: datetime) -> None:
    update_company(quiet_start="21:00", quiet_end="08:00", now=now)
    with pytest.raises(Invalid):
        update_company(quiet_end="", now=now)
    assert update_company(quiet_start="", quiet_end="", now=now).quiet_start == ""


def test_the_trail_is_read_page_by_page(now: datetime) -> None:
    for number in range(5):
        record_audit("ann", "changed", f"thing:{number % 2}", after=number, now=now + timedelta(seconds=number))
    first = list_audit(limit=2)
    rest = list_audit(after=first[-1].pk, limit=500)
    assert [entry.after for entry in first + rest] == [0, 1, 2, 3, 4]
    assert [entry.after for entry in list_audit(subject="thing:1")] == [1, 3]
