"""The wheel holds all that runs: built, unpacked elsewhere, served without Node; its page loads."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from setpoint.site.demo.instance import free_port
from tests.e2e.needs import built_pages

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, as an installation would lay them."""
    built_pages()
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(place), str(ROOT)], check=True, timeout=100)
    wheel = next(place.glob("setpoint-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "lib")
    return place / "lib"


@pytest.fixture(scope="module")
def served(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Setpoint that runs from the wheel alone, with no Node in reach."""
    port, home = free_port(), tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SETPOINT", "DJANGO"))}
    own = {"PYTHONPATH": str(unpacked), "SETPOINT_HOME": str(home), "PATH": "/nowhere"}
    with (home / "log").open("wb") as log:
        command = [sys.executable, "-m", "setpoint", "serve", "--port", str(port)]
        server = subprocess.Popen(command, env=kept | own, stdout=log, stderr=log, cwd=home)
    address = f"http://127.0.0.1:{port}"
    try:
        _await(address, home / "log")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _await(address: str, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.get(f"{address}/health", timeout=5)
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(log.read_text()[-2000:])


def test_everything_is_in_it(unpacked: Path) -> None:
    ours = ROOT / "src" / "setpoint"
    kinds = (".html", ".json", ".mjml", ".mo", ".typ", ".css", ".po")
    wanted = {
        str(path.relative_to(ours))
        for path in ours.rglob("*")
        if path.suffix in kinds and not {"tests", "node_modules", "static"} & set(path.relative_to(ours).parts)
    }
    missing = {name for name in wanted if not (unpacked / "setpoint" / name).exists()}
    assert not missing
    assert not list(unpacked.rglob("node_modules"))


def test_its_page_loads_with_its_script(served: str) -> None:
    page = httpx.get(f"{served}/sign-in", timeout=20)
    assert page.status_code == 200
    script = re.search(r'<script[^>]+src="(/static/app/assets/[^"]+\.js)"', page.text)
    assert script is not None
    answer = httpx.get(served + script[1], timeout=20)
    assert (answer.status_code, "javascript" in answer.headers["content-type"]) == (200, True)
    assert answer.headers["content-encoding"] in {"br", "gzip"}


def test_its_first_person_owns_it(served: str) -> None:
    front = httpx.get(f"{served}/api/front", timeout=20).json()
    assert (front["first_run"], front["signed_in"]) == (True, False)
