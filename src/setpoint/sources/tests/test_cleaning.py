"""Cleaning: each rule does what it says, rules keep their order, nothing is lost, and twice is once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.kernel.errors import Invalid
from setpoint.sources.cleaning.applying import clean
from setpoint.sources.cleaning.fitting import fit
from setpoint.sources.cleaning.parsing import moments, number_of, numbers
from setpoint.sources.cleaning.rules import KINDS, check_rules


def cleaned(values: list[Any], **rule: Any) -> list[Any]:
    (checked,) = check_rules([{"column": "c", **rule}])
    (checked,) = fit(pa.table({"c": values}), [checked])
    return clean(pa.table({"c": values}), [checked]).kept["c"].to_pylist()


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ({"kind": "text"}, ["  a \u00a0 b ", "ＡＢＣ", "\u200b", None], ["a b", "ABC", None, None]),
        ({"kind": "text", "case": "upper"}, ["de"], ["DE"]),
        (
            {"kind": "name"},
            ["ANN VAN DIJK", "o'neil", "McDonald", "李雷", "jean-luc  picard"],
            ["Ann van Dijk", "O'Neil", "McDonald", "李雷", "Jean-Luc Picard"],
        ),
        (
            {"kind": "email"},
            [" Ann@Example.COM ", "bob@gmial.com", "<c@d.org>", "nonsense", None],
            ["ann@example.com", "bob@gmail.com", "c@d.org", "nonsense", None],
        ),
        ({"kind": "email", "on_bad": "empty"}, ["nonsense", "a@b"], [None, None]),
        ({"kind": "email", "on_bad": "refuse"}, ["nonsense", "a@b.co"], ["a@b.co"]),
        (
            {"kind": "phone", "region": "CN"},
            ["138 0013 8000", "+49 30 901820", "0086-13800138000", "12"],
            ["+8613800138000", "+4930901820", "+8613800138000", "12"],
        ),
        (
            {"kind": "number", "on_bad": "empty"},
            ["1,234.50", "1.234,50 €", "(12)", "¥3", "12,5", "many"],
            [1234.5, 1234.5, -12.0, 3.0, 12.5, None],
        ),
        (
            {"kind": "date", "order": "dmy", "timezone": "Europe/Paris"},
            ["03/04/2026 10:00", "2026-04-03", "1/2/26", "soon"],
            ["2026-04-03T08:00:00Z", "2026-04-02T22:00:00Z", "2026-01-31T23:00:00Z", "soon"],
        ),
        ({"kind": "date", "order": "mdy", "day_only": True}, ["03/04/2026 1:05 PM"], ["2026-03-04"]),
        ({"kind": "boolean"}, ["Yes", "否", "1", "perhaps"], ["true", "false", "true", "perhaps"]),
        ({"kind": "currency"}, ["€", "rmb", "人民币", "usd", "shells"], ["EUR", "CNY", "CNY", "USD", "shells"]),
        (
            {"kind": "timezone"},
            ["Beijing", "UTC+8", "europe/paris", "est", "Mars"],
            ["Asia/Shanghai", "Etc/GMT-8", "Europe/Paris", "America/New_York", "Mars"],
        ),
        (
            {"kind": "country"},
            ["Germany", "de", "德国", "UK", "united states", "中国香港", "Atlantis"],
            ["DE", "DE", "DE", "GB", "US", "HK", "Atlantis"],
        ),
        ({"kind": "postcode", "region": "GB"}, ["sw1a1aa", "SW1A  1AA", "12345"], ["SW1A 1AA", "SW1A 1AA", "12345"]),
        (
            {"kind": "postcode", "region": "US", "on_bad": "empty"},
            ["94103", "941031234", "9410"],
            ["94103", "94103-1234", None],
        ),
        ({"kind": "postcode", "region": "JP"}, ["１０００００１", "100-0001"], ["100-0001", "100-0001"]),
        ({"kind": "postcode", "region": "CN", "on_bad": "refuse"}, ["518057", "5180"], ["518057"]),
        (
            {"kind": "address", "region": "CN"},
            [
                "广东深圳南山区科技园1号",
                "深圳市 南山区科技园1号",
                "中国广东省深圳市南山区科技园1号",
                "北京海淀区中关村大街1号",
                "北京市北京市海淀区中关村大街1号",
                "内蒙古呼和浩特新城区",
                "吉林长春市朝阳区",
                "吉林市船营区",
                "somewhere",
            ],
            [
                "广东省深圳市南山区科技园1号",
                "广东省深圳市南山区科技园1号",
                "广东省深圳市南山区科技园1号",
                "北京市海淀区中关村大街1号",
                "北京市海淀区中关村大街1号",
                "内蒙古自治区呼和浩特市新城区",
                "吉林省长春市朝阳区",
                "吉林省吉林市船营区",
                "somewhere",
            ],
        ),
        ({"kind": "address", "region": "DE"}, ["Hauptstr.  1 ", "Ｈaus"], ["Hauptstr. 1", "Haus"]),
        ({"kind": "missing", "how": "constant", "value": "?"}, ["a", None, " "], ["a", "?", "?"]),
        ({"kind": "missing", "how": "median"}, [1, 2, None, 3, 4, 100], [1.0, 2.0, 3.0, 3.0, 4.0, 100.0]),
        ({"kind": "missing", "how": "mean"}, [1, 2, None, 3, 4, 5], [1.0, 2.0, 3.0, 3.0, 4.0, 5.0]),
        ({"kind": "missing", "how": "mode"}, ["b", "a", None, "b"], ["b", "a", "b", "b"]),
        (
            {"kind": "outliers", "method": "bounds", "low": 0, "high": 10, "do": "clip"},
            [-5, 3, 99, None],
            [0.0, 3.0, 10.0, None],
        ),
        ({"kind": "outliers", "method": "bounds", "high": 10, "do": "refuse"}, [3, 99], [3]),
        ({"kind": "outliers", "method": "iqr", "do": "empty"}, [1, 2, 3, 4, 5, 1000], [1, 2, 3, 4, 5, None]),
        (
            {"kind": "values", "map": "UK = United Kingdom\nu.k. = United Kingdom"},
            ["uk", "U.K.", "France"],
            ["United Kingdom", "United Kingdom", "France"],
        ),
        ({"kind": "values", "map": {"a": "b"}, "others": "empty"}, ["a", "z"], ["b", None]),
        ({"kind": "duplicates"}, ["a", "b", "a", None, None], ["b", "a", None, None]),
    ],
)
def test_what_a_rule_does(rule: dict[str, Any], before: list[Any], after: list[Any]) -> None:
    assert cleaned(before, **rule) == after


def test_outliers_are_flagged_in_a_column_of_their_own() -> None:
    rules = check_rules([{"kind": "outliers", "column": "c", "method": "bounds", "high": 10}])
    result = clean(pa.table({"c": ["3", "99", "x"]}), rules)
    assert result.table.to_pydict() == {"c": ["3", "99", "x"], "c outlier": [False, True, False]}
    assert (result.touched[0].flagged, result.touched[0].changed) == (1, 0)


def test_rules_are_laid_one_over_the_other_in_their_order() -> None:
    fill = {"kind": "missing", "column": "c", "how": "constant", "value": "0"}
    bound = {"kind": "outliers", "column": "c", "method": "bounds", "low": 1, "do": "empty"}
    table = pa.table({"c": [None, "5"]})
    assert clean(table, check_rules([fill, bound])).table["c"].to_pylist() == [None, "5"]
    assert clean(table, check_rules([bound, fill])).table["c"].to_pylist() == ["0", "5"]


def test_a_refused_row_is_named_by_its_rule_and_left_alone_by_the_next() -> None:
    rules = check_rules(
        [
            {"kind": "email", "column": "e", "on_bad": "refuse"},
            {"kind": "text", "column": "e", "case": "upper"},
            {"kind": "duplicates", "column": "k"},
        ]
    )
    result = clean(pa.table({"e": ["x", "a@b.co"], "k": ["1", "1"]}), rules)
    assert result.refused_by.to_pylist() == [1, 0]
    assert result.table["e"].to_pylist() == ["x", "A@B.CO"]
    assert [(each.changed, each.refused) for each in result.touched] == [(0, 1), (1, 0), (0, 0)]
    assert result.touched[0].examples == (("x", "x"),)


def test_a_rule_that_is_switched_off_or_has_no_column_does_nothing() -> None:
    rules = check_rules([{"kind": "text", "column": "c", "enabled": False}, {"kind": "text", "column": "other"}])
    assert clean(pa.table({"c": [" a "]}), rules).table["c"].to_pylist() == [" a "]


def test_numbers_are_fitted_behind_the_rules_before() -> None:
    rules = check_rules(
        [{"kind": "number", "column": "c", "on_bad": "empty"}, {"kind": "missing", "column": "c", "how": "mean"}]
    )
    table = pa.table({"c": ["1,000", "2,000", "x", "3,000", "4,000", "5,000"]})
    fitted = fit(table, rules)
    assert fitted[1]["fitted"] == {"value": 3000.0, "rows": 5}
    assert fit(pa.table({"c": ["9"] * 9}), fitted)[1]["fitted"]["value"] == 3000.0
    assert fit(pa.table({"c": ["9"] * 9}), fitted, anew=True)[1]["fitted"]["value"] == 9.0


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"kind": "magic", "column": "c"}, "kind"),
        ({"kind": "text", "column": "z"}, "column"),
        ({"kind": "text", "column": "c", "case": "wavy"}, "case"),
        ({"kind": "phone", "column": "c", "region": "XX"}, "region"),
        ({"kind": "postcode", "column": "c"}, "region"),
        ({"kind": "values", "column": "c", "map": ""}, "map"),
        ({"kind": "date", "column": "c", "timezone": "Mars/Base"}, "timezone"),
        ({"kind": "outliers", "column": "c", "method": "bounds", "low": 5, "high": 1}, "low"),
    ],
)
def test_rules_that_cannot_be(rule: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        check_rules([{"kind": "name", "column": "c"}, rule], ["c"])
    assert (error.value.field, error.value.row) == (field, 2)


CELL = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(
        [
            "Ann@X.com",
            "138 0013 8000",
            "1.234,5",
            "(3)",
            "03/04/2026",
            "Yes",
            "€",
            "UTC+8",
            "UK",
            "999999",
            " ",
            "ANN LEE",
            "广东深圳南山区1号",
            "北京北京海淀区",
            "吉林吉林船营区",
            "518-057",
        ]
    ),
)
RULE = st.one_of(
    st.sampled_from(sorted(set(KINDS) - {"values", "missing", "outliers"})).map(
        lambda kind: {"kind": kind, "region": "CN"}
    ),
    st.tuples(st.sampled_from(["phone", "postcode", "address"]), st.sampled_from(["keep", "empty", "refuse"])).map(
        lambda pair: {"kind": pair[0], "region": "CN", "on_bad": pair[1]}
    ),
    st.sampled_from(["keep", "empty", "refuse"]).map(lambda bad: {"kind": "number", "on_bad": bad}),
    st.sampled_from(["constant", "median", "mode", "leave"]).map(
        lambda how: {"kind": "missing", "how": how, "value": "7"}
    ),
    st.sampled_from(["flag", "clip", "empty", "refuse"]).map(
        lambda do: {"kind": "outliers", "method": "bounds", "low": 0, "high": 100, "do": do}
    ),
    st.just({"kind": "values", "map": {"UK": "United Kingdom", "a": "b"}}),
)


@settings(max_examples=150, deadline=None)
@given(cells=st.lists(CELL, max_size=12), rule=RULE)
def test_twice_is_once_and_no_row_is_lost(cells: list[str | None], rule: dict[str, Any]) -> None:
    table = pa.table({"c": pa.array(cells, pa.string()), "id": pa.array(range(len(cells)), pa.int64())})
    rules = fit(table, check_rules([{"column": "c", **rule}]))
    once = clean(table, rules)
    assert once.table["id"].to_pylist() == list(range(len(cells)))
    assert once.kept.num_rows + sum(each > 0 for each in once.refused_by.to_pylist()) == len(cells)
    again = clean(once.kept, rules)
    assert again.kept.num_rows == once.kept.num_rows
    assert again.kept["c"].to_pylist() == once.kept["c"].to_pylist()


@given(number=st.floats(-1e9, 1e9).map(lambda value: round(value, 2)))
def test_a_number_is_read_in_both_ways_to_write_it(number: float) -> None:
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert number_of(english) == number
    assert number_of(german) == number
    assert number_of(f"€ {english}") == number


def test_columns_of_any_type_are_read() -> None:
    assert numbers(pa.array([1, None, 3])).to_pylist() == [1.0, None, 3.0]
    assert numbers(pa.array([float("nan"), 2.0])).to_pylist() == [None, 2.0]
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert moments(pa.array([moment, None])).to_pylist() == [moment.replace(tzinfo=None), None]


@settings(max_examples=200, deadline=None)
@given(
    parts=st.lists(
        st.sampled_from(["北京", "市", "广东", "省", "深圳", "吉林", "南山区", "1号", "朝阳区", "西藏"]), max_size=7
    )
)
def test_a_chinese_address_is_read_the_same_a_second_time(parts: list[str]) -> None:
    from setpoint.sources.cleaning.places import chinese_address

    once = chinese_address("".join(parts))
    assert once is None or chinese_address(once) == once
