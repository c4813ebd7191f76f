"""Rendering: right for people, harmless whatever a trait holds."""

import re
import threading
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from setpoint.content.checks import Source, check
from setpoint.content.rendering import CompiledVariant, Renderer, make_sandbox
from setpoint.content.tests.sources import MAIL, SUBJECT
from setpoint.kernel.errors import Invalid, TooLarge

COMPANY = {"name": "Corner & Shop", "address": "1 Road, Lyon", "currency": "CNY"}
LINKS = {"unsubscribe": "https://t.example/u/1?a=1&b=2", "preferences": "https://t.example/p/1"}


def make_renderer(body, subject="s", *, format="mjml", language="", footer=True):
    checked = check(Source(subject, body, format)).or_raise()
    parts = (checked.subject, checked.compiled.text, checked.compiled.html)
    return Renderer(CompiledVariant(1, 1, language, *parts, footer))


def context(offer=None, **traits):
    return {"customer": traits, "offer": offer or {}, "company": COMPANY, "links": LINKS}


MAIL_RENDERER = make_renderer(MAIL, SUBJECT)
traits = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(first_name=traits, points=traits, tier=traits, basket=traits, language=traits)
@example(first_name="\ud800", points=10**400, tier=[], basket={"a": 1}, language=3)
@example(first_name="</title><script>x</script>", points="5", tier="gold", basket=[{"name": None}], language="zh")
def test_no_trait_value_breaks_a_mail(first_name, points, tier, basket, language):
    given_traits = {"first_name": first_name, "points": points, "tier": tier, "basket": basket, "language": language}
    made = MAIL_RENDERER.render(context(**given_traits))
    made.html.encode()
    made.text.encode()
    assert "https://shop.example/" in made.text


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="<>&\"'/ab= \n\r") | st.text())
@example("x\r\nBcc: a@b.example")
@example("x\u2028y\x85z\x0b\x0c\x1c")
def test_a_subject_is_one_short_line(name):
    made = MAIL_RENDERER.render(context(first_name=name * 50))
    assert len(made.subject.splitlines()) == 1
    assert len(made.subject) <= 300
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", made.subject)


class TagCounter(HTMLParser):
    """Counts tags of a document, attributes included."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, tuple(name for name, _value in attrs)))


def tags_of(html):
    counter = TagCounter()
    counter.feed(html)
    return counter.seen


ESCAPE_BODY = '<p title="{{ customer.x }}">{{ customer.x | upper }} {{ customer.x | default("y") | trim }}</p>'
ESCAPER = make_renderer(ESCAPE_BODY, format="html")
PLAIN_TAGS = tags_of(ESCAPER.render(context(x="plain")).html)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>&\"'/=abi onload") | st.text())
@example('"><img src=x onerror=alert(1)>')
@example("' onmouseover='x")
def test_markup_in_a_trait_stays_text(value):
    assert tags_of(ESCAPER.render(context(x=value)).html) == PLAIN_TAGS


@pytest.mark.parametrize("attribute", ["__class__", "__class__.__mro__", "items", "keys", "a.b.c.d", "x[0][0]"])
def test_paths_reach_data_and_nothing_behind_it(attribute):
    made = make_renderer(f"<p>[{{{{ customer.{attribute} }}}}]</p>", format="html").render(context(x="v", a=None))
    assert "class" not in made.text
    assert made.text.startswith("[]") or made.text.startswith("[v]")


def test_absent_none_and_empty_take_the_fallback():
    body = '<p>{{ customer.a | default("x") }}{{ customer.b | default("y") }}{{ customer.c | default("z") }}</p>'
    made = make_renderer(body, format="html").render(context(a=None, b="  "))
    assert made.text.startswith("xyz")


def test_money_dates_and_numbers_follow_the_customer():
    body = "{{ customer.m | money }} {{ customer.d | date }} {{ customer.n | number }} {{ customer.o | money }}"
    plain = make_renderer(body, format="text", footer=False)
    values = {"m": 1240.5, "d": "2026-03-02T09:00:00Z", "n": 1234567, "o": "no money"}
    assert plain.render(context(**values)).text == "¥1,240.50 2 March 2026 1,234,567 no money"
    assert plain.render(context(language="zh-CN", **values)).text == "¥1,240.50 2026年3月2日 1,234,567 no money"


def test_an_offer_speaks_the_customers_language():
    body = "{{ offer.text }} / {{ offer.expires_at }} / {{ offer.code }}"
    offer = {"text": {"en": "10 % off", "zh": "9 折"}, "code": "A1", "expires_at": datetime(2026, 3, 9, tzinfo=UTC)}
    plain = make_renderer(body, format="text", footer=False)
    assert plain.render(context(offer)).text == "10 % off / 9 March 2026 / A1"
    assert plain.render(context(offer, language="zh-hans")).text == "9 折 / 2026年3月9日 / A1"
    assert plain.render(context()).text == "/  /"


def test_a_marketing_mail_without_a_link_gets_a_footer_with_address_and_links():
    made = make_renderer("<p>x</p>", format="html").render(context())
    for part in (made.text, made.html.replace("&amp;", "&")):
        assert LINKS["unsubscribe"] in part
        assert LINKS["preferences"] in part
        assert "1 Road, Lyon" in part
    assert "退订" in make_renderer("<p>x</p>", format="html").render(context(language="zh")).text


def test_long_lists_are_cut_and_endless_output_is_refused():
    body = "{% for a in customer.a %}{% for b in customer.a %}{{ a }}{% endfor %}{% endfor %}"
    plain = make_renderer(body, format="text", footer=False)
    assert len(plain.render(context(a=list(range(10)) * 1000)).text) == 100 * 100
    with pytest.raises(TooLarge, match="512 kB"):
        plain.render(context(a=["x" * 4000] * 100))


def test_fuel_ends_what_would_run_long():
    body = "{% for a in customer.a %}{% for b in customer.a %}" + "{{ a }}" * 60 + "{% endfor %}{% endfor %}"
    with pytest.raises(Invalid, match="loops for too long") as caught:
        make_renderer(body, format="text", footer=False).render(context(a=[""] * 100))
    assert caught.value.field == "body"


@pytest.mark.parametrize(
    "bomb",
    [
        "{% for i in range(1000000000) %}x{% endfor %}",
        "{% include 'x' %}",
        "{{ 'x' * 100000000 * 100 }}",
        "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    ],
)
def test_the_sandbox_alone_stops_what_the_language_would_have_refused(bomb):
    with pytest.raises(Invalid):
        Renderer(CompiledVariant(1, 1, "", "s", bomb, "", False)).render(context())


def test_one_renderer_serves_many_threads():
    made = []
    threads = [
        threading.Thread(target=lambda name=name: made.append(MAIL_RENDERER.render(context(first_name=name)).subject))
        for name in ("Ann", "Bo", "Cy", "Di")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == ["Ann: news", "Bo: news", "Cy: news", "Di: news"]


def test_the_engine_offers_no_functions():
    sandbox = make_sandbox(CompiledVariant(1, 1, "", "s", "t", "h", False), "en", "EUR")
    assert not {"range", "dict", "namespace", "debug"} & set(sandbox.globals)
