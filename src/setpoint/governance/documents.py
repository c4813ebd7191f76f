"""The content security policy of a document that stands alone: it may be looked at, with the very styles it came with."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape

_SHEET = re.compile(r"<style[^>]*>(.*?)</style>", re.I | re.S)
_ATTRIBUTE = re.compile(r"""\sstyle\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)


def document_policy(document: bytes, *, sandbox: bool = False) -> str:
    """Nothing loads, runs or is sent; each style sheet and style attribute of this document is allowed by its hash."""
    text = document.decode("utf-8", "replace")
    styles = _SHEET.findall(text) + [unescape(double or single) for double, single in _ATTRIBUTE.findall(text)]
    hashes = " ".join(sorted({_hash(style) for style in styles}))
    styled = f"style-src 'unsafe-hashes' {hashes}" if hashes else "style-src 'none'"
    parts = ["default-src 'none'", styled, "img-src data:", "form-action 'none'", "base-uri 'none'"]
    return "; ".join([*parts, "frame-ancestors 'none'", *(["sandbox"] if sandbox else [])])


def _hash(style: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
