"""The market's own HTTP door: play on, tell the truth, take messages of the webhook channel."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from setpoint.kernel.errors import Invalid, SetpointError, Unauthorised
from setpoint.market.gateway import Gateway
from setpoint.market.mail import read_message
from setpoint.market.play import Play

PLAY: web.AppKey[Play] = web.AppKey("play")
GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway")
SECRET: web.AppKey[str] = web.AppKey("secret")
LOCK: web.AppKey[asyncio.Lock] = web.AppKey("lock")


def application(play: Play, gateway: Gateway, *, webhook_secret: str = "") -> web.Application:
    """The control application: POST /play, GET /truth, GET /health, POST /webhook."""
    app = web.Application(middlewares=[_errors], client_max_size=32 * 1024 * 1024)
    app[PLAY], app[GATEWAY], app[SECRET], app[LOCK] = play, gateway, webhook_secret, asyncio.Lock()
    app.add_routes(
        [
            web.post("/play", _play),
            web.get("/truth", _truth),
            web.get("/health", _health),
            web.post("/webhook", _webhook),
        ]
    )
    return app


@web.middleware
async def _errors(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        answer: web.StreamResponse = await handler(request)
        return answer
    except SetpointError as error:
        return web.json_response(error.to_dict(), status=error.status)


async def _play(request: web.Request) -> web.Response:
    body = await _json(request)
    until = _moment(body.get("until") if isinstance(body, dict) else None)
    async with request.app[LOCK]:
        happenings = request.app[PLAY].advance(until)
        played = await request.app[GATEWAY].act_out(happenings)
    coming = request.app[PLAY].next_at()
    failed = dict(request.app[GATEWAY].failures)
    return web.json_response({"played": dict(played), "next": coming.isoformat() if coming else None, "failed": failed})


async def _truth(request: web.Request) -> web.Response:
    return web.json_response(truth_so_far(request.app[PLAY]))


async def _health(request: web.Request) -> web.Response:
    play = request.app[PLAY]
    return web.json_response({"status": "ok", "world": play.world.name, "seed": play.seed, "now": play.now.isoformat()})


async def _webhook(request: web.Request) -> web.Response:
    raw = await request.read()
    if request.app[SECRET]:
        verify_webhook(request.app[SECRET], dict(request.headers), raw)
    body = await _json(request)
    items = body if isinstance(body, list) else [body]
    for item in items:
        _take(request.app[PLAY], item if isinstance(item, dict) else {}, request.headers.get("webhook-id", ""))
    return web.json_response({"accepted": len(items)})


def _take(play: Play, item: dict[str, Any], webhook_id: str) -> None:
    data = item.get("data", item)
    address = str(data.get("address") or data.get("user_id") or data.get("to") or "")
    message = read_message(
        message_id=str(data.get("key") or data.get("id") or webhook_id),
        subject=str(data.get("subject", "")), text=str(data.get("text", "")), markup=str(data.get("html", "")),
        date=_stamp(item.get("timestamp")), unsubscribe=str(data.get("unsubscribe_url", "")),
    )  # fmt: skip
    if not play.take_message(address, "webhook", message):
        raise Invalid(
            f"Nobody has the address {address!r}.", remedy="Send to a customer's user_id or e-mail.", field="address"
        )


def _stamp(text: Any) -> datetime | None:
    try:
        return _moment(text)
    except Invalid:
        return None


def verify_webhook(secret: str, headers: dict[str, str], body: bytes) -> None:
    """Check a Standard Webhooks signature (v1, HMAC-SHA256 over id.timestamp.body). Raises Unauthorised."""
    sent = {name.lower(): value for name, value in headers.items()}
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{sent.get('webhook-id', '')}.{sent.get('webhook-timestamp', '')}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(expected, given) for given in sent.get("webhook-signature", "").split()):
        raise Unauthorised("The webhook's signature is wrong.", remedy="Sign with the market's --webhook-secret.")


def truth_so_far(play: Play) -> dict[str, Any]:
    """What the messages received so far truly did, from potential outcomes."""
    play.absorb()
    counts = play.counts
    received = Counter(play.received[play.received > 0].tolist())
    return {
        "now": play.now.isoformat(),
        "messages": counts["messages"],
        "true_increment": play.increment,
        "true_increment_in_window": play.in_window,
        "extra_purchases": counts["extra_purchases"],
        "moved_purchases": counts["moved_purchases"],
        "cancelled_purchases": counts["cancelled_purchases"],
        "redemptions": counts["redemptions"],
        "redemption_cost": round(play.discounts, 2),
        "messages_per_customer": {str(number): people for number, people in sorted(received.items())},
        **{name: counts[name] for name in REPROACHES},
        "counts": dict(counts),
    }


REPROACHES = ("duplicate_slots", "duplicate_message_ids", "without_consent", "after_unsubscribe", "unread_variant")


async def _json(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except ValueError:
        raise Invalid("The body is not JSON.", remedy='Send e.g. {"until": "2026-03-09T06:00:00Z"}.') from None


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Invalid(f"{text!r} is no moment.", remedy="Write ISO 8601 with offset.", field="until") from None
    if moment.tzinfo is None:
        raise Invalid(f"{text!r} has no offset.", remedy="Write e.g. 2026-03-09T06:00:00Z.", field="until")
    return moment.astimezone(UTC)
