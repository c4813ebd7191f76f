"""Destinations by name: built-ins and guests enter through the entry point `setpoint.destinations`."""

from __future__ import annotations

from setpoint.destinations.types import Destination
from setpoint.kernel.registry import Registry

DESTINATIONS: Registry[type[Destination]] = Registry("setpoint.destinations")
