"""The architecture as tests: imports go down, sizes stay small, every plug-in passes its suite."""

from __future__ import annotations

import ast
import inspect
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import setpoint
from setpoint.autopilot import loop

ROOT = Path(setpoint.__file__).parent
LOOP_STEPS = ["analyse", "plan", "review", "execute", "collect", "evaluate", "conclude"]


def sources() -> Iterator[Path]:
    for path in ROOT.rglob("*.py"):
        if not {"tests", "migrations", "node_modules"} & set(path.parts):
            yield path


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.name}", node


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or first.lineno) - first.lineno + 1


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_functions_stay_small() -> None:
    sizes = {name: body_lines(node) for name, node in functions()}
    assert statistics.median(sizes.values()) < 8
    assert {name: size for name, size in sizes.items() if size > 50} == {}


def test_modules_stay_small() -> None:
    assert {str(path): size for path in sources() if (size := len(path.read_text().splitlines())) > 400} == {}


def test_no_module_is_named_after_nothing() -> None:
    assert [path for path in sources() if path.stem in {"utils", "helpers", "manager", "common", "misc"}] == []


def test_public_functions_say_what_they_mean() -> None:
    silent = [
        name
        for path in sources()
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        for name in [f"{path.relative_to(ROOT)}:{node.name}"]
    ]
    assert silent == []


def test_the_loop_reads_as_its_steps() -> None:
    lines = [line for line in inspect.getsource(loop.run_round).splitlines() if "step(" in line]
    assert [line.split("step(")[1].split(",")[0] for line in lines] == LOOP_STEPS


def test_the_environment_is_read_in_the_settings_alone() -> None:
    allowed = {"site", "bench"}  # benchmarks start processes with an environment of their own
    readers = [
        str(path.relative_to(ROOT))
        for path in sources()
        if ("os.environ" in path.read_text() or "getenv" in path.read_text())
        and path.relative_to(ROOT).parts[0] not in allowed
    ]
    assert readers == []
