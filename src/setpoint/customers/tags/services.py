"""The public verbs of tags."""

from __future__ import annotations

from setpoint.customers.tags.blocks import Entries, entries, no_entries, whole
from setpoint.customers.tags.changing import (
    Author,
    Changed,
    Lately,
    change,
    change_lately,
    drop_faded,
    forget,
    recount,
    settle,
)
from setpoint.customers.tags.decay import HELD, LEAST
from setpoint.customers.tags.defining import (
    FADING_EVERY,
    archive_tag,
    boost_tag,
    checked_weight,
    define_tag,
    end_boost,
    find_tag,
    list_tags,
    refresh_soon,
    update_tag,
)
from setpoint.customers.tags.reading import (
    boost_at,
    changes_of,
    history_of,
    tag_frame,
    tags_of,
    weights_of,
    with_tag,
)
from setpoint.customers.tags.scheduling import look_soon, next_due, note_look, note_made
from setpoint.customers.tags.setting import Score, set_by_hand, set_tag, tag_many, write_scores
from setpoint.customers.tags.types import CustomerTag, TagDraft, TagMoment

__all__ = [
    "FADING_EVERY",
    "HELD",
    "LEAST",
    "Author",
    "Changed",
    "CustomerTag",
    "Entries",
    "Lately",
    "Score",
    "TagDraft",
    "TagMoment",
    "archive_tag",
    "boost_at",
    "boost_tag",
    "change",
    "change_lately",
    "changes_of",
    "checked_weight",
    "define_tag",
    "drop_faded",
    "end_boost",
    "entries",
    "find_tag",
    "forget",
    "history_of",
    "list_tags",
    "look_soon",
    "next_due",
    "no_entries",
    "note_look",
    "note_made",
    "recount",
    "refresh_soon",
    "set_by_hand",
    "set_tag",
    "settle",
    "tag_frame",
    "tag_many",
    "tags_of",
    "update_tag",
    "weights_of",
    "whole",
    "with_tag",
    "write_scores",
]
