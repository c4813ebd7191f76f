"""The shell of the pages: one HTML file for every address that is not the server's own. The browser does the rest."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from setpoint.governance.gate import way_in

INDEX = Path(__file__).parent / "static" / "app" / "index.html"
NONCE = "__NONCE__"


def shell(request: HttpRequest) -> HttpResponse:
    """The pages for those who are signed in, the way in for others; in the caller's language, with a fresh nonce for the styles that they add while running."""
    if not INDEX.exists():
        return HttpResponse(_missing(), status=503)
    if elsewhere := way_in(request):
        return HttpResponseRedirect(elsewhere)
    html = _index(INDEX.stat().st_mtime_ns).replace(NONCE, str(getattr(request, "csp_nonce", "")))
    answer = HttpResponse(html.replace('<html lang="en">', f'<html lang="{escape(get_language() or "en")}">'))
    answer["Cache-Control"] = "no-store"
    return answer


@cache
def _index(_changed: int) -> str:
    return INDEX.read_text(encoding="utf-8")


def _missing() -> str:
    text = _("The pages have not been built. Run `make setup` (or `scripts/pages`) and load this page again.")
    return f"<!doctype html><title>Setpoint</title><p>{escape(text)}</p>"
