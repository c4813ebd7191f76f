"""A small company: consenting customers, a channel that records, a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from setpoint.customers.services import upsert_customers
from setpoint.customers.types import ConsentRecord, Profile
from setpoint.delivery import accounts
from setpoint.delivery.channels.recording import RecordingChannel
from setpoint.delivery.types import Amounts, Claim, OutgoingMessage, PlannedDelivery

if "recording" not in accounts.CHANNELS.names():
    accounts.CHANNELS.register("recording", RecordingChannel)


@pytest.fixture
def people(db: None, now: datetime) -> Callable[..., list[int]]:
    """Makes customers with an address; all consent to marketing by email unless told otherwise."""

    def make(count: int, *, consent: str = "granted", timezone: str = "UTC", first: int = 0) -> list[int]:
        said = (ConsentRecord("email", "marketing", consent),) if consent else ()
        webhook = (ConsentRecord("webhook", "marketing", consent),) if consent else ()
        return upsert_customers(
            [
                Profile(
                    identities={"user_id": f"u{number}", "email": f"c{number}@example.com"},
                    consents=said + webhook,  # type: ignore[arg-type]
                    timezone=timezone,
                    at=now,
                )
                for number in range(first, first + count)
            ],
            now=now,
        )

    return make


@pytest.fixture
def provider(db: None) -> Iterator[RecordingChannel]:
    """The channel "email", spoken by a provider in memory."""
    accounts._live.clear()
    channel = accounts.live_channel(accounts.set_channel("email", "recording", {}))
    assert isinstance(channel, RecordingChannel)
    yield channel
    accounts._live.clear()


def plan_row(customer_id: int, due_at: datetime, **given: Any) -> PlannedDelivery:
    """A planned mail that costs 0.01."""
    values: dict[str, Any] = {
        "slot": "09:00",
        "channel": "email",
        "variant_id": 1,
        "send_cost": Amounts(money=10_000, messages=1, time=2),
    }
    return PlannedDelivery(customer_id=customer_id, due_at=due_at, **(values | given))


def bare_compose(claims: list[Claim]) -> list[OutgoingMessage]:
    """Messages without content."""
    return [
        OutgoingMessage(claim.key, claim.delivery_id, claim.address, "Hello", f"to {claim.customer_id}", "")
        for claim in claims
    ]
