"""Tells machines' opens and clicks from people's. Pure.

Mail gateways fetch every link within moments of delivery, privacy proxies load pictures nobody looked at, and
prefetchers ask before a person does. A hit is one HTTP request to a tracking address; its siblings are the other hits
of the same delivery. Signs, strongest first: a honeypot link (invisible to people) hit within five minutes; the request
itself (HEAD, prefetch headers, a scanner's or proxy's user agent); a click within a second of sending; three or more
different links within two seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HONEYPOT_WINDOW = 300.0
BURST_WINDOW = 2.0
BURST_LINKS = 3
TOO_FAST = 1.0

_PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy|ggpht\.com|DuckDuckGo.*MailProxy", re.I)
_SCANNERS = re.compile(
    r"mimecast|proofpoint|barracuda|safelinks|symantec|forcepoint|trendmicro|fireeye|cloudmark|sophos|bitdefender"
    r"|MSIE [1-9]\.|(?<!cu)bot\b|crawler|spider|scanner|preview"
    r"|curl/|wget/|python|httpx|aiohttp|go-http-client|java/|okhttp|libwww|headless|phantomjs|puppeteer|playwright",
    re.I,
)
_PREFETCH = re.compile(r"prefetch|prerender|preview", re.I)


@dataclass(frozen=True, slots=True)
class Hit:
    """One request to a tracking address. Times in epoch seconds; None = not known."""

    delivery: str
    at: float
    clicked: bool
    link: str = ""
    user_agent: str | None = None
    method: str = "GET"
    purpose: str = ""
    honeypot: bool = False
    sent_at: float | None = None


def hit_of(event: str, at: float, properties: Mapping[str, Any]) -> Hit:
    """The hit that an event's properties describe; fields of another type count as absent."""
    sent_at = properties.get("sent_at")
    agent = properties.get("ua")
    return Hit(
        delivery=str(properties.get("delivery", "")),
        at=at,
        clicked=event == "Email Link Clicked",
        link=str(properties.get("link") or ""),
        user_agent=agent if isinstance(agent, str) else None,
        method=str(properties.get("method") or "GET").upper(),
        purpose=str(properties.get("purpose") or ""),
        honeypot=properties.get("honeypot") is True,
        sent_at=float(sent_at) if isinstance(sent_at, int | float) and not isinstance(sent_at, bool) else None,
    )


def is_machine(hit: Hit, siblings: Iterable[Hit]) -> bool:
    """Whether a hit came from a machine. `siblings`: hits of the same delivery, the hit itself among them or not."""
    return reason(hit, siblings) is not None


def reason(hit: Hit, siblings: Iterable[Hit]) -> str | None:
    """Why a hit counts as a machine's: honeypot, head, prefetch, no_user_agent, privacy_proxy, image_proxy, scanner,
    too_fast or burst; None for a person's."""
    known = [hit, *siblings]
    if any(other.honeypot and abs(other.at - hit.at) <= HONEYPOT_WINDOW for other in known):
        return "honeypot"
    return _by_request(hit) or _by_timing(hit, known)


def _by_request(hit: Hit) -> str | None:
    if hit.method == "HEAD":
        return "head"
    if _PREFETCH.search(hit.purpose):
        return "prefetch"
    if hit.user_agent is None:
        return None
    return _by_agent(hit.user_agent.strip())


def _by_agent(agent: str) -> str | None:
    if not agent:
        return "no_user_agent"
    if agent == "Mozilla/5.0":  # Apple Mail Privacy Protection loads every picture under this bare name
        return "privacy_proxy"
    if _PROXIES.search(agent):
        return "image_proxy"
    return "scanner" if _SCANNERS.search(agent) else None


def _by_timing(hit: Hit, known: Sequence[Hit]) -> str | None:
    if hit.clicked and hit.sent_at is not None and hit.at - hit.sent_at < TOO_FAST:
        return "too_fast"
    return "burst" if _in_burst(hit, known) else None


def _in_burst(hit: Hit, known: Sequence[Hit]) -> bool:
    """Whether some window of two seconds around the hit holds three or more different links."""
    near = sorted((other.at, other.link) for other in known if other.clicked and abs(other.at - hit.at) <= BURST_WINDOW)
    starts = {at for at, _link in near if at <= hit.at} | {hit.at}
    return any(
        len({link for at, link in near if start <= at <= start + BURST_WINDOW}) >= BURST_LINKS for start in starts
    )
