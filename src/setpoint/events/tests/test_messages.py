"""What is taken, what is refused, and what the inbox keeps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.events import messages
from setpoint.events.messages import (
    MAX_MESSAGE,
    MAX_REQUEST,
    call_of,
    decode_stored,
    parse_request,
    row_of,
    row_of_server_event,
    rows_of,
)
from setpoint.events.types import ServerEvent
from setpoint.events.worth import value_of
from setpoint.kernel.errors import Invalid, SetpointError, TooLarge

RECEIVED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def stored(**message: object) -> messages.Stored:
    return decode_stored(row_of(call_of({"userId": "u1", **message}), received=RECEIVED).payload)


def moment(kept: messages.Stored) -> datetime:
    return messages.EPOCH + timedelta(microseconds=kept.ts)


def test_a_track_message_keeps_name_value_and_properties() -> None:
    kept = stored(type="track", event="Order Completed", properties={"total": "12.50", "n": 1})
    assert (kept.type, kept.event, kept.value, kept.user_id) == ("track", "Order Completed", 12.5, "u1")
    assert json.loads(bytes(kept.properties)) == {"total": "12.50", "n": 1}
    assert moment(kept) == RECEIVED


@pytest.mark.parametrize(
    ("properties", "value"),
    [
        ({"revenue": 3, "total": 2, "value": 1}, 3.0),
        ({"total": 2.5}, 2.5),
        ({"value": "7"}, 7.0),
        ({"revenue": "n/a", "total": 4}, 4.0),
        ({"revenue": True}, None),
        ({"revenue": "nan"}, None),
        ({"revenue": [1]}, None),
        ({}, None),
    ],
)
def test_value(properties: dict[str, object], value: float | None) -> None:
    assert value_of(properties) == value


def test_the_senders_clock_error_is_taken_out() -> None:
    kept = stored(type="page", timestamp="2026-03-02T11:00:00+02:00", sentAt="2026-03-02T09:30:00Z")
    assert moment(kept) == RECEIVED - timedelta(minutes=30)


def test_a_time_more_than_a_day_ahead_becomes_the_moment_of_receipt() -> None:
    assert moment(stored(type="page", timestamp="2026-03-04T09:00:01Z")) == RECEIVED
    assert moment(stored(type="page", timestamp="2026-03-03T08:59:59Z")) == datetime(2026, 3, 3, 8, 59, 59, tzinfo=UTC)


def test_late_messages_keep_their_own_time() -> None:
    assert moment(stored(type="page", timestamp="1997-01-02")) == datetime(1997, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"type": "track", "event": "x"}, "userId"),
        ({"type": "track", "event": "x", "userId": ""}, "userId"),
        ({"type": "track", "event": "x", "userId": "  "}, "userId"),
        ({"type": "track", "event": "x", "userId": "a\0b"}, "userId"),
        ({"type": "track", "event": "x", "anonymousId": "a" * 256}, "anonymousId"),
        ({"type": "track", "userId": "u"}, "event"),
        ({"type": "track", "userId": "u", "event": "e" * 256}, "event"),
        ({"type": "track", "userId": "u", "event": "x", "timestamp": "yesterday"}, "timestamp"),
        ({"type": "track", "userId": "u", "event": "x", "timestamp": "1969-12-31T00:00:00Z"}, "timestamp"),
        ({"type": "track", "userId": "u", "event": "x", "timestamp": "2026-01-01", "sentAt": "?"}, "sentAt"),
        ({"type": "track", "userId": "u", "event": "x", "properties": [1]}, "properties"),
        ({"type": "identify", "userId": "u", "traits": "x"}, "traits"),
        ({"type": "identify", "userId": "u", "context": 1}, "context"),
        ({"type": "identify", "userId": "u", "traits": {"consents": {"email": "maybe"}}}, "traits.consents"),
        ({"type": "group", "userId": "u"}, "groupId"),
        ({"type": "alias", "userId": "u"}, "previousId"),
        ({"type": "alias", "anonymousId": "a", "previousId": "p"}, "userId"),
        ({"type": "page", "userId": "u", "messageId": "m" * 101}, "messageId"),
        ({"type": "page", "userId": {"a": 1}}, "userId"),
        ({"type": "delete", "userId": "u"}, "type"),
    ],
)
def test_bad_messages_name_the_field(message: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        row_of(call_of(message), received=RECEIVED)
    assert refused.value.field == field
    assert refused.value.remedy


def test_a_batch_names_index_and_field_of_wrong_types() -> None:
    body = {"batch": [{"type": "page", "userId": "u"}, {"type": "track", "userId": "u", "event": 5}]}
    with pytest.raises(Invalid) as refused:
        parse_request("batch", json.dumps(body).encode())
    assert (refused.value.row, refused.value.field) == (1, "event")


def test_a_batch_names_the_index_of_a_broken_rule() -> None:
    calls = [call_of({"type": "page", "userId": "u"}), call_of({"type": "track", "userId": "u"})]
    with pytest.raises(Invalid) as refused:
        rows_of(calls, received=RECEIVED)
    assert refused.value.row == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"userId": "\xff"}', b'{"userId":"u","traits":{"a":' * 3, b"[" * 5000, b"\x00"],
)
@pytest.mark.parametrize("kind", ["identify", "batch"])
def test_what_is_not_json_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(Invalid):
        parse_request(kind, body)


def test_deep_nesting_is_refused_or_kept_never_a_crash() -> None:
    depth = 20_000
    body = b'{"userId":"u","traits":{"a":' + b"[" * depth + b"]" * depth + b"}}"
    with pytest.raises(SetpointError):
        rows_of(parse_request("identify", body)[0], received=RECEIVED)


def test_size_limits() -> None:
    with pytest.raises(TooLarge):
        stored(type="track", event="x", properties={"a": "b" * MAX_MESSAGE})
    with pytest.raises(TooLarge):
        parse_request("track", b" " * (MAX_REQUEST + 1))


def test_nul_anywhere_is_refused_but_a_written_escape_is_not() -> None:
    with pytest.raises(Invalid):
        stored(type="track", event="x", properties={"a": ["b\0"]})
    kept = stored(type="track", event="x", properties={"a": "\\u0000"})
    assert json.loads(bytes(kept.properties)) == {"a": "\\u0000"}


def test_a_server_event_loses_its_nul_characters() -> None:
    event = ServerEvent(1, "Email Opened", {"ua": "a\0b\\u0000\\\0"}, "m", RECEIVED)
    kept = decode_stored(row_of_server_event(event, received=RECEIVED).payload)
    assert json.loads(bytes(kept.properties)) == {"ua": "ab\\u0000\\"}


def test_a_message_id_is_made_where_there_is_none() -> None:
    made = {row_of(call_of({"type": "page", "userId": "u"}), received=RECEIVED).message_id for _ in range(3)}
    assert len(made) == 3
    assert all(len(each) == 36 for each in made)


def test_what_a_batch_says_holds_for_its_messages() -> None:
    body: dict[str, Any] = {
        "batch": [{"type": "identify", "userId": "u", "timestamp": "2026-03-02T08:00:00Z"}],
        "sentAt": "2026-03-02T08:30:00Z",
        "context": {"locale": "fr-FR", "timezone": "Europe/Paris"},
        "writeKey": "k",
    }
    body["batch"].append({"type": "identify", "userId": "v", "context": {"locale": "de", "page": {"url": "x"}}})
    calls, key = parse_request("batch", json.dumps(body).encode())
    kept, other = (decode_stored(row.payload) for row in rows_of(calls, received=RECEIVED))
    assert key == "k"
    assert (kept.language, moment(kept)) == ("fr-FR", RECEIVED - timedelta(minutes=30))
    assert (other.language, other.timezone) == ("de", "Europe/Paris")


def test_numbers_as_keys_become_text() -> None:
    assert stored(type="page", userId=17).user_id == "17"


def test_consents_of_traits_and_context() -> None:
    kept = stored(
        type="identify",
        traits={"consents": {"email": {"marketing": "granted", "service": "denied"}, "shoe": "granted"}},
        context={"consent": {"sms": "denied"}},
    )
    assert sorted(kept.consents) == [
        ("email", "marketing", "granted"),
        ("email", "service", "denied"),
        ("sms", "marketing", "denied"),
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: json_values | st.sampled_from(["track", "identify", "u", "2026-01-01T00:00:00Z"])
            for name in (
                "type",
                "userId",
                "anonymousId",
                "event",
                "timestamp",
                "sentAt",
                "messageId",
                "traits",
                "properties",
                "context",
            )
        },
    ),
    st.sampled_from(["track", "identify", "page", "group", "alias"]),
)
def test_any_json_is_taken_or_refused_with_cause_and_remedy(message: dict[str, object], kind: str) -> None:
    body = json.dumps(message, default=str).encode()
    try:
        [row] = rows_of(parse_request(kind, body)[0], received=RECEIVED)
    except SetpointError as error:
        refused = error
    else:
        kept = decode_stored(row.payload)
        assert kept.user_id or kept.anonymous_id
        assert isinstance(msgspec.json.decode(kept.properties), dict)
        return
    assert refused.status in (400, 413)
    assert refused.message
    assert refused.remedy
