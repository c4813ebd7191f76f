"""The Django app of destinations."""

from __future__ import annotations

from django.apps import AppConfig


class DestinationsConfig(AppConfig):
    """Tables named destinations_*."""

    name = "setpoint.destinations"
    label = "destinations"
