"""Templates, variants and offers in the database."""

from dataclasses import asdict
from pathlib import Path

import pytest

from setpoint.content import services
from setpoint.content.models import Offer, Variant
from setpoint.content.tests.sources import MAIL, SUBJECT
from setpoint.customers.services import upsert_customers
from setpoint.customers.types import Profile
from setpoint.governance.services import update_company
from setpoint.kernel.errors import Conflict, Invalid, NotFound

pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def template(now):
    return services.create_template("Spring", channel="email", now=now)


def make_variant(template, now, name="A", **changes):
    wording = {"subject": SUBJECT, "body": MAIL} | changes
    return services.create_variant(template.pk, name, now=now, **wording)


def make_offer(now, name="ten", **changes):
    terms = {"kind": "percent", "value": 1000, "cap": 50_000_000, "code_prefix": "SPRING"} | changes
    return services.create_offer(name, now=now, **terms)


def make_customer(now, language):
    basket = [{"name": "Tea & cups", "price": 12.5}, {"name": "<Pot>", "price": "40"}]
    traits = {"first_name": "Ann", "points": 1234, "tier": "gold", "balance": 3.4, "basket": basket}
    profile = Profile({"email": f"{language}@x.example"}, traits, (), language, "UTC", now)
    return upsert_customers([profile], now=now)[0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_rendered_mail_is_the_golden_one(template, now, language):
    update_company(now=now, name="Corner Shop", currency="CNY", physical_address="1 Road, Lyon")
    customer = make_customer(now, {"en": "en", "zh": "zh-hans"}[language])
    variant, offer = make_variant(template, now), make_offer(now)
    made = services.preview(variant.pk, customer_id=customer, offer_id=offer.pk, now=now)
    shown = f"Subject: {made.subject}\n\n{made.text}\n\n{made.html}".replace(f"?c={customer}&", "?c=CUSTOMER&")
    shown = shown.replace(f"?c={customer}&amp;", "?c=CUSTOMER&amp;")
    golden = GOLDEN / f"mail.{language}.txt"
    if not golden.exists():  # delete a golden file to have it written anew, and read the difference
        golden.write_text(shown)
    assert shown == golden.read_text()


def test_an_error_in_the_source_refuses_and_saves_nothing(template, now):
    with pytest.raises(Invalid) as caught:
        make_variant(template, now, body="<mjml>\n{{ custmer.x }}</mjml>")
    assert caught.value.field == "body"
    assert caught.value.details["line"] == 2
    assert not Variant.objects.exists()


def test_a_change_is_a_new_version_and_reaches_the_renderer(template, now):
    variant = make_variant(template, now, body="<p>one</p>", format="html")
    first = services.renderer(variant.pk)
    changed = services.update_variant(variant.pk, now=now, body="<p>two</p>")
    assert (changed.version, changed.subject) == (2, SUBJECT)
    assert services.renderer(variant.pk).render({}).text.startswith("two")
    assert first.render({}).text.startswith("one")
    assert services.renderer(variant.pk) is services.renderer(variant.pk)


def test_a_refused_change_keeps_the_old_version(template, now):
    variant = make_variant(template, now)
    with pytest.raises(Invalid):
        services.update_variant(variant.pk, now=now, body="{% include 'x' %}")
    variant.refresh_from_db()
    assert (variant.version, variant.body) == (1, MAIL)


def test_the_customers_language_chooses_the_sibling(template, now):
    english = make_variant(template, now, language="en", body="<p>hello</p>", format="html")
    make_variant(template, now, language="zh", body="<p>你好</p>", format="html")
    assert services.renderer(english.pk, "zh-CN").render({}).text.startswith("你好")
    assert services.renderer(english.pk, "fr").render({}).text.startswith("hello")
    assert services.renderer(english.pk).render({}).text.startswith("hello")
    with pytest.raises(Conflict):
        make_variant(template, now, language="zh", body="<p>x</p>", format="html")


def test_an_author_can_write_the_text_part(template, now):
    variant = make_variant(template, now, body="<p>x</p>", format="html", text="Plain {{ customer.id }}")
    assert services.renderer(variant.pk).render({"customer": {"id": 7}}).text.startswith("Plain 7")


def test_no_footer_where_it_has_no_place(now):
    body = {"subject": "s", "body": "x", "format": "text"}
    own_link = services.create_template("Own", channel="email", now=now)
    receipts = services.create_template("Receipts", channel="email", purpose="transactional", now=now)
    hook = services.create_template("Hook", channel="webhook", now=now)
    for place in (receipts, hook):
        variant = services.create_variant(place.pk, "A", now=now, **body)
        assert services.renderer(variant.pk).render({}).text == "x"
    variant = services.create_variant(own_link.pk, "A", now=now, **(body | {"body": "x {{ links.unsubscribe }}"}))
    assert services.renderer(variant.pk).render({"links": {"unsubscribe": "u"}}).text == "x u"


def test_names_are_unique_and_readable(template, now):
    with pytest.raises(Conflict, match="Spring"):
        services.create_template("Spring", channel="email", now=now)
    for name in ("", "  ", "a\nb", "x" * 201):
        with pytest.raises(Invalid):
            services.create_template(name, channel="email", now=now)
    assert services.update_template(template.pk, name="Summer", now=now).name == "Summer"


def test_what_is_not_there_is_not_found(now):
    for call in (services.get_template, services.get_variant, services.renderer, services.offer_view):
        with pytest.raises(NotFound):
            call(12345)
    with pytest.raises(NotFound):
        services.variant_views([12345])


def test_views_come_in_the_order_asked_for(template, now):
    first, second = make_variant(template, now, "A"), make_variant(template, now, "B")
    assert [view.name for view in services.variant_views([second.pk, first.pk])] == ["B", "A"]
    assert services.variant_views([first.pk])[0].channel == "email"


def test_an_offer_is_said_in_both_languages(now):
    update_company(now=now, currency="CNY")
    assert make_offer(now).text == {"en": "10 % off, at most ¥50.00", "zh": "9 折，最多减 ¥50.00"}
    assert make_offer(now, "b", value=1250).text["zh"] == "8.75 折，最多减 ¥50.00"
    assert make_offer(now, "c", kind="amount", value=5_000_000).text == {"en": "¥5.00 off", "zh": "立减 ¥5.00"}
    assert make_offer(now, "d", text={"en": "A treat", "zh": ""}).text["en"] == "A treat"


def test_offer_views(now):
    view = services.offer_view(make_offer(now).pk)
    assert asdict(view) | {"id": 0, "text": {}} == {
        "id": 0, "name": "ten", "kind": "percent", "value": 1000, "cap": 50_000_000, "code_prefix": "SPRING",
        "valid_days": 14, "text": {}, "min_order": 0,
    }  # fmt: skip
    assert services.offer_view(None).kind == "none"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": 0}, "value"),
        ({"value": 10_001}, "value"),
        ({"value": -1}, "value"),
        ({"cap": 0}, "cap"),
        ({"kind": "amount", "value": 0}, "value"),
        ({"kind": "none"}, "value"),
        ({"kind": "gift"}, "kind"),
        ({"code_prefix": "a b"}, "code_prefix"),
        ({"valid_days": 0}, "valid_days"),
        ({"min_order": 10**16}, "min_order"),
        ({"text": {"fr": "x"}}, "text"),
        ({"text": {"en": "a\nb"}}, "text"),
    ],
)
def test_offers_that_cannot_be_are_refused(now, changes, field):
    with pytest.raises(Invalid) as caught:
        make_offer(now, **changes)
    assert caught.value.field == field
    assert not Offer.objects.exists()
