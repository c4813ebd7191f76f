"""Reports behind signed addresses: who knows one may read until it expires, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from setpoint.autopilot import services, sharing
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.tests.company import Company
from setpoint.governance import services as governance
from setpoint.kernel import clock
from setpoint.kernel.errors import NotFound, SetpointError

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(desk: Company) -> Campaign:
    return services.create_campaign("Spring <b>", desk.spec(), actor="ann", now=desk.now)


def shared(campaign_id: int, days: int, desk: Company) -> str:
    return sharing.address_of(sharing.share_report(campaign_id, days=days, actor="ann", now=desk.now))


def token_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_the_address_opens_its_campaign_until_it_expires(desk: Company, draft: Campaign) -> None:
    token = token_of(shared(draft.pk, 3, desk))
    assert sharing.shared_campaign(token, now=desk.now + timedelta(days=3)) == draft.pk
    with pytest.raises(NotFound):
        sharing.shared_campaign(token, now=desk.now + timedelta(days=3, seconds=1))


@pytest.mark.parametrize(
    "bend", [lambda t: t[:-2], lambda t: "x" + t, lambda t: t.swapcase(), lambda t: "", lambda t: "é" * 20]
)
def test_a_bent_token_opens_nothing(desk: Company, draft: Campaign, bend: Callable[[str], str]) -> None:
    token = token_of(shared(draft.pk, 3, desk))
    with pytest.raises(SetpointError):
        sharing.shared_campaign(bend(token), now=desk.now)


def test_a_token_of_another_purpose_opens_nothing(desk: Company, draft: Campaign) -> None:
    with pytest.raises(SetpointError):
        sharing.shared_campaign(governance.sign(b"\x92\x01\xce\xff\xff\xff\xff", "unsubscribe"), now=desk.now)


def test_only_what_exists_is_shared(desk: Company) -> None:
    with pytest.raises(NotFound):
        shared(12345, 1, desk)


@pytest.mark.parametrize(("accept", "word"), [("zh-CN,zh;q=0.9", "目标"), ("fr", "Goal"), ("en", "Goal")])
def test_the_page_speaks_the_visitors_language_and_loads_nothing(
    desk: Company, draft: Campaign, accept: str, word: str
) -> None:
    url = shared(draft.pk, 3, desk)
    answer = Client(headers={"accept-language": accept}).get(f"/r/{token_of(url)}")
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert word in page
    assert "Spring &lt;b&gt;" in page
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_after_its_time_the_page_is_gone(desk: Company, draft: Campaign) -> None:
    url = shared(draft.pk, 3, desk)
    with clock.at(desk.now + timedelta(days=4)):
        assert Client().get(f"/r/{token_of(url)}").status_code == 404
    assert Client().get("/r/nonsense").status_code == 404


def test_a_revoked_address_is_gone_and_both_words_are_in_the_audit_trail(desk: Company, draft: Campaign) -> None:
    kept = sharing.share_report(draft.pk, days=3, actor="ann", now=desk.now)
    token = token_of(sharing.address_of(kept))
    sharing.revoke_share(draft.pk, kept.pk, actor="bob", now=desk.now)
    with pytest.raises(NotFound):
        sharing.shared_campaign(token, now=desk.now)
    again = sharing.revoke_share(draft.pk, kept.pk, actor="cid", now=desk.now + timedelta(days=1))
    assert (again.revoked_by, again.revoked_at) == ("bob", desk.now)
    verbs = [entry.verb for entry in governance.list_audit(subject=draft.key)]
    assert verbs[-3:] == ["share", "revoke", "revoke"]


def test_a_share_is_revoked_through_its_own_campaign_alone(desk: Company, draft: Campaign) -> None:
    other = services.create_campaign("Autumn", desk.spec(), actor="ann", now=desk.now)
    kept = sharing.share_report(draft.pk, days=3, actor="ann", now=desk.now)
    with pytest.raises(NotFound):
        sharing.revoke_share(other.pk, kept.pk, actor="ann", now=desk.now)
    assert [share.pk for share in sharing.list_shares(draft.pk)] == [kept.pk]
    assert sharing.list_shares(other.pk) == []
