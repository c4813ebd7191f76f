"""Accounts as people meet them: the first sign-up, the second factor, what a role may not do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

import pytest

from tests.e2e.browser.conftest import Walker
from tests.e2e.browser.sites import OWNER, PASSWORD, Site

pytestmark = pytest.mark.browser


def code_of(secret: str) -> str:
    """The six digits that an app shows now (RFC 6238)."""
    key = base64.b32decode(secret.replace(" ", "").upper() + "=" * (-len(secret.replace(" ", "")) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def test_the_first_person_signs_up_by_keyboard_and_owns_the_company(fresh: Site, walker: Walker) -> None:
    walk = walker(fresh)
    walk.expect_refusal(401, "/api/me")
    walk.open("/")
    walk.page.wait_for_url("**/sign-up*")
    walk.type("Ann Lee")
    walk.press("Tab")
    walk.type(OWNER)
    walk.press("Tab")
    walk.type(PASSWORD)
    walk.press("Enter")
    walk.page.wait_for_url("**/start")
    walk.see("Bring your customers")
    other = walker(fresh)
    other.open("/sign-up")
    other.see("Setpoint is already set up")


@pytest.mark.parametrize(("hands", "language"), [("mouse", "en"), ("keyboard", "zh-hans")])
def test_the_second_factor_guards_the_account(fresh: Site, walker: Walker, hands: str, language: str) -> None:
    fresh.sign_up_owner()
    walk = walker(fresh, "owner", hands=hands, language=language)
    walk.open("/security")
    walk.expect_refusal(401, "/api/auth/")
    walk.expect_refusal(404, "/api/auth/")
    walk.click("Set up", "button")
    walk.see("Before this can change, show that it is you.")
    walk.write(walk.page.get_by_role("dialog").locator("input[type=password]"), PASSWORD)
    walk.confirm("Continue")
    walk.see("Or type this into the app:")
    secret = walk.field("Secret for your app")
    text = secret.input_value() if secret.evaluate("one => 'value' in one") else secret.inner_text()
    walk.fill("Code", code_of(text))
    walk.confirm("Turn on")
    walk.see("The second factor is on")
    guest = walker(fresh, hands=hands, language=language)
    guest.expect_refusal(401, "/api/")
    guest.open("/sign-in")
    guest.fill("E-mail", OWNER)
    guest.write(guest.page.locator("input[type=password]"), PASSWORD)
    guest.click("Sign in")
    guest.see("Second factor")
    guest.fill("Code", "000000")
    guest.expect_refusal(400, "/api/auth/")
    guest.click("Continue")
    guest.see("This code is not right. Codes change every 30 seconds; take the one shown now.")


def test_the_link_signs_in_though_the_button_is_pressed_before_any_answer(fresh: Site, walker: Walker) -> None:
    fresh.sign_up_owner()
    link = fresh.instance.command("user", "sign-in-link", OWNER).strip()
    walk = walker(fresh)
    walk.page.route("**/api/front", lambda route: (time.sleep(0.5), route.continue_())[-1])
    walk.open(link.removeprefix(fresh.base))
    walk.click("Sign in", "button")
    walk.page.wait_for_url(f"{fresh.base}/")


def test_a_marketer_is_refused_what_only_the_owner_may(company: Site, walker: Walker) -> None:
    walk = walker(company, "marketer")
    walk.open("/api-keys")
    walk.see("Your role does not include this page")
    with company.session(company.people["marketer"]) as marketer:
        made = marketer.post("/api/api-keys", json={"name": "mine", "scopes": ["customers:read"]})
        assert made.status_code == 403
        assert marketer.patch("/api/company", json={"name": "Mine"}).status_code == 403
        assert marketer.post("/api/demo-company").status_code == 403
        assert marketer.post("/api/invitations", json={"email": "x@y.org", "role": "owner"}).status_code == 403
