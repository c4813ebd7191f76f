"""The public verbs of delivery."""

from __future__ import annotations

from setpoint.delivery.accounts import (
    find_account,
    list_channels,
    pause_channel,
    plugins,
    remove_channel,
    set_channel,
    shown_settings,
)
from setpoint.delivery.budgets import budgets, warnings
from setpoint.delivery.claiming import claim
from setpoint.delivery.dns_advice import dns_advice
from setpoint.delivery.feedback import receive_feedback, record_feedback
from setpoint.delivery.health import health_of, weeks
from setpoint.delivery.intake import read_report
from setpoint.delivery.pauses import end_pause, pause_customer, paused_until
from setpoint.delivery.planning import delivery_key, plan_deliveries
from setpoint.delivery.preferences import choose, topics_of, undo_unsubscribe, unsubscribe
from setpoint.delivery.reading import (
    DeliveryQuery,
    check_complete,
    costs_by_channel,
    count_deliveries,
    find_deliveries,
    get_delivery,
    is_idle,
    ledger,
    list_deliveries,
    next_due,
    sources,
)
from setpoint.delivery.reconciling import reconcile
from setpoint.delivery.recording import record_receipts
from setpoint.delivery.sending import send_due
from setpoint.delivery.settling import settle
from setpoint.delivery.streams import change_limits, open_stream, recall, set_stream_state
from setpoint.delivery.trying import Message, check_connection, recent_tests, send_test
from setpoint.delivery.wording import reason_words

__all__ = [
    "DeliveryQuery",
    "Message",
    "budgets",
    "change_limits",
    "check_complete",
    "check_connection",
    "choose",
    "claim",
    "costs_by_channel",
    "count_deliveries",
    "delivery_key",
    "dns_advice",
    "end_pause",
    "find_account",
    "find_deliveries",
    "get_delivery",
    "health_of",
    "is_idle",
    "ledger",
    "list_channels",
    "list_deliveries",
    "next_due",
    "open_stream",
    "pause_channel",
    "pause_customer",
    "paused_until",
    "plan_deliveries",
    "plugins",
    "read_report",
    "reason_words",
    "recall",
    "receive_feedback",
    "recent_tests",
    "reconcile",
    "record_feedback",
    "record_receipts",
    "remove_channel",
    "send_due",
    "send_test",
    "set_channel",
    "set_stream_state",
    "settle",
    "shown_settings",
    "sources",
    "topics_of",
    "undo_unsubscribe",
    "unsubscribe",
    "warnings",
    "weeks",
]
