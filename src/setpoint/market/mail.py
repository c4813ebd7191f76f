"""What a customer and their mail program see in a raw message. Regular expressions, since thousands come a second."""

from __future__ import annotations

import binascii
import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

_FOLD = re.compile(rb"\r?\n[ \t]+")
_BOUNDARY = re.compile(rb'boundary="?([^";\r\n]+)"?', re.IGNORECASE)
_CHARSET = re.compile(rb'charset="?([A-Za-z0-9_.:-]+)"?', re.IGNORECASE)
_BRACKETED = re.compile(r"<(https?://[^<>\s]+)>")
_ANCHOR = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_IMAGE = re.compile(r"<img\b[^>]*?\bsrc=[\"'](https?://[^\"']+)[\"']", re.IGNORECASE)
_HREF = re.compile(r"\bhref=[\"'](https?://[^\"']+)[\"']", re.IGNORECASE)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|\bhidden\b", re.IGNORECASE
)
_HIDDEN_BLOCK = re.compile(
    r"<(div|span|p|td)\b[^>]*(?:display\s*:\s*none|visibility\s*:\s*hidden)[^>]*>.*?</\1>", re.IGNORECASE | re.DOTALL
)
_BARE = re.compile(r"https?://[^\s<>\"')\]]+")
_HOUSEKEEPING = re.compile(r"unsubscribe|preferences|opt-?out|退订|偏好", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as received, by e-mail or otherwise. `links` are those a person might follow, best first."""

    message_id: str
    subject: str
    words: str  # subject and all text, for reading which variant and offer it is
    date: datetime | None
    unsubscribe: str  # RFC 8058 address, "" = none
    pictures: tuple[str, ...]
    links: tuple[str, ...]
    all_links: tuple[str, ...]  # hidden ones too
    headers: bytes


def parse_mail(raw: bytes) -> Message:
    """Read a raw RFC 5322 message. What is missing is empty; nothing raises."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    fields = _fields(head)
    subject = _words_of(fields.get(b"subject", b""))
    text, markup = _bodies(fields, body)
    one_click = b"one-click" in fields.get(b"list-unsubscribe-post", b"").lower()
    found = _BRACKETED.search(fields.get(b"list-unsubscribe", b"").decode("ascii", "replace"))
    unsubscribe = found[1] if found and one_click else ""
    return read_message(
        message_id=fields.get(b"message-id", b"").decode("ascii", "replace").strip("<> "), subject=subject,
        text=text, markup=markup, date=_date(fields.get(b"date", b"")), unsubscribe=unsubscribe, headers=head,
    )  # fmt: skip


def read_message(
    *,
    message_id: str,
    subject: str,
    text: str,
    markup: str,
    date: datetime | None,
    unsubscribe: str,
    headers: bytes = b"",
) -> Message:
    """Find pictures and links in the parts of a message."""
    visible, every = _links(markup) if markup else _bare_links(text)
    plain = html.unescape(markup) if "&" in markup else markup
    return Message(
        message_id=message_id, subject=subject, words="\n".join((subject, text, plain)),
        date=date, unsubscribe=unsubscribe,
        pictures=tuple(dict.fromkeys(html.unescape(url) for url in _IMAGE.findall(markup))),
        links=tuple(url for url in visible if url != unsubscribe), all_links=every, headers=headers,
    )  # fmt: skip


def host_of(url: str) -> tuple[str, int]:
    """Host and port of a URL; all names of this machine count as one."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    local = host in ("localhost", "127.0.0.1", "::1")
    return "localhost" if local else host, parts.port or (443 if parts.scheme == "https" else 80)


def _fields(head: bytes) -> dict[bytes, bytes]:
    rows = (line.partition(b":") for line in _FOLD.sub(b" ", head).split(b"\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in rows if colon}


def _words_of(value: bytes) -> str:
    text = value.decode("utf-8", "replace")
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, UnicodeError, ValueError):
        return text


def _date(value: bytes) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value.decode("ascii", "replace"))
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _bodies(fields: dict[bytes, bytes], body: bytes) -> tuple[str, str]:
    """All plain text, and all HTML, of a message or part."""
    kind = fields.get(b"content-type", b"text/plain")
    lowered = kind.lower()
    if lowered.startswith(b"multipart/"):
        boundary = _BOUNDARY.search(kind)
        parts = body.split(b"--" + boundary[1])[1:] if boundary else []
        pairs = [_part(part) for part in parts if not part.startswith(b"--")]
        return "\n".join(text for text, _ in pairs), "\n".join(markup for _, markup in pairs)
    if not lowered.startswith(b"text/"):
        return "", ""
    text = _decoded(fields, body, kind)
    return ("", text) if lowered.startswith(b"text/html") else (text, "")


def _part(part: bytes) -> tuple[str, str]:
    head, _, body = part.lstrip(b"\n").partition(b"\n\n")
    return _bodies(_fields(head), body)


def _decoded(fields: dict[bytes, bytes], body: bytes, kind: bytes) -> str:
    encoding = fields.get(b"content-transfer-encoding", b"").lower()
    if encoding == b"quoted-printable":
        body = binascii.a2b_qp(body)
    elif encoding == b"base64":
        body = _base64(body)
    charset = _CHARSET.search(kind)
    try:
        return body.decode(charset[1].decode("ascii") if charset else "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _base64(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(body)
    except binascii.Error:
        return body


def _links(markup: str) -> tuple[list[str], tuple[str, ...]]:
    """Links that a person sees and would follow, and all links."""
    every = tuple(dict.fromkeys(html.unescape(url) for url in _HREF.findall(markup)))
    lowered = markup.lower()
    seen = _HIDDEN_BLOCK.sub("", markup) if "none" in lowered or "hidden" in lowered else markup
    visible: list[str] = []
    for attributes, label in _ANCHOR.findall(seen):
        address = _HREF.search(attributes)
        if address and not _HIDDEN.search(attributes) and not _HOUSEKEEPING.search(address[1] + label):
            visible.append(html.unescape(address[1]))
    return visible, every


def _bare_links(text: str) -> tuple[list[str], tuple[str, ...]]:
    every = tuple(dict.fromkeys(url.rstrip(".,;:") for url in _BARE.findall(text)))
    return [url for url in every if not _HOUSEKEEPING.search(url)], every
