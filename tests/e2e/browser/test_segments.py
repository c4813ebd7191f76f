"""A segment of three nested conditions, built by mouse alone and by keyboard alone, in both languages."""

from __future__ import annotations

import json
import re
from functools import reduce
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import Walker
from tests.e2e.browser.sites import Site
from tests.e2e.browser.walking import ROOT, Walk

pytestmark = pytest.mark.browser
EVENT = "Order Completed"
TREE = {
    "all": [
        {"trait": "language", "op": "=", "value": "en"},
        {
            "any": [
                {"performed": EVENT, "op": ">=", "count": 1, "within_days": 90},
                {"consent": "email", "purpose": "marketing", "state": "granted"},
            ]
        },
    ]
}


class Words:
    """What the page says, by the catalogue's keys."""

    def __init__(self, language: str) -> None:
        path = ROOT / "web" / "src" / "segments" / f"{'zh' if language == 'zh-hans' else 'en'}.json"
        self._told = json.loads(path.read_text(encoding="utf-8"))

    def __getitem__(self, key: str) -> str:
        found: Any = reduce(lambda told, part: told[part], key.split("."), self._told)
        return str(found)


def _kept(company: Site, name: str) -> dict[str, Any]:
    rows = company.instance.api("GET", "/segments?sort=newest")["items"]
    return next(row for row in rows if row["name"] == name)


def _finish(walk: Walk, words: Words, company: Site, name: str) -> None:
    walk.wait(lambda: words["edit.new"] not in walk.page.locator("h1").inner_text(), what="the saved segment")
    assert _kept(company, name)["tree"] == TREE
    expect(walk.page.get_by_label(words["text.title"], exact=True)).to_have_value(
        f'trait language = "en" and (did "{EVENT}" >= 1 times within 90 days or consent email for marketing granted)'
    )
    expect(walk.page.locator('[data-behind="true"]')).to_have_count(0)
    walk.check_access()
    assert not walk.is_too_wide()


def _choose(walk: Walk, label: str, option: str) -> None:
    """Open the last list of this name by a click and take an entry by another."""
    walk.page.get_by_label(label, exact=True).locator("visible=true").last.click()
    entries = walk.page.locator(".ant-select-item-option").locator("visible=true")
    entries.filter(has_text=re.compile(f"^{re.escape(option)}$")).first.click()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_by_mouse_alone(company: Site, walker: Walker, language: str) -> None:
    words, name = Words(language), f"By mouse {language}"
    walk = walker(company, "owner", language=language)
    walk.open("/segments/new")
    walk.click(words["add.trait"], "button")
    _choose(walk, words["trait.name"], "language")
    _choose(walk, words["trait.value"], "en")
    walk.click(words["add.group"], "button")
    inner = walk.page.locator('.segment-group[data-depth="1"] .segment-add')
    inner.get_by_role("button", name=words["add.event"], exact=True).click()
    _choose(walk, words["event.name"], EVENT)
    inner.get_by_role("button", name=words["add.consent"], exact=True).click()
    walk.fill(words["edit.name"], name)
    walk.click(words["edit.save"], "button")
    _finish(walk, words, company, name)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_by_keyboard_alone(company: Site, walker: Walker, language: str) -> None:
    words, name = Words(language), f"By keyboard {language}"
    walk = walker(company, "owner", language=language)
    walk.open("/segments/new")
    walk.tab_to(words["add.trait"])
    walk.press("Enter")
    walk.type("language")
    walk.press("Escape")
    walk.tab_to(words["trait.value"])
    walk.type("en")
    walk.press("Escape")
    walk.tab_to(words["add.group"])
    walk.press("Enter", "Tab", "Enter")  # the new group's first button has the focus; the next one adds an event
    walk.type(EVENT)
    walk.press("Escape")
    walk.tab_to(words["add.consent"])
    walk.press("Enter")
    walk.tab_to(words["edit.name"])
    walk.type(name)
    walk.tab_to(words["edit.save"])
    walk.press("Enter")
    _finish(walk, words, company, name)


def test_text_and_lines_follow_each_other(company: Site, walker: Walker) -> None:
    words = Words("en")
    walk = walker(company, "owner")
    tree = {"performed": EVENT, "op": ">=", "count": 2, "where": {"property": "category", "value": "shoes"}}
    walk.open(f"/segments/new?tree={json.dumps(tree)}")
    expect(walk.page.get_by_label(words["where.name"], exact=True)).to_have_value("category")
    typed = walk.page.get_by_label(words["text.title"], exact=True)
    expect(typed).to_have_value(f'did "{EVENT}" >= 2 times where (category = "shoes")')
    walk.expect_refusal(400, "/segments/parse")
    typed.fill("first Seen within")
    walk.see(re.compile("Line 1, column 18"))
    typed.fill(f'last "{EVENT}" between 30 and 90 days ago and not tag vip')
    expect(walk.page.get_by_label(words["window.older"], exact=True)).to_have_value("30")
    expect(walk.page.get_by_label(words["tag.name"], exact=True)).to_have_value("vip")
    expect(walk.page.locator('[data-behind="true"]')).to_have_count(0)
    walk.check_access()


def test_snapshots_and_growth_on_a_phone(company: Site, walker: Walker) -> None:
    words = Words("zh-hans")
    made = company.instance.api(
        "POST", "/segments", json={"name": "Kept", "tree": {"trait": "language", "value": "en"}}
    )
    walk = walker(company, "owner", language="zh-hans", size="phone", scheme="dark")
    walk.open(f"/segments/{made['id']}")
    walk.click(words["snapshots.take"], "button")
    walk.wait(lambda: len(company.instance.api("GET", f"/segments/{made['id']}/snapshots")) == 1, what="the snapshot")
    snapshot = company.instance.api("GET", f"/segments/{made['id']}/snapshots")[0]
    walk.see(snapshot["name"])
    inside = company.instance.api("POST", "/segments/preview", json={"tree": {"snapshot": snapshot["id"]}})
    assert inside["count"] == snapshot["size"] > 0
    assert not walk.is_too_wide()
    walk.check_access()
