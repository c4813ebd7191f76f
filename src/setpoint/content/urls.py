"""Addresses of content beside its API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from setpoint.content.frame import preview_frame

urlpatterns: list[URLPattern | URLResolver] = [path("content/frame", preview_frame, name="preview-frame")]
