from __future__ import annotations

import pytest

from setpoint.kernel.errors import Conflict, NotFound
from setpoint.kernel.registry import Registry


def test_two_plug_ins_of_one_name_are_refused() -> None:
    registry: Registry[int] = Registry("setpoint.nothing")
    registry.register("one", 1)
    with pytest.raises(Conflict):
        registry.register("one", 2)
    assert registry.get("one") == 1


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    registry: Registry[int] = Registry("setpoint.nothing")
    registry.register("b", 2)
    registry.register("a", 1)
    with pytest.raises(NotFound) as error:
        registry.get("c")
    assert error.value.remedy == "Known names: a, b."
