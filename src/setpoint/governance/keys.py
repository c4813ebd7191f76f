"""API keys: made once, shown once, kept as a hash.

A key carries 256 random bits, so a plain SHA-256 is as good as a slow password hash and a thousand times faster.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import cast

from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.governance.acting import acting, needs
from setpoint.governance.audit import record_audit
from setpoint.governance.models import ApiKey
from setpoint.governance.types import SCOPES, WRITE_KEY_SCOPES, ApiKeyView, KeyKind
from setpoint.kernel.errors import Invalid, NotFound, Refused

CACHE_SECONDS = 5
_PREFIX_LENGTH = 12
_LONGEST_KEY = 200


@needs("keys:write")
@transaction.atomic
def create_api_key(
    name: str, scopes: Iterable[str], *, kind: KeyKind = "api", now: datetime, actor: str = "system"
) -> tuple[str, ApiKey]:
    """Make a key and return its text, which is never shown again, with its record.

    A key of kind "write" is for event senders and holds the scope events:write alone, whatever `scopes` says.
    """
    granted = list(WRITE_KEY_SCOPES) if kind == "write" else _checked_scopes(scopes)
    text = f"sp_{_checked_kind(kind)}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=_checked_name(name),
        kind=kind,
        prefix=text[:_PREFIX_LENGTH],
        key_hash=_hash(text),
        scopes=granted,
        created_at=now,
    )
    record_audit(actor, "created", f"api-key:{key.pk}", after={"name": key.name, "scopes": granted}, now=now)
    return text, key


@needs("keys:write")
def revoke_api_key(key_id: int, *, now: datetime, actor: str = "system") -> ApiKey:
    """End a key. Other processes stop taking it within five seconds. Revoking twice changes nothing."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
        if key is None:
            raise NotFound(_("There is no API key with this id."), remedy=_("List the keys to see their ids."))
        if key.revoked_at is None:
            key.revoked_at = now
            key.save(update_fields=["revoked_at"])
            record_audit(actor, "revoked", f"api-key:{key.pk}", before={"name": key.name}, now=now)
    _look_up.cache_clear()
    return key


def list_api_keys() -> list[ApiKey]:
    """All keys, oldest first, revoked ones included."""
    return list(ApiKey.objects.order_by("pk"))


def authenticate_key(text: str) -> ApiKeyView | None:
    """Whose key this is, or None for a wrong or revoked one. Answers are remembered for at most five seconds."""
    if not text.startswith("sp_") or len(text) > _LONGEST_KEY:
        return None
    return _look_up(_hash(text), int(time.monotonic() // CACHE_SECONDS))


@lru_cache(maxsize=4096)
def _look_up(key_hash: str, _period: int) -> ApiKeyView | None:
    key = ApiKey.objects.filter(key_hash=key_hash, revoked_at=None).first()
    return ApiKeyView(key.pk, key.name, frozenset(key.scopes), cast(KeyKind, key.kind)) if key else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _checked_kind(kind: str) -> str:
    if kind not in ("api", "write"):
        raise Invalid(_("A key is of the kind api or write."), remedy=_("Choose one of the two."), field="kind")
    return kind


def _checked_name(name: str) -> str:
    cleaned = name.strip()
    if not cleaned or len(cleaned) > 200 or "\0" in cleaned:
        raise Invalid(_("A key needs a name of 1 to 200 characters."), remedy=_("Name who will use it."), field="name")
    return cleaned


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise Invalid(
            _("Unknown scopes: %(names)s.") % {"names": ", ".join(unknown)} if unknown else _("A key needs a scope."),
            remedy=_("Choose among: %(names)s.") % {"names": ", ".join(SCOPES)},
            field="scopes",
        )
    who = acting()
    if who is not None and not set(wanted) <= who.scopes:
        raise Refused(
            _("Nobody can give a key that allows more than they may do themselves."), remedy=_("Choose fewer scopes.")
        )
    return wanted
