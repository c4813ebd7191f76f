"""Sources by name: built-ins and guests enter through the entry point `setpoint.sources`."""

from __future__ import annotations

from setpoint.kernel.registry import Registry
from setpoint.sources.types import Source

SOURCES: Registry[type[Source]] = Registry("setpoint.sources")
