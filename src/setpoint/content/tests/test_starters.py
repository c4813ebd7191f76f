"""Starter designs: a form becomes a mail, and nothing that is typed into it becomes markup."""

import pytest
from django.test import Client

from setpoint.content import services
from setpoint.content.starters import Design, compose_design, spoken_here
from setpoint.content.types import Place
from setpoint.governance.services import update_company
from setpoint.kernel.errors import Invalid

pytestmark = pytest.mark.django_db
KEYS = [one.key for one in services.starters()]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_starter_is_a_good_mail_as_it_is(now, key, language):
    update_company(now=now, name="Corner Shop", physical_address="1 Road, Lyon")
    starter = next(one for one in services.starters() if one.key == key)
    design = services.starting_design(key, language)
    wording = {"subject": starter.subject[language], "design": design.to_json()}
    seen = services.preview_source(wording, Place(language=language), now=now)
    assert [problem for problem in seen.problems if problem.severity == "error"] == []
    assert "[[" not in seen.html + seen.text
    assert seen.subject
    assert seen.preheader == design.values["preheader"]
    assert design.values["headline"] in seen.text
    assert "1 Road, Lyon" in seen.html
    assert ("退订" if language == "zh" else "Unsubscribe") in seen.text


def test_what_is_typed_is_text():
    values = services.starting_design("newsletter", "en").values
    typed = {
        "headline": '<b>"5" & 6</b>',
        "text": "one\ntwo\n\nthree {{ customer.city }}",
        "picture": "https://x.example/a?b&c",
    }
    made = compose_design(Design.of({"starter": "newsletter", "values": {**values, **typed}}))
    assert "&lt;b&gt;" in made
    assert "one<br />two<br /><br />three {{ customer.city }}" in made
    assert 'src="https://x.example/a?b&amp;c"' in made
    assert "mj-image src" not in compose_design(
        Design.of({"starter": "newsletter", "values": {**values, "picture": ""}})
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("headline", ""),
        ("headline", "x" * 5001),
        ("text", "a [[picture]]"),
        ("button_url", "javascript:alert(1)"),
        ("picture", "a b"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(name, value):
    values = services.starting_design("newsletter", "en").values
    with pytest.raises(Invalid) as caught:
        Design.of({"starter": "newsletter", "values": {**values, name: value}})
    assert caught.value.field == f"design.values.{name}"
    with pytest.raises(Invalid):
        Design.of({"starter": "nobody", "values": {}})


def test_a_designed_variant_is_kept_with_its_form_until_somebody_writes_the_body(now):
    template = services.create_template("Spring", channel="email", now=now)
    design = services.starting_design("offer", "zh").to_json()
    variant = services.create_variant(template.pk, "A", now=now, language="zh", subject="s", design=design)
    assert (variant.design, variant.format) == (design, "mjml")
    renamed = services.update_variant(variant.pk, now=now, subject="t")
    assert renamed.design == design
    changed = {**design, "values": {**design["values"], "headline": "新标题"}}
    assert "新标题" in services.update_variant(variant.pk, now=now, design=changed).body
    own = services.update_variant(variant.pk, now=now, body="<p>x</p>", format="html")
    assert (own.design, own.version) == (None, 4)
    assert services.duplicate_variant(variant.pk, now=now).body == "<p>x</p>"


def test_a_broken_source_is_previewed_as_its_problems(now):
    seen = services.preview_source({"subject": "s", "body": "<p>\n{{ x }}</p>", "format": "html"}, Place(), now=now)
    assert (seen.html, seen.problems[0].line, seen.problems[0].severity) == ("", 2, "error")


def test_somebody_of_whom_nothing_is_known_is_greeted_with_the_fallback(now):
    wording = {"subject": "s", "body": 'Hi {{ customer.first_name | default("friend") }}', "format": "text"}
    assert services.preview_source(wording, Place(), now=now).text.startswith("Hi friend")


def test_fields_to_insert(now):
    tags = [one.tag for one in services.insertable_fields()]
    assert "{{ offer.code }}" in tags
    assert spoken_here() == "en"


def test_the_frame_allows_styles_and_pictures_alone():
    answer = Client().get("/content/frame")
    policy = answer["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
