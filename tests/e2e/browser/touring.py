"""The tour's stations, the company it walks through, and how its pictures are taken and compared."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from setpoint.market.population import write_population
from setpoint.market.world import load_world
from setpoint.site.company.past import WORLD as TEA_HOUSE
from setpoint.site.demo.company import set_up
from setpoint.site.demo.instance import Instance
from tests.e2e.browser.sites import OWNER, START, Site, play_rounds

PICTURES = Path(__file__).resolve().parents[3] / "docs" / "pictures" / "tour"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
QUALITY = 70
RUNNING_ROUNDS = 2
GRID = 24
BRIEF = {
    "segment": {"consent": "email", "purpose": "marketing", "state": "granted"},
    "goal": {"metric": "conversions", "event": "Order Completed", "target": 160, "incremental": True},
    "deadline_days": 49,
}
REGULARS = {
    "all": [
        {"performed": "Order Completed", "op": ">=", "count": 2, "within_days": 180},
        {
            "any": [
                {"trait": "taste", "op": "=", "value": "green"},
                {"trait": "member", "op": "in", "value": ["gold", "silver"]},
            ]
        },
        {"not": {"trait": "age", "op": "<", "value": 21}},
    ]
}


@dataclass(frozen=True, slots=True)
class Look:
    """A language, a scheme and a size."""

    language: str
    scheme: str
    size: str

    @property
    def name(self) -> str:
        """As in the pictures' file names."""
        return f"{self.language}-{self.scheme}-{self.size}"


ALL_LOOKS = tuple(Look(lang, scheme, size) for lang in LOCALES for scheme in ("light", "dark") for size in SIZES)
TESTED_LOOKS = (Look("en", "light", "desk"), Look("zh", "dark", "phone"))


@dataclass(frozen=True, slots=True)
class Station:
    """A place of the tour: its name, its address, and what is done there before the picture is taken."""

    name: str
    address: str
    before: Callable[[Page], None] = lambda _page: None


def _to_forecast(page: Page) -> None:
    """The wizard with its forecast in sight."""
    page.wait_for_timeout(1500)
    page.evaluate("document.querySelector('[data-tour=forecast], #forecast')?.scrollIntoView({block: 'center'})")


def _to_rounds(page: Page) -> None:
    page.wait_for_timeout(800)


FRESH = (Station("start", "/start"),)
RUNNING = (
    Station("cockpit", "/"),
    Station("campaign", "/campaigns/{campaign}", _to_rounds),
    Station("wizard", "/campaigns/{draft}/edit", _to_forecast),
    Station("customers", "/customers"),
    Station("customer", "/customers/{customer}"),
    Station("segment", "/segments/{segment}"),
    Station("message", "/templates/1"),
    Station("channels", "/channels/email"),
)
ENDED = (Station("report", "/reports/{campaign}"), Station("experiments", "/experiments"))


@contextmanager
def tea_house(home: Path) -> Iterator[Site]:
    """The shipped tea house in simulated time, its owner signed up, nothing brought yet."""
    world = json.loads(TEA_HOUSE.read_text(encoding="utf-8"))
    world["title"] = {"en": "Spring at the tea house", "zh": "茶馆之春"}
    world["brief"] |= BRIEF
    (home / "world.json").write_text(json.dumps(world, ensure_ascii=False), encoding="utf-8")
    instance = Instance(home / "home", world=home / "world.json", seed=1, start=START)
    instance.start()
    try:
        site = Site(instance)
        site.sign_up_owner()
        yield site
    finally:
        instance.stop()


def open_shop(site: Site, home: Path) -> dict[str, int]:
    """Customers, content and a campaign in its third round; the ids of the places to visit."""
    world = load_world(home / "world.json")
    write_population(world, 1, home / "population")
    site.campaign = set_up(site.instance, world.document, home / "population", policy="thompson")
    spec = site.instance.api("GET", f"/campaigns/{site.campaign}")["spec"]
    later = spec | {"goal": spec["goal"] | {"deadline": (START + timedelta(days=90)).isoformat()}}
    draft = site.instance.api("POST", "/campaigns", json={"name": "Summer cold brews", "spec": later})["id"]
    regulars = {"name": "Regulars with a taste", "tree": REGULARS}
    segment = site.instance.api("POST", "/segments", json=regulars)["id"]
    site.instance.api("POST", f"/campaigns/{site.campaign}/launch")
    play_rounds(site.instance, site.campaign, RUNNING_ROUNDS)
    return {"campaign": site.campaign, "draft": draft, "segment": segment, "customer": _somebody_active(site)}


def _somebody_active(site: Site) -> int:
    """The customer of whose past there is most to tell: of many who were sent something, the one with most events."""
    sent = site.instance.api("GET", "/deliveries", params={"state": "handed", "limit": 50})["items"]
    people = sorted({row["customer_id"] for row in sent})
    return max(people, key=lambda one: len(site.instance.api("GET", "/events/recent", params={"customer_id": one})))


class Camera:
    """Takes pictures of a site as its owner sees it in one look."""

    def __init__(self, browser: Browser, site: Site, look: Look) -> None:
        width, height = SIZES[look.size]
        self._context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=LOCALES[look.language],
            color_scheme=look.scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        with site.session(OWNER) as session:
            cookies = [{"name": one.name, "value": one.value or "", "url": site.base} for one in session.cookies.jar]
        self._context.add_cookies(cookies)  # type: ignore[arg-type]
        self.page = self._context.new_page()
        self._base = site.base

    def take(self, station: Station, **places: int) -> bytes:
        """The station's picture as WebP."""
        self.page.goto(self._base + station.address.format(**places))
        self.page.wait_for_load_state("load")
        self.page.locator("h1").first.wait_for()
        expect(self.page.locator(".ant-skeleton-active, .ant-spin-spinning")).to_have_count(0, timeout=20_000)
        station.before(self.page)
        self.page.wait_for_timeout(500)
        shot = self._context.new_cdp_session(self.page).send(
            "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
        )
        return base64.b64decode(shot["data"])

    def close(self) -> None:
        """Let the browser forget it."""
        self._context.close()


def difference(page: Page, first: bytes, second: bytes) -> float:
    """How far two pictures are apart, 0 to 1: the mean difference of lightness over a coarse grid.

    Fonts, dates and counts may differ between machines; where things stand and how light they are may not.
    """
    sources = [f"data:image/webp;base64,{base64.b64encode(one).decode()}" for one in (first, second)]
    grids: list[Any] = json.loads(page.evaluate(COARSE, [sources, GRID]))
    pairs = zip(*grids, strict=True)
    return sum(abs(one - other) for one, other in pairs) / len(grids[0]) / 255


COARSE = """
async ([sources, size]) => {
  const grids = [];
  for (const source of sources) {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    const brush = canvas.getContext("2d");
    brush.drawImage(image, 0, 0, size, size);
    const dots = brush.getImageData(0, 0, size, size).data;
    grids.push(Array.from({length: size * size}, (_, i) => (dots[4*i] + dots[4*i+1] + dots[4*i+2]) / 3));
  }
  return JSON.stringify(grids);
}
"""
