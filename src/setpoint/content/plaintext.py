"""The text part of a mail, made from its HTML: words in order, links kept, nothing hidden."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    {
        "address", "article", "blockquote", "div", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
        "ol", "p", "pre", "section", "table", "tr", "ul",
    }
)  # fmt: skip
_SILENT = frozenset({"head", "style", "title", "noscript"})
_STAND_IN = re.compile(r"spx\d+x")


def to_text(html: str) -> str:
    """Readable text of a document. Stand-ins for template tags stay where they were."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in "".join(reader.parts).split("\n"))
    return tidy("\n".join(lines)) + "\n"


def tidy(text: str) -> str:
    """Never more than one empty line in a row, none at the ends."""
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent: list[str] = []
        self.link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        hidden = "display:none" in (values.get("style") or "").replace(" ", "")
        if self.silent or tag in _SILENT or (hidden and tag in ("div", "span", "td", "p")):
            if tag not in ("br", "img", "hr", "meta", "link", "input"):
                self.silent.append(tag)
            return
        if tag == "br" or tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "li":
            self.parts.append("- ")
        if tag == "img" and values.get("alt"):
            self.parts.append(values["alt"] or "")
        if tag == "a" and values.get("href"):
            self.link = (values["href"] or "", len(self.parts))

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag in self.silent:
                while self.silent.pop() != tag:
                    pass
            return
        if tag == "a" and self.link:
            self._end_link(*self.link)
        if tag in _BLOCKS:
            self.parts.append("\n" if tag in ("tr", "li", "div") else "\n\n")

    def _end_link(self, address: str, start: int) -> None:
        self.link = None
        shown = "".join(self.parts[start:]).strip()
        if address.startswith("#") or not shown:
            return
        if shown != address:
            self.parts.append(f": {address}")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", data))

    def handle_comment(self, data: str) -> None:
        if not self.silent and _STAND_IN.fullmatch(data):
            self.parts.append(f"<!--{data}-->")
