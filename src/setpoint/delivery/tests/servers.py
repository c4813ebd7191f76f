"""Real providers for tests: a mail server (aiosmtpd) with a Maildir, and an HTTP receiver that checks signatures."""

from __future__ import annotations

import json
import os
import socket
import ssl
import threading
from collections.abc import Sequence
from email import message_from_bytes
from email.policy import SMTP as SMTP_POLICY
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from standardwebhooks.webhooks import Webhook


class MailServer:
    """Files each mail in a Maildir before it answers, and refuses the addresses it is told to."""

    def __init__(self, maildir: Path, *, tls: ssl.SSLContext | None = None) -> None:
        self.maildir = maildir
        for folder in ("tmp", "new", "cur"):
            (maildir / folder).mkdir(parents=True, exist_ok=True)
        self.refusals: dict[str, str] = {}
        self.envelopes: list[tuple[str, list[str]]] = []
        self._count = 0
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        secured = {"tls_context": tls, "require_starttls": bool(tls)}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **secured)
        self._controller.start()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        codes = {"dead": "550 no such user", "later": "450 greylisted", "syntax": "501 bad address"}
        if answer := codes.get(self.refusals.get(address, "")):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refusals.get(envelope.rcpt_tos[0]) == "never":
            return "554 message refused"
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        self._count += 1
        name = f"{self._count:08d}.{os.getpid()}"
        (self.maildir / "tmp" / name).write_bytes(envelope.content)
        (self.maildir / "tmp" / name).rename(self.maildir / "new" / name)
        return f"250 OK queued as {name}"

    def mails(self) -> list[Any]:
        files = sorted((self.maildir / "new").iterdir())
        return [message_from_bytes(file.read_bytes(), policy=SMTP_POLICY) for file in files]

    def received(self) -> Sequence[str]:
        return [str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in self.mails()]

    def refuse(self, address: str, how: str) -> None:
        self.refusals[address] = how

    def stop(self) -> None:
        self._controller.stop()


class QuietServer(ThreadingHTTPServer):
    """Says nothing of callers that die."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.deaths = getattr(self, "deaths", 0) + 1


class Receiver:
    """Takes signed calls as the Standard Webhooks specification asks: verified, each id once."""

    def __init__(self, secret: str) -> None:
        self.webhook = Webhook(secret)
        self.taken: list[str] = []
        self.calls: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.refusals: dict[str, str] = {}
        self._lock = threading.Lock()
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/messages"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, headers: dict[str, str], body: bytes) -> int:
        try:
            self.webhook.verify(body, headers)
        except Exception as error:
            self.problems.append(repr(error))
            return 401
        data = json.loads(body)["data"]
        key = headers["webhook-id"]
        with self._lock:
            self.calls.append(key)
            if how := self.refusals.get(data["to"]):
                return {"dead": 410, "never": 422, "later": 503}[how]
            if key in self.taken:
                return 409
            self.taken.append(key)
            self.bodies.append(data)
        return 204

    def received(self) -> Sequence[str]:
        return list(self.taken)

    def refuse(self, address: str, how: str) -> None:
        self.refusals[address] = how

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:  # the caller died while speaking
                    self.close_connection = True
                    return
                status = receiver.answer({name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        return Handler


class BreakingServer:
    """Speaks SMTP (or hears HTTP) up to one stage, then drops the connection without an answer."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream: Any) -> None:
        if self.stage == "http":
            stream.readline()
            return
        self._say(stream, "220 hello")
        for line in stream:
            verb = line[:4].decode().lower()
            if verb == self.stage or (verb == "data" and self.stage == "body" and self._read_body(stream)):
                return
            self._say(stream, "250 fine")

    def _read_body(self, stream: Any) -> bool:
        self._say(stream, "354 go on")
        return any(line == b".\r\n" for line in stream)

    def _say(self, stream: Any, words: str) -> None:
        stream.write(words.encode() + b"\r\n")
        stream.flush()
