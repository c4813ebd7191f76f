"""The public verbs of content."""

from __future__ import annotations

from setpoint.content.checks import Source, check_source
from setpoint.content.offers import create_offer, list_offers, offer_view, offer_words
from setpoint.content.previews import company_context, message_context, offer_context, preview
from setpoint.content.rendering import Renderer
from setpoint.content.variants import (
    check_variant,
    create_template,
    create_variant,
    get_template,
    get_variant,
    list_templates,
    renderer,
    update_template,
    update_variant,
    variant_views,
)

__all__ = [
    "Renderer",
    "Source",
    "check_source",
    "check_variant",
    "company_context",
    "create_offer",
    "create_template",
    "create_variant",
    "get_template",
    "get_variant",
    "list_offers",
    "list_templates",
    "message_context",
    "offer_context",
    "offer_view",
    "offer_words",
    "preview",
    "renderer",
    "update_template",
    "update_variant",
    "variant_views",
]
