"""The tour of docs/tour.md: its pictures still look like the product. `make tour` takes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser.sites import Site, play_rounds
from tests.e2e.browser.touring import (
    ALL_LOOKS,
    ENDED,
    FRESH,
    PICTURES,
    RUNNING,
    TESTED_LOOKS,
    Camera,
    Station,
    difference,
    open_shop,
    tea_house,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
WRITES = os.environ.get("SETPOINT_TOUR") == "write"
MOST_DIFFERENCE = 0.06
MOST_BYTES = 4_000_000


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the tour's own."""
    return tmp_path_factory.mktemp("tour")


def test_the_tour_shows_the_product_as_it_is(browser: Browser, home: Path) -> None:
    with tea_house(home) as site:
        faults = _visit(browser, site, FRESH)
        faults += _visit(browser, site, RUNNING, **open_shop(site, home))
        if WRITES:  # weeks of simulated time: other walks look at ended campaigns
            play_rounds(site.instance, site.campaign, 99)
            faults += _visit(browser, site, ENDED, campaign=site.campaign)
    assert not faults, "\n".join(faults)


def test_the_tour_is_light_and_whole() -> None:
    wanted = {f"{one.name}-{look.name}.webp" for one in (*FRESH, *RUNNING, *ENDED) for look in ALL_LOOKS}
    assert {path.name for path in PICTURES.iterdir()} == wanted
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < MOST_BYTES


def _visit(browser: Browser, site: Site, stations: tuple[Station, ...], **places: int) -> list[str]:
    faults = []
    for look in ALL_LOOKS if WRITES else TESTED_LOOKS:
        camera = Camera(browser, site, look)
        for station in stations:
            faults += _hold(camera, station, look.name, camera.take(station, **places))
        camera.close()
    return faults


def _hold(camera: Camera, station: Station, look: str, taken: bytes) -> list[str]:
    """Keep a picture, or hold it against the kept one."""
    path = PICTURES / f"{station.name}-{look}.webp"
    if WRITES:
        PICTURES.mkdir(parents=True, exist_ok=True)
        path.write_bytes(taken)
        return []
    apart = difference(camera.page, taken, path.read_bytes())
    return [f"{path.name} is {apart:.3f} away from the page; see it, then `make tour`"] * (apart > MOST_DIFFERENCE)
