"""Renderers of saved variants, kept while they are in use."""

from __future__ import annotations

import threading
from collections import OrderedDict

from setpoint.content.models import Variant
from setpoint.content.rendering import CompiledVariant, Renderer
from setpoint.content.syntax import parse
from setpoint.content.types import written_language
from setpoint.content.variants import get_variant

CACHE_SIZE = 500
_cache: OrderedDict[tuple[int, int], Renderer] = OrderedDict()
_cache_lock = threading.Lock()


def renderer(variant_id: int, language: str = "") -> Renderer:
    """The renderer of a variant, or of its sibling of the same name in `language` where there is one.

    Kept by content, not by version alone: ids and versions come again after a rolled-back transaction.
    """
    chosen = _in_language(get_variant(variant_id), language)
    key = (chosen.pk, hash((chosen.subject, chosen.compiled_html, chosen.compiled_text, chosen.template.purpose)))
    with _cache_lock:
        if key not in _cache:
            _cache[key] = Renderer(compiled_form(chosen))
            while len(_cache) > CACHE_SIZE:
                _cache.popitem(last=False)
        _cache.move_to_end(key)
        return _cache[key]


def compiled_form(row: Variant) -> CompiledVariant:
    """What a renderer needs of a row, saved or not."""
    marketing = row.template.channel == "email" and row.template.purpose == "marketing"
    with_footer = marketing and not (parse(row.body, "body").reads("links", "unsubscribe"))
    return CompiledVariant(
        row.pk or 0,
        row.version,
        row.language,
        parse(row.subject, "subject").source,
        row.compiled_text,
        row.compiled_html,
        with_footer,
    )


def _in_language(row: Variant, language: str) -> Variant:
    wanted = written_language(language) if language else ""
    if not wanted or row.language == wanted:
        return row
    siblings = (
        Variant.objects.select_related("template")
        .filter(template_id=row.template_id, name=row.name, language__in=[wanted, ""], archived_at=None)
        .order_by("-language")
    )
    return next(iter(siblings), row)
