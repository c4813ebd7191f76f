"""Messages as signed HTTP calls, by the Standard Webhooks specification (standardwebhooks.com, version 1).

The header `webhook-id` is the message's key on every attempt, so a receiver that keeps to the specification takes a
repeated call once: whatever is in doubt may be sent again.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from setpoint.delivery.channels.settings import about, settings_from
from setpoint.delivery.types import ChannelLimits, Feedback, FeedbackKind, FeedbackRequest, OutgoingMessage, Receipt
from setpoint.kernel import clock
from setpoint.kernel.addresses import keeps_secrets, plain
from setpoint.kernel.errors import Invalid, Unauthorised
from setpoint.kernel.outages import technical_of

_TOLERANCE = 300.0
_SECRET_PREFIX = "whsec_"  # noqa: S105 - the specification's prefix, not a secret


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where messages go. `secret`: "whsec_" and 24 to 64 bytes in base64. `idempotent`: it takes an id once."""

    url: str = field(metadata=about(_noop("Address"), _noop("Each message is posted here, signed.")))
    secret: str = field(
        metadata=about(
            _noop("Secret"), _noop("whsec_ and 24 to 64 bytes in base64; the receiver checks it."), secret=True
        )
    )
    connections: int = field(
        default=8, metadata=about(_noop("Connections"), _noop("How many at once; 1 to 64."), advanced=True)
    )
    timeout: float = field(default=15.0, metadata=about(_noop("Seconds to wait for an answer"), advanced=True))
    idempotent: bool = field(
        default=True,
        metadata=about(
            _noop("Takes a message once"),
            _noop("The receiver knows a repeated webhook-id, so that a message in doubt may be sent again."),
            advanced=True,
        ),
    )

    def check(self) -> None:
        """Refuse addresses that are not for messages, and weak secrets."""
        check_url(self.url)
        if not 24 <= len(secret_bytes(self.secret)) <= 64:
            raise Invalid(
                _("The secret is too short or too long."), remedy=_("Use 24 to 64 bytes in base64."), field="secret"
            )
        if not 1 <= self.connections <= 64 or not 0 < self.timeout <= 120:
            raise Invalid(_("Connections or timeout are out of range."), remedy=_("1 to 64 and up to 120 seconds."))


class _CallBack(msgspec.Struct):
    """What a receiver reports later: POST to the channel's hook, signed with the same secret."""

    type: FeedbackKind
    key: str
    timestamp: datetime | None = None
    detail: str = ""


class WebhookChannel:
    """One receiver of signed calls."""

    name = "webhook"
    label = _noop("Webhook")
    settings_type = WebhookSettings

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings_from(WebhookSettings, settings)
        self._secret = secret_bytes(self.settings.secret)
        limits = httpx.Limits(
            max_connections=self.settings.connections, max_keepalive_connections=self.settings.connections
        )
        self._client = httpx.Client(
            timeout=self.settings.timeout, limits=limits, follow_redirects=False, trust_env=False
        )

    @property
    def limits(self) -> ChannelLimits:
        """One message a call, several calls at once."""
        return ChannelLimits(batch=1, connections=self.settings.connections)

    def send(self, batch: Sequence[OutgoingMessage]) -> list[Receipt]:
        """Call once for each message."""
        return [self._send(message) for message in batch]

    def feedback(self, request: FeedbackRequest) -> list[Feedback]:
        """What the receiver reports of earlier messages, one or a list; Unauthorised unless signed with our secret."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        self._check_signature(message_id, stamp, request.body, headers.get("webhook-signature", ""))
        try:
            found = msgspec.json.decode(request.body, type=_CallBack | list[_CallBack])
        except msgspec.MsgspecError as error:
            raise Invalid(
                _("This call-back cannot be read: %(error)s.") % {"error": error},
                remedy=_("Send type, key and timestamp."),
            ) from None
        now = clock.now()
        calls = found if isinstance(found, list) else [found]
        return [Feedback(call.type, call.key, _aware(call.timestamp) or now, call.detail) for call in calls]

    def find(self, keys: Sequence[str]) -> dict[str, bool | None]:
        """False where the receiver takes each id once (sending again is safe), else None: it cannot be asked."""
        return dict.fromkeys(keys, False if self.settings.idempotent else None)

    def check(self) -> str:
        """Ask the receiver for nothing (OPTIONS) and see that it answers. Raises httpx.HTTPError or Invalid."""
        answer = self._call("OPTIONS")
        return f"{answer.status_code} {answer.reason_phrase}"

    def close(self) -> None:
        """End all kept connections."""
        self._client.close()

    def _send(self, message: OutgoingMessage) -> Receipt:
        now = clock.now()
        body = _body(message, now)
        stamp = str(int(now.timestamp()))
        headers = {
            "content-type": "application/json",
            "webhook-id": message.key,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(self._secret, message.key, stamp, body),
        }
        try:
            response = self._call("POST", headers, body)
        except Invalid as error:
            return Receipt(message.key, "retry", detail=error.message, provider_fault=True)
        except httpx.HTTPError as error:
            return self._in_doubt(message.key, error)
        return _read(message.key, response)

    def _call(self, method: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> httpx.Response:
        """To the address that was judged; the name goes into Host and TLS, so that nothing is looked up twice."""
        told = httpx.URL(self.settings.url)
        request = self._client.build_request(
            method,
            told.copy_with(host=judged_address(self.settings.url)),
            headers={**(headers or {}), "host": told.netloc.decode()},
            content=body,
            extensions={"sni_hostname": told.host},
        )
        return self._client.send(request)

    def _in_doubt(self, key: str, error: httpx.HTTPError) -> Receipt:
        never_left = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        detail = technical_of(error)[:200]
        status = "retry" if never_left or self.settings.idempotent else "unknown"
        return Receipt(key, status, detail=detail, provider_fault=status == "retry")  # type: ignore[arg-type]

    def _check_signature(self, message_id: str, stamp: str, body: bytes, given: str) -> None:
        if not stamp.isdigit() or abs(clock.now().timestamp() - int(stamp)) > _TOLERANCE:
            raise Unauthorised(
                _("The call-back's time is missing or too far away."), remedy=_("Send webhook-timestamp.")
            )
        expected = signature(self._secret, message_id, stamp, body).encode()
        if not any(hmac.compare_digest(one.encode(), expected) for one in given.split(" ")):
            raise Unauthorised(_("The call-back's signature is wrong."), remedy=_("Sign with the channel's secret."))


def signature(secret: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """`webhook-signature`: v1 and the HMAC-SHA256 of "id.timestamp.body" in base64."""
    signed = message_id.encode() + b"." + stamp.encode() + b"." + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


def secret_bytes(secret: str) -> bytes:
    """The key inside a secret such as "whsec_MfKQ..."."""
    try:
        return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(
            _("The secret is not base64."), remedy=_("Copy it whole, with whsec_ in front."), field="secret"
        ) from None


def check_url(url: str) -> None:
    """Refuse what is not http(s), and addresses at which machines keep their own secrets."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        raise Invalid(_("This is not an address."), remedy=_("Write https://host/path."), field="url") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        raise Invalid(
            _("Only http and https addresses can be called."), remedy=_("Write https://host/path."), field="url"
        )
    if parts.username or parts.password:
        raise Invalid(_("The address has a password in it."), remedy=_("Calls are signed; leave it out."), field="url")
    _refuse_address(parts.hostname)


def judged_address(url: str) -> str:
    """Where a call to this address goes. Invalid for a host name that leads to where machines keep their own secrets."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Invalid(
            _("The host cannot be found: %(error)s.") % {"error": error}, remedy=_("Check the address."), field="url"
        ) from None
    addresses = [str(place[0]) for *_rest, place in found]
    for address in addresses:
        _refuse_address(address)
    return addresses[0]


def _refuse_address(host: str) -> None:
    try:
        address = plain(host)
    except ValueError:
        return
    if keeps_secrets(address):
        raise Invalid(
            _("%(host)s is not an address for messages.") % {"host": host},
            remedy=_("Give the receiver's own address."),
            field="url",
        )


def _body(message: OutgoingMessage, now: datetime) -> bytes:
    data = {
        "to": message.address,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        **{name: value for name, value in message.metadata.items() if name != "at"},
    }
    stamp = (message.metadata.get("at") or now).isoformat()
    return msgspec.json.encode({"type": "message.send", "timestamp": stamp, "data": data})


def _read(key: str, response: httpx.Response) -> Receipt:
    code, detail = response.status_code, f"{response.status_code} {response.text[:150]}"
    if 200 <= code < 300 or code == 409:
        return Receipt(key, "delivered", provider_id=response.headers.get("webhook-id", "")[:200])
    if code == 410:
        return Receipt(key, "bounced", detail=detail)
    if code == 429 or code >= 500:
        wait = _retry_after(response.headers.get("retry-after", ""))
        return Receipt(key, "retry", detail=detail, provider_fault=True, retry_after=wait)
    return Receipt(key, "rejected", detail=detail)


def _retry_after(text: str) -> float:
    if text.isdigit():
        return min(float(text), 86_400.0)
    try:
        return max(0.0, (_aware(parsedate_to_datetime(text)) or clock.now()).timestamp() - clock.now().timestamp())
    except ValueError:
        return 0.0


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    raise Invalid(_("The time names no time zone."), remedy=_("Write it with Z or an offset."), field="timestamp")
