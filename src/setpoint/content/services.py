"""The public verbs of content."""

from __future__ import annotations

from setpoint.content.checks import Source, check_source
from setpoint.content.fields import insertable_fields
from setpoint.content.offers import (
    NO_OFFER,
    OfferQuery,
    archive_offer,
    create_offer,
    duplicate_offer,
    find_offers,
    get_offer,
    liability_of,
    list_offers,
    note_use,
    offer_view,
    offer_words,
    update_offer,
)
from setpoint.content.previews import (
    Previewed,
    company_context,
    message_context,
    offer_context,
    preview,
    preview_source,
)
from setpoint.content.renderers import renderer
from setpoint.content.rendering import Renderer
from setpoint.content.starters import starters, starting_design
from setpoint.content.templates import (
    TemplateQuery,
    archive_template,
    create_template,
    duplicate_template,
    find_templates,
    get_template,
    update_template,
)
from setpoint.content.variants import (
    archive_variant,
    check_variant,
    create_variant,
    duplicate_variant,
    get_variant,
    update_variant,
    variant_views,
    versions_of,
)

__all__ = [
    "NO_OFFER",
    "OfferQuery",
    "Previewed",
    "Renderer",
    "Source",
    "TemplateQuery",
    "archive_offer",
    "archive_template",
    "archive_variant",
    "check_source",
    "check_variant",
    "company_context",
    "create_offer",
    "create_template",
    "create_variant",
    "duplicate_offer",
    "duplicate_template",
    "duplicate_variant",
    "find_offers",
    "find_templates",
    "get_offer",
    "get_template",
    "get_variant",
    "insertable_fields",
    "liability_of",
    "list_offers",
    "message_context",
    "note_use",
    "offer_context",
    "offer_view",
    "offer_words",
    "preview",
    "preview_source",
    "renderer",
    "starters",
    "starting_design",
    "update_offer",
    "update_template",
    "update_variant",
    "variant_views",
    "versions_of",
]
