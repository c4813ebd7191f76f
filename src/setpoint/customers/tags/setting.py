"""Tags given and taken: by people, one customer or many; by models, as scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction

from setpoint.customers.bulk import among
from setpoint.customers.identity.aliases import all_ids_of, survivors
from setpoint.customers.models import Customer
from setpoint.customers.revisions import touch
from setpoint.customers.services import view
from setpoint.customers.tag_models import Tag
from setpoint.customers.tags import blocks
from setpoint.customers.tags.changing import Author, Changed, change, weights_before
from setpoint.customers.tags.decay import Ints
from setpoint.customers.tags.defining import checked_weight, find_tag, tag_name
from setpoint.governance.failures import worded as _
from setpoint.governance.services import needs, record_audit
from setpoint.governance.versions import refuse_stale
from setpoint.kernel.clock import micros
from setpoint.kernel.errors import Invalid, NotFound, Refused


@dataclass(frozen=True, slots=True)
class Score:
    """What a model says of one customer: a number in [0, 1] that becomes the tag's weight."""

    customer_id: int
    score: float


@needs("customers:write")
@transaction.atomic
def set_tag(
    customer_id: int, name: str, weight: float, *, version: int | None = None, now: datetime, actor: str = "system"
) -> int:
    """Give one customer a tag with a weight from now on (0 takes it away), on a person's word; returns the customer's
    version that holds now. Conflict where `version` was replaced meanwhile; Refused for a tag that a rule or a model
    makes; NotFound for an unknown tag or customer."""
    checked_weight(weight)
    root = view(customer_id).id
    tag = _by_hand(find_tag(name))
    subject = f"customer:{root}"
    seen = Customer.objects.select_for_update().values_list("revision", flat=True).get(pk=root)
    refuse_stale(subject, seen=version, current=seen)
    ids = _ids([root])
    held = blocks.together(blocks.stored(tag.pk, [number for number, _place in blocks.blocks_of(ids)]).values())
    before = float(weights_before(held, ids, tag.half_life_days, now).max())
    if not weight and not before:
        return seen
    _put(tag, [root], ids, weight, Author("person", actor), now)
    touch([root])
    current = Customer.objects.values_list("revision", flat=True).get(pk=root)
    told = {"tag": tag.name, "weight": weight, "version": current}
    record_audit(actor, "tagged" if weight else "untagged", subject, before={"weight": before}, after=told, now=now)
    return current


def tag_many(customer_ids: Sequence[int], name: str, weight: float, *, by: Author, now: datetime) -> int:
    """Give customers a tag that people set (0 takes it away); returns for how many that changed something. The caller
    keeps it on record."""
    tag = _by_hand(find_tag(name))
    known = list(Customer.objects.filter(pk__in=among(customer_ids)).values_list("pk", flat=True))
    ids = _ids(known)
    if not known:
        return 0
    done = _put(tag, known, ids, checked_weight(weight), by, now)
    return done.put + done.taken


def set_by_hand(name: str) -> Tag:
    """The tag of this name, which people may set; NotFound or Refused where there is none."""
    return _by_hand(find_tag(tag_name(name)))


@needs("customers:write")
@transaction.atomic
def write_scores(
    tag_id: int,
    scores: Sequence[Score],
    *,
    model: str,
    model_version: str,
    at: datetime,
    now: datetime,
    actor: str = "system",
) -> Changed:
    """Take over what a model says, as of the moment `at` (not after now). The contract of the layer of predictions:
    the tag names its model, every batch its version and moment; unknown customers are refused, all or nothing."""
    tag = find_tag(tag_id)
    _check_model(tag, model)
    if at > now:
        raise Invalid(_("These scores are dated after now."), remedy=_("Give the moment they hold for."), field="at")
    means = survivors(score.customer_id for score in scores)
    said = {means.get(score.customer_id, score.customer_id): checked_weight(score.score) for score in scores}
    known = set(Customer.objects.filter(pk__in=among(said)).values_list("pk", flat=True))
    if missing := sorted(said.keys() - known):
        raise NotFound(
            _("There is no customer %(id)s.") % {"id": missing[0]}, remedy=_("Look up the customer by an identity.")
        )
    given = {pk: score for pk, score in said.items() if score}
    moment = micros(at)
    put = blocks.entries(list(given), list(given.values()), moment, moment)
    taken = np.array(sorted(said.keys() - given.keys()), dtype=np.int64)
    done = change(tag, put, taken, author=Author("model", actor, model, model_version), at=now)
    Tag.objects.filter(pk=tag.pk).update(refreshed_at=now)
    told = {"model": model, "model_version": model_version, "at": at.isoformat(), "scores": len(said)}
    record_audit(actor, "scored", f"tag:{tag.pk}", after=told, now=now)
    return done


def _put(tag: Tag, roots: Sequence[int], ids: Ints, weight: float, author: Author, now: datetime) -> Changed:
    """Other records of the same person lose the tag, so that the person has it once."""
    at = micros(now)
    if not weight:
        return change(tag, blocks.no_entries(), ids, author=author, at=now)
    put = blocks.entries(sorted(roots), weight, at, at)
    return change(tag, put, np.setdiff1d(ids, put.ids, assume_unique=True), author=author, at=now)


def _ids(roots: Sequence[int]) -> Ints:
    """All ids of these people, ascending."""
    return np.unique(np.array([pk for ids in all_ids_of(roots).values() for pk in ids], dtype=np.int64))


def _by_hand(tag: Tag) -> Tag:
    if tag.kind != "manual":
        raise Refused(
            _("The tag %(name)s is made by a rule or a model.") % {"name": tag.name},
            remedy=_("Change its rule, or use a tag that people set."),
            field="name",
        )
    if tag.archived_at is not None:
        raise Refused(_("This tag was put away."), remedy=_("Take it back first."), field="name")
    return tag


def _check_model(tag: Tag, model: str) -> None:
    if tag.how.get("model") != model:
        raise Refused(
            _("This tag does not take scores of the model %(model)s.") % {"model": model},
            remedy=_("Make a tag of kind model that names it."),
            field="model",
        )
