"""Rows of a file become customers, at once: so that the import can say which were created, changed or the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from setpoint.customers.normal import normalise_profile
from setpoint.customers.services import land_profiles
from setpoint.customers.types import Profile
from setpoint.events.csvfile import RawRow
from setpoint.events.messages import Row, decode_stored
from setpoint.events.problems import Problem, refused
from setpoint.events.resolving import profile_of
from setpoint.kernel.errors import Invalid

Good: TypeAlias = "tuple[RawRow, Row]"
Bad: TypeAlias = "tuple[RawRow, Problem]"


def land(good: Sequence[Good], *, now: datetime, source: str) -> tuple[Counter[str], list[Bad]]:
    """How many of these rows created a customer, changed one or said nothing new; and those that cannot be kept."""
    raws: list[RawRow] = []
    profiles: list[Profile] = []
    bad: list[Bad] = []
    for raw, row in good:
        try:
            profiles.append(normalise_profile(profile_of(decode_stored(bytes(row.payload)))))
            raws.append(raw)
        except Invalid as error:
            bad.append((raw, refused(error)))
    while True:
        try:
            return Counter(one.outcome for one in land_profiles(profiles, now=now, source=source)), bad
        except Invalid as error:  # with what is known already it is too much for one customer
            if error.row is None:
                raise
            bad.append((raws.pop(error.row), refused(error)))
            profiles.pop(error.row)
