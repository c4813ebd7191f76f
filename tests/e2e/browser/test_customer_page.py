"""The customer page in both languages: a tag with weight and half-life, a trait, a consent; each seen, told, taken back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import Walker
from tests.e2e.browser.sites import Site
from tests.e2e.browser.walking import Walk

pytestmark = pytest.mark.browser
CUSTOMER = {"en": 21, "zh-hans": 22}
ROW_HEIGHT = 41  # 40 and the line below
SAID: dict[str, dict[str, str]] = {
    "en": {
        "set": "Set a tag",
        "tag": "Tag",
        "weight": "Weight",
        "half": "Half-life in days",
        "save": "Save",
        "undo": "Undo",
        "history": "How they came to be",
        "change": "Change",
        "trait": "Add a trait",
        "trait_name": "Trait",
        "value": "Value",
        "consent": "Record what they said",
        "refuses": "Refuses",
        "proof": "Proof: where and how they said so",
        "consents": "History",
        "refused": "Refuses e-mail for marketing",
        "agreed": "Agrees to e-mail for marketing",
        "cells": "Value cells",
        "clusters": "Clusters",
        "tags": "Tags",
    },
    "zh-hans": {
        "set": "打标签",
        "tag": "标签",
        "weight": "权重",
        "half": "半衰期（天）",
        "save": "保存",
        "undo": "撤销",
        "history": "标签的由来",
        "change": "修改",
        "trait": "添加属性",
        "trait_name": "属性",
        "value": "值",
        "consent": "登记客户的表示",
        "refuses": "拒绝",
        "proof": "凭据：在何处、以何种方式表示",
        "consents": "变更记录",
        "refused": "拒绝通过邮件接收营销信息",
        "agreed": "同意通过邮件接收营销信息",
        "cells": "价值格",
        "clusters": "聚类",
        "tags": "标签",
    },
}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_customer_is_tagged_and_changed_and_all_of_it_is_taken_back(
    company: Site, walker: Walker, language: str
) -> None:
    words, customer = SAID[language], CUSTOMER[language]
    name = f"gold {language}"
    with company.session(company.people["owner"]) as api:
        body = {"channel": "email", "purpose": "marketing", "state": "granted", "source": "a form, by hand"}
        api.post(f"/api/customers/{customer}/consents", json=body).raise_for_status()
    walk = walker(company, "support", language=language)
    walk.open(f"/customers/{customer}")
    _tag(walk, words, name)
    _retag(walk, words, name, company, customer)
    _change_a_trait(walk, words)
    _change_consent(walk, words, company)
    assert not walk.look_for_barriers(), walk.look_for_barriers()
    with company.session(company.people["owner"]) as api:
        history = [
            (one["before"], one["after"]) for one in api.get(f"/api/customers/{customer}/tags").json()["history"]
        ]
        trail = {row["verb"] for row in api.get(f"/api/audit?subject=customer:{customer}").json()["items"]}
    assert [after for _before, after in history[:3]] == pytest.approx([0.4, 0.9, 0.4], abs=0.01)
    assert {"tagged", "changed", "consented"} <= trail


def _tag(walk: Walk, words: dict[str, str], name: str) -> None:
    walk.click(words["set"], "button")
    walk.fill(words["tag"], name)
    walk.fill(words["half"], "30")
    walk.fill(words["weight"], "0.4")
    walk.click(words["save"], "button")
    row = walk.page.locator(".facts-tags li", has_text=name)
    expect(row).to_contain_text("0.40")
    expect(walk.page.locator(".facts-history li", has_text=name).first).to_contain_text("0.00 → 0.40")
    _dismiss(walk)


def _retag(walk: Walk, words: dict[str, str], name: str, company: Site, customer: int) -> None:
    """Another weight, and back: the history keeps all three."""
    row = walk.page.locator(".facts-tags li", has_text=name)
    row.get_by_role("button").first.click()
    walk.fill(words["weight"], "0.9")
    walk.click(words["save"], "button")
    expect(row).to_contain_text("0.90")
    walk.click(words["undo"], "button")
    expect(row).to_contain_text("0.40")
    expect(walk.page.locator(".facts-history li", has_text=name)).to_have_count(3)


def _change_a_trait(walk: Walk, words: dict[str, str]) -> None:
    walk.click(words["trait"], "button")
    walk.fill(words["trait_name"], "size_of_shoe")
    walk.fill(words["value"], "44 and a half")
    walk.click(words["save"], "button")
    shown = walk.page.locator(".customer-facts", has_text="size_of_shoe")
    expect(shown).to_contain_text("44 and a half")
    walk.click(words["undo"], "button")
    expect(walk.page.get_by_text("size_of_shoe", exact=True)).to_have_count(0)


def _change_consent(walk: Walk, words: dict[str, str], company: Site) -> None:
    """Of two statements of one moment the stricter would win, so a minute passes between them."""
    said = walk.page.locator(".customer-consents")
    expect(said).to_contain_text(words["agreed"])
    _pass_a_minute(company)
    walk.click(words["consent"], "button")
    walk.click(words["refuses"], "radio")
    walk.fill(words["proof"], "by telephone, today")
    walk.click(words["save"], "button")
    expect(said).to_contain_text(words["refused"])
    _pass_a_minute(company)
    walk.click(words["undo"], "button")
    expect(said).to_contain_text(words["agreed"])
    walk.click(words["consents"], "button")
    expect(walk.page.locator(".facts-history", has_text="by telephone, today")).to_have_count(1)


def _pass_a_minute(company: Site) -> None:
    api = company.instance.api
    now = datetime.fromisoformat(api("GET", "/simulation")["now"])
    api("POST", "/simulation", json={"now": (now + timedelta(minutes=1)).isoformat()})


def _view(walk: Walk, name: str) -> None:
    walk.page.locator(".tags-views").get_by_text(name, exact=True).click()
    walk.settle()


def _dismiss(walk: Walk) -> None:
    walk.page.locator(".ant-notification-notice-close").first.click()
    expect(walk.page.locator(".ant-notification-notice")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_tags_cells_and_clusters(company: Site, walker: Walker, language: str) -> None:
    """The grid leads to a list, and both pictures say in words what they show."""
    words = SAID[language]
    walk = walker(company, "marketer", language=language)
    walk.open("/tags")
    walk.see(words["tags"])
    rows = walk.page.locator(".record-table tbody tr[tabindex]")
    expect(rows.nth(3)).to_be_visible(timeout=30_000)
    assert max(rows.nth(place).bounding_box()["height"] for place in range(4)) <= ROW_HEIGHT  # type: ignore[index]
    assert walk.page.locator("a[href*='/api/tags/export?']").count() == 1
    assert not walk.look_for_barriers()
    _view(walk, words["cells"])
    grid = walk.page.locator(".rfm-place")
    expect(grid).to_have_count(25, timeout=30_000)
    report: Any = company.instance.api("GET", "/insights/rfm")["report"]
    biggest = max(report["grid"], key=lambda place: place["count"])
    label = grid.nth((5 - biggest["r"]) * 5 + biggest["fm"] - 1).get_attribute("title") or ""
    assert re.search(rf"\b{biggest['count']}\b", label)
    assert not walk.look_for_barriers()
    _view(walk, words["clusters"])
    expect(walk.page.locator(".cluster-groups li").first).to_be_visible(timeout=30_000)
    assert walk.page.locator(".choice svg").count() == 2
    assert not walk.look_for_barriers()
    walk.open("/tags?view=value")
    grid.nth((5 - biggest["r"]) * 5 + biggest["fm"] - 1).click()
    count = next(cell["count"] for cell in report["cells"] if cell["key"] == biggest["cell"])
    expect(walk.page.locator(".customers-pager")).to_contain_text(str(count))
