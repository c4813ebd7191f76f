"""Notes that decisions leave in English, as codes with figures, so that they can be told in any language."""

from __future__ import annotations

import re

from setpoint.autopilot.report.types import Said

_KNOWN = (
    (re.compile(r"kept ([\d.]+)% of the sends"), "kept", "share", 0.01),
    (re.compile(r"(\d+) drawn sends were dropped"), "dropped", "count", 1.0),
    (re.compile(r"differences between customers count by ([\d.]+)%"), "trust", "share", 0.01),
    (re.compile(r"responses have changed since round (\d+)"), "drift", "round", 1.0),
    (re.compile("exploring$"), "exploring", "", 0.0),
)


def note_of(text: str) -> Said:
    """A plan's note as a sentence of the report; what is not known stays as it is."""
    for pattern, code, name, scale in _KNOWN:
        if found := pattern.match(text):
            return Said(code, {name: float(found.group(1)) * scale} if name else {}, text)
    return Said("", text=text)
