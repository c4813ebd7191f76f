"""Addresses of the customers' pages and the providers' hooks."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from setpoint.delivery import hooks, pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("u/<str:token>", pages.unsubscribe_page, name="unsubscribe"),
    path("p/<str:token>", pages.preference_page, name="preferences"),
    path("hooks/<str:channel>", hooks.provider_hook, name="provider-hook"),
    path("hooks/<str:channel>/raw", hooks.raw_mail_hook, name="raw-mail-hook"),
]
