"""Channels over HTTP: set up, tried, paused, and how well they are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Router, Schema
from pydantic import StringConstraints

from setpoint.delivery import services
from setpoint.delivery.faults import Fault
from setpoint.delivery.health import DAYS, Health, Week
from setpoint.delivery.links import base_url, hook_token
from setpoint.delivery.models import ChannelAccount
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.kernel import clock

router = Router(tags=["delivery"])
READ, WRITE = require("delivery:read"), require("delivery:write")
ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}

Name = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[a-z][a-z0-9_-]*$")]
ChannelName = Annotated[str, Path(min_length=1, max_length=50, pattern=r"^[a-z][a-z0-9_-]*$")]
Text = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]
Micros = Annotated[int, Field(ge=0, le=10**15)]
BigId = Annotated[int, Field(ge=1, le=2**53)]
Setting = Text | bool | Annotated[int, Field(ge=-(2**53), le=2**53)] | float


class ChannelIn(Schema):
    """How a channel is spoken: a plug-in, its settings, and what a message costs (micros, seconds of people's time).

    A secret that is left out or empty stays what it was. `version`: the one that was seen; another is answered with 409.
    """

    plugin: Name
    settings: dict[str, Setting]
    cost_per_message: Micros = 0
    seconds_per_message: Annotated[int, Field(ge=0, le=86_400)] = 0
    max_per_second: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] = 0.0
    enabled: bool = True
    version: Annotated[int, Field(ge=0, le=2**31)] | None = None


class ProviderFaultOut(Schema):
    """What went wrong, what to do, and the provider's own words."""

    cause: str
    remedy: str
    words: str


class ChannelWeekOut(Schema):
    """Counts of the last seven days; rates are null where too few were handed over."""

    days: int
    handed: int
    delivered: int
    bounced: int
    complained: int
    failed: int
    bounce_rate: float | None
    complaint_rate: float | None


class ChannelHealthOut(Schema):
    """Whether a channel is well, in a state, a verdict and a sentence. A resting one tries again at `paused_until`."""

    name: str
    state: Literal["ready", "resting", "disabled"]
    verdict: Literal["good", "attention", "stop"]
    words: str
    faults: int
    paused_until: datetime | None
    pause_reason: str
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure: ProviderFaultOut | None
    week: ChannelWeekOut


class ChannelOut(Schema):
    """A channel. Settings that are secret are named in `secrets` and never shown. `hook_url`: for its provider."""

    name: str
    plugin: str
    settings: dict[str, Setting]
    secrets: list[str]
    cost_per_message: int
    seconds_per_message: int
    max_per_second: float
    enabled: bool
    version: int
    hook_url: str
    health: ChannelHealthOut


class ChannelSettingOut(Schema):
    """One setting as a form shows it: `default` holds where nothing is given, `begins` is proposed for a new channel;
    `follows`: by setting, which value goes with which of its."""

    name: str
    kind: Literal["text", "secret", "integer", "number", "flag", "choice"]
    label: str
    help: str
    required: bool
    advanced: bool
    default: str | bool | int | float | None
    choices: list[str]
    begins: str | bool | int | float | None
    follows: dict[str, dict[str, str | int]]


class ChannelPluginOut(Schema):
    """A kind of channel. `is_declared` false: it does not say which settings it takes."""

    name: str
    label: str
    fields: list[ChannelSettingOut]
    is_declared: bool


class DnsEntryOut(Schema):
    """One entry to copy into the sender's domain."""

    kind: Literal["SPF", "DKIM", "DMARC"]
    host: str
    type: Literal["TXT", "CNAME"]
    value: str
    why: str


class ChannelPauseIn(Schema):
    """Why it is paused, for colleagues."""

    reason: Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")] = ""


class ChannelCheckIn(Schema):
    """Settings that need not be saved; secrets left out are those of the saved channel of this name."""

    name: Name = "email"
    plugin: Name
    settings: dict[str, Setting]


class ChannelCheckOut(Schema):
    """Whether the provider answered; null where this kind of channel cannot be asked."""

    ok: bool | None
    words: str
    milliseconds: int
    fault: ProviderFaultOut | None


class ChannelTestIn(Schema):
    """Where a test message goes, and what it says: a variant as a customer would get it, or a plain line."""

    address: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]
    variant_id: BigId | None = None
    customer_id: BigId | None = None
    offer_id: BigId | None = None


class ChannelTestOut(Schema):
    """The provider's answer; `fault` says what it means where the message was not taken."""

    status: str
    detail: str
    provider_id: str
    fault: ProviderFaultOut | None


class ChannelTestedOut(Schema):
    """A test message sent earlier; the address is masked."""

    address: str
    variant_id: int | None
    actor: str
    status: str
    detail: str
    at: datetime


@router.get("/channels", auth=READ, response={200: list[ChannelOut], **ERRORS}, summary="List channels")
def list_channels(request: HttpRequest) -> list[ChannelOut]:
    """All channels by name, with their health."""
    weeks = services.weeks(now=clock.now())
    return [_out(account, weeks) for account in services.list_channels()]


@router.get(
    "/channels/plugins", auth=READ, response={200: list[ChannelPluginOut], **ERRORS}, summary="List kinds of channels"
)
def list_plugins(request: HttpRequest) -> Any:
    """What can be set up, and which settings each kind takes."""
    return services.plugins()


@router.post("/channels/check", auth=WRITE, response={200: ChannelCheckOut, **ERRORS}, summary="Check a connection")
def check_connection(request: HttpRequest, body: ChannelCheckIn) -> Any:
    """Connect with settings that need not be saved; nothing is sent and nothing kept."""
    return services.check_connection(body.name, body.plugin, body.settings)


@router.get("/channels/{name}", auth=READ, response={200: ChannelOut, **ERRORS}, summary="Get a channel")
def get_channel(request: HttpRequest, name: ChannelName) -> ChannelOut:
    """One channel with its health."""
    return _out(services.find_account(name), services.weeks(now=clock.now()))


@router.put("/channels/{name}", auth=WRITE, response={200: ChannelOut, **ERRORS}, summary="Set up a channel")
def put_channel(request: HttpRequest, name: ChannelName, body: ChannelIn) -> ChannelOut:
    """Make or replace a channel. Settings the plug-in cannot use are refused by the name of the field."""
    given = body.dict()
    plugin, settings, seen = given.pop("plugin"), given.pop("settings"), given.pop("version")
    now = clock.now()
    account = services.set_channel(name, plugin, settings, seen=seen, actor=actor_of(request), now=now, **given)
    return _out(account, services.weeks(now=now))


@router.delete("/channels/{name}", auth=WRITE, response={204: None, **ERRORS}, summary="Remove a channel")
def delete_channel(request: HttpRequest, name: ChannelName) -> Any:
    """Forget a channel and its settings; refused while deliveries wait for it."""
    services.remove_channel(name, actor=actor_of(request), now=clock.now())
    return 204, None


@router.post("/channels/{name}/pause", auth=WRITE, response={200: ChannelOut, **ERRORS}, summary="Pause a channel")
def pause_channel(request: HttpRequest, name: ChannelName, body: ChannelPauseIn) -> ChannelOut:
    """Send nothing by this channel until it is opened again; messages wait."""
    return _paused(request, name, paused=True, reason=body.reason)


@router.post("/channels/{name}/resume", auth=WRITE, response={200: ChannelOut, **ERRORS}, summary="Open a channel")
def resume_channel(request: HttpRequest, name: ChannelName) -> ChannelOut:
    """Send by this channel again; its provider's earlier faults are forgotten."""
    return _paused(request, name, paused=False)


@router.post(
    "/channels/{name}/test", auth=WRITE, response={200: ChannelTestOut, **ERRORS}, summary="Send a test message"
)
def test_channel(request: HttpRequest, name: ChannelName, body: ChannelTestIn) -> dict[str, Any]:
    """Hand one test message to the provider and tell its answer. At most ten a minute."""
    message = services.Message(body.variant_id, body.customer_id, body.offer_id)
    receipt, fault = services.send_test(name, body.address, message=message, now=clock.now(), actor=actor_of(request))
    return {
        "status": receipt.status,
        "detail": receipt.detail,
        "provider_id": receipt.provider_id,
        "fault": _fault(fault),
    }


@router.get(
    "/channels/{name}/tests", auth=READ, response={200: list[ChannelTestedOut], **ERRORS}, summary="Last test messages"
)
def list_tests(request: HttpRequest, name: ChannelName) -> Any:
    """The last ten test messages, newest first."""
    return services.recent_tests(name)


@router.get(
    "/channels/{name}/health", auth=READ, response={200: ChannelHealthOut, **ERRORS}, summary="A channel's health"
)
def channel_health(request: HttpRequest, name: ChannelName) -> ChannelHealthOut:
    """Whether the channel is ready, rests after its provider's faults, or is disabled; and its last seven days."""
    now = clock.now()
    account = services.find_account(name)
    return _health(services.health_of(account, services.weeks(now=now).get(name, Week()), now=now))


@router.get("/channels/{name}/dns", auth=READ, response={200: list[DnsEntryOut], **ERRORS}, summary="DNS advice")
def get_dns_advice(request: HttpRequest, name: ChannelName) -> Any:
    """SPF, DKIM and DMARC entries to copy for the sender's domain; empty for channels that send no mail."""
    settings, _secrets = services.shown_settings(services.find_account(name))
    return services.dns_advice(str(settings.get("from_address", "")), str(settings.get("host", "")))


def _paused(request: HttpRequest, name: str, *, paused: bool, reason: str = "") -> ChannelOut:
    now = clock.now()
    account = services.pause_channel(name, paused=paused, reason=reason, now=now, actor=actor_of(request))
    return _out(account, services.weeks(now=now))


def _out(account: ChannelAccount, weeks: dict[str, Week]) -> ChannelOut:
    settings, secrets = services.shown_settings(account)
    now = clock.now()
    return ChannelOut(
        name=account.name,
        plugin=account.plugin,
        settings=settings,
        secrets=secrets,
        cost_per_message=account.cost_per_message,
        seconds_per_message=account.seconds_per_message,
        max_per_second=account.max_per_second,
        enabled=account.enabled,
        version=account.version,
        hook_url=f"{base_url()}/hooks/{account.name}?token={hook_token(account.name)}",
        health=_health(services.health_of(account, weeks.get(account.name, Week()), now=now)),
    )


def _health(found: Health) -> ChannelHealthOut:
    week = found.week
    counts = {name: getattr(week, name) for name in ChannelWeekOut.model_fields if name != "days"}
    names = (
        "state",
        "verdict",
        "words",
        "faults",
        "paused_until",
        "pause_reason",
        "last_success_at",
        "last_failure_at",
    )
    return ChannelHealthOut(
        name=found.name,
        **{name: getattr(found, name) for name in names},
        last_failure=_fault(found.last_failure),
        week=ChannelWeekOut(days=DAYS, **counts),
    )


def _fault(fault: Fault | None) -> ProviderFaultOut | None:
    return ProviderFaultOut(cause=fault.cause, remedy=fault.remedy, words=fault.words) if fault else None
