"""Quiet hours hold for every zone, moment and hour, also where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.delivery import services
from setpoint.delivery.models import Delivery
from setpoint.delivery.quiet import is_quiet, loud_again, zone_of
from setpoint.delivery.tests.conftest import bare_compose, plan_row
from setpoint.delivery.types import QuietHours

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Pacific/Kiritimati", "Australia/Lord_Howe"]
times = st.times().map(lambda moment: moment.strftime("%H:%M"))
hours = st.tuples(times, times).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: QuietHours(*pair))
changes = st.sampled_from(
    [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)]
)
near_changes = st.builds(lambda day, minutes: day + timedelta(minutes=minutes), changes, st.integers(-3000, 3000))
moments = near_changes | st.integers(1_577_836_800, 2_051_222_400).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@given(moment=moments, quiet=hours, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_nothing_is_sent_in_quiet_hours_and_the_wait_is_never_longer_than_needed(moment, quiet, zone):
    later = loud_again(moment, quiet, zone)
    assert later >= moment
    assert not is_quiet(later, quiet, zone)
    assert later == moment or later - moment <= timedelta(hours=25)
    if is_quiet(moment, quiet, zone):
        steps = range(0, int((later - moment).total_seconds() // 60), 7)
        loud = [step for step in steps if not is_quiet(moment + timedelta(minutes=step), quiet, zone)]
        # The one hour that a change of clocks skips may lie between the end and the next wall-clock reading.
        assert len(loud) * 7 <= 60


def test_a_zone_that_does_not_exist_falls_back():
    assert zone_of("Mars/Base", "Asia/Shanghai").key == "Asia/Shanghai"
    assert zone_of("../../etc/passwd", "").key == "UTC"


@pytest.mark.django_db
def test_a_send_in_the_customers_night_waits_for_their_morning(people, provider, now):
    there, here = people(1, timezone="Asia/Shanghai"), people(1, first=5)
    services.open_stream("campaign:1", limits=[], quiet=QuietHours("17:00", "08:00"), now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(one, now) for one in (*there, *here)], now=now)
    report = services.send_due(worker="w1", now=now, compose=bare_compose)
    assert (report.claimed, report.postponed) == (1, 1)
    assert Delivery.objects.get(customer_id=there[0]).due_at == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
    assert services.next_due(now) == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
    assert services.is_idle(now)
