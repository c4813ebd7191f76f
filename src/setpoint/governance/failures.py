"""Why work that nobody watched failed: kept as codes, templates and what was filled in, told in the reader's language.

Modules whose errors end such work take `worded` for `_`: its text is the text of the moment, and keeps what it was made
of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _noop
from pydantic import BeforeValidator

from setpoint.governance.auth import ErrorOut
from setpoint.kernel.errors import SetpointError, Unavailable
from setpoint.kernel.outages import outage_in, technical_of
from setpoint.kernel.words import Words

_AGAIN = _noop("Try again in some minutes; if it stays, ask those who run it.")
_OUTAGES: Mapping[str, tuple[str, str]] = {
    "disk_full": (_noop("There is no room left on the disk."), _noop("Make room on the disk, then try again.")),
    "timed_out": (
        _noop("The other side did not answer in time."),
        _noop("Check host and port, and whether a firewall stands between; else try again in some minutes."),
    ),
    "host_unknown": (_noop("This server's name is not known."), _noop("Check its spelling.")),
    "tls": (
        _noop(
            "No encrypted connection came about: the certificate is not trusted, or the other side does not offer it."
        ),
        _noop("Check host and port, and choose the kind of encryption that the other side offers."),
    ),
    "connection_refused": (
        _noop("Nothing listens at this address and port."),
        _noop("Check server and port, whether it runs, and whether a firewall stands between."),
    ),
    "unreachable": (
        _noop("The other side cannot be reached over the network."),
        _noop("Check host and port, and whether a firewall stands between."),
    ),
    "login_refused": (
        _noop("The other side refused the user name, the password or the key."),
        _noop("Check them; they may have been changed there."),
    ),
    "not_allowed": (
        _noop("The other side does not allow this to our user or key."),
        _noop("Ask those who run it for the right, or use another user or key."),
    ),
    "database_missing": (_noop("There is no database of this name."), _noop("Check the database's name.")),
    "table_missing": (_noop("The table does not exist."), _noop("Check the table's name, and whether it was removed.")),
    "column_missing": (
        _noop("A column does not exist."),
        _noop("Check the columns' names, and whether one was renamed."),
    ),
    "query_wrong": (_noop("The database does not understand the query."), _noop("Correct the query, then test it.")),
    "database_busy": (_noop("The database is busy with somebody else's work."), _AGAIN),
    "file_damaged": (_noop("The file is damaged or of another kind."), _noop("Write it again, then try again.")),
    "file_missing": (_noop("The file or folder is not there."), _noop("Check its path and name.")),
    "file_not_allowed": (
        _noop("Setpoint may not read or write the file or folder."),
        _noop("Let the user under whom Setpoint runs read and write there."),
    ),
    "disk_failed": (_noop("The disk failed."), _noop("Look after the disk, then try again.")),
    "http_missing": (_noop("There is nothing at this address."), _noop("Check the address.")),
    "http_busy": (_noop("The other side is busy, or asks to slow down."), _AGAIN),
    "http_failed": (_noop("The other side failed while it answered."), _AGAIN),
    "http_refused": (
        _noop("The other side refused the call."),
        _noop("Check address and settings with those who run it."),
    ),
    "connection_lost": (_noop("The connection broke off."), _AGAIN),
    "out_of_memory": (
        _noop("The machine has not enough memory for this."),
        _noop("Give Setpoint more memory, or let it work on less at once."),
    ),
    "unforeseen": (
        _noop("It stopped at something that Setpoint did not foresee."),
        _noop("Try again; if it stays, report it with the technical details."),
    ),
}


def worded(template: str) -> Words:
    """A template in the language of the moment, which can be told in another later."""
    return Words(gettext(template), template)


def outage(error: BaseException | str, *, remedy: str = "") -> Unavailable:
    """Another side's failure as one of ours, with its code; `remedy` where the caller knows better what to do."""
    technical = error if isinstance(error, str) else technical_of(error)
    code = outage_in(technical)
    cause, usual = _OUTAGES[code]
    return Unavailable(worded(cause), remedy=remedy or worded(usual), technical=technical, details={"code": code})


def kept(error: Exception, *, safe: str = "") -> dict[str, Any]:
    """A failure as it is kept; `safe` says, as a template, that nothing was lost."""
    known = error if isinstance(error, SetpointError) else outage(error)
    words = known.words | ({"safe": Words(safe, safe)} if safe else {})
    return known.to_dict() | {"words": {name: parts(text) for name, text in words.items() if text}}


def told(failure: Mapping[str, Any]) -> dict[str, Any]:
    """A kept failure in the reader's language."""
    words = failure.get("words", {})
    return {**failure, **{name: said(made) for name, made in words.items()}}


class FailureOut(ErrorOut):
    """Why work in the background failed. `safe`: what was not lost by it."""

    safe: str | None = None


ToldFailure: TypeAlias = Annotated[FailureOut, BeforeValidator(told)]


def of(failure: Mapping[str, Any] | None) -> FailureOut | None:
    """A kept failure as the API tells it; None where nothing failed."""
    return FailureOut(**told(failure)) if failure else None


def parts(text: Any) -> Any:
    """What a text was made of, as JSON; a text that does not know stays as it is."""
    if isinstance(text, Words):
        return {"template": text.template, "details": {name: parts(each) for name, each in text.details.items()}}
    return text if isinstance(text, int | float | None) else str(text)


class Filling:
    """What fills a text in: each part said in the reader's language."""

    def __init__(self, details: Mapping[str, Any]) -> None:
        self._details = details

    def __getitem__(self, name: str) -> Any:
        return said(self._details[name])


def said(made: Any) -> Any:
    """The text of such parts in the reader's language."""
    if not isinstance(made, Mapping):
        return made
    template = made["template"]
    text = gettext(template)
    return text % Filling(made["details"]) if made["details"] else text
