"""The tracking endpoint: answers, limits, durability."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError

from setpoint.events import ingest, writer
from setpoint.events.messages import MAX_REQUEST, decode_stored
from setpoint.events.models import Inbox
from setpoint.events.types import ServerEvent
from setpoint.governance.services import create_api_key
from setpoint.kernel.errors import Unavailable

pytestmark = pytest.mark.django_db(transaction=True)
TRACK = {"userId": "u", "event": "Order Completed", "messageId": "m1", "properties": {"total": 5}}


class Answer:
    """What the application answered."""

    def __init__(self, sent: list[dict[str, Any]]) -> None:
        self.status: int = sent[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        body = b"".join(event.get("body", b"") for event in sent[1:])
        self.json = json.loads(body) if body else None


async def call(
    path: str, chunks: list[bytes], headers: dict[str, str] | None = None, method: str = "POST"
) -> tuple[Answer, int]:
    """One request in these chunks; the answer and how many chunks were taken."""
    waiting = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[dict[str, Any]] = []
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return waiting.pop(0)

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    pairs = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    await ingest.app({"type": "http", "method": method, "path": path, "headers": pairs}, receive, send)
    return Answer(sent), taken


def post(path: str, body: Any, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(call(path, [raw], named))[0]


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


@pytest.fixture
def key(now: datetime) -> Iterator[str]:
    """A valid write key; the writer's thread ends with the test."""
    ingest._keys.clear()
    yield create_api_key("shop", [], kind="write", now=now)[0]
    ingest.stop()


def test_a_message_is_on_disk_before_200(key: str, now: datetime) -> None:
    answer = post("/v1/track", TRACK, authorization=basic(key))
    assert (answer.status, answer.json) == (200, {"success": True})
    row = Inbox.objects.get()
    assert (row.message_id, row.received_at) == ("m1", now)
    assert decode_stored(bytes(row.payload)).event == "Order Completed"


@pytest.mark.parametrize("kind", ["identify", "track", "page", "screen", "group", "alias"])
def test_every_kind_has_its_address(kind: str, key: str) -> None:
    body = {"userId": "u", "event": "x", "groupId": "g", "previousId": "p"}
    assert post(f"/v1/{kind}", body, authorization=basic(key)).status == 200
    assert decode_stored(bytes(Inbox.objects.get().payload)).type == kind


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import"])
def test_batches(path: str, key: str) -> None:
    batch = [{"type": "track", **TRACK, "messageId": f"m{n}"} for n in range(100)]
    assert post(path, {"batch": batch}, authorization=basic(key)).status == 200
    assert Inbox.objects.count() == 100


def test_an_empty_batch_is_fine(key: str) -> None:
    assert post("/v1/batch", {"batch": []}, authorization=basic(key)).status == 200


def test_the_key_in_the_body_and_as_bearer(key: str) -> None:
    assert post("/v1/track", TRACK | {"writeKey": key}).status == 200
    assert post("/v1/batch", {"batch": [], "writeKey": key}).status == 200
    assert post("/v1/track", TRACK, authorization=f"Bearer {key}").status == 200
    assert Inbox.objects.count() == 1


@pytest.mark.parametrize(
    "header", ["", basic("wrong"), basic("sp_write_wrong"), "Basic ???", "Digest x", "Bearer sp_api_x"]
)
def test_a_wrong_key_is_refused_with_cause(header: str, key: str) -> None:
    answer = post("/v1/track", TRACK, **({"authorization": header} if header else {}))
    assert answer.status == 401
    assert answer.json["success"] is False
    assert answer.json["error"]["message"]
    assert answer.json["error"]["remedy"]
    assert Inbox.objects.count() == 0


def test_a_key_for_other_things_is_refused(key: str, now: datetime) -> None:
    other = create_api_key("reports", ["campaigns:read"], now=now)[0]
    assert post("/v1/track", TRACK, authorization=basic(other)).status == 403


def test_one_bad_message_refuses_the_batch_with_its_index(key: str) -> None:
    batch = [{"type": "page", "userId": "u"}, {"type": "track", "userId": "u"}]
    answer = post("/v1/batch", {"batch": batch}, authorization=basic(key))
    assert answer.status == 400
    assert (answer.json["error"]["row"], answer.json["error"]["field"]) == (1, "event")
    assert answer.json["code"] == "invalid"
    assert Inbox.objects.count() == 0


def test_bad_json(key: str) -> None:
    assert post("/v1/track", b'{"userId": ', authorization=basic(key)).status == 400
    assert post("/v1/track", b"", authorization=basic(key)).status == 400


def test_unknown_addresses_and_methods(key: str) -> None:
    for path in ("/v1/delete", "/v2/track", "/v1/x/track", "/", "/v1/"):
        assert post(path, TRACK, authorization=basic(key)).status == 404
    assert asyncio.run(call("/v1/track", [], method="GET"))[0].status == 405


def test_gzip(key: str) -> None:
    packed = gzip.compress(json.dumps(TRACK).encode())
    assert post("/v1/track", packed, authorization=basic(key), content_encoding="gzip").status == 200
    assert post("/v1/track", packed[:-9], authorization=basic(key), content_encoding="gzip").status == 400
    assert post("/v1/track", b"plain", authorization=basic(key), content_encoding="gzip").status == 400
    assert post("/v1/track", packed, authorization=basic(key), content_encoding="br").status == 415


def test_a_gzip_bomb_is_refused_before_it_unfolds(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    unpacked = []
    parse = ingest.parse_request
    monkeypatch.setattr(ingest, "parse_request", lambda kind, body: unpacked.append(len(body)) or parse(kind, body))
    assert post("/v1/track", bomb, authorization=basic(key), content_encoding="gzip").status == 413
    assert not unpacked


def test_a_message_over_the_limit(key: str) -> None:
    answer = post("/v1/track", TRACK | {"properties": {"a": "b" * 33_000}}, authorization=basic(key))
    assert (answer.status, answer.json["error"]["code"]) == (413, "too_large")


def test_a_request_over_the_limit(key: str) -> None:
    answer = post("/v1/batch", b" " * (MAX_REQUEST + 1), authorization=basic(key))
    assert answer.status == 413


def test_a_two_megabyte_event_is_refused_while_it_comes_in(key: str) -> None:
    chunks = [b'{"userId":"u","event":"', *[b"x" * 65_536] * 32, b'"}']
    answer, _taken = asyncio.run(call("/v1/track", chunks, {"authorization": basic(key)}))
    assert (answer.status, answer.json["error"]["code"]) == (413, "too_large")
    assert Inbox.objects.count() == 0


def test_an_endless_body_is_cut_off(key: str) -> None:
    answer, taken = asyncio.run(call("/v1/track", [b"x" * (1 << 20)] * 40, {"authorization": basic(key)}))
    assert answer.status == 413
    assert taken < 20
    declared = {"authorization": basic(key), "content-length": str(10**15)}
    answer, taken = asyncio.run(call("/v1/track", [b"x"], declared))
    assert (answer.status, taken) == (413, 0)


def test_browsers_may_ask_first_and_read_the_answer(key: str) -> None:
    answer = asyncio.run(call("/v1/track", [], method="OPTIONS"))[0]
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert post("/v1/track", TRACK, authorization=basic(key)).headers["access-control-allow-origin"] == "*"


def test_simulated_time_comes_in_a_header_only_where_it_is_allowed(key: str, now: datetime, settings: Any) -> None:
    later = "2026-07-01T00:00:00+00:00"
    post("/v1/track", TRACK, authorization=basic(key), setpoint_clock=later)
    assert Inbox.objects.get().received_at == now
    settings.SETPOINT_SIMULATED = True
    post("/v1/track", TRACK | {"messageId": "m2"}, authorization=basic(key), setpoint_clock=later)
    assert Inbox.objects.get(message_id="m2").received_at.isoformat() == later
    assert post("/v1/track", TRACK, authorization=basic(key), setpoint_clock="noon").status == 400


def test_many_at_once_share_transactions(key: str) -> None:
    async def run() -> set[int]:
        bodies = [json.dumps(TRACK | {"messageId": f"m{n % 150}"}).encode() for n in range(300)]
        answers = await asyncio.gather(*(call("/v1/track", [body], {"authorization": basic(key)}) for body in bodies))
        return {answer.status for answer, _taken in answers}

    assert asyncio.run(run()) == {200}
    assert Inbox.objects.count() == 150


def test_too_much_waiting_is_refused_with_retry_after(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_WAITING", 2)
    batch = {"batch": [{"type": "page", "userId": "u"}] * 3}
    answer = post("/v1/batch", batch, authorization=basic(key))
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_a_failing_disk_is_not_a_success(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(rows: object) -> int:
        raise OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(writer.inbox, "insert", fail)
        answer = post("/v1/track", TRACK, authorization=basic(key))
    assert answer.status == 503
    assert answer.json["error"]["remedy"]
    assert post("/v1/track", TRACK, authorization=basic(key)).status == 200


def test_server_events_go_through_the_same_commit(key: str, now: datetime) -> None:
    events = [ServerEvent(7, "Email Opened", {"delivery": "1"}, f"open-{n}", now) for n in (1, 2, 1)]
    assert asyncio.run(ingest.append(events, now=now)) == 3
    assert sorted(Inbox.objects.values_list("message_id", "customer_id")) == [("open-1", 7), ("open-2", 7)]
    assert asyncio.run(ingest.append([], now=now)) == 0


def test_lifespan_ends_with_everything_written(key: str, now: datetime) -> None:
    async def run() -> list[str]:
        events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        told: list[str] = []

        async def receive() -> dict[str, Any]:
            return events.pop(0)

        async def send(event: dict[str, Any]) -> None:
            told.append(event["type"])

        waiting = ingest.enqueue([ingest.row_of_server_event(ServerEvent(1, "x", {}, "last", now), received=now)])
        await ingest.app({"type": "lifespan"}, receive, send)
        await waiting
        return told

    assert asyncio.run(run()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert Inbox.objects.get().message_id == "last"


def test_one_request_that_cannot_be_written_does_not_take_others_down(
    key: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = writer.inbox.insert

    def picky(rows: list[Any]) -> int:
        if any(row.message_id == "poison" for row in rows):
            raise OperationalError("will not have it")
        return whole(rows)

    monkeypatch.setattr(writer.inbox, "insert", picky)

    async def run() -> list[object]:
        waiting = [
            ingest.enqueue([ingest.row_of_server_event(ServerEvent(1, "x", {}, name, now), received=now)])
            for name in ("a", "poison", "b")
        ]
        return await asyncio.gather(*waiting, return_exceptions=True)

    results = asyncio.run(run())
    assert [isinstance(result, Unavailable) for result in results] == [False, True, False]
    assert sorted(Inbox.objects.values_list("message_id", flat=True)) == ["a", "b"]
