"""Who acts: known to every service for the length of one request, unknown to the system itself.

A service's write verb carries `@needs("campaigns:write")`. Called on behalf of somebody who lacks the scope it refuses;
called by the worker, the command line or another service at work for the system, nobody acts and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _

from setpoint.governance.types import SCOPES, Acting
from setpoint.kernel.errors import Refused

P = ParamSpec("P")
R = TypeVar("R")
_current: ContextVar[Acting | None] = ContextVar("acting", default=None)


def acting() -> Acting | None:
    """Who makes the current request; None where the system acts by itself."""
    return _current.get()


@contextmanager
def acting_as(who: Acting | None) -> Iterator[None]:
    """Act on somebody's behalf within this context."""
    token = _current.set(who)
    try:
        yield
    finally:
        _current.reset(token)


def needs(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard a service's verb: refused when somebody acts who lacks the scope."""
    if scope not in SCOPES:
        raise ValueError(f"{scope!r} is not a scope; known: {', '.join(SCOPES)}")

    def guard(verb: Callable[P, R]) -> Callable[P, R]:
        @wraps(verb)
        def checked(*args: P.args, **named: P.kwargs) -> R:
            demand(scope)
            return verb(*args, **named)

        checked.needed_scope = scope  # type: ignore[attr-defined]
        return checked

    return guard


def demand(scope: str) -> None:
    """Refused when somebody acts who lacks the scope."""
    who = _current.get()
    if who is not None and scope not in who.scopes:
        raise missing(scope, person=who.user_id is not None)


def missing(scope: str, *, person: bool) -> Refused:
    """The refusal of a caller that lacks a scope, worded for a person or for a program."""
    if person:
        return Refused(
            _("Your role does not allow this: it lacks %(scope)s.") % {"scope": scope},
            remedy=_("Ask an owner to do it, or to change your role."),
            details={"scope": scope},
        )
    return Refused(
        _("This API key does not hold the scope %(scope)s.") % {"scope": scope},
        remedy=_("Use a key with this scope, or create one."),
        details={"scope": scope},
    )


def on_behalf_of_caller(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for every operation of the API: services called inside know who called."""
    if iscoroutinefunction(operation):

        @wraps(operation)
        async def awaited(request: HttpRequest, *args: Any, **named: Any) -> Any:
            with acting_as(_caller(request)):
                return await operation(request, *args, **named)

        return awaited

    @wraps(operation)
    def called(request: HttpRequest, *args: Any, **named: Any) -> Any:
        with acting_as(_caller(request)):
            return operation(request, *args, **named)

    return called


def _caller(request: HttpRequest) -> Acting | None:
    return cast("Acting | None", getattr(request, "auth", None))
