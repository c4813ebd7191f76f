"""A company with a provider in memory, ready to launch campaigns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from setpoint.autopilot import outcomes
from setpoint.autopilot.tests.company import MESSAGE_COST, Company, set_up
from setpoint.delivery import accounts
from setpoint.delivery.channels.recording import RecordingChannel

if "recording" not in accounts.CHANNELS.names():
    accounts.CHANNELS.register("recording", RecordingChannel)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Campaigns of different tests may bear the same number: nothing kept of one serves another."""
    outcomes._table.cache_clear()
    outcomes._logged.cache_clear()


@pytest.fixture
def company(db: None, now: datetime) -> Company:
    """240 customers, a year of purchases, two variants, an offer; no channel yet."""
    return set_up(now)


@pytest.fixture
def desk(db: None, now: datetime) -> Company:
    """The same without customers: enough for drafts."""
    return set_up(now, size=0)


@pytest.fixture
def provider(db: None) -> Iterator[RecordingChannel]:
    """The channel "email", spoken by a provider in memory; a message costs 0.05 and three seconds."""
    accounts._live.clear()
    account = accounts.set_channel("email", "recording", {}, cost_per_message=MESSAGE_COST, seconds_per_message=3)
    channel = accounts.live_channel(account)
    assert isinstance(channel, RecordingChannel)
    yield channel
    accounts._live.clear()
