"""The Django app of followed segments."""

from __future__ import annotations

from django.apps import AppConfig


class FollowingConfig(AppConfig):
    """Tables named following_*."""

    name = "setpoint.segments.following"
    label = "following"
