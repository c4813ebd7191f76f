"""Plug-ins by name: built-ins and guests enter through the same door, an entry point.

A group such as ``setpoint.channels`` in any installed package's ``pyproject.toml`` adds to the registry
of that group. Two plug-ins of one name are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar, cast

from setpoint.kernel.errors import Conflict, NotFound

T = TypeVar("T")


class Registry(Generic[T]):
    """Named plug-ins of one role, loaded from an entry-point group on first use."""

    def __init__(self, group: str) -> None:
        self.group = group
        self._plugins: dict[str, T] = {}
        self._loaded = False

    def register(self, name: str, plugin: T) -> None:
        """Add a plug-in under a name that is still free."""
        if name in self._plugins:
            raise Conflict(f"{self.group} already has a plug-in named {name!r}.", remedy="Choose another name.")
        self._plugins[name] = plugin

    def get(self, name: str) -> T:
        """The plug-in of that name, or an error that lists the known ones."""
        self._load()
        if name not in self._plugins:
            known = ", ".join(sorted(self._plugins)) or "none"
            raise NotFound(f"{self.group} has no plug-in named {name!r}.", remedy=f"Known names: {known}.")
        return self._plugins[name]

    def names(self) -> list[str]:
        """All known names, sorted."""
        self._load()
        return sorted(self._plugins)

    def items(self) -> Iterator[tuple[str, T]]:
        """All plug-ins by name, sorted."""
        return ((name, self._plugins[name]) for name in self.names())

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for point in entry_points(group=self.group):
            self.register(point.name, cast(T, cast(Any, point.load())))
