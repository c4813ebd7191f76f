"""Addresses of the autopilot's pages."""

from __future__ import annotations

from django.urls import path

from setpoint.autopilot import pages

urlpatterns = [path("r/<str:token>", pages.shared_report, name="shared-report")]
