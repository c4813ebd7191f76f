"""Random trees, and customers that they can tell apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from setpoint.segments.types import All, AnyOf, Consented, Everyone, Facts, Not, Performed, Trait

AS_OF = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TRAITS = ("city", "City", "plan 'x\".", "n", "flag", "language", "unknown")
EVENTS = ("Order Completed", "order completed", "Seen")
TEXTS = (
    "Lyon",
    "lyon",
    "Ly",
    "",
    "5",
    "05",
    "5.0",
    "5\n",
    "-2.5",
    "1e+16",
    "1e999",
    "9" * 400,
    "true",
    "é中😀",
    "'\"\\%_",
)
NUMBERS = (0, -0.0, 5, 5.0, 5.5, -2.5, 10**15 - 1, 1e15, 1e-5, 0.1, 2**53)
ORDERS = ("=", "!=", ">", ">=", "<", "<=")

texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
numbers = st.sampled_from(NUMBERS) | st.floats(-1e6, 1e6) | st.integers(-10, 10)
scalars = texts | numbers | st.booleans()
traits = st.one_of(
    st.builds(Trait, st.sampled_from(TRAITS), st.sampled_from(ORDERS), texts | numbers),
    st.builds(Trait, st.sampled_from(TRAITS), st.sampled_from(("=", "!=")), st.booleans()),
    st.builds(Trait, st.sampled_from(TRAITS), st.just("contains"), texts.filter(bool)),
    st.builds(Trait, st.sampled_from(TRAITS), st.just("in"), st.lists(scalars, min_size=1, max_size=4).map(tuple)),
    st.builds(Trait, st.sampled_from(TRAITS), st.sampled_from(("exists", "missing"))),
)
performed = st.builds(
    Performed, st.sampled_from(EVENTS), st.sampled_from(ORDERS), st.integers(0, 3), st.none() | st.integers(1, 4)
)
consented = st.builds(
    Consented,
    st.sampled_from(("email", "sms")),
    st.sampled_from(("marketing", "news")),
    st.sampled_from(("granted", "denied")),
)


def trees() -> st.SearchStrategy[Any]:
    """Trees of up to twenty conditions."""
    return st.recursive(
        traits | performed | consented | st.just(Everyone()),
        lambda inner: (
            st.builds(Not, inner)
            | st.builds(All, st.lists(inner, max_size=3).map(tuple))
            | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
        ),
        max_leaves=10,
    )


def moments() -> st.SearchStrategy[datetime]:
    """Times about the edges of windows of whole days, and beyond `AS_OF`."""
    nudges = st.sampled_from((timedelta(0), timedelta(microseconds=1), timedelta(microseconds=-1), timedelta(hours=10)))
    return st.builds(lambda days, nudge: AS_OF - timedelta(days=days) + nudge, st.integers(-1, 6), nudges)


def customers() -> st.SearchStrategy[Facts]:
    """What is known of one customer; each trait may hold values of any type."""
    pairs = st.tuples(st.sampled_from(("email", "sms")), st.sampled_from(("marketing", "news")))
    return st.builds(
        Facts,
        st.fixed_dictionaries(
            {"language": st.sampled_from((None, "en", "zh-hans"))},
            optional={
                "city": texts | st.none(),
                "City": scalars,
                "plan 'x\".": scalars,
                "n": numbers,
                "flag": st.booleans(),
            },
        ),
        st.dictionaries(st.sampled_from(EVENTS), st.lists(moments(), max_size=4)),
        st.dictionaries(pairs, st.sampled_from(("granted", "denied"))),
    )
