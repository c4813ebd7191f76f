"""Ways back in, made by somebody who may: links to choose a new password or to sign in once, and a lost second factor."""

from __future__ import annotations

from datetime import datetime

from allauth.account import app_settings
from allauth.account.utils import url_str_to_user_pk, user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from setpoint.governance.acting import acting, needs
from setpoint.governance.audit import record_audit
from setpoint.governance.models import User
from setpoint.governance.people import end_sessions, find_person
from setpoint.kernel.errors import Invalid, NotFound, Refused


class SignInTokens(PasswordResetTokenGenerator):
    """Tokens that sign a person in once, within an hour: the first sign-in makes every earlier token worthless."""

    key_salt = "setpoint.governance.sign-in"


def person_by_email(email: str) -> User:
    """The person with this e-mail; NotFound without them."""
    found = User.objects.filter(email__iexact=email.strip()).first()
    if found is None:
        raise NotFound(_("Nobody has an account with this e-mail."), remedy=_("Check the address."), field="email")
    return found


@needs("users:write")
@transaction.atomic
def reset_link(user_id: int, *, now: datetime, actor: str = "system") -> str:
    """An address at which this person may choose a new password, once, within an hour."""
    user = _within_reach(user_id)
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    record_audit(actor, "made a reset link", f"user:{user.pk}", now=now)
    return _address(f"reset-password/{user_pk_to_url_str(user)}-{token}")


@needs("users:write")
@transaction.atomic
def sign_in_link(user_id: int, *, now: datetime, actor: str = "system") -> str:
    """An address that signs this person in once, within an hour; a second factor is still asked for."""
    user = _within_reach(user_id)
    record_audit(actor, "made a sign-in link", f"user:{user.pk}", now=now)
    return _address(f"enter/{user_pk_to_url_str(user)}-{SignInTokens().make_token(user)}")


def person_of_link(token: str) -> User:
    """Whom a sign-in link signs in; Invalid when it is forged, used or old."""
    head, _dash, tail = token.partition("-")
    try:
        user = User.objects.filter(pk=url_str_to_user_pk(head), disabled_at=None).first()
    except (ValidationError, ValueError, OverflowError):
        user = None
    if user is None or not SignInTokens().check_token(user, tail):
        raise Invalid(_("This link was used or has expired."), remedy=_("Sign in with your password."), field="token")
    return user


@needs("users:write")
@transaction.atomic
def forget_second_factor(user_id: int, *, now: datetime, actor: str = "system") -> User:
    """Take a lost second factor away, so that the password alone signs in; ends the person's sessions."""
    user = _within_reach(user_id)
    removed, _each = Authenticator.objects.filter(user_id=user.pk).delete()
    if removed:
        record_audit(actor, "removed second factor", f"user:{user.pk}", now=now)
        end_sessions(user.pk)
    return user


def _within_reach(user_id: int) -> User:
    user = find_person(user_id)
    who = acting()
    if who is not None and not user.scopes <= who.scopes:
        raise Refused(_("Only an owner may change an owner."), remedy=_("Ask an owner to do it."))
    return user


def _address(path: str) -> str:
    return f"{settings.SETPOINT_BASE_URL.rstrip('/')}/{path}"
