"""Writing mail as bytes: multipart/alternative in UTF-8 with correct headers, without building a tree of objects.

Follows RFC 5322 (message), RFC 2045 and 2046 (parts and their encodings), RFC 2047 (words in headers).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from django.utils.translation import gettext as _

from setpoint.kernel.errors import Invalid

_NEWLINES = re.compile(r"\r\n|\r|\n")
_ATOM_WORDS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WORD_BYTES = 45
_FOLD_AT = 76


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything of one mail. `headers` are extra ones, ASCII."""

    message_id: str
    sender: str
    sender_name: str
    recipient: str
    subject: str
    text: str
    html: str
    at: datetime
    headers: Mapping[str, str]


def write(letter: Letter) -> bytes:
    """The mail as it goes over the wire, lines ending in CRLF. Invalid where a header could inject lines."""
    head = [
        f"From: {address(letter.sender_name, letter.sender)}",
        f"To: {address('', letter.recipient)}",
        f"Subject: {words(letter.subject, first=9)}",
        f"Date: {format_datetime(letter.at)}",
        f"Message-ID: <{_plain(letter.message_id)}>",
        "MIME-Version: 1.0",
        *(_header(name, value) for name, value in letter.headers.items()),
    ]
    if not letter.html:
        kind, body = _part(letter.text, "plain")
        return "\r\n".join([*head, *kind]).encode("ascii") + b"\r\n\r\n" + body
    border = f"=_{letter.message_id.partition('@')[0]}"
    head.append(f'Content-Type: multipart/alternative; boundary="{border}"')
    mark = f"--{border}".encode("ascii")
    parts = []
    for text, subtype in ((letter.text, "plain"), (letter.html, "html")):
        kind, body = _part(text, subtype)
        parts += [mark, "\r\n".join(kind).encode("ascii"), b"", body]
    return b"\r\n".join(["\r\n".join(head).encode("ascii"), b"", *parts, mark + b"--", b""])


def words(text: str, *, first: int = 0) -> str:
    """A header's free text: as it is where short ASCII, else RFC 2047 encoded words. `first` = width of the name."""
    clean = _CONTROL.sub(" ", text).strip()
    if clean.isascii() and "=?" not in clean and len(clean) + first <= _FOLD_AT:
        return clean
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(piece).decode()}?=" for piece in _pieces(clean))


def address(name: str, mailbox: str) -> str:
    """A mailbox with its display name."""
    if not name:
        return _plain(mailbox)
    shown = (
        name
        if _ATOM_WORDS.fullmatch(name) and "=?" not in name and len(name) < _WORD_BYTES
        else words(name, first=_FOLD_AT)
    )
    return f"{shown} <{_plain(mailbox)}>"


def _pieces(text: str) -> list[bytes]:
    """UTF-8 cut between characters, at most 45 bytes each, so that each encoded word stays below 76 characters."""
    pieces, current = [], b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(current) + len(encoded) > _WORD_BYTES:
            pieces.append(current)
            current = b""
        current += encoded
    return [*pieces, current]


def _part(text: str, subtype: str) -> tuple[list[str], bytes]:
    data = _NEWLINES.sub("\r\n", text).encode("utf-8", "replace")
    encoding, body = _encoded(data)
    return [f"Content-Type: text/{subtype}; charset=utf-8", f"Content-Transfer-Encoding: {encoding}"], body


def _encoded(data: bytes) -> tuple[str, bytes]:
    beyond_ascii = len(data.decode("utf-8")) != len(data)
    if beyond_ascii and len(data) > 64 and sum(data.translate(_IS_HIGH)) * 6 > len(data):
        return "base64", _base64(data)
    # The encoder breaks lines the way the text does; a last line end makes that CRLF whatever the text.
    return "quoted-printable", binascii.b2a_qp(data + b"\r\n", istext=True)[:-2]


_IS_HIGH = bytes(int(code > 127) for code in range(256))


def _base64(data: bytes) -> bytes:
    flat = base64.b64encode(data)
    return b"\r\n".join(flat[start : start + 76] for start in range(0, len(flat), 76))


def _header(name: str, value: str) -> str:
    return f"{_plain(name)}: {_plain(value)}"


def _plain(text: str) -> str:
    if not text.isascii() or _CONTROL.search(text):
        raise Invalid(
            _("%(text)s cannot stand in a mail's header.") % {"text": repr(text)},
            remedy=_("Use printable ASCII without line breaks."),
        )
    return text
