"""How the end-to-end tests are shared out: what stands on one site, server or build stays in one process."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
ALONE = {"test_api_fuzz"}
"""Modules whose tests share nothing that is dear."""
WALKS = {"test_accounts", "test_campaigns", "test_shell"}
"""Modules that share the company in the middle of its work."""
MOST_SECONDS = 600


def pytest_itemcollected(item: pytest.Item) -> None:
    """Group by module; give walks through a browser the time they take."""
    if HERE not in item.path.parents or item.path.stem in ALONE:
        return
    item.add_marker(pytest.mark.xdist_group("walks" if item.path.stem in WALKS else item.path.stem))
    if item.get_closest_marker("browser"):
        item.add_marker(pytest.mark.timeout(MOST_SECONDS))
