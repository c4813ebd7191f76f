"""People: who may sign in, and in which role."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from setpoint.governance.acting import acting, needs
from setpoint.governance.audit import record_audit
from setpoint.governance.company import is_timezone, locked_company
from setpoint.governance.models import User
from setpoint.governance.types import ROLES, Role
from setpoint.governance.versions import refuse_stale
from setpoint.kernel.errors import Conflict, Invalid, NotFound, Refused

THEMES = ("system", "light", "dark")


def list_people() -> list[User]:
    """Everybody who has an account, oldest first; a company has tens of them, so there are no pages."""
    return list(User.objects.order_by("pk")[:1000])


def find_person(user_id: int) -> User:
    """One person; NotFound without them."""
    found = User.objects.filter(pk=user_id).first()
    if found is None:
        raise NotFound(_("There is no person with this id."), remedy=_("List the people to see their ids."))
    return found


def anybody() -> bool:
    """Whether anybody has an account yet; the first to sign up becomes the owner."""
    return User.objects.exists()


@needs("users:write")
@transaction.atomic
def create_person(
    email: str, password: str, *, role: Role, name: str = "", now: datetime, actor: str = "system"
) -> User:
    """Make an account without an invitation: for the command line and the demo."""
    user = User(email=checked_email(email), name=checked_name(name), role=checked_role(role), created_at=now)
    user.set_password(password)
    return added(user, now=now, actor=actor)


def added(user: User, *, now: datetime, actor: str) -> User:
    """Save a new account with its address, in the caller's transaction; Conflict where the e-mail is taken."""
    if User.objects.filter(email__iexact=user.email).exists():
        raise Conflict(
            _("Somebody with this e-mail already has an account."),
            remedy=_("Use another address, or change the person's role."),
            field="email",
        )
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    record_audit(actor, "created", f"user:{user.pk}", after={"email": user.email, "role": user.role}, now=now)
    return user


@needs("users:write")
@transaction.atomic
def change_person(
    user_id: int, changes: Mapping[str, Any], *, version: int | None = None, now: datetime, actor: str = "system"
) -> User:
    """Change somebody's role or name, disable or enable them. A new role, or being disabled, ends their sessions."""
    locked_company()
    user = find_person(user_id)
    refuse_stale(f"user:{user.pk}", seen=version, current=user.version)
    checked = {field: _CHECKS[field](value, now) for field, value in changes.items()}
    _check_reach(user, checked)
    changed = {field: value for field, value in checked.items() if _differs(user, field, value)}
    if not changed:
        return user
    before = {field: _shown(getattr(user, field)) for field in changed}
    for field, value in changed.items():
        setattr(user, field, value)
    _keep_an_owner(user)
    user.version += 1
    user.save(update_fields=[*changed, "version"])
    after = {field: _shown(value) for field, value in changed.items()} | {"version": user.version}
    record_audit(actor, "changed", f"user:{user.pk}", before=before, after=after, now=now)
    if {"role", "disabled_at"} & set(changed):
        end_sessions(user.pk)
    return user


@transaction.atomic
def change_self(user_id: int, changes: Mapping[str, str], *, now: datetime, actor: str) -> User:
    """Change one's own name, language, theme or time zone."""
    user = find_person(user_id)
    checked = {field: _OWN[field](value) for field, value in changes.items()}
    changed = {field: value for field, value in checked.items() if getattr(user, field) != value}
    if changed:
        before = {field: getattr(user, field) for field in changed}
        User.objects.filter(pk=user.pk).update(**changed)
        for field, value in changed.items():
            setattr(user, field, value)
        record_audit(actor, "changed", f"user:{user.pk}", before=before, after=changed, now=now)
    return user


def end_sessions(user_id: int, *, keep: str | None = None) -> int:
    """End this person's sessions, all but the one whose key is given; the number ended."""
    tracked = UserSession.objects.filter(user_id=user_id).exclude(session_key=keep or "")
    keys = list(tracked.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    tracked.delete()
    if keep is None:
        User.objects.filter(pk=user_id).update(session_epoch=F("session_epoch") + 1)
    return len(keys)


def checked_email(email: str) -> str:
    """The address in small letters; Invalid for what is none."""
    cleaned = email.strip().lower()
    try:
        validate_email(cleaned)
    except ValidationError:
        raise Invalid(
            _("This is not an e-mail address."), remedy=_("Write one such as ann@example.com."), field="email"
        ) from None
    return cleaned


def checked_role(role: str) -> Role:
    """The role; Invalid for a name that is none, Refused where the acting lacks what it would give."""
    if role not in ROLES:
        raise Invalid(
            _("There is no role of this name."),
            remedy=_("Choose among: %(names)s.") % {"names": ", ".join(ROLES)},
            field="role",
        )
    who = acting()
    if who is not None and not ROLES[cast(Role, role)] <= who.scopes:
        raise Refused(
            _("Nobody can give a role that allows more than they may do themselves."),
            remedy=_("Ask an owner to do it."),
        )
    return cast(Role, role)


def checked_name(name: str) -> str:
    """A person's name on one line; Invalid where it is none."""
    cleaned = name.strip()
    if len(cleaned) > 200 or not cleaned.isprintable():
        raise Invalid(_("A name has at most 200 characters on one line."), remedy=_("Shorten it."), field="name")
    return cleaned


def _disabled(value: bool, now: datetime) -> datetime | None:
    return now if value else None


def _differs(user: User, field: str, value: Any) -> bool:
    kept = getattr(user, field)
    return bool(kept) != bool(value) if field == "disabled_at" else kept != value


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _check_reach(user: User, changes: Mapping[str, Any]) -> None:
    who = acting()
    if who is None:
        return
    if not user.scopes <= who.scopes:
        raise Refused(_("Only an owner may change an owner."), remedy=_("Ask an owner to do it."))
    if user.pk == who.user_id and changes.get("disabled_at"):
        raise Conflict(_("You cannot disable your own account."), remedy=_("Ask another owner to do it."))


def _keep_an_owner(user: User) -> None:
    if user.role == "owner" and user.is_active:
        return
    others = User.objects.filter(role="owner", disabled_at=None).exclude(pk=user.pk)
    if User.objects.filter(pk=user.pk, role="owner", disabled_at=None).exists() and not others.exists():
        raise Conflict(
            _("This is the last owner; without one nobody could manage people and settings."),
            remedy=_("Make somebody else an owner first."),
        )


def _language(value: str) -> str:
    if value not in ("", *dict(settings.LANGUAGES)):
        raise Invalid(_("We do not speak this language yet."), remedy=_("Choose en or zh-hans."), field="language")
    return value


def _theme(value: str) -> str:
    if value not in THEMES:
        raise Invalid(_("There is no theme of this name."), remedy=", ".join(THEMES), field="theme")
    return value


def _timezone(value: str) -> str:
    if value and not is_timezone(value):
        raise Invalid(
            _("This is not a time zone."),
            remedy=_("Write a name of the IANA time zone database, such as Europe/Paris."),
            field="timezone",
        )
    return value


_CHECKS: Mapping[str, Any] = {
    "role": lambda value, now: checked_role(value),
    "name": lambda value, now: checked_name(value),
    "disabled_at": _disabled,
}
_OWN: Mapping[str, Any] = {"name": checked_name, "language": _language, "theme": _theme, "timezone": _timezone}
