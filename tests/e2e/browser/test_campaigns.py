"""A marketer's work: from signing up to a finished campaign, stepping in, a dirty file, two people at one draft."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from setpoint.market.population import write_population
from tests.e2e.browser.conftest import Walker
from tests.e2e.browser.sites import OWNER, PASSWORD, Site, play_rounds, world_of
from tests.e2e.browser.walking import Walk

pytestmark = pytest.mark.browser
MOST_SECONDS = 180
MOST_CLICKS = 60
DIRTY = (
    "email,first_name,city,consent_email,birthday\n"
    "mei@tea.example,Mei,Lyon,yes,1990-02-03\n"
    "MEI@tea.example,Mei Ling,Lyon,yes,1990-02-03\n"
    "not-an-address,Tom,Paris,yes,1991-01-01\n"
    ",Nobody,Paris,no,\n"
    "zoë@tea.example,Zoë,Köln,perhaps,31.02.1990\n"
)


BOTH_WAYS = pytest.mark.parametrize(("hands", "language"), [("mouse", "en"), ("keyboard", "zh-hans")])
OTHER_WAYS = pytest.mark.parametrize(("hands", "language"), [("mouse", "zh-hans"), ("keyboard", "en")])


@OTHER_WAYS
def test_from_signing_up_to_a_running_campaign(
    fresh: Site, walker: Walker, tmp_path: Path, hands: str, language: str
) -> None:
    _come_to_a_running_campaign(walker(fresh, hands=hands, language=language), fresh, tmp_path)


@BOTH_WAYS
def test_from_signing_up_to_a_finished_campaign(
    fresh: Site, walker: Walker, tmp_path: Path, hands: str, language: str
) -> None:
    """All by the pages; only time is moved behind them, because weeks pass."""
    walk = walker(fresh, hands=hands, language=language)
    _come_to_a_running_campaign(walk, fresh, tmp_path)
    hook = fresh.instance.api("GET", "/channels")[0]["hook_url"].replace("/hooks/email?", "/hooks/email/raw?")
    fresh.instance.start_market(hook)
    play_rounds(fresh.instance, 1, 99)
    walk.see("Ended", timeout=30)
    walk.click("Reports", "link")
    walk.see("Autumn offer")
    report = fresh.instance.api("GET", "/campaigns/1/report?format=json")
    assert report["spend"]["messages"] > 0
    assert walk.clicks < MOST_CLICKS


def _come_to_a_running_campaign(walk: Walk, fresh: Site, tmp_path: Path) -> None:
    customers, purchases = write_population(world_of(tmp_path), 3, tmp_path / "population")
    walk.expect_refusal(401, "/api/me")
    started = time.monotonic()
    _sign_up(walk)
    _say_who_we_are(walk)
    _import(walk, customers, "Customers")
    _import(walk, purchases, "Events", event="Order Completed")
    _connect_mail(walk, fresh)
    _write_message(walk)
    _launch(walk)
    assert time.monotonic() - started < MOST_SECONDS
    assert walk.clicks < MOST_CLICKS


def _sign_up(walk: Walk) -> None:
    walk.open("/sign-up")
    walk.fill("Your name", "Ann Lee")
    walk.fill("E-mail", OWNER)
    walk.fill("Password", PASSWORD)
    walk.click("Create the account")
    walk.page.wait_for_url("**/start")
    walk.settle()


def _say_who_we_are(walk: Walk) -> None:
    walk.click("Open settings")
    walk.fill("Postal address", "1 Market Street, 75001 Paris")
    walk.click("Save settings")
    walk.see("Saved.")


def _import(walk: Walk, path: Path, target: str, *, event: str = "") -> None:
    walk.open("/imports/new")
    walk.tick(target)
    walk.choose_file("Choose a file", path)
    walk.page.wait_for_url(re.compile(r"/imports/\d+$"))
    if event:
        walk.fill("Name of the event", event)
    elif walk.field("Meaning of {{column}}").count():
        walk.choose(re.compile("consent_email"), "Consent to e-mail")
    walk.click("Import {{shown}} rows")
    walk.see(f"Look at the {target.lower()}", timeout=40)


def _connect_mail(walk: Walk, site: Site) -> None:
    walk.open("/channels/new")
    walk.fill("Mail server", "127.0.0.1")
    walk.fill("Port", str(site.instance.smtp_port))
    walk.choose("Encryption", "None")  # the port that was typed stays
    walk.fill("Sender's address", "hello@tea.example")
    walk.fill("Cost of a message", "0.02")
    walk.click("Save")
    walk.page.wait_for_url("**/channels/email")


def _write_message(walk: Walk) -> None:
    walk.open("/templates/new")
    walk.fill("Name", "Autumn teas")
    walk.click("Create and edit")
    walk.page.wait_for_url(re.compile(r"/templates/\d+"))
    walk.settle()
    walk.fill("Subject", "Spring is here")
    walk.click("Save", "button")
    walk.see("Saved as version {{version}}.")


def _launch(walk: Walk) -> None:
    walk.open("/campaigns")
    walk.press("n")
    walk.page.wait_for_url("**/campaigns/new")
    walk.click("Start blank")
    walk.page.wait_for_url(re.compile(r"/campaigns/\d+/edit"))
    walk.settle()
    walk.fill("What is this campaign for?", "Autumn offer")
    walk.tick(re.compile("^(More of an event|让某件事更多发生)"))
    walk.fill("Which event counts?", "Order Completed")
    walk.press("Escape")
    walk.fill("How many more than anyway?", "60")
    walk.click(re.compile("^4 ?(weeks|周)$"))
    walk.tick(re.compile("^(First|第一版)"), "checkbox")
    walk.fill("Money", "300")
    walk.see("Draft saved")
    walk.click("Launch", "button")
    walk.click("Launch now", "button")
    walk.page.wait_for_url(re.compile(r"/campaigns/\d+$"), timeout=30_000)
    walk.see("Running")


@BOTH_WAYS
def test_a_pause_and_a_change_are_obeyed(company: Site, walker: Walker, hands: str, language: str) -> None:
    walk = walker(company, "marketer", hands=hands, language=language)
    walk.open(f"/campaigns/{company.campaign}")
    walk.click("Pause")
    walk.confirm("Pause")
    walk.wait(lambda: _campaign(company)["state"] == "paused", what="the pause")
    walk.see("Paused")
    before = _sent(company)
    company.instance.api("POST", "/simulation", json={"now": _later(company)})
    company.instance.api("GET", "/simulation?wait=5")
    assert _campaign(company)["state"] == "paused"
    assert _sent(company) == before
    money = _campaign(company)["spec"]["limits"]["money"] - 10
    walk.click("Change")
    walk.write(walk.page.locator("#change-money"), str(money))
    walk.confirm("Change")
    walk.wait(lambda: _campaign(company)["spec"]["limits"]["money"] == money, what="the change")
    walk.click("Resume")
    walk.confirm("Resume")
    walk.wait(lambda: _campaign(company)["state"] == "running", what="the campaign's going on")


def test_launching_and_stopping_by_keyboard_alone_in_chinese(company: Site, walker: Walker) -> None:
    spec = _campaign(company)["spec"]
    draft = company.instance.api("POST", "/campaigns", json={"name": "键盘活动", "spec": spec})["id"]
    walk = walker(company, "marketer", language="zh-hans")
    walk.open("/campaigns")
    walk.command("键盘")
    walk.see("营销活动 · 草稿")
    walk.press("Enter")
    walk.page.wait_for_url(re.compile(rf"/campaigns/{draft}"))
    walk.settle()
    if not walk.page.url.endswith("/edit"):
        walk.open(f"/campaigns/{draft}/edit")
    walk.see("草稿已保存")
    walk.tab_to("启动")
    walk.press("Enter")
    walk.tab_to("现在启动")
    walk.press("Enter")
    walk.page.wait_for_url(re.compile(rf"/campaigns/{draft}$"), timeout=30_000)
    walk.settle()
    walk.tab_to("停止")
    walk.press("Enter")
    walk.tab_to("停止")
    walk.press("Enter")
    walk.wait(lambda: company.instance.api("GET", f"/campaigns/{draft}")["state"] == "ended", what="the end")


def test_a_colleagues_word_meanwhile_is_told(company: Site, walker: Walker) -> None:
    """Two people at one running campaign: the second is told who was quicker, and nothing is overwritten."""
    walk = walker(company, "marketer")
    walk.open(f"/campaigns/{company.campaign}")
    walk.click("Pause")
    with company.session(company.people["owner"]) as owner:
        version = _campaign(company)["version"]
        done = owner.post(
            f"/api/campaigns/{company.campaign}/change?version={version}", json={"limits": {"messages": 3900}}
        )
        assert done.status_code == 200, done.text
    walk.expect_refusal(409, "/pause")
    _dialog(walk).get_by_role("button", name="Pause", exact=True).click()
    walk.see("Somebody was quicker")
    walk.see(re.compile("ann@tea.example changed the limits"))
    assert _campaign(company)["state"] == "running"
    assert _campaign(company)["spec"]["limits"]["messages"] == 3900


def test_two_people_at_one_draft_lose_nothing(company: Site, walker: Walker) -> None:
    draft = company.instance.api("POST", "/campaigns", json={"name": "Shared plan", "spec": {}})["id"]
    ann, mark = walker(company, "owner"), walker(company, "marketer")
    mark.expect_refusal(409, f"/api/campaigns/{draft}")
    for one in (ann, mark):
        one.open(f"/campaigns/{draft}/edit")
    ann.fill("Money", "111")
    ann.see("Draft saved")
    ann.wait(lambda: _money(company, draft) == 111)
    mark.fill("Money", "222")
    mark.see(re.compile("changed what you are changing"))
    mark.see("Take theirs")
    assert _money(company, draft) == 111
    mark.page.get_by_role("button", name="Keep mine").or_(
        mark.page.get_by_role("radio", name="Keep mine")
    ).first.click()
    mark.wait(lambda: _money(company, draft) == 222, what="one's own choice")


@BOTH_WAYS
def test_a_dirty_file_lands_as_far_as_it_is_right(
    company: Site, walker: Walker, tmp_path: Path, hands: str, language: str
) -> None:
    path = tmp_path / "dirty.csv"
    path.write_text(DIRTY, encoding="utf-8")
    walk = walker(company, "marketer", hands=hands, language=language)
    _import(walk, path, "Customers")
    walk.see("Refused rows: {{shown}}")
    job = max(company.instance.api("GET", "/imports"), key=lambda one: one["id"])
    assert (job["state"], job["rows_read"]) == ("done", 5)
    assert job["rows_bad"] >= 2
    with walk.page.expect_download() as kept:
        walk.click("Download them")
    refused = Path(kept.value.path()).read_text(encoding="utf-8-sig")
    assert "not-an-address" in refused
    assert "mei@tea.example" not in refused


def _dialog(walk: Walk) -> Any:
    return walk.page.get_by_role("dialog").locator("visible=true")


def _campaign(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = site.instance.api("GET", f"/campaigns/{site.campaign}")
    return found


def _later(site: Site) -> str:
    """Two hours on, by the clock of the site."""
    moment = datetime.fromisoformat(site.instance.api("GET", "/simulation")["now"])
    return (moment + timedelta(hours=2)).isoformat()


def _money(site: Site, draft: int) -> Any:
    return site.instance.api("GET", f"/campaigns/{draft}")["spec"].get("limits", {}).get("money")


def _sent(site: Site) -> int:
    ledger = site.instance.api("GET", f"/campaigns/{site.campaign}/progress")["ledger"]
    return sum(count for state, count in ledger.items() if state in {"handed", "delivered", "bounced"})


def test_campaigns_are_compared_where_they_stand(company: Site, walker: Walker) -> None:
    """Added and taken away on the page itself; the address keeps the choice."""
    spec = company.instance.api("GET", f"/campaigns/{company.campaign}")["spec"]
    other = company.instance.api("POST", "/campaigns", json={"name": "Autumn letters", "spec": spec})
    company.instance.api("POST", f"/campaigns/{other['id']}/launch")
    walk = walker(company, "analyst")
    walk.open("/campaigns/compare")
    walk.see("Choose two to six campaigns")
    for name in ("Autumn letters", "Spring at the tea house"):
        walk.choose("Choose campaigns", name)
    walk.press("Escape")
    expect(walk.page.get_by_role("columnheader", name="Autumn letters")).to_be_visible()
    assert walk.page.url.endswith(f"/campaigns/compare?id={other['id']}&id={company.campaign}")
    assert not walk.look_for_barriers()
    walk.page.locator(".compare-picker .ant-select-selection-item-remove").first.click()
    walk.see("Choose two to six campaigns")
    assert walk.page.url.endswith(f"/campaigns/compare?id={company.campaign}")
    company.instance.api("POST", f"/campaigns/{other['id']}/cancel")
