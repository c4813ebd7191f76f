"""Random trees, and customers that they can tell apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from setpoint.segments.types import (
    All,
    AnyOf,
    Campaigned,
    Consented,
    Decided,
    Everyone,
    Facts,
    Followed,
    Happened,
    InSegment,
    InSnapshot,
    Measured,
    Not,
    Occurrence,
    Performed,
    Property,
    Step,
    Tagged,
    Trait,
    Window,
)

AS_OF = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TRAITS = ("city", "City", "plan 'x\".", "n", "flag", "language", "unknown")
PROPERTIES = ("value", "city", "n", "mixed", "a b.c[0]$*")
TAGS = ("vip", "V'ip", "数码")
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
properties = st.one_of(
    st.builds(Property, st.sampled_from(PROPERTIES), st.sampled_from(ORDERS), texts | numbers),
    st.builds(Property, st.sampled_from(PROPERTIES), st.sampled_from(("=", "!=")), st.booleans()),
    st.builds(Property, st.sampled_from(PROPERTIES), st.just("contains"), texts.filter(bool)),
    st.builds(
        Property, st.sampled_from(PROPERTIES), st.just("in"), st.lists(scalars, min_size=1, max_size=4).map(tuple)
    ),
    st.builds(Property, st.sampled_from(PROPERTIES), st.sampled_from(("exists", "missing"))),
)


def nested(leaf: st.SearchStrategy[Any], leaves: int) -> st.SearchStrategy[Any]:
    """Leaves under any number of groups."""
    return st.recursive(
        leaf,
        lambda inner: (
            st.builds(Not, inner)
            | st.builds(All, st.lists(inner, max_size=3).map(tuple))
            | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
        ),
        max_leaves=leaves,
    )


def _window(days: tuple[int, int] | None, since: datetime | None, until: datetime | None) -> Window:
    near, far = days or (0, 0)
    if since and until and since >= until:
        since, until = until, since + timedelta(days=1)
    return Window(far or None, near, since, until)


filters = nested(properties, 3)
absolute = st.none() | st.integers(-1, 6).map(lambda days: AS_OF - timedelta(days=days))
spans = st.none() | st.integers(1, 4).map(lambda far: (0, far)) | st.tuples(st.integers(0, 2), st.integers(3, 5))
windows = st.builds(_window, spans | st.just((2, 0)), st.none(), st.none()) | st.builds(
    _window, spans, absolute, absolute
)
where = st.none() | filters
counts, event_names = st.integers(0, 3), st.sampled_from(EVENTS)
performed = st.builds(Performed, event_names, st.sampled_from(ORDERS), counts, windows, where)
measured = st.builds(
    Measured,
    event_names,
    st.sampled_from(("sum", "min", "max")),
    st.sampled_from(("value", "n", "mixed")),
    st.sampled_from(ORDERS),
    st.sampled_from((0, 5, 10, 5.5, 0.3)) | st.floats(-100, 100),
    windows,
    where,
)
happened = st.builds(Happened, event_names, st.sampled_from(("first", "last")), windows, where)
steps = st.builds(Step, event_names, where)
followed = st.builds(Followed, steps, steps, st.none() | st.sampled_from((1, 24, 30)), windows)
tagged = st.builds(Tagged, st.sampled_from(TAGS), st.sampled_from(ORDERS), st.sampled_from((0, 0.5, 1)))
campaigned = st.builds(
    Campaigned, st.none() | st.integers(1, 2), st.sampled_from(("decided", "held_out")), window=windows
)
in_snapshot = st.builds(InSnapshot, st.integers(1, 2))
consented = st.builds(
    Consented,
    st.sampled_from(("email", "sms")),
    st.sampled_from(("marketing", "news")),
    st.sampled_from(("granted", "denied")),
)


def trees() -> st.SearchStrategy[Any]:
    """Resolved trees of up to ten conditions."""
    done = performed | measured | happened | followed
    return nested(traits | done | consented | tagged | campaigned | in_snapshot | st.just(Everyone()), 10)


def whole_trees() -> st.SearchStrategy[Any]:
    """Trees of every kind of condition, also those that stand for others."""
    messages = st.builds(
        Campaigned,
        st.none() | st.integers(1, 9),
        st.just("sent"),
        st.none() | st.sampled_from(("email", 'sms \\ "')),
        st.none() | st.integers(1, 9),
        st.none() | st.integers(1, 9),
        windows,
    )
    answers = st.builds(Campaigned, st.none() | st.integers(1, 9), st.sampled_from(("opened", "clicked", "responded")))
    return nested(trees() | messages | answers | st.builds(InSegment, st.integers(1, 2**53)), 4)


def moments() -> st.SearchStrategy[datetime]:
    """Times about the edges of windows of whole days, and beyond `AS_OF`."""
    nudges = st.sampled_from((timedelta(0), timedelta(microseconds=1), timedelta(microseconds=-1), timedelta(hours=10)))
    return st.builds(lambda days, nudge: AS_OF - timedelta(days=days) + nudge, st.integers(-1, 6), nudges)


def occurrences() -> st.SearchStrategy[Occurrence]:
    """An event with properties of any JSON type."""
    plain = texts | numbers | st.booleans() | st.none()
    nested_values = st.lists(plain, max_size=2) | st.dictionaries(st.just("a"), plain)
    said = st.dictionaries(st.sampled_from(PROPERTIES[1:]), plain | nested_values)
    worths = st.none() | st.sampled_from((0.0, 5.0, 0.1, 0.2, 19.99, -3.5))
    return st.builds(Occurrence, moments(), worths, said)


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
        st.dictionaries(st.sampled_from(EVENTS), st.lists(occurrences(), max_size=4)),
        st.dictionaries(pairs, st.sampled_from(("granted", "denied"))),
        st.dictionaries(st.sampled_from(TAGS), st.sampled_from((0.0, 0.25, 0.5, 1.0))),
        st.lists(st.builds(Decided, st.integers(1, 3), st.booleans(), moments()), max_size=2).map(tuple),
        st.frozensets(st.integers(1, 3)),
    )
