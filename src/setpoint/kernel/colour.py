"""Colours that can be read: contrast as in WCAG 2.2, section 1.4.3."""

from __future__ import annotations

READABLE = 4.5
"""The least contrast of ordinary text (level AA)."""
_HARDLY_CHANGED = 0.02


def contrast(first: str, second: str) -> float:
    """From 1 (the same) to 21 (black on white), of two colours such as "#1668DC"."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(ground: str) -> str:
    """White or black: whichever is read more easily on this ground."""
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, ground))


def readable_ink(colour: str, ground: str) -> str:
    """The colour itself where it can be read on the ground; else the nearest shade towards black or white that can."""
    target = readable_on(ground)
    mixed, share = colour, 0.0
    while contrast(mixed, ground) < READABLE and share < 1:
        share = min(1.0, share + _HARDLY_CHANGED)
        mixed = mix(colour, target, share)
    return mixed


def mix(colour: str, other: str, share: float) -> str:
    """So much of the other colour, the rest of the first."""
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(own + (theirs - own) * share):02x}" for own, theirs in pairs)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
