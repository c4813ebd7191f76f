"""The company's logo: a small PNG, or an SVG that holds nothing but shapes. Kept as a data address."""

from __future__ import annotations

import base64
import re
import struct
from xml.etree import ElementTree

from django.utils.translation import gettext as _

from setpoint.kernel.errors import Invalid, TooLarge

MOST_BYTES = 100 * 1024
MOST_PIXELS = 2000
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "http://www.w3.org/2000/svg"
_SHAPES = frozenset(
    [
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "title",
        "desc",
        "defs",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "use",
        "symbol",
    ]
)
_LOCAL = re.compile(r"#[\w-]+")
_OUTSIDE = re.compile(r"url\s*\(\s*['\"]?(?!#)|javascript:|expression\s*\(|@import|data:", re.I)


def checked(picture: bytes) -> str:
    """The logo as a data address; Invalid for what is neither PNG nor SVG, TooLarge above 100 kB."""
    if len(picture) > MOST_BYTES:
        raise TooLarge(_("A logo has at most 100 kB."), remedy=_("Save it smaller, or as SVG."), field="logo")
    if picture.startswith(_PNG):
        return _as_data("image/png", _checked_png(picture))
    return _as_data("image/svg+xml", clean_svg(picture))


def unpacked(kept: str) -> tuple[str, bytes]:
    """Content type and bytes of a kept logo."""
    head, _comma, body = kept.partition(",")
    return head.removeprefix("data:").partition(";")[0], base64.b64decode(body)


def clean_svg(picture: bytes) -> bytes:
    """The drawing with nothing left but shapes: no script, no style sheet, no picture or address from outside."""
    if re.search(rb"<!(DOCTYPE|ENTITY)", picture, re.I):
        raise _unreadable()
    try:
        root = ElementTree.fromstring(picture)  # noqa: S314 - documents that declare entities are refused above
    except (ElementTree.ParseError, ValueError):
        raise _unreadable() from None
    if root.tag != f"{{{_SVG}}}svg":
        raise _unreadable()
    _strip(root)
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root)


def _strip(node: ElementTree.Element) -> None:
    for name, value in list(node.attrib.items()):
        if _acts(name, value):
            del node.attrib[name]
    for child in list(node):
        if _shape_of(child) in _SHAPES:
            _strip(child)
        else:
            node.remove(child)


def _shape_of(node: ElementTree.Element) -> str:
    return str(node.tag).removeprefix(f"{{{_SVG}}}")


def _acts(name: str, value: str) -> bool:
    plain = name.rpartition("}")[2].lower()
    if plain == "href":
        return _LOCAL.fullmatch(value) is None
    return plain.startswith("on") or bool(_OUTSIDE.search(value))


def _checked_png(picture: bytes) -> bytes:
    if len(picture) < 24 or picture[12:16] != b"IHDR":
        raise _unreadable()
    width, height = struct.unpack(">II", picture[16:24])
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise Invalid(
            _("A logo has at most 2000 by 2000 pixels."), remedy=_("Save it smaller, or as SVG."), field="logo"
        )
    return picture


def _as_data(kind: str, picture: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(picture).decode()}"


def _unreadable() -> Invalid:
    return Invalid(
        _("This file is neither a PNG picture nor an SVG drawing that we can read."),
        remedy=_("Export the logo as PNG or as plain SVG."),
        field="logo",
    )
