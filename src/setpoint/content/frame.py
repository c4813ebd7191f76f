"""The frame in which a mail is looked at: a page without an origin, a cookie or a right, that shows what it is given.

Mails are full of inline styles, which the pages' own policy forbids; this page allows them and nothing else. The HTML
comes by `postMessage` from the page around it, scripts in it never run, and links lead nowhere.
"""

from __future__ import annotations

import base64
import hashlib

from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

_SCRIPT = """
addEventListener("message", (message) => {
  if (message.source !== parent || typeof message.data?.html !== "string") return;
  const shown = new DOMParser().parseFromString(message.data.html, "text/html");
  document.replaceChild(document.adoptNode(shown.documentElement), document.documentElement);
  tell();
  new ResizeObserver(tell).observe(document.documentElement);
});
addEventListener("click", (event) => event.preventDefault(), true);
addEventListener("submit", (event) => event.preventDefault(), true);
function tell() {
  parent.postMessage({ height: Math.ceil(document.documentElement.getBoundingClientRect().height) }, "*");
}
parent.postMessage({ ready: true }, "*");
"""
_PAGE = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Preview</title></head><body><script>{_SCRIPT}</script></body></html>'
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; script-src 'sha256-{_HASH}'; style-src 'unsafe-inline'; img-src http: https: data:; "
    "font-src http: https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
)


@require_GET
@xframe_options_sameorigin
def preview_frame(request: HttpRequest) -> HttpResponse:
    """The empty frame. It holds no data, so it asks for no log-in."""
    answer = HttpResponse(_PAGE)
    answer["Content-Security-Policy"] = POLICY
    answer["Cache-Control"] = "public, max-age=3600"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
