"""HTTP APIs: pages by link, cursor or number; keys or OAuth 2; rate limits and Retry-After respected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec
from django.utils.translation import gettext_noop as _noop

from setpoint.events.tables import table_of
from setpoint.governance.failures import outage
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid, SetpointError, Unavailable
from setpoint.sources.cleaning.parsing import number_of
from setpoint.sources.plugins.calling import Caller, bearer_of, told_by
from setpoint.sources.types import Context, Probe, Pulled, Setting

SAMPLE_ROWS = 50
MOST_PAGES = 100_000
_PAGED = ("paging", ("page", "cursor"))


class HttpSource:
    """The cursor holds where the pages stand and the latest value of the field that says what is new."""

    settings: ClassVar[Sequence[Setting]] = (
        Setting(
            "url", _noop("Address"), required=True, is_address=True, help=_noop("https://api.example.com/customers")
        ),
        Setting(
            "auth",
            _noop("Access"),
            "choice",
            default="bearer",
            choices=("none", "bearer", "header", "basic", "oauth2"),
        ),
        Setting("header", _noop("Name of the header"), default="X-Api-Key", when=("auth", ("header",))),
        Setting("user", _noop("User or client id"), when=("auth", ("basic", "oauth2"))),
        Setting("key", _noop("Key, password or client secret"), "secret"),
        Setting("token_url", _noop("Address of tokens"), is_address=True, when=("auth", ("oauth2",))),
        Setting("scope", _noop("Scope"), when=("auth", ("oauth2",))),
        Setting(
            "records", _noop("Where the rows are"), help=_noop("A path such as data.items; empty: the whole answer.")
        ),
        Setting("paging", _noop("Pages"), "choice", default="none", choices=("none", "link", "cursor", "page")),
        Setting("page_parameter", _noop("Parameter of the page"), default="page", when=_PAGED),
        Setting("next_path", _noop("Where the next cursor is"), default="next", when=("paging", ("cursor",))),
        Setting("size_parameter", _noop("Parameter of the page's size")),
        Setting("page_size", _noop("Rows on a page"), "number", default=100),
        Setting(
            "since_parameter", _noop("Parameter of “changed since”"), help=_noop("Empty: everything is read each time.")
        ),
        Setting("since_field", _noop("Field that says when a row changed"), help=_noop("For instance updated_at.")),
        Setting("per_second", _noop("Most calls a second"), "number", default=5),
    )

    def __init__(
        self, settings: Mapping[str, Any], context: Context, *, sleep: Callable[[float], object] | None = None
    ) -> None:
        self._settings = settings
        pace = float(settings.get("per_second") or 5)
        self._caller = Caller(allow_private=context.allow_private, per_second=pace, sleep=sleep or context.sleep)
        self._caller.check(self._text("url"))
        self._token = ""

    def probe(self) -> Probe:
        """The first page's first rows."""
        try:
            _response, rows, _next = self._page("", {})
        finally:
            self.close()
        table = table_of(rows[:SAMPLE_ROWS])
        return Probe(table.column_names, table, [_("%(count)s rows on the first page") % {"count": len(rows)}])

    def pull(self, since: str) -> Iterator[Pulled]:
        """Page by page until there is none; a stopped pull goes on with the page that was next."""
        state: dict[str, str] = json.loads(since) if since else {}
        latest, place = state.get("latest", state.get("since", "")), state.get("place", "")
        for _number in range(MOST_PAGES):
            _response, rows, place = self._page(place, state)
            latest = max([latest, *self._moments(rows)], key=_place)
            state = {"since": state.get("since", ""), "latest": latest, "place": place} if place else {"since": latest}
            yield Pulled(table_of(rows), json.dumps(state))
            if not place:
                return
        raise Invalid(_("The pages do not end."), remedy=_("Check how the pages are turned."), field="paging")

    def close(self) -> None:
        """Close kept connections."""
        self._caller.close()

    def _moments(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        name = self._text("since_field")
        return [str(row[name]) for row in rows if row.get(name) is not None] if name else []

    def _page(self, place: str, state: Mapping[str, str]) -> tuple[httpx.Response, list[dict[str, Any]], str]:
        """One page: the answer, its rows, and where the next page is ("" after the last)."""
        paging = self._text("paging") or "none"
        url = place if paging == "link" and place else self._text("url")
        parameters = {} if paging == "link" and place else self._parameters(paging, place, state)
        response = self._call(url, parameters)
        answer = _parsed(response)
        rows = _records(answer, self._text("records"))
        return response, rows, self._following(paging, place, response, answer, len(rows))

    def _parameters(self, paging: str, place: str, state: Mapping[str, str]) -> dict[str, str]:
        told = {}
        if self._text("size_parameter"):
            told[self._text("size_parameter")] = str(int(self._settings.get("page_size") or 100))
        if self._text("since_parameter") and state.get("since"):
            told[self._text("since_parameter")] = state["since"]
        if paging == "page":
            told[self._text("page_parameter") or "page"] = place or "1"
        if paging == "cursor" and place:
            told[self._text("page_parameter") or "cursor"] = place
        return told

    def _following(self, paging: str, place: str, response: httpx.Response, answer: Any, count: int) -> str:
        if paging == "link":
            link = response.links.get("next", {}).get("url", "")
            return self._same_host(urljoin(str(response.request.extensions["told_url"]), link)) if link else ""
        if paging == "cursor":
            found = _at(answer, self._text("next_path") or "next")
            return str(found) if found not in (None, "", False) and str(found) != place else ""
        if paging == "page":
            return str(int(place or "1") + 1) if count else ""
        return ""

    def _same_host(self, url: str) -> str:
        ours, theirs = urlsplit(self._text("url")), urlsplit(url)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise Invalid(
                _("The next page lies on another host: %(host)s.") % {"host": theirs.netloc[:200]},
                remedy=_("Our key is not sent there. Give the address under which the pages stay."),
            )
        return url

    def _call(self, url: str, parameters: Mapping[str, str]) -> httpx.Response:
        response = self._caller.get(url, parameters, self._headers())
        if response.status_code == 401 and self._text("auth") == "oauth2":
            self._token = ""
            response = self._caller.get(url, parameters, self._headers())
        if response.status_code >= 300:
            raise _refused(response)
        return response

    def _headers(self) -> dict[str, str]:
        auth, key = self._text("auth"), self._text("key")
        if auth == "bearer":
            return {"Authorization": f"Bearer {key}"}
        if auth == "header":
            return {self._text("header") or "X-Api-Key": key}
        if auth == "basic":
            return {"Authorization": httpx.BasicAuth(self._text("user"), key)._auth_header}
        if auth == "oauth2":
            self._token = self._token or bearer_of(
                self._caller, self._text("token_url"), self._text("user"), key, self._text("scope")
            )
            return {"Authorization": f"Bearer {self._token}"}
        return {}

    def _text(self, name: str) -> str:
        return str(self._settings.get(name) or "").strip()


def _place(moment: str) -> tuple[int, float, str]:
    """Numbers by their size (9 is before 10), other texts by their letters, nothing before all."""
    if not moment:
        return 0, 0.0, ""
    number = number_of(moment)
    return (2, 0.0, moment) if number is None else (1, number, moment)


def _parsed(response: httpx.Response) -> Any:
    try:
        return msgspec.json.decode(response.content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Unavailable(
            _("The answer is not JSON: %(start)s") % {"start": response.text[:120]}, remedy=_("Check the address.")
        ) from None


def _records(answer: Any, path: str) -> list[dict[str, Any]]:
    found = _at(answer, path) if path else answer
    if isinstance(found, dict) and not path:
        found = next((part for part in found.values() if isinstance(part, list)), found)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Invalid(
            _("At “%(path)s” the answer has no list of objects.") % {"path": path or "/"},
            remedy=_("Say where the rows are, for instance data.items."),
            field="records",
        )
    return [_flat(row) for row in found]


def _flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects as columns named "address.city"."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


def _at(answer: Any, path: str) -> Any:
    for part in path.split("."):
        answer = answer.get(part) if isinstance(answer, dict) else None
    return answer


def _refused(response: httpx.Response) -> SetpointError:
    status = response.status_code
    moved = _("Give the address to which it has moved: %(address)s") % {
        "address": response.headers.get("location", "?")
    }
    remedies = {
        **dict.fromkeys((301, 302, 303, 307, 308), moved),
        403: _("Give the key the right to read this."),
    }
    return outage(told_by(response), remedy=remedies.get(status, ""))
