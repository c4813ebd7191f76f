"""The demo company as a Django application: it has tables."""

from __future__ import annotations

from django.apps import AppConfig


class DemoCompanyConfig(AppConfig):
    """Label "demo_company"."""

    name = "setpoint.site.company"
    label = "demo_company"
