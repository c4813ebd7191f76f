"""Tags brought up to date in the background: rules by their schedule, what fades, value cells and clusters."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _noop

from setpoint.customers.locks import exclusive
from setpoint.customers.models import Customer, Removal, Tag
from setpoint.customers.revisions import mark
from setpoint.customers.tags import services as tags
from setpoint.governance.failures import kept
from setpoint.governance.failures import worded as _
from setpoint.insights.tagging import findings
from setpoint.insights.tagging.holding import hold
from setpoint.kernel.errors import Invalid, SetpointError
from setpoint.segments.following import services as following
from setpoint.segments.services import members, parse_tree, to_json

EVERY_MINUTES = 60
MOST_MINUTES = 10_080
_AUTHOR = tags.Author("rule", "setpoint")
_TIMELESS = frozenset({"trait", "consent", "everyone"})
"""Conditions that hold until a customer changes, whatever the time is."""
_SAFE = _noop("Nothing is lost: customers keep the tags that they had.")
_log = logging.getLogger(__name__)


def refresh_next(now: datetime) -> bool:
    """Bring what is due next up to date; whether there was anything that nobody else works on."""
    with exclusive("tags") as mine:
        return mine and (_next_tag(now) or findings.make_due(now))


def checked_rule(tree: object, every_minutes: int | None) -> tuple[dict[str, Any], int]:
    """A rule's tree in its full form, and how often it is looked at. Raises Invalid for what cannot be."""
    minutes = EVERY_MINUTES if every_minutes is None else every_minutes
    if not 1 <= minutes <= MOST_MINUTES:
        raise Invalid(
            _("A rule is looked at every 1 to %(most)s minutes.") % {"most": MOST_MINUTES},
            remedy=_("Give the number of minutes."),
            field="every_minutes",
        )
    return to_json(parse_tree(tree)), minutes


def refresh(tag: Tag, *, now: datetime) -> None:
    """Look at one tag: its rule for everybody at once, or what of it has faded away. An error is kept with the tag."""
    seen = mark()
    failure = None
    try:
        if "tree" in tag.how and not _is_unchanged(tag):
            _read_anew(tag, now)
        else:
            tags.drop_faded(tag, author=_AUTHOR, at=now)
    except SetpointError as error:
        _log.warning("Tag %d failed: %s", tag.pk, error.code)
        failure = kept(error, safe=_SAFE)
    every = timedelta(minutes=tag.every_minutes or EVERY_MINUTES) if "tree" in tag.how else tags.FADING_EVERY
    seen_then = {"customers": seen} if failure is None else {}
    tags.note_look(tag, at=now, due_at=now + every, mark=seen_then, failure=failure)


def _read_anew(tag: Tag, now: datetime) -> None:
    """By the members that the follower keeps, where there are such: what it knows may not be in the lake yet."""
    with following.members_held(tag) as held:
        ids = members(parse_tree(tag.how["tree"]), as_of=now) if held is None else held
        hold(tag, ids, author=_AUTHOR, at=now)


def _next_tag(now: datetime) -> bool:
    tag = tags.next_due(now)
    if tag is None:
        return False
    refresh(tag, now=now)
    return True


def _is_unchanged(tag: Tag) -> bool:
    """Whether a rule must say what it said last: it does not depend on time, and no customer changed since."""
    seen = tag.mark.get("customers")
    if seen is None or not _kinds(tag.how["tree"]) <= _TIMELESS:
        return False
    changed = Customer.everyone.filter(revision__gte=seen).exists()
    return not changed and not Removal.objects.filter(revision__gte=seen).exists()


def _kinds(tree: Mapping[str, Any]) -> set[str]:
    """What kinds of conditions a tree has; a kind is its first key."""
    return set(_leaves(tree))


def _leaves(tree: Mapping[str, Any]) -> Iterator[str]:
    inner = [*tree.get("all", ()), *tree.get("any", ()), *([tree["not"]] if "not" in tree else [])]
    for node in inner:
        yield from _leaves(node)
    if not {"all", "any", "not"} & tree.keys():
        yield next(iter(tree), "")
