"""The audit page has words in both languages for every verb and kind of record that the code writes to the trail."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from setpoint.customers import jobs
from setpoint.customers.identity import searching

ROOT = Path(__file__).resolve().parents[2]
MODULES = [path for path in (ROOT / "src/setpoint").rglob("*.py") if "tests" not in path.parts]
STEPS = [f"{turn} {verb}" for turn in ("started", "ended") for verb in (*jobs._VERBS, *searching._VERBS)]
SUBJECTS = re.compile(r"_?(subject|SUBJECT)")


def constants(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may come to, as far as they stand in the code."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield from constants(node.values[0])


def recorded() -> Iterator[tuple[ast.expr, ast.expr]]:
    """Verb and subject of every call that writes an entry."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == "record_audit" and len(node.args) > 2:
                yield node.args[1], node.args[2]


def named_subjects() -> Iterator[str]:
    """What functions and constants called subject come to."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and SUBJECTS.fullmatch(node.name):
                yield from (
                    text for each in ast.walk(node) if isinstance(each, ast.Return) for text in constants(each.value)
                )
            elif isinstance(node, ast.Assign) and any(SUBJECTS.fullmatch(_name(one)) for one in node.targets):
                yield from constants(node.value)


def _name(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def keys(texts: Iterator[str]) -> set[str]:
    """Texts as the page looks them up."""
    return {re.sub(r"\W+", "_", text.partition(":")[0]) for text in texts}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_verb_and_kind_has_words(language: str) -> None:
    words = json.loads((ROOT / f"web/src/governance/{language}.json").read_text(encoding="utf-8"))
    calls = list(recorded())
    verbs = keys(text for verb, _subject in calls for text in constants(verb) if not text.endswith(" ")) | keys(
        iter(STEPS)
    )
    kinds = keys(text for _verb, subject in calls for text in constants(subject)) | keys(named_subjects())
    assert len(verbs) > 40
    assert len(kinds) > 20
    assert verbs - words["verb"].keys() == set()
    assert kinds - words["kind"].keys() == set()
