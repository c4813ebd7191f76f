"""Properties of events, JSON in a column of text, as Ibis expressions in each engine's own functions."""

from __future__ import annotations

from typing import Any

import ibis


def property_text(column: Any, name: str, dialect: str) -> Any:
    """A property as text: strings without quotes, all else as JSON; null where it is absent or null.

    `name` has no quotes, backslashes or control characters.
    """
    return _get_json_object(column, f"$['{name}']") if dialect == "pyspark" else _json_text(column, f'$."{name}"')


def is_number(column: Any, name: str, dialect: str) -> Any:
    """Whether a property that is there is a JSON number."""
    if dialect == "pyspark":
        return _spark_kind(column, name).re_search("^(BIGINT|DOUBLE|DECIMAL|FLOAT)")
    return _json_type(column, f'$."{name}"').isin(_DUCK_NUMBERS)


def is_nested(column: Any, name: str, dialect: str) -> Any:
    """Whether a property that is there is a list or an object."""
    if dialect == "pyspark":
        return _spark_kind(column, name).re_search("^(ARRAY|OBJECT)")
    return _json_type(column, f'$."{name}"').isin(("ARRAY", "OBJECT"))


_DUCK_NUMBERS = ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE")


def _spark_kind(column: Any, name: str) -> Any:
    return _schema_of_variant(_try_variant_get(_try_parse_json(column), f"$['{name}']", "variant"))


@ibis.udf.scalar.builtin(name="json_extract_string")  # type: ignore[untyped-decorator, unused-ignore]
def _json_text(column: str, path: str) -> str: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="json_type")  # type: ignore[untyped-decorator, unused-ignore]
def _json_type(column: str, path: str) -> str: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="get_json_object")  # type: ignore[untyped-decorator, unused-ignore]
def _get_json_object(column: str, path: str) -> str: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="try_parse_json")  # type: ignore[untyped-decorator, unused-ignore]
def _try_parse_json(column: str) -> str: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="try_variant_get")  # type: ignore[untyped-decorator, unused-ignore]
def _try_variant_get(column: str, path: str, kind: str) -> str: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="schema_of_variant")  # type: ignore[untyped-decorator, unused-ignore]
def _schema_of_variant(column: str) -> str: ...  # type: ignore[empty-body]
