"""A tag is held by some and left by others: only what changes is written, whatever their number."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt

from setpoint.customers.models import Tag
from setpoint.customers.tags import services as tags
from setpoint.customers.tags.services import HELD, Author, Changed, Entries
from setpoint.kernel.clock import micros

Ids = npt.NDArray[np.int64]


def hold(tag: Tag, ids: Ids, *, author: Author, at: datetime) -> Changed:
    """Bring a tag up to date with those for whom its rule holds at a moment (ascending ids).

    Who comes gets the tag's weight; it does not fade while the rule holds. Who leaves loses the tag or, where it has a
    half-life, keeps a weight that fades from now on, until it has faded away.
    """
    held = tags.whole(tag.pk)
    come = _coming(tag, held, ids)
    moment = micros(at)
    put = tags.entries(come, tag.weight, moment, HELD)
    gone = np.setdiff1d(held.ids, ids, assume_unique=True)
    if tag.half_life_days is None:
        return tags.change(tag, put, gone, author=author, at=at)
    leaving = held.chosen(np.isin(held.ids, gone) & (held.fades_from == HELD))
    fading = tags.entries(leaving.ids, leaving.weights, leaving.since, moment)
    done = tags.change(tag, _both(put, fading), np.empty(0, dtype=np.int64), author=author, at=at)
    faded = tags.drop_faded(tag, author=author, at=at)
    return Changed(done.put, done.taken + faded.taken)


def _coming(tag: Tag, held: Entries, ids: Ids) -> Ids:
    """Those who get the tag anew: who has it not, whose weight is another, whose weight had begun to fade."""
    stays = held.ids[(held.weights == tag.weight) & (held.fades_from == HELD)]
    return np.setdiff1d(ids, stays, assume_unique=True)


def _both(one: Entries, other: Entries) -> Entries:
    return tags.entries(
        np.concatenate([one.ids, other.ids]),
        np.concatenate([one.weights, other.weights]),
        np.concatenate([one.since, other.since]),
        np.concatenate([one.fades_from, other.fades_from]),
    )
