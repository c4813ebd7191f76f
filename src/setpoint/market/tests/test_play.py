"""A market over real SMTP and HTTP, against a product that only takes notes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import smtplib
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession, web

from setpoint.kernel.errors import Unauthorised
from setpoint.market import reception
from setpoint.market.control import application, truth_so_far, verify_webhook
from setpoint.market.gateway import Gateway
from setpoint.market.mail import parse_mail
from setpoint.market.play import Play
from setpoint.market.world import World, parse_world

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LOUD = {
    "open": {"intercept": 9}, "click": {"intercept": 9},
    "unsubscribe": {"rate": 0.2}, "complaint": {"rate": 0.1},
}  # fmt: skip


def world_of(effect: float = 8.0, **behaviour: Any) -> World:
    quiet = {"bounces": {"hard": 0, "soft": 0}, "machines": {"prefetch_open": 0, "scan_clicks": 0}}
    return parse_world(
        {
            "name": "played",
            "population": {"kind": "generator", "size": 60, "consent_share": 0.8},
            "behaviour": {"baseline": {"intercept": -2}, "reactions": LOUD, **quiet, **behaviour},
            "actions": {
                "variants": [{"name": "spring", "match": ["Spring ♥", "春"], "effect": {"intercept": effect}}],
                "offers": [{"name": "none"}, {"name": "ten", "kind": "percent", "percent": 10, "code_prefix": "TEN-"}],
                "channels": [{"name": "email"}, {"name": "webhook"}],
            },
            "brief": {"templates": {"spring": {"subject": {"en": "Spring ♥", "zh": "春"}, "body": {"en": "x"}}}},
        }
    )


@dataclass
class Notes:
    """What reached the product."""

    calls: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    fail_first: int = 0

    async def take(self, request: web.Request) -> web.Response:
        self.calls.append((request.method, request.path_qs, dict(request.headers), await request.read()))
        if self.fail_first > 0:
            self.fail_first -= 1
            return web.Response(status=503)
        if request.path.startswith("/click"):
            return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/never"})
        return web.Response()

    def of(self, beginning: str) -> list[tuple[str, str, dict[str, str], bytes]]:
        return [call for call in self.calls if call[1].startswith(beginning)]

    def purchases(self) -> list[dict[str, Any]]:
        return [event for call in self.of("/v1/batch") for event in json.loads(call[3])["batch"]]


@dataclass
class Stage:
    """Product and market, open on this machine."""

    play: Play
    notes: Notes
    product: str
    control: str
    smtp: int

    def mail(self, row: int, *, code: str = "", at: datetime = START, key: str = "1") -> tuple[str, bytes]:
        mail = EmailMessage()
        mail["Subject"], mail["To"], mail["From"] = "Spring ♥", str(self.play.people.emails[row]), "shop@shop.example"
        mail["Message-ID"], mail["Date"] = f"<{row}.{key}@shop.example>", format_datetime(at)
        mail["List-Unsubscribe"] = f"<{self.product}/unsubscribe?who={row}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(f"Hello. {code}\n.\n..two dots\n")
        mail.add_alternative(
            f'<p>春 {code}</p><div style="display:none"><a href="{self.product}/trap?{row}">x</a></div>'
            f'<a href="{self.product}/unsubscribe?who={row}">Unsubscribe</a>'
            f'<a href="{self.product}/click?a=1&amp;who={row}">Shop</a><a href="http://elsewhere.example/">else</a>'
            f'<img src="{self.product}/open?who={row}">',
            subtype="html",
        )
        return str(mail["To"]), mail.as_bytes()

    async def send(self, mails: list[tuple[str, bytes]]) -> list[int]:
        return await asyncio.to_thread(self._send, mails)

    def _send(self, mails: list[tuple[str, bytes]]) -> list[int]:
        codes = []
        with smtplib.SMTP("127.0.0.1", self.smtp) as client:
            for address, raw in mails:
                try:
                    client.sendmail("shop@shop.example", [address], raw)
                    codes.append(250)
                except smtplib.SMTPRecipientsRefused as refused:
                    codes.append(next(iter(refused.recipients.values()))[0])
        return codes

    async def play_until(self, days: float) -> dict[str, Any]:
        async with ClientSession() as session:
            until = (START + timedelta(days=days)).isoformat()
            async with session.post(f"{self.control}/play", json={"until": until}) as answer:
                assert answer.status == 200, await answer.text()
                return dict(await answer.json())


def on_stage(world: World, act: Callable[[Stage], Awaitable[None]], *, secret: str = "") -> None:
    """Open everything, let `act` run, close everything."""

    async def run() -> None:
        notes = Notes()
        product = web.AppRunner(_product(notes), access_log=None)
        await product.setup()
        site = web.TCPSite(product, "127.0.0.1", 0)
        await site.start()
        target = f"http://127.0.0.1:{product.addresses[0][1]}"
        play = Play(world, 5, target)
        async with Gateway(play, target=target, write_key="key", hook=f"{target}/hook") as gateway:
            runner = web.AppRunner(application(play, gateway, webhook_secret=secret), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            mailbox = await reception.listen(play, "127.0.0.1", 0)
            smtp = mailbox.sockets[0].getsockname()[1]
            try:
                await act(Stage(play, notes, target, f"http://127.0.0.1:{runner.addresses[0][1]}", smtp))
            finally:
                mailbox.close()
                await mailbox.wait_closed()
                await runner.cleanup()
        await product.cleanup()

    asyncio.run(run())


def _product(notes: Notes) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", notes.take)
    return app


def test_people_open_click_buy_and_leave() -> None:
    async def act(stage: Stage) -> None:
        rows = range(40)
        assert set(await stage.send([stage.mail(row, code="TEN-AB12") for row in rows])) == {250}
        played = (await stage.play_until(7.5))["played"]
        opens, clicks = stage.notes.of("/open"), stage.notes.of("/click")
        assert {call[1] for call in clicks} == {f"/click?a=1&who={row}" for row in rows}
        assert played["open"] == len(opens) == played["click"] == len(clicks) == 40
        assert not stage.notes.of("/trap")
        leaving = stage.notes.of("/unsubscribe")
        assert {call[0] for call in leaving} == {"POST"}
        assert leaving[0][3] == b"List-Unsubscribe=One-Click"
        moments = [datetime.fromisoformat(call[2]["Setpoint-Clock"]) for call in opens + clicks + leaving]
        assert all(START <= moment <= START + timedelta(days=7.5) for moment in moments)
        reports = stage.notes.of("/hook")
        assert len(reports) > 0
        assert all(b"Feedback-Type: abuse" in call[3] and b"Message-ID: <" in call[3] for call in reports)
        check_purchases(stage)

    on_stage(world_of(), act)


def check_purchases(stage: Stage) -> None:
    bought = stage.notes.purchases()
    auth = {call[2]["Authorization"] for call in stage.notes.of("/v1/batch")}
    assert auth == {"Basic " + base64.b64encode(b"key:").decode()}
    redeemed = [event for event in bought if "coupon" in event["properties"]]
    assert len(bought) >= 38
    assert len({event["messageId"] for event in bought}) == len(bought)
    assert 0.75 * 40 < len(redeemed) <= 40
    for event in redeemed:
        terms = event["properties"]
        assert terms["coupon"] == "TEN-AB12"
        assert terms["discount"] == pytest.approx(terms["revenue"] / 10, abs=0.006)
        assert terms["total"] == pytest.approx(terms["revenue"] - terms["discount"])
    truth = truth_so_far(stage.play)
    assert truth["redemptions"] == len(redeemed)
    assert truth["redemption_cost"] == pytest.approx(sum(event["properties"]["discount"] for event in redeemed))


def test_machines_touch_everything_at_once_and_nothing_outside() -> None:
    async def act(stage: Stage) -> None:
        await stage.send([stage.mail(row) for row in range(10)])
        played = (await stage.play_until(0))["played"]
        assert played == {"machine_open": 10, "machine_click": 30}
        assert len(stage.notes.of("/trap")) == 10
        assert {call[0] for call in stage.notes.of("/unsubscribe")} == {"GET"}
        assert "Chrome" in stage.notes.of("/trap")[0][2]["User-Agent"]

    on_stage(world_of(machines={"prefetch_open": 1, "scan_clicks": 1}), act)


def test_reproaches_are_counted() -> None:
    async def act(stage: Stage) -> None:
        strangers = np.flatnonzero(~stage.play.people.consent)[:3]
        await stage.send([stage.mail(int(row)) for row in strangers])
        await stage.send([stage.mail(int(row)) for row in strangers[:1]])
        await stage.send([stage.mail(int(row), key="2") for row in strangers[:1]])
        await stage.play_until(14)
        gone = [int(call[1].split("=")[1]) for call in stage.notes.of("/unsubscribe")]
        late = gone[:1] or [int(strangers[0])]
        await stage.send([stage.mail(late[0], at=START + timedelta(days=14, hours=1), key="3")])
        truth = truth_so_far(stage.play)
        assert truth["duplicate_message_ids"] == 1
        assert truth["duplicate_slots"] == 2
        assert truth["without_consent"] == 6
        assert truth["after_unsubscribe"] == (1 if gone else 0)
        assert truth["unread_variant"] == 0
        assert sum(int(k) * v for k, v in truth["messages_per_customer"].items()) == truth["messages"] == 6

    on_stage(world_of(), act)


def test_dead_addresses_bounce_in_both_ways_and_soft_ones_once() -> None:
    async def act(stage: Stage) -> None:
        codes = await stage.send([stage.mail(row) for row in range(40)])
        refused = codes.count(550)
        assert 8 < refused < 32
        played = (await stage.play_until(1))["played"]
        assert played["bounce"] == 40 - refused
        report = stage.notes.of("/hook")[0]
        assert report[2]["Content-Type"] == "message/rfc822"
        assert b"Action: failed\r\nStatus: 5.1.1" in report[3]
        assert truth_so_far(stage.play)["true_increment"] == 0
        assert await stage.send([("nobody@customers.example", b"Subject: x\r\n\r\nx\r\n")]) == [550]

    on_stage(world_of(bounces={"hard": 1, "soft": 0}), act)

    async def soft(stage: Stage) -> None:
        mails = [stage.mail(row) for row in range(5)]
        assert await stage.send(mails) == [451] * 5
        assert await stage.send(mails) == [250] * 5

    on_stage(world_of(bounces={"hard": 0, "soft": 1}), soft)


def test_the_true_increment_is_the_sum_of_effects_and_is_realised() -> None:
    async def act(stage: Stage) -> None:
        await stage.send([stage.mail(row) for row in range(60)])
        truth = truth_so_far(stage.play)
        rows = np.arange(60)
        p0 = stage.play.truth.p0(rows, 0.0)
        assert truth["true_increment"] == pytest.approx((1 / (1 + np.exp(-6)) - p0).sum(), abs=1e-6)
        assert 55 <= truth["extra_purchases"] <= 60

    on_stage(world_of(), act)


def test_playing_in_steps_is_playing_at_once() -> None:
    seen: list[list[str]] = []

    async def at_once(stage: Stage) -> None:
        await stage.send([stage.mail(row) for row in range(20)])
        await stage.play_until(21)
        seen.append(sorted(event["messageId"] for event in stage.notes.purchases()))

    async def in_steps(stage: Stage) -> None:
        await stage.send([stage.mail(row) for row in range(20)])
        for day in range(22):
            await stage.play_until(day)
        seen.append(sorted(event["messageId"] for event in stage.notes.purchases()))

    on_stage(world_of(), at_once)
    on_stage(world_of(), in_steps)
    assert seen[0] == seen[1]


def test_a_product_that_stumbles_gets_everything_in_the_end() -> None:
    async def act(stage: Stage) -> None:
        stage.notes.fail_first = 3
        await stage.send([stage.mail(row) for row in range(5)])
        answer = await stage.play_until(7.5)
        assert answer["failed"] == {}
        assert answer["played"]["open"] == 5

    on_stage(world_of(), act)


def test_messages_come_by_webhook_too() -> None:
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef").decode()

    async def act(stage: Stage) -> None:
        item = {
            "address": str(stage.play.people.user_ids[3]),
            "subject": "Spring ♥",
            "text": f"{stage.product}/click?who=3",
        }
        raw = json.dumps({"type": "message", "data": item}).encode()
        mac = hmac.new(b"0123456789abcdef", b"m1.1." + raw, hashlib.sha256).digest()
        headers = {
            "webhook-id": "m1",
            "webhook-timestamp": "1",
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        }
        async with ClientSession() as session:
            async with session.post(f"{stage.control}/webhook", data=raw, headers=headers) as answer:
                assert answer.status == 200
            async with session.post(f"{stage.control}/webhook", data=raw + b" ", headers=headers) as answer:
                assert answer.status == 401
        assert (await stage.play_until(7.5))["played"]["click"] == 1
        assert stage.play.received[3] == 1

    on_stage(world_of(), act, secret=secret)
    with pytest.raises(Unauthorised):
        verify_webhook(secret, {}, b"{}")


def test_bad_calls_are_answered_with_cause_and_remedy() -> None:
    async def act(stage: Stage) -> None:
        async with ClientSession() as session:
            for body in (b"", b"[]", b'{"until": 5}', b'{"until": "2026-03-09T06:00:00"}'):
                async with session.post(f"{stage.control}/play", data=body) as answer:
                    assert answer.status == 400
                    assert (await answer.json())["remedy"]

    on_stage(world_of(), act)


@pytest.mark.parametrize("encoding", ["7bit", "quoted-printable", "base64"])
def test_mail_is_read_in_every_encoding(encoding: str) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["Date"] = "春天 sale", format_datetime(START)
    text = "see =3D http://a.example/x?y=1." if encoding == "7bit" else "看看 http://a.example/x?y=1."
    mail.set_content(text, cte=encoding)
    message = parse_mail(mail.as_bytes())
    assert message.subject == "春天 sale"
    assert message.links == ("http://a.example/x?y=1",)
    assert message.date == START
    assert text in message.words


def test_broken_mail_does_no_harm() -> None:
    for raw in (
        b"",
        b"\r\n\r\n",
        b"Content-Type: multipart/mixed\r\n\r\nx",
        b"Date: never\r\n\r\n\xff\xfe",
        b"Subject: =?x?b?!?=",
    ):
        assert parse_mail(raw).links == ()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_process_starts_answers_and_stops() -> None:
    smtp, control = _free_port(), _free_port()
    command = [
        sys.executable,
        "-m",
        "setpoint.market",
        "run",
        "--world",
        "easy",
        "--target",
        "http://127.0.0.1:9",
        "--write-key",
        "k",
    ]
    process = subprocess.Popen(
        [*command, "--smtp-port", str(smtp), "--control-port", str(control)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert (process.stdout.readline() if process.stdout else "").startswith("market easy seed 1")
        with urllib.request.urlopen(f"http://127.0.0.1:{control}/health") as answer:
            assert json.load(answer)["world"] == "easy"
    finally:
        process.terminate()
        assert process.wait(10) == 0
        assert process.stdout
        process.stdout.close()
