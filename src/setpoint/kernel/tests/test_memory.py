"""What is loaded is out of the collector's sight; what comes later is not."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from weakref import ref

import pytest

from setpoint.kernel.memory import keep_what_is_loaded


class Knot:
    """Holds itself, so that only the collector can clear it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_loaded_is_not_looked_at_again() -> None:
    loaded = Knot()
    keep_what_is_loaded()
    assert not any(each is loaded for each in gc.get_objects())
    assert gc.get_freeze_count() > 1_000


def test_what_is_made_later_is_still_cleared() -> None:
    keep_what_is_loaded()
    gone = ref(Knot())
    gc.collect()
    assert gone() is None


def test_nothing_is_told_as_leaked_when_the_process_ends() -> None:
    code = "import duckdb, ibis; from setpoint.kernel.memory import keep_what_is_loaded; keep_what_is_loaded()"
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ended.stderr == ""
