"""The shell: what surrounds every page, by mouse and by keyboard, in both languages, connected or not."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import Walker
from tests.e2e.browser.sites import Site

pytestmark = pytest.mark.browser


def test_every_record_is_found_from_the_keyboard(company: Site, walker: Walker) -> None:
    walk = walker(company, "owner")
    walk.open("/start")
    walk.command("spring at")
    walk.see("Campaign · Running")
    walk.press("Enter")
    walk.page.wait_for_url(f"**/campaigns/{company.campaign}")
    walk.command("c000012", "/")
    walk.see("#12")
    walk.press("Enter")
    walk.page.wait_for_url("**/customers/12")


def test_keys_lead_everywhere_and_are_told(company: Site, walker: Walker) -> None:
    walk = walker(company, "owner")
    walk.open("/start")
    for second, address in (("c", "/campaigns"), ("p", "/customers"), ("s", "/segments"), (",", "/settings")):
        walk.press("g", second)
        walk.page.wait_for_url(f"**{address}")
    walk.press("?")
    walk.see("Next, previous row")
    walk.press("Escape")
    expect(walk.page.get_by_role("dialog")).to_have_count(0)


def test_keys_are_silent_while_somebody_types(company: Site, walker: Walker) -> None:
    walk = walker(company, "owner")
    walk.open("/profile")
    walk.fill("Your name", "")
    walk.field("Your name").focus()
    walk.type("gc?n/")
    assert walk.field("Your name").input_value() == "gc?n/"
    assert walk.page.url.endswith("/profile")


def test_language_and_look_travel_with_the_account(company: Site, walker: Walker) -> None:
    walk = walker(company, "analyst")
    walk.open("/start")
    walk.command("简体")
    walk.press("Enter")
    walk.see("开始使用")
    walk.command("深色")
    with walk.page.expect_response("**/api/me"):
        walk.press("Enter")
    walk.wait(lambda: walk.page.evaluate("document.documentElement.style.colorScheme") == "dark")
    again = walker(company, "analyst")
    again.open("/start")
    again.see("开始使用")
    again.wait(lambda: again.page.evaluate("document.documentElement.style.colorScheme") == "dark")
    again.command("English")
    with again.page.expect_response("**/api/me"):
        again.press("Enter")
    again.see("First steps")


def test_nothing_is_lost_when_the_connection_is(company: Site, walker: Walker) -> None:
    walk = walker(company, "owner")
    walk.open("/profile")
    walk.fill("Your name", "Ann, half way through a w")
    walk.page.route("**/api/**", lambda route: route.abort("connectionrefused"))
    walk.page.route("**/health", lambda route: route.abort("connectionrefused"))
    walk.page.evaluate("window.dispatchEvent(new Event('offline'))")
    walk.see(re.compile("The connection is lost"))
    walk.page.unroute("**/api/**")
    walk.page.unroute("**/health")
    walk.see(re.compile("Connected again"))
    assert walk.field("Your name").input_value() == "Ann, half way through a w"
    walk.faults = [fault for fault in walk.faults if "ERR_CONNECTION_REFUSED" not in fault]


def test_an_unknown_address_teaches(company: Site, walker: Walker) -> None:
    walk = walker(company, "owner")
    walk.open("/no/such/place")
    walk.see("There is nothing at this address")
    walk.click("Go to the cockpit")
    walk.page.wait_for_url(f"{company.base}/")


@pytest.mark.parametrize(
    ("role", "address"), [("marketer", "/api-keys"), ("analyst", "/api-keys"), ("support", "/campaigns")]
)
def test_a_place_of_other_roles_says_so(company: Site, walker: Walker, role: str, address: str) -> None:
    walk = walker(company, role)
    walk.open(address)
    walk.see("Your role does not include this page")
    navigation = walk.page.get_by_role("navigation", name="Main")
    assert navigation.locator(f"a[href='{address}']").count() == 0


def test_on_a_phone_the_navigation_is_one_tap_away(company: Site, walker: Walker) -> None:
    walk = walker(company, "owner", size="phone")
    walk.open("/start")
    walk.click("Open navigation")
    walk.click("Segments")
    walk.page.wait_for_url("**/segments")
    assert walk.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_on_a_phone_a_list_is_filtered_sorted_and_read_without_scrolling_sideways(
    company: Site, walker: Walker
) -> None:
    walk = walker(company, "owner", size="phone")
    walk.open("/customers")
    walk.click("Filters")
    walk.choose("Last active", "Not active for 90 days")
    walk.page.wait_for_url("**/customers?active=not90")
    walk.see("Filters (1)")
    walk.click("Sort")
    walk.click("Last active, ascending")
    walk.page.wait_for_url("**sort=active**")
    assert not walk.is_too_wide()
    walk.check_access()


def test_an_ended_session_loses_nothing(company: Site, walker: Walker) -> None:
    walk = walker(company, "owner")
    walk.open("/profile")
    walk.fill("Your name", "Ann with a long name")
    walk.expect_refusal(401, "/api/")
    kept = walk.page.context.cookies()
    walk.page.context.clear_cookies(name="setpoint")
    walk.page.get_by_role("button", name=re.compile("^Notices")).click()
    walk.see("Your session has ended")
    walk.page.context.add_cookies(kept)  # type: ignore[arg-type]
    walk.click("I have signed in: go on")
    walk.not_see("Your session has ended")
    assert walk.field("Your name").input_value() == "Ann with a long name"


def test_leaving_ends_the_session(company: Site, walker: Walker) -> None:
    walk = walker(company, "support")
    walk.open("/start")
    walk.expect_refusal(401, "/api/")
    walk.click(re.compile("Support$"))
    walk.click("Sign out")
    walk.page.wait_for_url("**/sign-in*")
    walk.open("/start")
    walk.page.wait_for_url("**/sign-in*")
