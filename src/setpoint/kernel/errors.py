"""Errors that tell cause and remedy.

SetpointError
├── Invalid        the caller sent something that cannot be right      (HTTP 400 / 422)
├── Unauthorised   no valid credentials                                (HTTP 401)
├── Refused        known caller, not allowed                           (HTTP 403)
├── NotFound       no such record                                      (HTTP 404)
├── Conflict       the record is in a state that forbids this          (HTTP 409)
├── TooLarge       over a size limit                                   (HTTP 413)
├── LimitReached   a money, message or time limit would be passed      (HTTP 409)
└── Unavailable    a part we depend on does not answer; try again      (HTTP 503)
"""

from __future__ import annotations

from typing import Any


class SetpointError(Exception):
    """Base of all errors meant for people. `message` says what happened and why, `remedy` what to do; `technical` is
    what another side's machine said, for those who look after it. `words` keeps of what the first two were made."""

    status = 500
    code = "error"

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        field: str | None = None,
        row: int | None = None,
        details: dict[str, Any] | None = None,
        technical: str = "",
    ) -> None:
        super().__init__(message)
        self.message = str(message)
        self.remedy = str(remedy)
        self.words = {"message": message, "remedy": remedy}
        self.technical = technical
        self.field = field
        self.row = row
        self.details = details or {}

    def to_dict(self) -> dict[str, Any]:
        """The JSON form that the API answers with."""
        shown = {
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "field": self.field,
            "row": self.row,
            "technical": self.technical,
        }
        return {name: value for name, value in shown.items() if value not in (None, "")} | self.details


class Invalid(SetpointError):
    """The input cannot be right."""

    status = 400
    code = "invalid"


class Unauthorised(SetpointError):
    """No valid credentials."""

    status = 401
    code = "unauthorised"


class Refused(SetpointError):
    """Known caller, not allowed."""

    status = 403
    code = "refused"


class NotFound(SetpointError):
    """No such record."""

    status = 404
    code = "not_found"


class Conflict(SetpointError):
    """The record's state forbids this."""

    status = 409
    code = "conflict"


class TooLarge(SetpointError):
    """Over a size limit."""

    status = 413
    code = "too_large"


class LimitReached(SetpointError):
    """A money, message or time limit would be passed."""

    status = 409
    code = "limit_reached"


class Unavailable(SetpointError):
    """A part that we depend on does not answer."""

    status = 503
    code = "unavailable"
