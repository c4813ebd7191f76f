"""The language refuses everything that could loop for long or grow text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.content.syntax import SOURCE_LIMIT, parse

BOMBS = {
    "range": "{% for i in range(1000000000) %}x{% endfor %}",
    "nested ranges": "{% for i in range(10**9) %}{% for j in range(10**9) %}x{% endfor %}{% endfor %}",
    "multiplied text": "{{ 'x' * 1000000000 }}",
    "power": "{{ 10**100000 }}",
    "doubling": "{% set a = 'xxxxxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "doubling by loops": "{% for a in ['x'] %}{% for b in [a ~ a] %}{{ b }}{% endfor %}{% endfor %}",
    "recursive macro": "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "recursive loop": "{% for x in customer.a recursive %}{{ loop(customer.a) }}{% endfor %}",
    "call block": "{% call customer.x() %}{% endcall %}",
    "format": "{{ '%1000000000d' | format(1) }}",
    "centre": "{{ 'a'.center(1000000000) }}",
    "method named like a filter": "{{ customer.title('x') }}",
    "indent": "{{ 'a' | indent(1000000000) }}",
    "replace": "{{ customer.a | replace('a', 'bbbbbbbbbbb') }}",
    "three loops": "{% for a in customer.a %}" * 3 + "x" + "{% endfor %}" * 3,
    "brackets": "{{ " + "(" * 100 + "1" + ")" * 100 + " }}",
    "deep blocks": "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
    "long tag": "{{ 1" + " or 1" * 20000 + " }}",
    "include": "{% include 'x' %}",
    "import": "{% import 'x' as y %}",
    "extends": "{% extends 'x' %}",
    "namespace": "{{ namespace(a=1) }}",
    "debug": "{{ debug() }}",
    "raw HTML": "{{ customer.a | safe }}",
    "autoescape off": "{% autoescape false %}{{ customer.a }}{% endautoescape %}",
    "internal filter": "{{ customer.a | _each }}",
    "dictionary": "{{ {'a': 1} }}",
    "too long": "x" * (SOURCE_LIMIT + 1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_with_a_remedy(name):
    problems = parse(BOMBS[name], "body").problems
    assert problems
    assert all(problem.message and problem.remedy and problem.severity == "error" for problem in problems)


@pytest.mark.parametrize(
    "source",
    [
        "{{ customer.first_name }}",
        "{{- customer['first name'] | default('you') | upper -}}",
        "{% if customer.age >= 18 and not (customer.tier is not defined) %}a{% else %}c{% endif %}",
        "{% if customer.age %}a{% elif customer.x in [1, 'b'] %}b{% endif %}",
        "{% for item in customer.basket %}{{ loop.index }} {{ item.name ~ '!' }}{% endfor %}",
        "{# {% include 'x' %} #}plain { text } }}",
        '{{ "}}" }}',
        "{{ customer.积分 }}",
        "{{ offer.expires_at }} {{ company.name }} {{ links.unsubscribe }}",
    ],
)
def test_the_language_itself_is_accepted(source):
    assert parse(source, "body").problems == []


@pytest.mark.parametrize(
    ("source", "line", "word"),
    [
        ("a\n{{ custmer.name }}", 2, "custmer"),
        ("{{ offer.txt }}", 1, "offer.txt"),
        ("a\nb\n{{ customer.x | uper }}", 3, "uper"),
        ("{{ customer.x is evn }}", 1, "evn"),
        ("{{ item.name }}", 1, "item"),
        ("{% for item in customer.a %}{% endfor %}\n{{ item }}", 2, "item"),
        ("{{ loop.index }}", 1, "loop"),
        ("\n{{ customer.x", 2, "{{"),
        ("{{ }}", 1, "empty"),
    ],
)
def test_problems_name_the_line_and_the_word(source, line, word):
    problem = parse(source, "body").problems[0]
    assert (problem.line, problem.field) == (line, "body")
    assert word in problem.message


@pytest.mark.parametrize("source", ['{{ "' + '\\"' * 100_000, "{{ '" * 60_000, "{{" * 100_000, "{# " * 80_000])
def test_what_never_ends_is_refused_at_once(source):
    assert parse(source, "body").problems


def test_comments_never_reach_the_customer():
    assert parse("a{# secret #}b", "body").source == "ab"


@given(st.text(alphabet="{}%#-'\"\\ab.|()[]~=<>!0 \nfor in customer.endif"))
def test_any_text_is_either_accepted_or_refused(source):
    parsed = parse(source, "body")
    assert parsed.problems or isinstance(parsed.source, str)
