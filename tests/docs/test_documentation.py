"""The pages keep up with the code: settings, commands, campaign fields, dependencies, calls and links."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from setpoint.autopilot.types import CampaignSpec
from setpoint.site import settings
from setpoint.site.api import api
from setpoint.site.cli import app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.M | re.S)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.M)
CALL = re.compile(r"""(?:\bapi |-X )(GET|POST|PUT|PATCH|DELETE) "?(?:\$SETPOINT|https?://[^/\s]+)?(/[^\s"'?]*)""")
PATH = re.compile(r"/api(/[\w/{}.-]+)")


def every_page(name: str) -> Any:
    return pytest.mark.parametrize(name, PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])


def rows_of(page: Path) -> dict[str, list[str]]:
    """The rows of a page's tables by the first cell without its backticks."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


def prose_of(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def test_every_setting_is_documented_and_no_other() -> None:
    read = set(re.findall(r"environ\.get\(\"(SETPOINT_\w+)\"", Path(settings.__file__).read_text()))
    assert len(read) > 8
    assert set(rows_of(DOCS / "reference" / "settings.md")) == read


def commands(group: Any, prefix: str = "setpoint") -> Iterator[tuple[str, list[str]]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            options = [option for one in command.params for option in one.opts if option.startswith("--")]
            yield f"{prefix} {name}", [option for option in options if option != "--help"]


COMMANDS = dict(commands(get_command(app)))


def test_every_command_is_documented_and_no_other() -> None:
    documented = {re.sub(r" [A-Z-].*", "", name) for name in rows_of(DOCS / "reference" / "commands.md")}
    assert documented == set(COMMANDS)
    assert isinstance(app, typer.Typer)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_is_documented(command: str) -> None:
    rows = {
        re.sub(r" [A-Z-].*", "", name): cells for name, cells in rows_of(DOCS / "reference" / "commands.md").items()
    }
    assert [option for option in COMMANDS[command] if f"`{option}" not in rows[command][0]] == []


def fields_of(kind: type, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each leaf with its default; the parts of a mapping's values stand under NAME."""
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        path, hint = f"{prefix}{field.name}", hints[field.name]
        inner = [part for part in typing.get_args(hint) if dataclasses.is_dataclass(part)]
        if dataclasses.is_dataclass(hint):
            yield from fields_of(typing.cast(type, hint), f"{path}.")
        elif typing.get_origin(hint) is Mapping and inner:
            yield from fields_of(inner[0], f"{path}.NAME.")
        else:
            yield path, field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def shown(default: Any) -> str:
    if default is dataclasses.MISSING:
        return ""
    text = default if isinstance(default, str) else json.dumps(default)
    return "none" if default in (None, "") else f"`{text}`"


def test_every_field_of_a_campaign_is_documented_with_its_default() -> None:
    fields = {path: shown(default) for path, default in fields_of(CampaignSpec)}
    documented = {
        name: cells[0] for name, cells in rows_of(DOCS / "reference" / "campaign.md").items() if len(cells) > 1
    }
    assert documented == fields


def test_every_way_to_end_is_documented() -> None:
    from setpoint.autopilot.types import Outcome

    outcomes = {name for name, cells in rows_of(DOCS / "reference" / "campaign.md").items() if len(cells) == 1}
    assert outcomes == set(typing.get_args(Outcome))


PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, IMPORTS = PYPROJECT["project"], PYPROJECT["tool"]["importlinter"]["contracts"]


def test_every_dependency_is_documented() -> None:
    extras = [name for group in PROJECT["optional-dependencies"].values() for name in group]
    names = [re.split(r"[\[<>=~!]", need)[0] for need in (*PROJECT["dependencies"], *extras)]
    text = re.sub(r"[_-]+", "-", (DOCS / "dependencies.md").read_text().lower())
    assert [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)] == []


def test_every_entry_point_group_is_documented() -> None:
    pages = "".join(page.read_text() for page in (DOCS / "how-to").glob("*.md"))
    assert [group for group in PROJECT["entry-points"] if f'entry-points."{group}"' not in pages] == []


def test_every_package_stands_in_the_architecture() -> None:
    page = (DOCS / "explanation" / "architecture.md").read_text()
    (layers,) = (contract["layers"] for contract in IMPORTS if contract["type"] == "layers")
    packages = re.findall(r"\w+", " ".join(layers))
    assert [name for name in packages if not re.search(rf"^{name}\b|\| {name}\b", page, re.M)] == []


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def broken(page: Path) -> Iterator[str]:
    for link in LINK.findall(prose_of(page)):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (
            anchor and anchor not in {slug(heading) for heading in HEADING.findall(prose_of(target))}
        ):
            yield link


@every_page("page")
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert list(broken(page)) == []


@every_page("page")
def test_no_page_is_empty(page: Path) -> None:
    assert HEADING.match(page.read_text()), "a page begins with its heading"
    assert len(page.read_text()) > 250


def test_the_index_lists_every_page() -> None:
    linked = {(DOCS / link).resolve() for link in LINK.findall((DOCS / "index.md").read_text())}
    assert set(DOCS.rglob("*.md")) - linked - {DOCS / "index.md"} == set()


def test_both_readmes_have_the_same_parts() -> None:
    english, chinese = (page.read_text() for page in READMES)
    assert [line.count("#") for line in re.findall(r"^#+ ", prose_of(READMES[0]), re.M)] == [
        line.count("#") for line in re.findall(r"^#+ ", prose_of(READMES[1]), re.M)
    ]
    assert len(re.findall(r"^- ", english, re.M)) == len(re.findall(r"^- ", chinese, re.M))
    links = {link.replace(".zh-CN.md", ".md") for link in LINK.findall(chinese)}  # a page of its own language
    assert sorted(set(LINK.findall(english)) - {"README.zh-CN.md"}) == sorted(links - {"README.md"})


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (
        [(kind, re.sub(r" *#.*", "", code)) for kind, code in FENCE.findall(page.read_text()) if kind]
        for page in READMES
    )
    assert english == chinese
    assert len(FENCE.findall(READMES[0].read_text())) == len(FENCE.findall(READMES[1].read_text()))


def test_both_readmes_tell_the_same_figures() -> None:
    def figures(page: Path) -> set[str]:
        return set(re.findall(r"\d[\d,]*\.?\d*", FENCE.sub("", page.read_text())))

    assert {figure.rstrip(".,") for figure in figures(READMES[0])} == {
        figure.rstrip(".,") for figure in figures(READMES[1])
    }


PATHS = {
    re.sub(r"\{[^}]*\}", "{}", path.removeprefix("/api")): {method.upper() for method in methods}
    for path, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items()
}


def methods_at(path: str) -> set[str]:
    parts = path.rstrip("/.").split("/")
    found = [
        methods
        for known, methods in PATHS.items()
        if len(known.split("/")) == len(parts)
        and all(own in (part, "{}") or part[:1] == "{" for own, part in zip(known.split("/"), parts, strict=True))
    ]
    return set().union(*found)


@every_page("page")
def test_every_call_that_a_page_makes_exists(page: Path) -> None:
    calls = [(method, path.removeprefix("/api")) for method, path in CALL.findall(page.read_text())]
    assert [(method, path) for method, path in calls if method not in methods_at(path)] == []


@every_page("page")
def test_every_address_that_a_page_names_exists(page: Path) -> None:
    named = set(PATH.findall(page.read_text())) - {"/docs", "/openapi.json", "/simulation", "/live"}
    assert [path for path in named if not methods_at(path)] == []


def test_the_tutorial_makes_calls() -> None:
    assert len(CALL.findall((DOCS / "tutorial.md").read_text())) > 20
    assert methods_at("/campaigns/1/nothing/at/all") == set()


@every_page("page")
def test_json_in_pages_can_be_read(page: Path) -> None:
    decoder = json.JSONDecoder()
    for kind, code in FENCE.findall(page.read_text()):
        rest = code.strip() if kind == "json" else ""
        while rest:
            _, end = decoder.raw_decode(rest)
            rest = rest[end:].strip()


def test_pictures_are_small() -> None:
    assert [picture.name for picture in (DOCS / "pictures").iterdir() if picture.stat().st_size > 300_000] == []
