"""HTTP calls to addresses that people typed in: judged before each call, bound to the judged address, bounded, paced."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
import msgspec

from setpoint.governance.failures import outage
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid, TooLarge, Unavailable
from setpoint.kernel.outages import technical_of
from setpoint.sources.plugins.guard import safe_addresses

MOST_BYTES = 64 * 1024 * 1024
ATTEMPTS = 6
_LONGEST_WAIT = 300.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Caller:
    """Calls one API. Waits where it says so; raises Unavailable after the last attempt."""

    def __init__(self, *, allow_private: bool, per_second: float, sleep: Callable[[float], object]) -> None:
        self._allow_private, self._pause, self._sleep = allow_private, 1 / max(per_second, 0.01), sleep
        self._client = httpx.Client(timeout=60, follow_redirects=False, trust_env=False)
        self._last = 0.0

    def close(self) -> None:
        """End kept connections."""
        self._client.close()

    def check(self, url: str) -> None:
        """Refuse, before anything is sent, what is no address for calls. Raises Invalid."""
        try:
            parts = urlsplit(url)
            right = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            right = False
        if not right or parts.username or parts.password:
            raise Invalid(
                _("This is not an address that can be called."), remedy=_("Write https://host/path."), field="url"
            )

    def get(self, url: str, parameters: Mapping[str, str], headers: Mapping[str, str]) -> httpx.Response:
        """A GET, again after failures that pass."""
        return self._tried("GET", url, headers, parameters=parameters)

    def post(self, url: str, form: Mapping[str, str], auth: httpx.BasicAuth | None = None) -> httpx.Response:
        """A POST of a form, again after failures that pass."""
        return self._tried("POST", url, {"Authorization": auth._auth_header} if auth else {}, form=form)

    def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """A POST of a body, again after failures that pass."""
        return self._tried("POST", url, headers, body=body)

    def _tried(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        parameters: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> httpx.Response:
        self.check(url)
        wait, failure = 1.0, outage("")
        for attempt in range(1, ATTEMPTS + 1):
            self._pace()
            try:
                response = self._send(method, url, headers, parameters, form if body is None else body)
                if response.status_code not in _AGAIN:
                    return response
                failure, wait = outage(f"{attempt} × {told_by(response)}"), max(wait, _told_to_wait(response))
            except httpx.HTTPError as error:
                failure = outage(f"{attempt} × {technical_of(error)}")
            if attempt < ATTEMPTS:
                self._sleep(min(wait, _LONGEST_WAIT))
                wait *= 2
        raise failure

    def _pace(self) -> None:
        early = self._last + self._pause - time.monotonic()
        if self._last and early > 0:
            self._sleep(early)
        self._last = time.monotonic()

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        parameters: Mapping[str, str] | None,
        body: Mapping[str, str] | bytes | None,
    ) -> httpx.Response:
        """To the address that was judged; the name goes into Host and TLS, so that nothing is looked up twice."""
        told = httpx.URL(url).copy_merge_params(dict(parameters or {}))
        port = told.port or (443 if told.scheme == "https" else 80)
        address = safe_addresses(told.host, port, allow_private=self._allow_private)[0]
        request = self._client.build_request(
            method,
            told.copy_with(host=address),
            headers={**headers, "Host": told.netloc.decode(), "Accept": "application/json"},
            data=dict(body) if isinstance(body, Mapping) else None,
            content=body if isinstance(body, bytes) else None,
            extensions={"sni_hostname": told.host},
        )
        response = self._client.send(request, stream=True)
        request.extensions["told_url"] = str(told)
        try:
            response._content = _bounded(response)
        finally:
            response.close()
        return response


def told_by(response: httpx.Response) -> str:
    """An answer's status and the beginning of its words, for those who look after the other side."""
    return f"HTTP {response.status_code}: {response.text[:200]}"


def bearer_of(caller: Caller, url: str, client: str, secret: str, scope: str) -> str:
    """A token by OAuth 2 client credentials (RFC 6749, 4.4): in the header as all servers must take them or, where one
    does not, in the body (2.3.1)."""
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    response = caller.post(url, form, httpx.BasicAuth(client, secret))
    if response.status_code in (400, 401):
        response = caller.post(url, form | {"client_id": client, "client_secret": secret})
    try:
        answer = msgspec.json.decode(response.content, type=dict[str, object])
    except msgspec.MsgspecError:
        answer = {}
    if answer.get("access_token"):
        return str(answer["access_token"])
    # Only the fields that RFC 6749 (5.2) gives to errors: under another name there may be a secret.
    said = " ".join(str(answer[name])[:150] for name in ("error", "error_description") if name in answer)
    raise Unavailable(
        _("No token was given: %(status)s %(told)s") % {"status": response.status_code, "told": said},
        remedy=_("Check client id, client secret, scope and the address of tokens."),
    )


def _bounded(response: httpx.Response) -> bytes:
    pieces, size = [], 0
    for piece in response.iter_bytes():
        size += len(piece)
        if size > MOST_BYTES:
            raise TooLarge(
                _("The answer is larger than %(limit)s MiB.") % {"limit": MOST_BYTES // 1024**2},
                remedy=_("Ask for smaller pages."),
            )
        pieces.append(piece)
    return b"".join(pieces)


def _told_to_wait(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    if text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment.tzinfo else 0.0
    except (ValueError, TypeError):
        return 0.0
