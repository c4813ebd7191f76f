"""Every sentence for people exists in Chinese, and the compiled catalogue is the one that is written."""

from __future__ import annotations

import re
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import Client

from setpoint.governance import services as governance

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "messages"
PLACEHOLDER = re.compile(r"%\(\w+\)[-\d.]*[a-z]|%%|%[srdf]\b|\{[{%].*?[%}]\}|`[^`]+`")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
UNTRANSLATABLE = {
    "%(cause)s",
    "%(remedy)s",
    "Webhook",
    '"%(text)s"',
    "(%(condition)s)",
    ", ",
    "https://api.example.com/customers",
}


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    loader = SourceFileLoader("messages", str(SCRIPT))
    spec = spec_from_loader("messages", loader)
    assert spec is not None
    module = module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


def said(message: Any) -> tuple[str, str]:
    """The English words and the Chinese; of a plural the many, for which Chinese has its one form."""
    if isinstance(message.id, tuple):
        return str(message.id[-1]), str(message.string[0])
    return str(message.id), str(message.string)


def placeholders(text: str) -> list[str]:
    return sorted(re.sub(r'default\(".*?"\)', "default()", found) for found in PLACEHOLDER.findall(text))


def test_the_code_and_the_catalogue_hold_the_same_strings(messages: ModuleType) -> None:
    in_code = {message.id for message in messages.extracted() if message.id}
    written = {message.id for message in messages.kept() if message.id}
    assert len(in_code) > 400
    assert in_code - written == set(), "run scripts/messages and translate what it names"
    assert written - in_code == set(), "run scripts/messages: these are no longer used"


def test_every_string_is_translated(messages: ModuleType) -> None:
    assert messages.missing(messages.kept()) == []
    plain = [message.id for message in messages.kept() if message.id and not CHINESE.search(str(message.string))]
    assert set(plain) <= UNTRANSLATABLE


def test_placeholders_and_code_are_kept(messages: ModuleType) -> None:
    pairs = [said(message) for message in messages.kept() if message.id]
    assert [pair for pair in pairs if placeholders(pair[0]) != placeholders(pair[1])] == []


def test_sentences_end_as_in_english(messages: ModuleType) -> None:
    pairs = [said(message) for message in messages.kept() if message.id]
    assert [pair for pair in pairs if pair[0].endswith(".") != pair[1].endswith("。")] == []
    assert [pair for pair in pairs if re.search(r"[\u4e00-\u9fff][,;:!?.]", pair[1])] == [], "use Chinese punctuation"


def test_the_compiled_catalogue_is_up_to_date(messages: ModuleType) -> None:
    assert messages.MO.read_bytes() == messages.mo_bytes(messages.kept()), "run scripts/messages"


def test_a_run_would_change_nothing(messages: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert messages.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("template", ["{% translate 'One' %} {% blocktranslate %}Two {{ x }}{% endblocktranslate %}"])
def test_strings_of_templates_are_found(
    messages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    pages = tmp_path / "shop" / "templates" / "shop"
    pages.mkdir(parents=True)
    (pages / "page.html").write_text(f"<p>\n   {template}\n  </p>\n it's <b>")
    (tmp_path / "shop" / "code.py").write_text('_("Three"); _noop("Four"); _(five)')
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    assert {message.id for message in messages.extracted() if message.id} == {"One", "Two %(x)s", "Three", "Four"}


REFUSED = {
    "en": ("There is no campaign 7.", "List the campaigns to see their ids."),
    "zh-hans": ("没有编号为 7 的营销活动。", "营销活动列表中可以查到编号。"),
    "zh-CN,zh;q=0.9": ("没有编号为 7 的营销活动。", "营销活动列表中可以查到编号。"),
    "fr": ("There is no campaign 7.", "List the campaigns to see their ids."),
}


@pytest.mark.django_db
@pytest.mark.parametrize("language", REFUSED)
def test_an_error_of_the_api_speaks_the_callers_language(language: str, now: Any) -> None:
    key, _record = governance.create_api_key("test", ["campaigns:read"], now=now)
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": language}
    answer = Client().get("/api/campaigns/7", headers=headers)
    assert answer.status_code == 404, answer.content
    assert (answer.json()["message"], answer.json()["remedy"]) == REFUSED[language]
