"""When a request was made, as far as this installation lets a request say so."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from setpoint.delivery.tracking import moment_of


def now_of(request: HttpRequest) -> datetime:
    """The machine's time; in a demonstration, the moment that the market's request names."""
    return moment_of({name.lower(): value for name, value in request.headers.items()})
