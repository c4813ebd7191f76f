"""The check-list of docs/security.md: complete, honest in form, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (yes|partly|not yet|n/a) \| (.+) \|$", re.M)
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
CHAPTERS = range(1, 15)


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(PAGE.read_text())


@cache
def names_in(path: str) -> frozenset[str]:
    file = ROOT / path if path.startswith("tests/") else ROOT / "src" / "setpoint" / path
    tree = ast.parse(file.read_text()) if file.exists() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_test_that_is_named_exists() -> None:
    named = {pair for row in rows() for pair in NAMED.findall(row[3])}
    assert len(named) > 50
    assert [f"{path}::{name}" for path, name in sorted(named) if name not in names_in(path)] == []


def test_the_list_is_whole_and_no_row_stands_twice() -> None:
    numbers = Counter(row[0] for row in rows())
    assert {int(number.partition(".")[0]) for number in numbers} == set(CHAPTERS)
    assert len(numbers) > 240
    assert [number for number, times in numbers.items() if times > 1] == []


def test_each_row_has_a_test_or_a_reason() -> None:
    assert [row[0] for row in rows() if not NAMED.search(row[3]) and len(row[3]) < 4] == []


def test_lines_of_the_tables_are_all_rows() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| \d", line)]
    assert len(lines) == len(rows())
