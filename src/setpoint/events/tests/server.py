"""The tracking endpoint alone, for a server process of the tests."""

import django

django.setup()

from setpoint.events.ingest import app

__all__ = ["app"]
