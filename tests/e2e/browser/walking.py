"""A person at a browser, by mouse or by keyboard alone; whatever goes wrong behind their back ends the walk.

walk.open("/segments")
walk.click("New segment")            a button, link, tab or menu item of that name
walk.fill("Name", "Regulars")        a field by its label
walk.press("g", "c")                 keys, one after the other
walk.tab_to("Save"); walk.press("Enter")
walk.see("Regulars")                 waits for words on the page
walk.check_access()                  axe-core: nothing serious

Words are given in English and looked for in the person's language, by the pages' own catalogues; `{{...}}` stands for
anything. A person with the hands "keyboard" clicks, fills and chooses by keys alone.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext, override
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response, expect

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
ROLES = ("button", "link", "menuitem", "tab", "radio", "checkbox", "option", "switch")
MOST_TABS = 120
CSP_SPY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy violated:", event.violatedDirective, event.blockedURI, event.sourceFile));
"""


@dataclass
class Walk:
    """One person's page and what went wrong on it."""

    page: Page
    base: str
    language: str = "en"
    hands: str = "mouse"
    faults: list[str] = field(default_factory=list)
    expected: list[tuple[int, str]] = field(default_factory=list)
    clicks: int = 0

    def __post_init__(self) -> None:
        self.page.set_default_timeout(15_000)
        self.page.add_init_script(CSP_SPY)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"error on the page: {error}"))
        self.page.on("requestfailed", self._on_failed)
        self.page.on("response", self._on_response)

    def expect_refusal(self, status: int, path: str) -> None:
        """From now on an answer of this status is right for addresses that hold these words."""
        self.expected.append((status, path))

    def open(self, path: str) -> None:
        """Go to an address and wait until the page stands."""
        self.page.goto(self.base + path)
        self.settle()

    def go(self, path: str) -> None:
        """Go to an address as a link of the pages does: without loading them anew."""
        if path.partition("?")[0] == self.page.evaluate("location.pathname"):
            self.open(path)
            return
        self.page.evaluate(GO, path)
        expect(self.page.locator("h1[data-left]")).to_have_count(0, timeout=10_000)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is on its way: no skeleton, a title."""
        self.page.wait_for_load_state("load")
        expect(self.page.locator("h1, [role=dialog]").first).to_be_visible(timeout=10_000)
        expect(self.page.locator(".ant-skeleton-active")).to_have_count(0, timeout=10_000)

    def find(self, name: str | re.Pattern[str], *roles: str) -> Locator:
        """What can be clicked and has this name: in the topmost dialog where one is open."""
        said = self.say(name)
        scope: Any = self.page
        found = None
        for role in roles or ROLES:
            one = scope.get_by_role(role, name=said, exact=isinstance(said, str))
            found = one if found is None else found.or_(one)
        return found.locator("visible=true").first

    def confirm(self, name: str) -> None:
        """Click a button of the open dialog."""
        dialog = self.page.get_by_role("dialog").locator("visible=true")
        self.take(dialog.get_by_role("button", name=self.say(name), exact=self.language == "en").first)

    def say(self, words: str | re.Pattern[str], *, whole: bool = True) -> str | re.Pattern[str]:
        """English words of the pages in this person's language, their placeholders open: the whole text, or within it."""
        if isinstance(words, re.Pattern) or (self.language == "en" and "{{" not in words):
            return words
        known = [words] if self.language == "en" else sorted(translations().get(words) or {_of_server(words)})
        pattern = "|".join(_open(one) for one in known)
        return re.compile(f"^({pattern})$" if whole else pattern)

    def click(self, name: str | re.Pattern[str], *roles: str) -> None:
        """Click a button, link, tab or choice by its name."""
        self.take(self.find(name, *roles))

    def take(self, one: Locator) -> None:
        """Click this; or go to it by keys and press the one that takes it."""
        self.clicks += 1
        if self.hands == "mouse":
            one.click()
            return
        expect(one).to_be_visible()
        expect(one).to_be_enabled()
        self.reach(one)
        self.press("Enter")

    def tick(self, name: str | re.Pattern[str], role: Literal["radio", "checkbox"] = "radio") -> None:
        """Choose one of several by its words, or tick a box."""
        said = self.say(name)
        one = self.page.get_by_role(role, name=said, exact=isinstance(said, str)).first
        self.clicks += 1
        if self.hands == "mouse":
            one.locator("xpath=ancestor::label[1]").click()
        else:
            self.reach(one)
            if not one.is_checked():
                self.press("Space")
        expect(one).to_be_checked()

    def field(self, label: str | re.Pattern[str]) -> Locator:
        """A field by its label."""
        said = self.say(label)
        return self.page.get_by_label(said, exact=isinstance(said, str)).locator("visible=true").first

    def fill(self, label: str | re.Pattern[str], text: str) -> None:
        """Write into a field."""
        self.write(self.field(label), text)

    def write(self, one: Locator, text: str) -> None:
        """Write into this field, over what it holds."""
        self.clicks += 1
        if self.hands == "mouse":
            one.fill(text)
            return
        self.reach(one)
        self.press("Control+a")
        self.type(text)

    def choose(self, label: str | re.Pattern[str], option: str) -> None:
        """Open a list and choose an entry."""
        one = self.field(label)
        options = self.page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option")
        said = self.say(option)
        wanted = options.filter(has=self.page.get_by_text(said, exact=isinstance(said, str)))
        self.clicks += 2
        if self.hands == "mouse":
            one.click()
            wanted.locator("visible=true").first.click()
            return
        self.reach(one)
        self.press("ArrowDown")
        for _ in range(MOST_TABS):
            if wanted.and_(self.page.locator(".ant-select-item-option-active")).count():
                self.press("Enter")
                return
            self.press("ArrowDown")
        raise AssertionError(f"{option!r} is not reached by the arrow keys")

    def choose_file(self, name: str | re.Pattern[str], path: Path) -> None:
        """Take what opens the choice of a file, and choose one."""
        with self.page.expect_file_chooser() as chooser:
            self.click(name)
        chooser.value.set_files(path)

    def reach(self, one: Locator) -> None:
        """Move the focus to this by keys: forward, and among radio buttons by arrows."""
        held = one.element_handle()
        for _ in range(MOST_TABS):
            place = held.evaluate(PLACE)
            if place == "gone":  # the page has drawn it anew; to look for it each time would cost most of a walk
                held = one.element_handle()
                place = held.evaluate(PLACE)
            if place == "here":
                return
            self.press("ArrowDown" if place == "beside" else "Tab")
        raise AssertionError(f"{one} is not reached by keys; the focus is on {self.page.evaluate(FOCUSED)!r}")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type where the focus is."""
        self.page.keyboard.type(text)

    def command(self, words: str, *keys: str) -> None:
        """Open the command menu (Ctrl K, or another key), type, and take what comes first."""
        self.press(*(keys or ("Control+k",)))
        expect(self.page.locator("[role=combobox][aria-controls=commands]")).to_be_focused()
        self.type(words)

    def tab_to(self, name: str | re.Pattern[str]) -> None:
        """Move the focus forward until it is on what has this name, as one does without a mouse."""
        wanted = re.compile(f"^{re.escape(name)}$") if isinstance(name, str) else name
        seen = []
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            now = self.page.evaluate(FOCUSED)
            seen.append(now)
            if wanted.search(now):
                return
        raise AssertionError(f"{name!r} is not reached by the Tab key; reached: {seen}")

    def see(self, words: str | re.Pattern[str], timeout: float = 10.0) -> None:
        """Wait until these words can be seen."""
        found = self.page.get_by_text(self.say(words, whole=False)).locator("visible=true").first
        expect(found).to_be_visible(timeout=timeout * 1000)

    def not_see(self, words: str | re.Pattern[str]) -> None:
        """These words cannot be seen."""
        expect(self.page.get_by_text(self.say(words, whole=False)).locator("visible=true")).to_have_count(0)

    def wait(self, done: Any, seconds: float = 20.0, what: str = "it") -> None:
        """Wait until a question has the answer yes, while the page lives on."""
        until = time.monotonic() + seconds
        while not done():
            if time.monotonic() > until:
                raise AssertionError(f"{what} did not come within {seconds} s")
            self.page.wait_for_timeout(100)

    def words(self) -> str:
        """All that can be read on the page."""
        return str(self.page.evaluate("document.body.innerText"))

    def check_access(self) -> None:
        """axe-core finds nothing serious or critical here."""
        found = self.look_for_barriers()
        assert not found, "\n".join(found)

    def look_for_barriers(self, *rules: str) -> list[str]:
        """What axe-core finds serious or critical on this page; by some rules, or by all."""
        self.page.evaluate(
            "document.getAnimations().forEach((one) => one.finish && one.effect?.getTiming().iterations !== Infinity && one.finish())"
        )
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
        found = self.page.evaluate("(only) => axe.run(document, {resultTypes: ['violations'], ...only})", only)
        grave = [one for one in found["violations"] if one["impact"] in {"serious", "critical"}]
        return [f"{self.page.url} {one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in grave]

    def is_too_wide(self) -> bool:
        """Whether one has to scroll sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def check_quiet(self) -> None:
        """Nothing went wrong behind the person's back."""
        assert not self.faults, "\n".join(self.faults)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        is_answer = message.text.startswith("Failed to load resource")
        if not is_answer:  # told apart by the response itself
            self.faults.append(f"console {message.type}: {message.text[:400]}")

    def _on_failed(self, request: Request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # the page itself gave up a question that nobody waits for
            self.faults.append(f"request failed: {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        is_expected = any(status == response.status and part in response.url for status, part in self.expected)
        if response.status >= 400 and not is_expected:
            self.faults.append(f"{response.status} for {response.request.method} {response.url}")


@cache
def translations() -> dict[str, set[str]]:
    """What each English text of the pages' catalogues is in Chinese; the same words may have several meanings."""
    found: dict[str, set[str]] = {}
    for english in (ROOT / "web" / "src").rglob("en.json"):
        pairs = dict(_texts(json.loads(english.read_text(encoding="utf-8"))))
        chinese = dict(_texts(json.loads(english.with_name("zh.json").read_text(encoding="utf-8"))))
        for key, text in pairs.items():
            if said := chinese.get(key) or chinese.get(key.removesuffix("_one") + "_other"):
                found.setdefault(text, set()).add(said)
    return found


def _of_server(words: str) -> str:
    """What the server's own catalogue makes of them."""
    with override("zh-hans"):
        return gettext(words)


def _texts(tree: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(tree, str):
        yield place, tree
        return
    for name, inner in tree.items():
        yield from _texts(inner, f"{place}.{name}")


def _open(template: str) -> str:
    """A pattern of a text whose placeholders may be anything."""
    return ".+".join(re.escape(part) for part in re.split(r"\{\{.*?\}\}", template))


GO = """path => {
  document.querySelectorAll("h1").forEach((title) => { title.dataset.left = "yes"; });
  history.pushState({ ...history.state, idx: (history.state?.idx ?? 0) + 1 }, "", path);
  dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
}"""
PLACE = """one => {
  const focused = document.activeElement;
  if (!one.isConnected) return "gone";
  if (one.contains(focused)) return "here";
  return one.type === "radio" && focused?.type === "radio" && focused.name === one.name ? "beside" : "away";
}"""
FOCUSED = """
(() => {
  const one = document.activeElement;
  if (!one) return "";
  const labelled = one.getAttribute("aria-labelledby");
  const label = one.labels && one.labels[0];
  return (one.getAttribute("aria-label") || (labelled && document.getElementById(labelled)?.textContent) ||
    (label && label.textContent) || one.textContent || one.getAttribute("placeholder") || "").trim();
})()
"""
