"""The policies at hand, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from setpoint.kernel.registry import Registry
from setpoint.learning.types import Policy

policies: Registry[Callable[..., Policy]] = Registry("setpoint.policies")


def make_policy(name: str, settings: dict[str, Any] | None = None) -> Policy:
    """A fresh policy of that name; raises NotFound with the known names."""
    return policies.get(name)(**(settings or {}))
