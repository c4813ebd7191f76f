"""The API's description: one name, one meaning."""

from __future__ import annotations

import dataclasses
import typing
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from setpoint.site.urls import api


def test_no_two_schemas_share_a_name() -> None:
    """In the description schemas are told apart by name alone: of two with one name, one would vanish silently."""
    places: dict[str, set[str]] = defaultdict(set)
    for found in _schemas():
        if not found.__module__.startswith("ninja"):
            places[found.__name__].add(f"{found.__module__}.{found.__qualname__}")
    doubled = {name: sorted(known) for name, known in places.items() if len(known) > 1}
    assert len(places) > 100
    assert not doubled


def _schemas() -> set[type]:
    seen: set[type] = set()
    for _prefix, router in api._routers:
        for path in router.path_operations.values():
            for operation in path.operations:
                for model in (*operation.models, *operation.response_models.values()):
                    _collect(model, seen)
    return seen


def _collect(kind: Any, seen: set[type]) -> None:
    """The schema itself and all that its fields are made of."""
    for part in typing.get_args(kind):
        _collect(part, seen)
    if isinstance(kind, type) and kind not in seen and (fields := [*_fields(kind)]):
        seen.add(kind)
        for field in fields:
            _collect(field, seen)


def _fields(kind: type) -> Iterator[Any]:
    if issubclass(kind, BaseModel):
        yield from (field.annotation for field in kind.model_fields.values())
    elif dataclasses.is_dataclass(kind):
        yield from typing.get_type_hints(kind).values()
