"""The text form: what is printed is read back, and what is wrong is told with line and column."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.kernel.errors import Invalid
from setpoint.segments.printing import KEYWORDS, to_text
from setpoint.segments.reading_text import parse_text
from setpoint.segments.tests.strategies import whole_trees
from setpoint.segments.tree import parse_tree, to_json
from setpoint.segments.types import Node

EXAMPLE = """
# buyers in Paris who came back
trait city = "Paris" and (did "Order Completed" >= 2 times where (category in ("shoes", "bags") and value > 50) within 90 days
  or sum value of "Order Completed" >= 500 since 2026-01-01)
and not sequence "Cart Updated" then "Order Completed" in 48 hours within 30 days
and consent email and tag vip >= 0.5 and campaign 7 sent channel email within 60 days
"""


@given(whole_trees())
@settings(max_examples=200, deadline=None)
def test_what_is_printed_is_read_back(node: Node) -> None:
    read = parse_text(to_text(node))
    assert to_json(read) == to_json(node)
    assert repr(read) == repr(node)


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from([*sorted(KEYWORDS), "(", ")", ",", ">=", "5", '"a"']), max_size=12).map(" ".join)
)
@settings(max_examples=300, deadline=None)
def test_anything_is_read_or_refused_with_its_place(text: str) -> None:
    refusal, node = None, None
    try:
        node = parse_text(text)
    except Invalid as caught:
        refusal = caught
    if node is not None:
        assert repr(parse_text(to_text(node))) == repr(node)
    if refusal is not None:
        assert refusal.field == "text"
        assert {"line", "column"} <= refusal.details.keys()
        assert refusal.remedy


def test_an_example_as_json() -> None:
    assert to_json(parse_text(EXAMPLE)) == to_json(
        parse_tree(
            {
                "all": [
                    {"trait": "city", "value": "Paris"},
                    {
                        "any": [
                            {
                                "performed": "Order Completed",
                                "count": 2,
                                "within_days": 90,
                                "where": {
                                    "all": [
                                        {"property": "category", "op": "in", "value": ["shoes", "bags"]},
                                        {"property": "value", "op": ">", "value": 50},
                                    ]
                                },
                            },
                            {"measured": "Order Completed", "amount": 500, "since": "2026-01-01"},
                        ]
                    },
                    {
                        "not": {
                            "sequence": [{"event": "Cart Updated"}, {"event": "Order Completed"}],
                            "within_hours": 48,
                            "within_days": 30,
                        }
                    },
                    {"consent": "email"},
                    {"tag": "vip", "op": ">=", "weight": 0.5},
                    {"campaign": 7, "did": "sent", "channel": "email", "within_days": 60},
                ]
            }
        )
    )


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ("trait city", 1, 11),
        ("everyone and\n  trait city == 5", 2, 15),
        ("everyone or did", 1, 16),
        ("(everyone", 1, 10),
        ("everyone everyone", 1, 10),
        ("trait city = Paris", 1, 14),
        ("everyone and trait age > true", 1, 14),
        ("did Seen >= 2.5 times", 1, 1),
        ("did Seen where (a\u00a7 = 5)", 1, 18),
        ('trait a = "\\q"', 1, 11),
        ("did Seen since yesterday", 1, 16),
        ("(" * 60, 1, 42),
    ],
)
def test_refusals_name_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_text(text)
    assert (refusal.value.details["line"], refusal.value.details["column"]) == (line, column)
