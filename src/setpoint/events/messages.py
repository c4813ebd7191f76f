"""Segment messages: what is taken, what is refused and why, and the form in which the inbox keeps them.

Follows the Segment HTTP tracking API: identify, track, page, screen, group, alias, alone or in a batch. One bad message
refuses its whole batch, so that nothing is half accepted. Late and out-of-order messages are welcome: each carries
its own time, which Segment's formula frees of the sender's clock error (received - (sentAt - timestamp)); a time more
than a day ahead of ours is replaced by the moment of receipt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec

from setpoint.customers.types import CHANNEL_IDENTITY
from setpoint.events.types import ServerEvent
from setpoint.events.worth import value_of
from setpoint.governance.failures import worded as _
from setpoint.kernel.clock import micros
from setpoint.kernel.errors import Invalid, TooLarge

MAX_MESSAGE = 32 * 1024
MAX_REQUEST = 500 * 1024
MAX_ID = 255
MAX_MESSAGE_ID = 100
FUTURE = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_PATH = re.compile(r"(?P<cause>.*?)(?: - at `\$(?:\.batch\[(?P<row>\d+)\])?\.?(?P<field>[^`]*)`)?$")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

Id = str | int | float | None
Json = dict[str, Any]


class Context(msgspec.Struct):
    """What of a message's context is read: the rest of it, most of a message, is passed over without being built."""

    consent: Any = None
    locale: Any = None
    timezone: Any = None


class Call(msgspec.Struct, rename="camel"):
    """One message as a client sends it."""

    type: str | None = None
    action: str | None = None
    message_id: str | None = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    timestamp: str | None = None
    sent_at: str | None = None
    properties: Json | None = None
    traits: Json | None = None
    context: Context | None = None
    write_key: str | None = None


class BatchCall(msgspec.Struct, rename="camel"):
    """Many messages in one request."""

    batch: list[Call]
    sent_at: str | None = None
    context: Context | None = None
    write_key: str | None = None


class Stored(msgspec.Struct, omit_defaults=True):
    """One message as the inbox keeps it. `ts`: microseconds since 1970; `properties`: traits of identify and group too."""

    type: str
    ts: int
    event: str = ""
    user_id: str | None = None
    anonymous_id: str | None = None
    previous_id: str | None = None
    group_id: str | None = None
    value: float | None = None
    language: str | None = None
    timezone: str | None = None
    consents: list[tuple[str, str, str]] = []
    keys: dict[str, str] = {}  # further identities, from imports alone
    properties: msgspec.Raw = msgspec.Raw(b"{}")


class Row(NamedTuple):
    """One row for the inbox."""

    message_id: str
    received_at: datetime
    payload: bytes
    customer_id: int | None


_calls = msgspec.json.Decoder(Call)
_batches = msgspec.json.Decoder(BatchCall)
_encoder = msgspec.json.Encoder()
decode_stored = msgspec.json.Decoder(Stored).decode


def parse_request(kind: str, body: bytes) -> tuple[list[Call], str | None]:
    """The messages of one request body and the write key it carries. `kind` is the last part of the path.

    Raises Invalid (with `row`, the index in the batch, and `field`) or TooLarge.
    """
    if len(body) > MAX_REQUEST:
        raise TooLarge(
            _("The request has %(size)s bytes; %(limit)s are allowed.") % {"size": len(body), "limit": MAX_REQUEST},
            remedy=_("Send fewer messages in one request."),
        )
    try:
        if kind not in ("batch", "import"):
            call = _calls.decode(body)
            call.type = kind
            return [call], call.write_key
        request = _batches.decode(body)
    except msgspec.ValidationError as error:
        raise _shape_error(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Invalid(
            _("The body is not JSON that can be read: %(cause)s.") % {"cause": error},
            remedy=_("Send one JSON object in UTF-8."),
        ) from None
    return _spread(request), request.write_key


def _spread(request: BatchCall) -> list[Call]:
    """Messages of a batch with what the batch says for all of them."""
    for call in request.batch:
        call.sent_at = call.sent_at or request.sent_at
        if request.context:
            call.context = _together(call.context, request.context)
    return request.batch


def _together(own: Context | None, common: Context) -> Context:
    """What a message does not say itself is as its batch says."""
    if own is None:
        return common
    said = ((getattr(own, name), getattr(common, name)) for name in Context.__struct_fields__)
    return Context(*(other if one is None else one for one, other in said))


def _shape_error(error: msgspec.ValidationError) -> Invalid:
    found = _PATH.match(str(error))
    cause, row, name = found.group("cause", "row", "field") if found else (str(error), None, None)
    return Invalid(
        _("A field has the wrong type: %(cause)s.") % {"cause": cause},
        remedy=_("See the Segment specification for the type of each field."),
        field=name or None,
        row=int(row) if row is not None else None,
    )


def rows_of(calls: Sequence[Call], *, received: datetime) -> list[Row]:
    """Inbox rows of messages, all or none. Raises Invalid or TooLarge with the index of the first bad one."""
    rows: list[Row] = []
    try:
        for call in calls:
            rows.append(row_of(call, received=received))  # noqa: PERF401 - an error is told with the row it came to
    except (Invalid, TooLarge) as error:
        error.row = len(rows)
        raise
    return rows


def call_of(message: Mapping[str, Any]) -> Call:
    """A message from a plain dictionary with Segment's names; `timestamp` may be a datetime. Raises Invalid."""
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in message.items()}
    try:
        return msgspec.convert(plain, Call)
    except msgspec.ValidationError as error:
        raise _shape_error(error) from None


def row_of(call: Call, *, received: datetime, keys: Mapping[str, str] | None = None) -> Row:
    """The inbox row of one message. Raises Invalid with the field, or TooLarge.

    `keys` are identities by kind from a trusted source (an import); with them the message needs no userId.
    """
    kind = call.type or call.action or ""
    fill = _FILL.get(kind)
    if fill is None:
        raise Invalid(
            _("%(kind)r is not a type of message.") % {"kind": kind[:40]},
            remedy=_("Use identify, track, page, screen, group or alias."),
            field="type",
        )
    stored = Stored(
        type=kind,
        ts=micros(_happened(call, received)),
        user_id=None if call.user_id is None else _identifier(call.user_id, "userId"),
        anonymous_id=None if call.anonymous_id is None else _identifier(call.anonymous_id, "anonymousId"),
    )
    if keys:
        stored.keys = dict(keys)
    elif stored.user_id is None and stored.anonymous_id is None:
        raise Invalid(
            _("The message names no customer."),
            remedy=_("Send userId or anonymousId, a non-empty string."),
            field="userId",
        )
    fill(call, stored)
    return Row(_message_id(call), received, _encode(stored), None)


def row_of_server_event(event: ServerEvent, *, received: datetime) -> Row:
    """The inbox row of an event that our own server made."""
    properties = dict(event.properties)
    stored = Stored(
        type="track",
        ts=micros(event.at),
        event=event.event,
        value=value_of(properties),
        properties=msgspec.Raw(_without_nul(_encoder.encode(properties))),
    )
    return Row(event.message_id, received, _encoder.encode(stored), event.customer_id)


def _without_nul(json: bytes) -> bytes:
    if b"\\u0000" not in json:
        return json
    return _NUL.sub(lambda found: found[0].removesuffix(b"\\u0000"), json)


def _identifier(value: Id, name: str) -> str | None:
    if value is None or value == "":
        return None
    text = value if isinstance(value, str) else str(value)
    if text.isspace() or len(text) > MAX_ID or not (text.isprintable() or _UNPRINTABLE.search(text) is None):
        raise Invalid(
            _("%(field)s must be 1 to %(limit)s printable characters, not blank.") % {"field": name, "limit": MAX_ID},
            remedy=_("Send your own key of the customer, or leave the field out."),
            field=name,
        )
    return text


def _message_id(call: Call) -> str:
    if not call.message_id:
        return str(uuid4())
    if len(call.message_id) > MAX_MESSAGE_ID or "\0" in call.message_id:
        raise Invalid(
            _("messageId is longer than %(limit)s characters or holds a NUL.") % {"limit": MAX_MESSAGE_ID},
            remedy=_("Send a shorter one, for instance a UUID."),
            field="messageId",
        )
    return call.message_id


def _happened(call: Call, received: datetime) -> datetime:
    if not call.timestamp:
        return received
    at = _moment(call.timestamp, "timestamp")
    if call.sent_at:
        at = received - (_moment(call.sent_at, "sentAt") - at)
    return at if at <= received or at <= received + FUTURE else received


def _moment(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not UTC:
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not 1970 <= moment.year <= 2200:
        raise Invalid(
            _("%(text)r is not a time since 1970 in ISO 8601.") % {"text": text[:60]},
            remedy=_("Write it like 2026-03-02T09:00:00Z."),
            field=name,
        )
    return moment


def _fill_track(call: Call, stored: Stored) -> None:
    if not call.event or len(call.event) > MAX_ID or not call.event.strip():
        raise Invalid(
            _("A track message needs the event's name, 1 to %(limit)s characters.") % {"limit": MAX_ID},
            remedy=_('Send for instance "event": "Order Completed".'),
            field="event",
        )
    stored.event = call.event
    if call.properties:
        stored.value = value_of(call.properties)
        _say(stored, call.properties)


def _fill_view(call: Call, stored: Stored) -> None:
    named = {"name": call.name, "category": call.category}
    properties = {key: value for key, value in named.items() if value} | (call.properties or {})
    _say(stored, properties)


def _fill_identify(call: Call, stored: Stored) -> None:
    traits, context = call.traits or {}, call.context or Context()
    stored.consents = [
        *consents_of(context.consent, "context.consent"),
        *consents_of(traits.get("consents"), "traits.consents"),
    ]
    stored.language = _text(traits.get("language") or traits.get("locale") or context.locale)
    stored.timezone = _text(traits.get("timezone") or context.timezone)
    _say(stored, traits)


def _fill_group(call: Call, stored: Stored) -> None:
    stored.group_id = _identifier(call.group_id, "groupId")
    if stored.group_id is None:
        raise Invalid(_("A group message needs groupId."), remedy=_("Send your own key of the group."), field="groupId")
    _say(stored, call.traits)


def _fill_alias(call: Call, stored: Stored) -> None:
    stored.previous_id = _identifier(call.previous_id, "previousId")
    if stored.previous_id is None or stored.user_id is None:
        missing = "userId" if stored.previous_id else "previousId"
        raise Invalid(
            _("An alias message needs %(field)s.") % {"field": missing}, remedy=_("Send both keys."), field=missing
        )


_FILL = {
    "track": _fill_track,
    "page": _fill_view,
    "screen": _fill_view,
    "identify": _fill_identify,
    "group": _fill_group,
    "alias": _fill_alias,
}


def consents_of(said: Any, name: str) -> list[tuple[str, str, str]]:
    """Consent statements as (channel, purpose, state) of {"email": {"marketing": "granted"}} or {"email": "granted"}.

    Keys that are none of our channels are left alone; a state other than granted or denied raises Invalid.
    """
    if not isinstance(said, dict):
        return []
    statements = []
    for channel in CHANNEL_IDENTITY.keys() & said.keys():
        purposes = said[channel] if isinstance(said[channel], dict) else {"marketing": said[channel]}
        statements += [(channel, str(purpose), _consent_state(state, name)) for purpose, state in purposes.items()]
    return statements


def _consent_state(state: Any, name: str) -> str:
    if state not in ("granted", "denied"):
        raise Invalid(
            _("%(state)r is not a state of consent.") % {"state": str(state)[:40]},
            remedy=_('Write "granted" or "denied".'),
            field=name,
        )
    return str(state)


def _text(value: Any) -> str | None:
    return value[:64] if isinstance(value, str) and value else None


def _say(stored: Stored, values: Json | None) -> None:
    """Properties or traits are written once, with the message they belong to."""
    if values:
        stored.properties = values  # type: ignore[assignment] # read back as it was written


def _encode(stored: Stored) -> bytes:
    try:
        payload = _encoder.encode(stored)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        name = "traits" if stored.type in ("identify", "group") else "properties"
        raise Invalid(
            _("%(field)s cannot be kept as JSON: %(cause)s.") % {"field": name, "cause": error},
            remedy=_("Use text, numbers below 2^64, booleans, lists and objects."),
            field=name,
        ) from None
    if len(payload) > MAX_MESSAGE:
        raise TooLarge(
            _("The message has %(size)s bytes; %(limit)s are allowed.") % {"size": len(payload), "limit": MAX_MESSAGE},
            remedy=_("Leave out large properties, or keep them elsewhere and send their address."),
        )
    if b"\\u0000" in payload and _NUL.search(payload):
        raise Invalid(_("The message holds a NUL character."), remedy=_("Remove it from the text."))
    return payload
