"""Both catalogues say the same things, and numbers are told as people of each language write them."""

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.autopilot.report import words_en, words_zh
from setpoint.autopilot.report.notes import note_of
from setpoint.autopilot.report.telling import WORDS, teller
from setpoint.autopilot.report.types import Said
from setpoint.kernel.errors import Invalid


def placeholders(text):
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def test_the_catalogues_have_the_same_keys():
    assert list(words_en.WORDS) == list(words_zh.WORDS)


@pytest.mark.parametrize("key", words_en.WORDS)
def test_the_catalogues_have_the_same_placeholders(key):
    wanted = placeholders(words_en.WORDS[key])
    if key.startswith("verdict."):
        wanted |= {"unit", "noun"} & placeholders(words_zh.WORDS[key])
    assert placeholders(words_zh.WORDS[key]) <= wanted
    if not key.startswith(("verdict.", "tile.", "note.")):
        assert placeholders(words_zh.WORDS[key]) == wanted


def test_chinese_is_written_with_chinese_punctuation():
    for key, words in words_zh.WORDS.items():
        plain = words
        for name in placeholders(words):
            plain = plain.replace("{" + name + "}", "")
        assert not set(plain) & set(",:;()?"), key


@pytest.mark.parametrize(
    ("method", "value", "english", "chinese"),
    [
        ("count", 1240.4, "1,240", "1,240"),
        ("count", 2.74, "2.7", "2.7"),
        ("count", -12, "−12", "−12"),
        ("count", None, "–", "–"),
        ("money", 1240.4, "¥1,240", "¥1,240"),
        ("money", 12.5, "¥12.50", "¥12.50"),
        ("money", 0, "¥0", "¥0"),
        ("money", -3.5, "−¥3.50", "−¥3.50"),
        ("exact_money", 1240.5, "¥1,240.50", "¥1,240.50"),
        ("share", 0.124, "12.4%", "12.4%"),
        ("day", datetime(2026, 3, 2, tzinfo=UTC), "2 Mar 2026", "2026年3月2日"),
    ],
)
def test_numbers(method, value, english, chinese):
    assert getattr(teller("en", "CNY"), method)(value) == english
    assert getattr(teller("zh", "CNY"), method)(value) == chinese


@given(st.floats(-1e9, 1e9), st.sampled_from(["conversions", "conversion_rate", "revenue"]))
def test_no_more_is_said_than_is_proven(value, metric):
    told = teller("en", "CNY").proven(value, metric)
    said = float(told.replace("−", "-").replace("¥", "").replace(",", "")) / (100 if metric == "conversion_rate" else 1)
    slack = 0.05 if metric == "conversions" and abs(value) < 10 else 1e-4
    assert said <= value + slack


def test_sentences_of_the_loop():
    english, chinese = teller("en", "CNY"), teller("zh", "CNY")
    assert english.said(Said("limit:money")).startswith("What is left of the money")
    assert (
        chinese.said(note_of("kept 81.5% of the sends, so that the limits hold whatever is drawn")).count("81.5%") == 1
    )
    assert english.said(note_of("12 drawn sends were dropped: no room left under a limit")).startswith("12 drawn")
    assert chinese.said(Said("", text="responses have changed since round 3; earlier rounds count less")).startswith(
        "自第 3 轮"
    )
    assert english.said(note_of("something new")) == "something new."
    assert english.said(Said("a_new:code")) == "a new: code."
    assert english.said(Said("drift")) == "Responses have changed since round –; earlier rounds count less."


def test_other_languages_are_refused():
    with pytest.raises(Invalid, match="'fr'"):
        teller("fr", "EUR")
    assert set(WORDS) == {"en", "zh"}
