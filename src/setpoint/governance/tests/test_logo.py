"""Logos: pictures that cannot act, and documents that are shown with their own styles alone."""

from __future__ import annotations

import base64
import hashlib
import struct
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from setpoint.governance.documents import document_policy
from setpoint.governance.logo import checked, clean_svg
from setpoint.governance.tests.conftest import person, signed_in
from setpoint.kernel.errors import Invalid, TooLarge

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">%s</svg>'
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 9, 9) + b"\x08\x06\0\0\0"


@pytest.mark.parametrize(
    "harm",
    [
        "<script>alert(1)</script>",
        "<style>@import url(http://evil.example)</style>",
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><script>1</script></body></foreignObject>",
        "<image href='http://evil.example/x.png'/>",
        "<a xlink:href='javascript:alert(1)'><rect/></a>",
        "<rect onload='alert(1)' width='1'/>",
        "<use href='http://evil.example/#x'/>",
        "<rect fill='url(http://evil.example/#x)'/>",
        "<rect style='background:url(http://evil.example)'/>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<set attributeName='onload' to='alert(1)'/>",
    ],
)
def test_nothing_that_acts_is_left_of_a_drawing(harm: str) -> None:
    cleaned = clean_svg((SVG % (harm + "<circle r='4' fill='#123456'/>")).encode()).decode()
    assert "circle" in cleaned
    assert not any(
        word in cleaned.lower() for word in ("script", "evil", "onload", "import", "foreign", "animate", "set ")
    )


def test_what_draws_is_kept() -> None:
    drawing = (
        "<defs><linearGradient id='g'><stop offset='0'/></linearGradient></defs><rect fill='url(#g)'/><use href='#g'/>"
    )
    cleaned = clean_svg((SVG % drawing).encode()).decode()
    assert "url(#g)" in cleaned
    assert 'href="#g"' in cleaned


@pytest.mark.parametrize(
    "picture",
    [
        b"GIF89a",
        b"<html></html>",
        b"<svg></svg>",
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
        b"\x89PNG\r\n\x1a\n",
        PNG[:16] + struct.pack(">II", 5000, 9),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_logo_is_refused(picture: bytes) -> None:
    with pytest.raises(Invalid):
        checked(picture)


def test_a_large_file_is_refused() -> None:
    with pytest.raises(TooLarge):
        checked(PNG + b"x" * 102_400)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_tries_yet")
def test_a_logo_is_uploaded_shown_to_all_and_removed(now: datetime) -> None:
    person()
    client = signed_in()
    assert Client().get("/api/company/logo").status_code == 404
    sent: Any = client.post("/api/company/logo", {"logo": SimpleUploadedFile("a.svg", (SVG % "<rect/>").encode())})
    assert (sent.status_code, sent.json()["logo"], sent.json()["version"]) == (200, True, 2)
    shown = Client().get("/api/company/logo")
    assert (shown["Content-Type"], b"rect" in shown.content) == ("image/svg+xml", True)
    assert shown["Content-Security-Policy"].endswith("sandbox")
    assert client.delete("/api/company/logo").json()["logo"] is False


def test_a_document_is_shown_with_its_own_styles_alone() -> None:
    document = b"<style>p{color:red}</style><i style=\"width:3%\"></i><b style='x:&quot;y&quot;'></b>"
    policy = document_policy(document)
    for style in ("p{color:red}", "width:3%", 'x:"y"'):
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; style-src 'unsafe-hashes' ")
    assert "unsafe-inline" not in policy
    assert "style-src 'none'" in document_policy(b"<p>plain</p>")
