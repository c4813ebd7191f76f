"""The table of a world's fields in docs/worlds.md, made from the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from setpoint.market.world import schema


def field_reference() -> str:
    """Markdown: one table a section, one row a field, with type, default and meaning."""
    document = schema()
    sections = [_section("World", document), *(_section(name, part) for name, part in document["$defs"].items())]
    return "\n".join(section for section in sections if section)


def _section(name: str, part: Mapping[str, Any]) -> str:
    rows = [row for row in _rows(part, "")]
    if not rows:
        return ""
    table = ["| field | type | default | meaning |", "|---|---|---|---|", *rows]
    return "\n".join([f"### {name}", "", part.get("description", ""), "", *table, ""])


def _rows(part: Mapping[str, Any], prefix: str) -> Iterator[str]:
    required = set(part.get("required", ()))
    for name, field in part.get("properties", {}).items():
        path = f"{prefix}{name}"
        default = "required" if name in required else _default(field)
        yield f"| `{path}` | {_type(field)} | {default} | {field.get('description', '')} |"
        inner = field.get("items", field)
        if "properties" in inner and "allOf" not in inner:
            yield from _rows(inner, f"{path}[]." if inner is not field else f"{path}.")
        if isinstance(field.get("additionalProperties"), dict) and "properties" in field["additionalProperties"]:
            yield from _rows(field["additionalProperties"], f"{path}.*.")


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "" if default in (None, {}) else f"`{json.dumps(default, ensure_ascii=False)}`"


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " / ".join(f"`{value}`" for value in field["enum"])
    if isinstance(field.get("additionalProperties"), dict) and "$ref" in field["additionalProperties"]:
        return "object of " + _type(field["additionalProperties"])
    return f"{field.get('type', 'object')}{_bounds(field)}"


def _bounds(field: Mapping[str, Any]) -> str:
    marks = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    return "".join(f" {mark} {field[name]}" for name, mark in marks.items() if name in field)
