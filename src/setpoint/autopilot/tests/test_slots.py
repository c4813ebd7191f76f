from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from setpoint.autopilot.execute import offer_code, slot_time

FIRST, LAST = datetime(2026, 1, 1), datetime(2027, 12, 31)  # noqa: DTZ001
ZONES = ["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Paris"]


@given(
    after=st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
)
def test_a_slot_is_the_next_such_time_on_the_customers_clock(after: datetime, zone: str, hour: int) -> None:
    due = slot_time(after, f"{hour:02d}:30", zone)
    local = due.astimezone(ZoneInfo(zone))
    assert after <= due <= after + timedelta(hours=26)
    assert local.minute == 30
    assert local.hour == hour or _is_skipped(local, hour)


def _is_skipped(local: datetime, hour: int) -> bool:
    """The wall clock had no such hour that day: daylight saving began."""
    return local.hour == hour + 1 and local.utcoffset() != (local - timedelta(hours=3)).utcoffset()


def test_the_hour_that_daylight_saving_skips_is_taken_an_hour_later() -> None:
    due = slot_time(datetime(2026, 3, 29, 0, 0, tzinfo=UTC), "02:30", "Europe/Paris")
    assert due == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_offer_codes_are_stable_and_personal() -> None:
    codes = {offer_code("TEN", "campaign:1", 1, customer) for customer in range(2000)}
    assert len(codes) == 2000
    assert offer_code("TEN", "campaign:1", 1, 7) == offer_code("TEN", "campaign:1", 1, 7)
    assert offer_code("TEN", "campaign:1", 2, 7) != offer_code("TEN", "campaign:1", 1, 7)
