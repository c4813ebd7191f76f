"""Fixtures of the walks: one browser, one site of each kind, a fresh person for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browser.sites import PASSWORD, ROLES, Site, company_site, empty_site
from tests.e2e.browser.walking import Walk
from tests.e2e.needs import built_pages, chromium

Walker = Callable[..., Walk]
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
LOCALES = {"en": "en-GB", "zh-hans": "zh-CN"}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for the walks that come one after the other.

    It ends with them: Playwright keeps an event loop running in this thread, and no other test could run one of its own.
    """
    path = chromium()
    built_pages()
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def fresh(browser: Browser, tmp_path: Path) -> Iterator[Site]:
    """An installation in which nobody has signed up yet."""
    site = empty_site(tmp_path)
    yield site
    site.instance.stop()


@pytest.fixture(scope="package")
def company(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A company in the middle of its work, with a person of each role."""
    site = company_site(tmp_path_factory.mktemp("company"))
    for role in ROLES:
        site.invite(role)
    yield site
    site.instance.stop()


FAILED: pytest.StashKey[bool] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    """Let a walk's end know whether the walk failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def walker(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Walker]:
    """Make people at browsers; at the end nothing may have gone wrong on any of their pages.

    Of a walk that failed the last sight of each page is kept, and where it lies is printed.
    """
    walks: list[Walk] = []
    with ExitStack() as contexts:

        def walk(
            site: Site,
            role: str = "",
            *,
            language: str = "en",
            scheme: str = "light",
            size: str = "desk",
            hands: str = "mouse",
        ) -> Walk:
            context = browser.new_context(
                viewport=SIZES[size],  # type: ignore[arg-type]
                locale=LOCALES[language],
                color_scheme=scheme,  # type: ignore[arg-type]
                reduced_motion="reduce",
            )
            contexts.callback(context.close)
            if role:
                with site.session(site.people[role]) as session:
                    cookies = [
                        {"name": one.name, "value": one.value or "", "url": site.base} for one in session.cookies.jar
                    ]
                context.add_cookies(cookies)  # type: ignore[arg-type]
            walks.append(Walk(context.new_page(), site.base, language, hands))
            return walks[-1]

        yield walk
        if request.node.stash.get(FAILED, False):
            for number, one in enumerate(walks):
                one.page.screenshot(path=tmp_path / f"last-sight-{number}.png")
            print("last sights in", tmp_path)
            return
        for one in walks:
            one.check_quiet()


@pytest.fixture
def password() -> str:
    """Everybody's password."""
    return PASSWORD
