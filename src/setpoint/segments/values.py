"""The text form and the number form of a trait's value (see types): the one place that the readings share."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import numpy.typing as npt

NUMBER_PATTERN = r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
LARGEST_PLAIN = 1e15  # below it a whole number is written without a decimal point
_NUMBER = re.compile(NUMBER_PATTERN)


def text_form(value: object) -> str:
    """Text of a value that is not missing; lists and objects as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _decimal(float(value))
    return json.dumps(value, ensure_ascii=False)


def number_form(value: object) -> float | None:
    """The number that a value is or spells; None when it is none, or not finite."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    number = float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else math.inf
    return number if math.isfinite(number) else None


def _decimal(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < LARGEST_PLAIN else repr(number)


def rounded(number: float) -> float:
    """To six decimals, halves away from zero, by the steps that engines take: sums do not depend on their order."""
    return math.copysign(math.floor(abs(number) * 1e6 + 0.5) / 1e6, number)


def all_rounded(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """As `rounded`, each of many."""
    found: npt.NDArray[np.float64] = np.copysign(np.floor(np.abs(numbers) * 1e6 + 0.5) / 1e6, numbers)
    return found
