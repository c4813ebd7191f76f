"""How two values of a column are compared: from equal over alike to different, by what the column contains.

Nothing here knows a language's nicknames or a data set's columns; how much each level says is learnt from the data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import splink.comparison_level_library as levels
from splink.comparison_library import CustomComparison
from splink.internals.comparison_level_creator import ComparisonLevelCreator

from setpoint.customers.matching.types import Content, How

_NEAR, _LIKE = 0.92, 0.8  # Jaro-Winkler


def comparison(column: str, content: Content) -> CustomComparison:
    """The levels of one column. Rare values that are equal say more than common ones (term frequencies)."""
    between = _LEVELS[content](column)
    ends = [levels.NullLevel(column), _equal(column)]
    return CustomComparison([*ends, *between, levels.ElseLevel()], output_column_name=column)


def top_level(content: Content) -> int:
    """The number of the level "equal"; 0 is "different"."""
    return len(_LEVELS[content]("c")) + 1


def how_alike(content: Content, level: int) -> How:
    """A level in words."""
    if level <= 0:
        return "different" if level == 0 else "missing"
    return "equal" if level == top_level(content) else "alike"


def _equal(column: str) -> ComparisonLevelCreator:
    return levels.ExactMatchLevel(column, term_frequency_adjustments=True)


def _words(column: str) -> list[ComparisonLevelCreator]:
    return [levels.JaroWinklerLevel(column, _NEAR), levels.JaroWinklerLevel(column, _LIKE)]


def _text(column: str) -> list[ComparisonLevelCreator]:
    sides = (_sorted_words(f"{column}_{side}") for side in "lr")
    return [levels.CustomLevel(" = ".join(sides), "same words"), *_words(column)]


def _sorted_words(value: str) -> str:
    return f"array_to_string(list_sort(string_split({value}, ' ')), ' ')"


def _code(column: str) -> list[ComparisonLevelCreator]:
    return [levels.DamerauLevenshteinLevel(column, 1), levels.DamerauLevenshteinLevel(column, 2)]


def _digits(column: str) -> list[ComparisonLevelCreator]:
    return [levels.DamerauLevenshteinLevel(column, 1)]


def _email(column: str) -> list[ComparisonLevelCreator]:
    sides = (f"split_part({column}_{side}, '@', 1)" for side in "lr")
    return [levels.CustomLevel(" = ".join(sides), "same name before the @"), levels.JaroWinklerLevel(column, _NEAR)]


_LEVELS: Mapping[Content, Callable[[str], list[ComparisonLevelCreator]]] = {
    "words": _words,
    "text": _text,
    "code": _code,
    "date": _code,
    "digits": _digits,
    "email": _email,
    "category": lambda _column: [],
}
