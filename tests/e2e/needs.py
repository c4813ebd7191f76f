"""What the tests in a browser need. Missing, they are left out with a word; in continuous integration they fail."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

from setpoint.site.pages import INDEX

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def _missing(what: str, remedy: str) -> NoReturn:
    words = f"{what} {remedy}"
    if os.environ.get("SETPOINT_NEED_BROWSER"):
        pytest.fail(words, pytrace=False)
    pytest.skip(words)


def chromium() -> str:
    """The path of a Chromium."""
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        _missing("Chromium is not installed.", "Run `apt-get install chromium fonts-noto-cjk`.")
    return found[0]


def built_pages() -> None:
    """The pages must have been built."""
    if not INDEX.exists():
        _missing("The pages have not been built.", "Run `make pages`.")
