"""Compiling once: tags survive MJML and the style sheets, errors name their line, a text part is made."""

import pytest

from setpoint.content.checks import Source, check, check_source
from setpoint.content.plaintext import to_text
from setpoint.content.tests.sources import MAIL, SUBJECT


def compiled(body, format="mjml"):
    return check(Source("s", body, format)).or_raise().compiled


def test_every_tag_survives_mjml_and_inlining_in_order():
    html = compiled(MAIL).html
    tags = [
        "{% if customer.points > 100",
        "{{ customer.points | number }}",
        "{% else %}",
        "{% endif %}",
        "{% endfor %}",
    ]
    places = [html.index(tag) for tag in tags]
    assert places == sorted(places)
    assert 'href="https://shop.example/?c={{ customer.id }}&amp;s=mail"' in html
    assert html.index("{% for item in customer.basket|_each %}") < html.index("{{ item.name }}")


def test_styles_are_moved_into_the_tags_and_nothing_is_fetched():
    html = compiled(MAIL).html
    assert "letter-spacing: 1px" in html.partition('class="big"')[2].partition(">")[0]
    assert "googleapis" not in html


def test_tags_inside_attributes_survive():
    body = "<p {% if customer.a %}title='{{ customer.a }}'{% endif %}>x</p>"
    assert "{% if customer.a %}" in compiled(body, "html").html


def test_the_text_part_keeps_words_and_links_and_drops_what_is_hidden():
    text = compiled(MAIL).text
    assert "Look now: https://shop.example/?c={{ customer.id }}&s=mail" in text
    assert 'Dear {{ customer.first_name | default("friend") }},' in text
    assert "News for you" not in text
    assert "letter-spacing" not in text


def test_to_text_reads_lists_pictures_and_bare_links():
    links = '<a href="https://x.example">https://x.example</a><a href="#t">up</a>'
    html = f'<ul><li>a</li><li>b</li></ul><img alt="Logo">{links}'
    assert to_text(html) == "- a\n\n- b\n\nLogohttps://x.exampleup\n"


@pytest.mark.parametrize(
    ("body", "format", "line", "word"),
    [
        ("<mjml>\n<mj-body>\n<mj-sektion/></mj-body></mjml>", "mjml", 3, "mj-sektion"),
        ("<mjml>\n<mj-body><mj-include path='/etc/passwd'/></mj-body></mjml>", "mjml", 2, "included"),
        ("hello", "mjml", None, "MJML"),
        ("<mjml><mj-body><mj-section></mj-body></mjml>", "mjml", None, "MJML"),
        ("<p>\n<script>x</script></p>", "html", 2, "script"),
        ("<style>\np { color: {{ customer.c }} }</style>", "html", 1, "style sheet"),
        ("<mjml><mj-body>" + "<mj-wrapper>" * 200 + "</mj-wrapper>" * 200 + "</mj-body></mjml>", "mjml", 1, "100 deep"),
        ("<div>" * 200 + "</div>" * 200, "html", 1, "100 deep"),
        ("a spx1x b", "html", 1, "reserved"),
        ("a\n{% if customer.x %}", "text", 2, "cannot be read"),
        ("a{% endif %}", "text", 1, "cannot be read"),
        ("{{ customer. }}", "text", 1, "cannot be read"),
        ("   ", "html", None, "empty"),
    ],
)
def test_errors_name_field_and_line(body, format, line, word):
    problem = check_source("Subject", body, format)[0]
    assert (problem.severity, problem.field, problem.line) == ("error", "body", line)
    assert word in problem.message


@pytest.mark.parametrize("body", ['<a "' * 60_000, "<style>" * 36_000, "<p {% if customer.a %}" * 11_000])
def test_endless_markup_is_answered(body):
    assert all(problem.message for problem in check_source("Subject", body, "html"))


@pytest.mark.parametrize("subject", ["", "a\nb", "{{ customer", "{{ nobody.name }}", "x" * 2000])
def test_bad_subjects_are_errors_of_the_subject(subject):
    problem = check_source(subject, "<p>x</p>", "html")[0]
    assert (problem.severity, problem.field) == ("error", "subject")


def test_warnings_do_not_refuse():
    warnings = check_source(SUBJECT, "<p>{{ customer.city }}</p>", "html")
    assert {warning.severity for warning in warnings} == {"warning"}
    assert any("city" in warning.message for warning in warnings)
    assert any("footer" in warning.message for warning in warnings)


def test_an_unknown_trait_is_pointed_out():
    problems = check(Source("s", "<p>{{ customer.ctiy }}</p>", "html", known_traits=["city"])).problems
    assert any("ctiy" in problem.message and "yet" in problem.message for problem in problems)


def test_a_mail_with_link_and_address_has_no_warning():
    body = "<p>{{ company.address }} <a href='{{ links.unsubscribe }}'>out</a></p>"
    assert check_source("s", body, "html") == []
