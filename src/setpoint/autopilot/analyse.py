"""Step one: who is there, and what is known of them."""

from __future__ import annotations

import numpy as np

from setpoint.autopilot.actions import actions_of
from setpoint.autopilot.arrays import has_findings, keep_findings, load_findings
from setpoint.autopilot.audience import audience_of
from setpoint.autopilot.types import Found, Running
from setpoint.customers import services as customers
from setpoint.insights import services as insights
from setpoint.insights.types import Findings


def analyse(campaign: Running) -> Found:
    """Look at the audience as it stood when the round began; keep the arrays, return the figures."""
    ids = audience_of(campaign.spec, campaign.round_started_at)
    findings = _findings(campaign, ids)
    keep_findings(campaign.key, campaign.number, findings)
    return Found(
        audience=len(ids),
        reachable=int(np.count_nonzero(reachable(campaign, ids).any(axis=1))),
        base_rate=findings.base_rate,
        features=findings.feature_names,
        summary=findings.summary,
        segments=insights.rfm(ids, goal_event=campaign.spec.goal.event, as_of=campaign.round_started_at),
    )


def reachable(campaign: Running, ids: np.ndarray) -> np.ndarray:
    """(n, channels) whether each customer may be reached on each of the campaign's channels, in sorted order."""
    wanted = [int(customer) for customer in ids]
    columns = []
    for channel in channels_of(campaign):
        found = customers.contacts(wanted, channel=channel, purpose=campaign.spec.purpose)
        columns.append([found[customer].refusal is None for customer in wanted])
    return np.array(columns, dtype=bool).T.reshape(len(wanted), len(columns))


def channels_of(campaign: Running) -> list[str]:
    """Names of the channels that the campaign's actions use, sorted."""
    return sorted({action.channel for action in actions_of(campaign.spec) if action.channel})


def _findings(campaign: Running, ids: np.ndarray) -> Findings:
    first = load_findings(campaign.key, 1) if campaign.number > 1 and has_findings(campaign.key, 1) else None
    return insights.analyse(
        ids,
        goal_event=campaign.spec.goal.event,
        window_days=campaign.spec.window_days,
        as_of=campaign.round_started_at,
        centre=None if first is None else first.centre,
        scale=None if first is None else first.scale,
        feature_names=None if first is None else first.feature_names,
    )
