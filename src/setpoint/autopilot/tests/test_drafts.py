"""Drafts: they hold what is unfinished, say all that is wrong by field, and lose nobody's words."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setpoint.autopilot import drafts, services
from setpoint.autopilot.models import Campaign
from setpoint.autopilot.problems import problems_of
from setpoint.autopilot.tests.company import Company
from setpoint.autopilot.tests.conftest import RecordingChannel
from setpoint.content import services as content
from setpoint.governance.models import AuditEntry
from setpoint.kernel.errors import Conflict, Invalid, NotFound, SetpointError

pytestmark = pytest.mark.django_db
HUGE = 10**30
PAST = "2020-01-01T00:00:00Z"

BAD: list[tuple[dict[str, Any], str]] = [
    ({"goal": {"target": 0}}, "goal.target"),
    ({"goal": {"target": -3}}, "goal.target"),
    ({"goal": {"metric": "conversion_rate", "target": 1.5}}, "goal.target"),
    ({"goal": {"metric": "happiness"}}, "goal.metric"),
    ({"goal": {"event": " "}}, "goal.event"),
    ({"goal": {"deadline": PAST}}, "goal.deadline"),
    ({"goal": {"deadline": "soon"}}, "goal.deadline"),
    ({"goal": {"deadline": "0001-01-01T00:00:00+14:00"}}, "goal.deadline"),
    ({"goal": {"deadline": "9999-12-31T23:59:59-14:00"}}, "goal.deadline"),
    ({"goal": {"dormant_days": 0}}, "goal.dormant_days"),
    ({"limits": {"money": 0}}, "limits.money"),
    ({"limits": {"money": -1}}, "limits.money"),
    ({"limits": {"money": 1e300}}, "limits.money"),
    ({"limits": {"messages": -1}}, "limits.messages"),
    ({"limits": {"messages": HUGE}}, "limits.messages"),
    ({"limits": {"per_customer": {"window_days": 0}}}, "limits.per_customer.window_days"),
    ({"limits": {"per_channel": {"email": {"money": -1}}}}, "limits.per_channel.email.money"),
    ({"limits": {"per_channel": {"x" * 99: {"money": 1}}}}, "limits.per_channel"),
    ({"actions": {"variants": []}}, "actions.variants"),
    ({"actions": {"variants": [999_999]}}, "actions.variants"),
    ({"actions": {"variants": [HUGE]}}, "actions.variants"),
    ({"actions": {"offers": [0, 999_999]}}, "actions.offers"),
    ({"actions": {"slots": ["25:00"]}}, "actions.slots"),
    ({"actions": {"slots": ["09:00\n"]}}, "actions.slots"),
    ({"actions": {"slots": ["09:00", "09:00"]}}, "actions.slots"),
    ({"cadence_days": 0}, "window_days"),
    ({"window_days": 91}, "window_days"),
    ({"hold_out": 0.95}, "hold_out"),
    ({"alpha": 0}, "alpha"),
    ({"hold_out": 0.0, "ghost_share": 0.0}, "ghost_share"),
    ({"guardrails": {"complaint_rate": 2}}, "guardrails.complaint_rate"),
    ({"review": "sometimes"}, "review"),
    ({"purpose": "x" * 500}, "purpose"),
]

UNKEEPABLE = [
    ({"goal": {"target": math.nan}}, "goal.target"),
    ({"goal": {"event": "a\x00b"}}, "goal.event"),
    ({"limits": {"per_channel": {"a\x00": {"money": 1}}}}, "limits.per_channel"),
    ({"purpose": "x" * 300_000}, None),
]


def made(company: Company, **changes: Any) -> Campaign:
    return services.create_campaign("Spring", company.spec(**changes), actor="ann", now=company.now)


def found(campaign: Campaign, now: datetime) -> dict[str, str]:
    return {each.field: each.kind for each in problems_of(campaign.name, campaign.spec, now=now)}


@pytest.mark.parametrize(("change", "field"), BAD, ids=[f"{field}={str(change)[:50]!r}" for change, field in BAD])
def test_what_can_never_be_right_is_kept_named_and_never_launched(
    desk: Company, change: dict[str, Any], field: str
) -> None:
    campaign = made(desk, **change)
    problems = problems_of(campaign.name, campaign.spec, now=desk.now)
    assert field in {each.field for each in problems if each.kind != "warning"}
    assert all(each.message for each in problems)
    with pytest.raises(SetpointError):
        services.launch(campaign.pk, actor="ann", now=desk.now)


@pytest.mark.parametrize(("change", "field"), UNKEEPABLE, ids=[str(field) for _change, field in UNKEEPABLE])
def test_what_no_database_keeps_is_refused(desk: Company, change: dict[str, Any], field: str | None) -> None:
    with pytest.raises(Invalid) as caught:
        made(desk, **change)
    assert (caught.value.field, bool(caught.value.remedy)) == (field, True)
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("name", ["x" * 201, "a\x00b"])
def test_a_name_that_cannot_be_kept_is_refused(desk: Company, name: str) -> None:
    with pytest.raises(Invalid, match="at most 200"):
        services.create_campaign(name, desk.spec(), actor="ann", now=desk.now)


@pytest.mark.parametrize("policy", ["clairvoyance", "x" * 90])
def test_an_unknown_policy_is_told_with_the_known_ones(desk: Company, policy: str) -> None:
    problems = problems_of("Spring", made(desk, policy=policy).spec, now=desk.now)
    assert ["thompson" in each.remedy for each in problems if each.field == "policy"] == [True]


@pytest.mark.parametrize(
    "tree",
    [{"trait": "age"}, {"nonsense": 1}, {}, {"all": "x"}, {"consent": "email", "state": 7}, "everyone", None],
    ids=repr,
)
def test_a_malformed_audience_is_told(desk: Company, tree: Any) -> None:
    campaign = services.create_campaign("Spring", {**desk.spec(), "audience": tree}, actor="ann", now=desk.now)
    problems = problems_of("Spring", campaign.spec, now=desk.now)
    assert {each.step for each in problems if each.field.split(".")[0] == "audience"} == {"audience"}


def test_an_empty_draft_lacks_what_a_person_has_to_say(desk: Company) -> None:
    campaign = services.create_campaign("", {}, actor="ann", now=desk.now)
    assert found(campaign, desk.now) == {
        "name": "missing",
        "goal.metric": "missing",
        "goal.target": "missing",
        "goal.deadline": "missing",
        "limits.money": "missing",
        "actions.variants": "missing",
    }


@pytest.mark.parametrize("part", ["goal", "limits", "actions"])
def test_a_part_that_is_not_given_is_asked_for_field_by_field(desk: Company, part: str) -> None:
    spec = {name: value for name, value in desk.spec().items() if name != part}
    campaign = services.create_campaign("Spring", spec, actor="ann", now=desk.now)
    missing = {field for field, kind in found(campaign, desk.now).items() if kind == "missing"}
    assert missing
    assert {field.split(".")[0] for field in missing} == {part}


@pytest.mark.parametrize("part", [None, 3, [], "x", {"target": "many"}, {"target": {"a": [1]}, "deadline": "soon"}])
def test_nonsense_in_a_part_is_a_problem_of_that_part(desk: Company, part: Any) -> None:
    campaign = services.create_campaign("Spring", {**desk.spec(), "goal": part}, actor="ann", now=desk.now)
    assert {field.split(".")[0] for field in found(campaign, desk.now)} >= {"goal"}


def test_a_misspelt_field_is_told_rather_than_ignored(desk: Company) -> None:
    campaign = made(desk, limit={"money": 3}, goal={"taget": 4})
    assert found(campaign, desk.now) | {"limit": "wrong", "goal.taget": "wrong"} == found(campaign, desk.now)


def test_a_draft_with_a_misspelt_field_or_no_name_is_not_launched(company: Company, provider: RecordingChannel) -> None:
    for name, more, field in (("Spring", {"limit": {"money": 3}}, "limit"), (" ", {}, "name")):
        campaign = services.create_campaign(name, company.spec(**more), actor="ann", now=company.now)
        with pytest.raises(Invalid) as caught:
            services.launch(campaign.pk, actor="ann", now=company.now)
        assert caught.value.field == field


def test_a_whole_draft_has_no_problem(company: Company, provider: RecordingChannel) -> None:
    assert found(made(company), company.now) == {}


def test_an_unset_channel_is_a_problem_of_the_variants(desk: Company) -> None:
    assert found(made(desk), desk.now) == {"actions.variants": "wrong"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("goal", "limits", "actions", "audience", "guardrails", "cadence_days", "hold_out", "quiet_start", "policy")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4))
def test_whatever_is_typed_is_read_and_what_has_no_problem_can_be_read_strictly(
    desk: Company, spec: dict[str, Any]
) -> None:
    whole = drafts.merged(drafts.blank_spec(), spec)
    problems = problems_of("x", json.loads(json.dumps(whole)), now=desk.now)
    assert all(each.message and each.field for each in problems)


def test_a_draft_is_edited_part_by_part_and_a_live_campaign_is_not(
    company: Company, provider: RecordingChannel
) -> None:
    campaign = made(company)
    change = {"ghost_share": 0.3, "limits": {"per_customer": {"messages": 2}}}
    services.edit_draft(campaign.pk, name=" Summer ", spec=change, actor="ann", now=company.now)
    campaign.refresh_from_db()
    assert (campaign.name, campaign.spec["ghost_share"], campaign.version) == ("Summer", 0.3, 2)
    assert campaign.spec["limits"]["per_customer"] == {"messages": 2, "money": None, "window_days": 7}
    assert campaign.spec["limits"]["money"] == 100.0
    services.launch(campaign.pk, actor="ann", now=company.now)
    with pytest.raises(Conflict):
        services.edit_draft(campaign.pk, name="Autumn", actor="ann", now=company.now)


def test_an_audience_is_replaced_whole(desk: Company) -> None:
    campaign = made(desk)
    tree = {"trait": "age", "op": ">", "value": 30}
    assert services.edit_draft(campaign.pk, spec={"audience": tree}, actor="ann", now=desk.now).spec["audience"] == tree


def test_every_write_is_in_the_audit_trail_with_what_changed(desk: Company) -> None:
    campaign = made(desk)
    services.edit_draft(campaign.pk, spec={"goal": {"target": 50}}, actor="bo", now=desk.now)
    services.edit_draft(campaign.pk, spec={"goal": {"target": 50}}, actor="bo", now=desk.now)
    copy = services.duplicate(campaign.pk, actor="cy", now=desk.now)
    services.delete_draft(campaign.pk, actor="di", now=desk.now)
    trail = list(AuditEntry.objects.filter(subject=campaign.key))
    rows = [(row.actor, row.verb) for row in trail]
    assert sorted(rows) == [("ann", "create"), ("bo", "edit"), ("di", "delete")]
    edit = next(row for row in trail if row.verb == "edit")
    assert (edit.before, edit.after) == ({"goal.target": 40}, {"goal.target": 50, "version": 2})
    assert [row.actor for row in AuditEntry.objects.filter(subject=copy.key)] == ["cy"]


def test_of_two_people_the_second_is_told_what_the_first_changed(desk: Company) -> None:
    campaign = made(desk)
    services.edit_draft(campaign.pk, spec={"goal": {"target": 50}}, actor="bo", now=desk.now, version=1)
    with pytest.raises(Conflict) as caught:
        services.edit_draft(campaign.pk, spec={"goal": {"target": 60}}, actor="ann", now=desk.now, version=1)
    assert caught.value.details["current_version"] == 2
    assert [(c["actor"], c["after"]["goal.target"]) for c in caught.value.details["changes"]] == [("bo", 50)]
    campaign.refresh_from_db()
    assert campaign.spec["goal"]["target"] == 50


@pytest.mark.parametrize("verb", ["launch", "delete_draft"])
def test_nobody_launches_or_deletes_what_they_have_not_seen(
    company: Company, provider: RecordingChannel, verb: str
) -> None:
    campaign = made(company)
    services.edit_draft(campaign.pk, name="Summer", actor="bo", now=company.now)
    with pytest.raises(Conflict, match="bo changed this"):
        getattr(services, verb)(campaign.pk, actor="ann", now=company.now, version=1)
    campaign.refresh_from_db()
    assert campaign.state == "draft"


def test_a_launched_campaign_is_not_deleted(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    with pytest.raises(Conflict):
        services.delete_draft(campaign.pk, actor="ann", now=company.now)
    with pytest.raises(NotFound):
        services.delete_draft(10**6, actor="ann", now=company.now)


def test_a_copy_of_an_old_campaign_gets_a_deadline_as_far_ahead(company: Company, provider: RecordingChannel) -> None:
    campaign = company.campaign()
    later = company.now + timedelta(days=300)
    copy = services.duplicate(campaign.pk, actor="ann", now=later)
    assert (copy.state, copy.name) == ("draft", "Copy of Spring")
    assert copy.spec["goal"]["deadline"] == (later + timedelta(days=56)).isoformat()
    assert {**copy.spec, "goal": 0} == {**Campaign.objects.get(pk=campaign.pk).spec, "goal": 0}


CAUTIONS: list[tuple[dict[str, Any], str]] = [
    ({"cadence_days": 14, "window_days": 50}, "goal.deadline"),
    ({"limits": {"money": 3.0}}, "limits.money"),
    ({"limits": {"per_customer": {"money": 1.0}}}, "limits.per_customer.money"),
    ({"limits": {"per_customer": {"messages": 0}}}, "limits.per_customer.messages"),
    ({"limits": {"per_customer": {"messages": 1, "window_days": 14}}}, "limits.per_customer.messages"),
    ({"limits": {"messages": 49}}, "limits.messages"),
    ({"limits": {"hours": 0.01}}, "limits.hours"),
    ({"hold_out": 0.5, "ghost_share": 0.2}, "ghost_share"),
    ({"guardrails": {"complaint_rate": 0}}, "guardrails.complaint_rate"),
    ({"quiet_start": "22:00", "quiet_end": "11:00"}, "actions.slots"),
]


@pytest.mark.parametrize(("change", "field"), CAUTIONS, ids=[str(change) for change, _field in CAUTIONS])
def test_what_is_seldom_meant_is_a_warning_and_no_hindrance(
    company: Company, provider: RecordingChannel, change: dict[str, Any], field: str
) -> None:
    campaign = made(company, **change)
    assert found(campaign, company.now) == {field: "warning"}
    assert services.launch(campaign.pk, actor="ann", now=company.now).state == "running"


def test_an_offer_that_outlives_a_round_is_a_warning(company: Company, provider: RecordingChannel) -> None:
    offer = content.create_offer("long", now=company.now, kind="amount", value=10**6, valid_days=30)
    assert found(made(company, actions={"offers": [0, offer.pk]}), company.now) == {"actions.offers": "warning"}
