"""The customers' mail server: real SMTP, fast, with dead addresses and passing refusals."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from setpoint.market.play import Play

MAX_BYTES = 8 * 1024 * 1024
_PLAIN_ADDRESS = re.compile(r"<([A-Za-z0-9.+_=-]+@[A-Za-z0-9.-]+)>(.*)$")
NO_CALL_LIMIT = {"*": 10_000_000}


class Handler:
    """Decides on recipients and keeps what arrives."""

    def __init__(self, play: Play) -> None:
        self.play = play

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """250, 550 for addresses that do not exist or are dead, or 451 once."""
        answer = self.play.answer_recipient(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message for each of its recipients."""
        content = envelope.content or b""
        for address in envelope.rcpt_tos:
            self.play.take_mail(address, content if isinstance(content, bytes) else content.encode())
        return "250 2.0.0 Received"


class FastSMTP(SMTP):  # type: ignore[misc]
    """aiosmtpd that reads a whole message at once instead of line by line."""

    line_length_limit = MAX_BYTES

    def _getaddr(self, arg: str) -> tuple[str | None, str]:
        """A plain `<user@host>` by one match; everything else as aiosmtpd reads it."""
        plain = _PLAIN_ADDRESS.match(arg)
        if plain:
            return plain[1], plain[2].strip()
        address: tuple[str | None, str] = super()._getaddr(arg)
        return address

    async def smtp_DATA(self, arg: str) -> None:
        """RFC 5321 4.1.1.4, with the end of data found by one search."""
        if not self.envelope or not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        try:
            content = await self._reader.readuntil(b"\r\n.\r\n")
        except asyncio.LimitOverrunError:
            await self.push("552 Error: Too much mail data")
            self.transport.close()
            return
        self.envelope.content = content[:-3].replace(b"\r\n..", b"\r\n.")
        status = await self.event_handler.handle_DATA(self, self.session, self.envelope)
        self._set_post_data_state()
        await self.push(status)


async def listen(play: Play, host: str, port: int) -> asyncio.Server:
    """Open the SMTP port."""
    handler = Handler(play)

    def protocol() -> Any:
        return FastSMTP(
            handler,
            enable_SMTPUTF8=True,
            hostname="mail.example",
            data_size_limit=MAX_BYTES,
            command_call_limit=NO_CALL_LIMIT,
        )

    return await asyncio.get_running_loop().create_server(protocol, host, port)
