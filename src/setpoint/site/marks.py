"""Change marks: short texts that differ when something that a page shows has changed. Each costs a few indexed reads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping

from django.db.models import Count, Max, Sum

from setpoint.autopilot.models import Campaign, Day, Intervention, Step, Summary
from setpoint.customers.models import Job
from setpoint.delivery.models import Budget, ChannelAccount
from setpoint.events.models import ImportJob
from setpoint.governance.models import Notice

_TOPIC = re.compile(r"campaign:[1-9]\d{0,15}|[a-z]{1,20}")


def is_topic(text: str) -> bool:
    """Whether there is such a topic to listen to."""
    return bool(_TOPIC.fullmatch(text)) and (text.startswith("campaign:") or text in MARKS)


def scope_of(topic: str) -> str:
    """The scope that listening to a topic needs."""
    return SCOPES.get(topic, "campaigns:read")


def marks_of(topics: Iterable[str]) -> dict[str, str]:
    """The marks of these topics now."""
    return {topic: _digest(_state(topic)) for topic in topics}


def _state(topic: str) -> object:
    if topic.startswith("campaign:"):
        return _campaign(int(topic.partition(":")[2]))
    return MARKS[topic]()


def _digest(state: object) -> str:
    return hashlib.blake2b(repr(state).encode(), digest_size=6).hexdigest()


def _campaign(pk: int) -> object:
    names = ("version", "state", "outcome", "round", "waiting_for", "next_at", "failure")
    return (
        Campaign.objects.filter(pk=pk).values_list(*names).first(),
        Step.objects.filter(campaign=pk).aggregate(last=Max("pk")),
        Summary.objects.filter(campaign=pk).values_list("counted_wall").first(),
        list(Budget.objects.filter(stream__source=f"campaign:{pk}").values_list("limit", "reserved", "committed")),
    )


def _campaigns() -> object:
    return (
        Campaign.objects.aggregate(n=Count("pk"), v=Sum("version"), r=Sum("round"), next=Max("next_at")),
        list(Campaign.objects.values_list("state", "waiting_for").annotate(n=Count("pk")).order_by("state")),
        Step.objects.aggregate(last=Max("pk")),
        Intervention.objects.aggregate(last=Max("pk")),
    )


def _cockpit() -> object:
    return (
        _campaigns(),
        Day.objects.order_by("-day").values_list("day", "sent", "orders", "revenue").first(),
        Budget.objects.filter(stream__state="open").aggregate(Sum("limit"), Sum("reserved"), Sum("committed")),
        list(ChannelAccount.objects.values_list("name", "paused_until", "enabled")),
    )


def _imports() -> object:
    states = ImportJob.objects.values_list("state").annotate(n=Count("pk"), rows=Sum("rows_read")).order_by("state")
    return list(states)


def _jobs() -> object:
    return list(Job.objects.order_by("-pk").values_list("pk", "state", "done")[:5])


def _notices() -> object:
    return Notice.objects.aggregate(last=Max("pk"))


MARKS: Mapping[str, Callable[[], object]] = {
    "campaigns": _campaigns,
    "cockpit": _cockpit,
    "imports": _imports,
    "jobs": _jobs,
    "notices": _notices,
}
SCOPES: Mapping[str, str] = {"imports": "customers:read", "jobs": "customers:read", "notices": ""}
"""Notices are everybody's own; what they say is filtered by scope where they are read."""
