"""The public verbs of delivery."""

from __future__ import annotations

from setpoint.delivery.accounts import (
    channel_health,
    find_account,
    list_channels,
    remove_channel,
    send_test,
    set_channel,
)
from setpoint.delivery.budgets import budgets, warnings
from setpoint.delivery.claiming import claim
from setpoint.delivery.feedback import receive_feedback, record_feedback
from setpoint.delivery.intake import read_report
from setpoint.delivery.planning import delivery_key, plan_deliveries
from setpoint.delivery.preferences import choose, topics_of, unsubscribe
from setpoint.delivery.reading import check_complete, costs_by_channel, is_idle, ledger, list_deliveries, next_due
from setpoint.delivery.reconciling import reconcile
from setpoint.delivery.recording import record_receipts
from setpoint.delivery.sending import send_due
from setpoint.delivery.settling import settle
from setpoint.delivery.streams import change_limits, open_stream, recall, set_stream_state

__all__ = [
    "budgets",
    "change_limits",
    "channel_health",
    "check_complete",
    "choose",
    "claim",
    "costs_by_channel",
    "delivery_key",
    "find_account",
    "is_idle",
    "ledger",
    "list_channels",
    "list_deliveries",
    "next_due",
    "open_stream",
    "plan_deliveries",
    "read_report",
    "recall",
    "receive_feedback",
    "reconcile",
    "record_feedback",
    "record_receipts",
    "remove_channel",
    "send_due",
    "send_test",
    "set_channel",
    "set_stream_state",
    "settle",
    "topics_of",
    "unsubscribe",
    "warnings",
]
