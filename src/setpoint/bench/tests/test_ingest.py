import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from setpoint.bench.ingest import _bodies, event
from setpoint.bench.load import request, seconds_for
from setpoint.events.messages import parse_request, rows_of
from setpoint.kernel import clock
from setpoint.kernel.errors import Unavailable


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """Answers `server.status` and keeps bodies in `server.seen`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            seen.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(running.status)
            self.send_header("content-length", "16")
            self.end_headers()
            self.wfile.write(b'{"success":true}')

        def log_message(self, *_args: object) -> None:
            """Keep the test's output clean."""

    seen: list[bytes] = []
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.status, running.seen = 200, seen
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def test_the_load_is_what_the_product_accepts_and_never_twice_the_same():
    bodies = _bodies("batch100", 0, 3, seed=4) + _bodies("single", 300, 2, seed=4)
    calls = [call for body in bodies[:3] for call in parse_request("batch", body)[0]]
    calls += [call for body in bodies[3:] for call in parse_request("track", body)[0]]
    rows = rows_of(calls, received=clock.now())
    assert len({row.message_id for row in rows}) == 302


def test_every_request_is_sent_once(server):
    requests = [request("/v1/track", json.dumps(event(at, 1)).encode()) for at in range(7)]
    seconds_for(server.server_port, requests, connections=3)
    assert sorted(json.loads(body)["messageId"] for body in server.seen) == [f"b1-{at}" for at in range(7)]


def test_a_refused_request_fails_the_benchmark(server):
    server.status = 503
    with pytest.raises(Unavailable, match="503"):
        seconds_for(server.server_port, [request("/v1/track", b"{}")], connections=1)
