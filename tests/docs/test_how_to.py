"""The how-to pages are run: their samples pass the suites that the built-in plug-ins pass."""

from __future__ import annotations

import importlib.util
import json
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest

from setpoint.delivery.testing import message
from setpoint.kernel.errors import Invalid
from setpoint.learning.checks import check_policy
from setpoint.sources.testing import check_source
from setpoint.sources.types import Context

DOCS = Path(__file__).resolve().parents[2] / "docs"


def sample(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / "samples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_sample_policy_passes_the_suite() -> None:
    check_policy(sample("greedy_with_doubt").GreedyWithDoubt)


def test_the_sample_channel_sends_once_and_can_prove_it(tmp_path: Path) -> None:
    channel = sample("folder_channel").FolderChannel({"folder": str(tmp_path / "out")})
    batch = [message(number) for number in range(3)]
    for _ in range(2):
        assert [receipt.status for receipt in channel.send(batch)] == ["delivered"] * 3
    assert len(list((tmp_path / "out").iterdir())) == 3
    assert channel.find([batch[0].key, "absent"]) == {batch[0].key: True, "absent": False}
    assert json.loads((tmp_path / "out" / f"{batch[0].key}.json").read_text())["to"] == batch[0].address


def test_the_sample_channel_answers_for_each_message_of_a_broken_provider(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    channel = sample("folder_channel").FolderChannel({"folder": str(tmp_path / "file")})
    assert [receipt.status for receipt in channel.send([message(1)])] == ["retry"]


def test_the_sample_channel_refuses_settings_that_cannot_work() -> None:
    with pytest.raises(Invalid, match="folder"):
        sample("folder_channel").FolderChannel({})


def test_the_sample_source_passes_the_suite(tmp_path: Path, now: datetime) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text("id=1; email=ann@example.com\nid=2; email=bob@example.com\n")
    context = Context(1, tmp_path, False, now)

    def add_row() -> None:
        feed.write_text(feed.read_text() + "id=3; email=cy@example.com\n")

    check_source(lambda: sample("feed_source").FeedSource({"file": str(feed)}, context), add_row=add_row, rows=2)


@pytest.mark.parametrize(
    ("page", "name"),
    [("add-a-policy", "greedy_with_doubt"), ("add-a-channel", "folder_channel"), ("add-a-source", "feed_source")],
)
def test_each_page_names_the_sample_it_shows(page: str, name: str) -> None:
    assert f"samples/{name}.py" in (DOCS / "how-to" / f"{page}.md").read_text()
