"""Every page, by day in English at a desk and by night in Chinese on a phone: no barrier, no foreign word, light to load."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.e2e.browser.conftest import Walker
from tests.e2e.browser.sites import WORLD, Site
from tests.e2e.browser.walking import Walk

pytestmark = pytest.mark.browser
INSIDE = (
    "/", "/start", "/campaigns", "/campaigns/new", "/campaigns/{campaign}", "/reports", "/reports/{campaign}",
    "/experiments", "/customers", "/customers/12", "/segments", "/segments/new", "/tags", "/tags?view=value",
    "/tags?view=clusters", "/events", "/imports", "/imports/new",
    "/templates", "/templates/new", "/templates/1", "/offers", "/channels", "/channels/new", "/channels/email",
    "/deliveries", "/suppressions", "/people", "/api-keys", "/settings", "/audit", "/profile", "/security",
    "/demo-inbox", "/sources", "/sources/new", "/destinations", "/destinations/new", "/identity", "/data-quality", "/nowhere",
)  # fmt: skip
OUTSIDE = ("/sign-in", "/sign-up", "/forgot-password", "/join/none", "/enter/none")
FIRST_LOAD_KB = 400
NAMES = {
    # our own name, standards, formats and units
    *[
        "Setpoint",
        "API",
        "CSV",
        "PDF",
        "HTML",
        "JSON",
        "MJML",
        "SMTP",
        "DNS",
        "SPF",
        "DKIM",
        "DMARC",
        "TLS",
        "URL",
        "webhook",
        "Standard",
        "Webhooks",
        "Webhook",
        "Parquet",
        "Excel",
        "XLSX",
    ],
    *[
        "EUR",
        "ID",
        "UTC",
        "CEST",
        "CET",
        "GMT",
        "Python",
        "JavaScript",
        "Node",
        "curl",
        "Segment",
        "Kafka",
        "MySQL",
        "MariaDB",
        "PostgreSQL",
        "SQL",
        "HTTP",
        "REST",
    ],
    *[
        "Aegis",
        "Google",
        "Authenticator",
        "Esc",
        "Ctrl",
        "Enter",
        "K",
        "TOTP",
        "QR",
        "JS",
        "TSV",
        "IANA",
        "IBAN",
        "Chrome",
        "Linux",
        "python",
        "httpx",
    ],
}
WORD = re.compile(r"[A-Za-z][a-z]{3,}")


def _address(site: Site, page: str) -> str:
    return page.format(campaign=site.campaign)


def test_english_pages_by_day_have_no_barriers(company: Site, walker: Walker) -> None:
    walk, guest = walker(company, "owner"), walker(company)
    found: list[str] = []
    for one, page in _pages(walk, guest):
        one.go(_address(company, page))
        found += one.look_for_barriers()
    assert not found, "\n".join(found)


def test_chinese_pages_by_night_on_a_phone(company: Site, walker: Walker) -> None:
    """Contrast in the dark, nothing wider than the screen, and no English but names."""
    night = {"language": "zh-hans", "scheme": "dark", "size": "phone"}
    walk, guest = walker(company, "owner", **night), walker(company, **night)
    data = _data_words(company)
    found: list[str] = []
    for one, page in _pages(walk, guest):
        one.go(_address(company, page))
        found += one.look_for_barriers("color-contrast")
        found += [f"{page} is wider than the screen"] if one.is_too_wide() else []
        found += [f"{page} says {word}" for word in sorted(_english(one) - data)]
    assert not found, "\n".join(found)


def _pages(walk: Walk, guest: Walk) -> Iterator[tuple[Walk, str]]:
    for one, start in ((walk, "/profile"), (guest, "/sign-in?again")):
        one.expect_refusal(404, "/api/")
        one.expect_refusal(401, "/api/")
        one.expect_refusal(400, "/api/join/")
        one.open(start)
    yield from ((walk, page) for page in INSIDE)
    yield from ((guest, page) for page in OUTSIDE)


def _english(walk: Walk) -> set[str]:
    """English words that the page itself says: not data, names, code or what a person typed."""
    said = str(walk.page.evaluate(OWN_WORDS))
    return {word for word in WORD.findall(said) if word not in NAMES}


def _data_words(site: Site) -> set[str]:
    """Words of the company's own records, which stay as they were written."""
    api = site.instance.api
    told = [api("GET", path) for path in ("/campaigns", "/segments", "/templates", "/offers", "/channels", "/company")]
    return {*WORD.findall(str(told)), *WORD.findall(str(WORLD)), *WORD.findall("".join(site.people.values()))}


def test_the_first_page_is_light_and_quick(company: Site, walker: Walker) -> None:
    walk = walker(company, "owner")
    sizes: list[int] = []
    walk.page.on("response", lambda answer: sizes.append(int(answer.headers.get("content-length", 0))))
    walk.open("/")
    assert 50 < sum(sizes) / 1000 < FIRST_LOAD_KB, f"{sum(sizes) / 1000:.0f} kB"


OWN_WORDS = """
(() => {
  const skipped = "code, pre, kbd, input, textarea, [lang], [translate=no], time, .cm-editor, td";
  const words = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (holder && !holder.closest(skipped) && holder.checkVisibility()) words.push(walker.currentNode.textContent);
  }
  return words.join("\\n");
})()
"""
