from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from setpoint.kernel import clock

MOMENT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def test_a_file_clock_tells_every_process_the_same_moment(tmp_path: Path) -> None:
    clock.FileClock(tmp_path / "clock").move_to(MOMENT)
    assert clock.FileClock(tmp_path / "clock").now() == MOMENT


def test_simulated_time_never_goes_backwards(tmp_path: Path) -> None:
    simulated = clock.FileClock(tmp_path / "clock")
    simulated.move_to(MOMENT)
    simulated.move_to(MOMENT - timedelta(days=1))
    assert simulated.now() == MOMENT


def test_until_it_is_set_a_file_clock_tells_the_machines_time(tmp_path: Path) -> None:
    assert abs(clock.FileClock(tmp_path / "clock").now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_pinned_moment_wins_and_ends_with_its_context() -> None:
    with clock.at(MOMENT):
        assert clock.now() == MOMENT
    assert clock.now() != MOMENT
