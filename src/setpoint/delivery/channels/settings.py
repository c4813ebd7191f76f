"""A plug-in's settings: one frozen dataclass, filled from plain values with errors that name the field, and described
so that a form can be made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, Protocol, TypeVar, get_args, get_origin, get_type_hints

from django.utils.translation import gettext as _

from setpoint.kernel.errors import Invalid

FieldKind = Literal["text", "secret", "integer", "number", "flag", "choice"]


class Settings(Protocol):
    """A dataclass of settings that can check itself."""

    def check(self) -> None:
        """Raise Invalid for what can never work."""
        ...


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting as a form shows it. `advanced` ones are rarely changed. `default` holds where nothing is given,
    `begins` is what the form of a new channel proposes; `follows`: by setting, which value goes with which of its."""

    name: str
    kind: FieldKind
    label: str
    help: str
    required: bool
    advanced: bool
    default: str | int | float | bool | None
    choices: tuple[str, ...]
    begins: str | int | float | bool | None = None
    follows: Mapping[str, Mapping[str, str | int]] = field(default_factory=dict)


def about(label: str, help: str = "", **more: Any) -> dict[str, Any]:
    """What a form says of a setting; goes into a dataclass field's `metadata`. Texts are marked with `gettext_noop`.
    `more`: secret, advanced, begins, follows, as SettingField has them."""
    return {"label": label, "help": help, **more}


def described(kind: type | None) -> list[SettingField]:
    """The settings of a dataclass in their order, texts in the reader's language; nothing where none is declared."""
    if kind is None:
        return []
    hints = get_type_hints(kind)
    return [_described(each, hints[each.name]) for each in fields(kind)]


def secret_names(kind: type | None) -> set[str]:
    """The settings that nobody may read again."""
    return {each.name for each in fields(kind) if each.metadata.get("secret")} if kind else set()


def _described(each: Any, hint: Any) -> SettingField:
    required = each.default is MISSING and each.default_factory is MISSING
    choices = get_args(hint) if get_origin(hint) is Literal else ()
    said = each.metadata
    label, explanation = said.get("label", ""), said.get("help", "")
    return SettingField(
        name=each.name,
        kind="secret" if said.get("secret") else "choice" if choices else _KINDS.get(hint, "text"),
        label=_(label) if label else each.name.replace("_", " "),
        help=_(explanation) if explanation else "",
        required=required,
        advanced=bool(said.get("advanced")),
        default=None if required or said.get("secret") or each.default is MISSING else each.default,
        choices=tuple(choices),
        begins=said.get("begins"),
        follows=said.get("follows", {}),
    )


_KINDS: Mapping[Any, FieldKind] = {bool: "flag", int: "integer", float: "number"}
S = TypeVar("S", bound=Settings)


def settings_from(kind: type[S], given: Mapping[str, Any]) -> S:
    """The settings, or Invalid that names the field that is missing, unknown or of the wrong type."""
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    if unknown := sorted(set(given) - set(known)):
        raise Invalid(
            _("There is no setting %(unknown)s.") % {"unknown": repr(unknown[0])},
            remedy=_("Known settings: %(known)s.") % {"known": ", ".join(known)},
            field=unknown[0],
        )
    for name, each in known.items():
        if name not in given and each.default is MISSING and each.default_factory is MISSING:
            raise Invalid(
                _("The setting %(name)s is missing.") % {"name": repr(name)}, remedy=_("Give it a value."), field=name
            )
    made = kind(**{name: _typed(name, value, hints[name]) for name, value in given.items()})
    made.check()
    return made


def _typed(name: str, value: Any, wanted: Any) -> Any:
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    expected = wanted if isinstance(wanted, type) else str
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise Invalid(
            _("The setting %(name)s must be of type %(type)s.") % {"name": repr(name), "type": expected.__name__},
            remedy=_("Correct its value."),
            field=name,
        )
    if isinstance(value, str) and any(mark in value for mark in "\r\n\0"):
        raise Invalid(
            _("The setting %(name)s has a line break in it.") % {"name": repr(name)},
            remedy=_("Write it on one line."),
            field=name,
        )
    return value
