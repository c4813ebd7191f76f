"""What people do with templates, variants and offers: change them together, put them away, copy them; all audited."""

from datetime import timedelta

import pytest

from setpoint.content import services
from setpoint.content.tests.test_services import make_offer, make_variant
from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Conflict, Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(now):
    return services.create_template("Spring", channel="email", now=now, actor="user:1 Ann")


def audited():
    return [(entry.verb, entry.subject.partition(":")[0]) for entry in AuditEntry.objects.order_by("id")]


def test_every_version_of_a_variant_is_kept(template, now):
    variant = make_variant(template, now, body="<p>one</p>", format="html")
    services.update_variant(variant.pk, now=now, body="<p>two</p>", actor="user:2 Ben")
    kept = [(one.version, one.body, one.actor) for one in services.versions_of(variant.pk)]
    assert kept == [(2, "<p>two</p>", "user:2 Ben"), (1, "<p>one</p>", "system")]
    assert audited() == [("created", "template"), ("created", "variant"), ("changed", "variant")]


def test_a_version_that_was_replaced_is_refused_with_what_changed_by_whom(template, now):
    variant = make_variant(template, now, body="<p>one</p>", format="html")
    services.update_variant(variant.pk, now=now, seen=1, subject="theirs", actor="user:2 Ben")
    with pytest.raises(Conflict) as caught:
        services.update_variant(variant.pk, now=now, seen=1, subject="mine")
    assert "user:2 Ben" in caught.value.message
    assert caught.value.details["current_version"] == 2
    assert caught.value.details["changes"][0]["after"]["subject"] == "theirs"
    assert services.update_variant(variant.pk, now=now, seen=2, subject="mine").version == 3
    with pytest.raises(Conflict):
        services.update_template(template.pk, name="Summer", now=now, seen=9)


def test_put_away_and_brought_back(template, now):
    asked = services.TemplateQuery()
    services.archive_template(template.pk, archived=True, now=now)
    services.archive_template(template.pk, archived=True, now=now)
    assert [row.pk for row in services.find_templates(asked)] == []
    assert [row.pk for row in services.find_templates(services.TemplateQuery(archived=True))] == [template.pk]
    services.archive_template(template.pk, archived=False, now=now)
    assert [row.pk for row in services.find_templates(services.TemplateQuery(q="SPRI", channel="email"))] == [
        template.pk
    ]
    assert [verb for verb, _subject in audited()] == ["created", "archived", "restored"]


def test_an_archived_variant_speaks_for_nobody_else(template, now):
    english = make_variant(template, now, language="en", body="<p>hello</p>", format="html")
    chinese = make_variant(template, now, language="zh", body="<p>你好</p>", format="html")
    services.archive_variant(chinese.pk, archived=True, now=now)
    assert services.renderer(english.pk, "zh").render({}).text.startswith("hello")
    services.archive_variant(chinese.pk, archived=False, now=now)
    assert services.renderer(english.pk, "zh").render({}).text.startswith("你好")


def test_copies_have_names_of_their_own(template, now):
    variant = make_variant(template, now)
    copies = [services.duplicate_template(template.pk, now=now) for _twice in range(2)]
    assert [copy.name for copy in copies] == ["Spring (copy)", "Spring (copy 2)"]
    assert [one.body for one in copies[0].variants.all()] == [variant.body]
    assert services.duplicate_variant(variant.pk, now=now).name == "A (copy)"
    other = services.duplicate_variant(variant.pk, language="zh", now=now)
    assert (other.name, other.language, other.subject) == ("A", "zh", variant.subject)


def test_an_offer_changes_until_somebody_was_promised_it(now):
    offer = make_offer(now)
    changed = services.update_offer(offer.pk, now=now, seen=1, value=2000)
    assert (changed.version, changed.value, changed.text["zh"]) == (2, 2000, "8 折，最多减 €50.00")
    services.note_use([offer.pk], now=now)
    services.note_use([offer.pk], now=now + timedelta(days=1))
    assert services.get_offer(offer.pk).used_at == now
    with pytest.raises(Conflict, match="carry this offer"):
        services.update_offer(offer.pk, now=now, value=1000)
    assert services.update_offer(offer.pk, now=now, name="renamed").name == "renamed"
    copy = services.duplicate_offer(offer.pk, now=now)
    assert (copy.name, copy.used_at) == ("renamed (copy)", None)
    assert services.update_offer(copy.pk, now=now, value=1000).value == 1000


def test_words_that_an_author_wrote_stay(now):
    offer = make_offer(now, text={"en": "A treat"})
    changed = services.update_offer(offer.pk, now=now, value=500)
    assert changed.text == {"en": "A treat", "zh": "9.5 折，最多减 €50.00"}
    with pytest.raises(Invalid):
        services.update_offer(offer.pk, now=now, cap=0)
    assert services.get_offer(offer.pk).version == 2


def test_what_an_offer_binds(now):
    assert services.liability_of(make_offer(now)).per_code == 50_000_000
    assert "€50.00" in services.liability_of(services.get_offer(make_offer(now, "b").pk)).words
    nothing = services.create_offer("nothing", now=now, kind="none")
    assert services.liability_of(nothing).per_code == 0
