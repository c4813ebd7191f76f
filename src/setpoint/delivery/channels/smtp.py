"""Mail over SMTP: kept connections, exact reading of every answer (RFC 5321), look-up in a Maildir."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from setpoint.delivery.channels.mime import Letter, write
from setpoint.delivery.channels.settings import about, settings_from
from setpoint.delivery.types import ChannelLimits, Feedback, FeedbackRequest, OutgoingMessage, Receipt
from setpoint.kernel import clock
from setpoint.kernel.errors import Invalid, Refused, SetpointError
from setpoint.kernel.outages import technical_of

_DEAD_ADDRESS = (550, 551, 553)
_BAD_MESSAGE = (501, 552, 554, 555, 556)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How to reach the mail server. `maildir`: where it files what it took, for look-ups after a stop."""

    host: str = field(metadata=about(_noop("Mail server"), _noop("Its name, such as smtp.example.com.")))
    from_address: str = field(metadata=about(_noop("Sender's address"), _noop("What customers see and reply to.")))
    from_name: str = field(default="", metadata=about(_noop("Sender's name"), _noop("Empty: the company's.")))
    port: int = field(
        default=25,
        metadata=about(
            _noop("Port"),
            _noop("587 for STARTTLS, 465 for TLS, 25 between servers."),
            begins=587,
            follows={"security": {"starttls": 587, "tls": 465, "none": 25}},
        ),
    )
    security: Literal["none", "starttls", "tls"] = field(
        default="none",
        metadata=about(_noop("Encryption"), _noop("STARTTLS with port 587 is usual."), begins="starttls"),
    )
    username: str = field(default="", metadata=about(_noop("User name")))
    password: str = field(
        default="", metadata=about(_noop("Password"), _noop("Many providers want an app password."), secret=True)
    )
    bounce_address: str = field(
        default="",
        metadata=about(
            _noop("Address for bounces"),
            _noop("Mails that come back go here; forward them to this channel's address for feedback."),
            advanced=True,
        ),
    )
    connections: int = field(
        default=4, metadata=about(_noop("Connections"), _noop("How many at once; 1 to 64."), advanced=True)
    )
    timeout: float = field(default=30.0, metadata=about(_noop("Seconds to wait for an answer"), advanced=True))
    ca_file: str = field(
        default="", metadata=about(_noop("File of trusted certificates"), _noop("Empty: the system's."), advanced=True)
    )
    maildir: str = field(
        default="",
        metadata=about(
            _noop("Maildir of sent mail"), _noop("Where the server files what it took, for look-ups."), advanced=True
        ),
    )
    proof_after: float = field(
        default=60.0,
        metadata=about(
            _noop("Seconds until absence is proof"),
            _noop("How long the server may take to file a mail."),
            advanced=True,
        ),
    )

    def check(self) -> None:
        """Refuse what can never work."""
        if not self.host or "@" not in self.from_address:
            raise Invalid(
                _("The mail server or the sender's address is missing."), remedy=_("Give host and from_address.")
            )
        if not 1 <= self.port <= 65535 or not 1 <= self.connections <= 64 or not 0 < self.timeout <= 600:
            raise Invalid(
                _("Port, connections or timeout are out of range."), remedy=_("1-65535, 1-64, up to 600 seconds.")
            )
        if self.security not in ("none", "starttls", "tls"):
            raise Invalid(
                _("%(security)s is not a kind of security.") % {"security": repr(self.security)},
                remedy=_("Use none, starttls or tls."),
            )
        if self.username and self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise Invalid(
                _("A password would travel in the clear."), remedy=_("Choose starttls or tls."), field="security"
            )


class _InDoubt(Exception):
    """The connection broke after the whole message had left: it may or may not have been taken."""


class SmtpChannel:
    """One mail server."""

    name = "smtp"
    label = _noop("E-mail (SMTP)")
    settings_type = SmtpSettings

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings_from(SmtpSettings, settings)
        self._idle: LifoQueue[smtplib.SMTP] = LifoQueue()

    @property
    def limits(self) -> ChannelLimits:
        """One message at a time on each connection."""
        return ChannelLimits(batch=1, connections=self.settings.connections, proof_after=self.settings.proof_after)

    def send(self, batch: Sequence[OutgoingMessage]) -> list[Receipt]:
        """Hand mails over on a kept connection; one receipt each."""
        return [self._send(message) for message in batch]

    def feedback(self, request: FeedbackRequest) -> list[Feedback]:
        """Plain mail servers call nobody back: bounces come as mail (see the raw mail hook)."""
        raise Refused(_("A mail server has no call-back."), remedy=_("Post raw bounce mails to /hooks/email/raw."))

    def find(self, keys: Sequence[str]) -> dict[str, bool | None]:
        """Whether the server filed mails of these keys, by Message-ID; None for all where it keeps no Maildir."""
        if not self.settings.maildir:
            return dict.fromkeys(keys)
        filed = _message_ids(Path(self.settings.maildir))
        return {key: self._message_id(key) in filed for key in keys}

    def check(self) -> str:
        """Connect and log in, send nothing; the server's greeting. Raises OSError or SMTPException."""
        connection = self._connect()
        try:
            code, words = connection.noop()
            return _said(code, words)
        finally:
            connection.close()

    def close(self) -> None:
        """End all kept connections."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _send(self, message: OutgoingMessage) -> Receipt:
        try:
            data = write(self._letter(message))
        except SetpointError as error:
            return Receipt(message.key, "rejected", detail=error.message)
        connection: smtplib.SMTP | None = None
        try:
            connection, receipt = self._converse(message, data)
        except _InDoubt as doubt:
            return Receipt(message.key, "unknown", detail=f"connection lost after the message had left: {doubt}")
        except (OSError, smtplib.SMTPException) as error:
            return Receipt(message.key, "retry", detail=_words(error), provider_fault=True)
        self._idle.put(connection)
        return receipt

    def _converse(self, message: OutgoingMessage, data: bytes) -> tuple[smtplib.SMTP, Receipt]:
        connection, sender = None, self._envelope_sender(message.key)
        try:
            connection = self._idle.get_nowait()
            code, words = connection.mail(sender)
        except (Empty, OSError, smtplib.SMTPServerDisconnected):
            # A kept connection may have been closed by the server meanwhile; nothing has been handed over yet.
            connection = self._connect()
            code, words = connection.mail(sender)
        if code != 250:
            return connection, _close_on(connection, code, _read_mail_from(message.key, code, words))
        code, words = connection.rcpt(message.address)
        if code not in (250, 251):
            return connection, _close_on(connection, code, _read_recipient(message.key, code, words))
        code, words = self._data(connection, data)
        return connection, _close_on(connection, code, _read_data(message.key, code, words))

    def _data(self, connection: smtplib.SMTP, data: bytes) -> tuple[int, bytes]:
        connection.putcmd("data")
        code, words = connection.getreply()
        if code != 354:
            return code, words
        quoted = data.replace(b"\r\n.", b"\r\n..")
        if quoted.startswith(b"."):
            quoted = b"." + quoted
        ending = b".\r\n" if quoted.endswith(b"\r\n") else b"\r\n.\r\n"
        connection.send(quoted + ending)
        try:
            return connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise _InDoubt(_words(error)) from error

    def _connect(self) -> smtplib.SMTP:
        chosen = self.settings
        if chosen.security == "tls":
            made: smtplib.SMTP = smtplib.SMTP_SSL(chosen.host, chosen.port, timeout=chosen.timeout, context=self._tls)
        else:
            made = smtplib.SMTP(chosen.host, chosen.port, timeout=chosen.timeout)
        try:
            if chosen.security == "starttls":
                made.starttls(context=self._tls)
            made.ehlo_or_helo_if_needed()
            if chosen.username:
                made.login(chosen.username, chosen.password)
        except (OSError, smtplib.SMTPException):
            made.close()
            raise
        return made

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.settings.ca_file or None)

    def _letter(self, message: OutgoingMessage) -> Letter:
        return Letter(
            message_id=self._message_id(message.key),
            sender=self.settings.from_address,
            sender_name=self.settings.from_name or str(message.metadata.get("from_name", "")),
            recipient=message.address,
            subject=message.subject,
            text=message.text,
            html=message.html,
            at=message.metadata.get("at") or clock.now(),
            headers=message.headers,
        )

    def _message_id(self, key: str) -> str:
        return f"{key}@{self.settings.from_address.rpartition('@')[2]}"

    def _envelope_sender(self, key: str) -> str:
        """The bounce address with the key in it (VERP), so that every bounce names its message."""
        local, at, domain = self.settings.bounce_address.rpartition("@")
        return f"{local}+{key}{at}{domain}" if at else self.settings.from_address


def _close_on(connection: smtplib.SMTP, code: int, receipt: Receipt) -> Receipt:
    """Leave the connection ready for the next mail, or closed where the server ends it."""
    if code == 421:
        connection.close()
    elif receipt.status not in ("accepted",):
        connection.rset()
    return receipt


def _read_mail_from(key: str, code: int, words: bytes) -> Receipt:
    """A refused sender is the account's trouble, not the message's; only its size may be."""
    if code == 552:
        return Receipt(key, "rejected", detail=_said(code, words))
    return Receipt(key, "retry", detail=_said(code, words), provider_fault=True)


def _read_recipient(key: str, code: int, words: bytes) -> Receipt:
    if code in _DEAD_ADDRESS:
        return Receipt(key, "bounced", detail=_said(code, words))
    if code in _BAD_MESSAGE:
        return Receipt(key, "rejected", detail=_said(code, words))
    return Receipt(key, "retry", detail=_said(code, words), provider_fault=code == 421 or code >= 500)


def _read_data(key: str, code: int, words: bytes) -> Receipt:
    if code == 250:
        return Receipt(key, "accepted", provider_id=words.decode("ascii", "replace")[:200])
    if code >= 500:
        return Receipt(key, "rejected", detail=_said(code, words))
    return Receipt(key, "retry", detail=_said(code, words), provider_fault=code == 421)


def _said(code: int, words: bytes) -> str:
    return f"{code} {words.decode('utf-8', 'replace')}"[:200]


def _words(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(
            error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
        )
    return technical_of(error)[:200]


def _message_ids(maildir: Path) -> set[str]:
    found = set()
    for folder in ("new", "cur"):
        for entry in os.scandir(maildir / folder) if (maildir / folder).is_dir() else ():
            with open(entry.path, "rb") as file:
                for line in file:
                    if line.lower().startswith(b"message-id:"):
                        found.add(line.partition(b":")[2].strip().strip(b"<>").decode("ascii", "replace"))
                        break
                    if not line.strip():
                        break
    return found
