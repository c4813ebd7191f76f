"""Walks through a browser take their time."""

from __future__ import annotations

import pytest

MOST_SECONDS = 600


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give them that time."""
    if item.get_closest_marker("browser"):
        item.add_marker(pytest.mark.timeout(MOST_SECONDS))
