"""How signing up, in and out behaves here: our rules for allauth.

Sign-up is open to the very first person, who becomes the owner, and to those who hold an invitation.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.base.response import ForbiddenResponse
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone, translation

from setpoint.governance.acting import acting_as
from setpoint.governance.audit import record_audit
from setpoint.governance.company import company, locked_company
from setpoint.governance.invitations import any_open, open_invitation
from setpoint.governance.known_devices import tries_of, welcome
from setpoint.governance.mail import send_aside
from setpoint.governance.models import CachedValue, Invitation, User
from setpoint.governance.origin import origin_of
from setpoint.governance.people import anybody
from setpoint.governance.sessions import STARTED
from setpoint.governance.types import Acting
from setpoint.kernel import clock
from setpoint.kernel.errors import SetpointError


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Who may sign up, what is remembered of it, and how mail goes out."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Open to the first person, and while an invitation waits."""
        return not anybody() or any_open()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Save the new person: the first as owner, others in the role of their invitation; one at a time."""
        with transaction.atomic():
            locked_company()
            invited = _invited(request, form.cleaned_data.get("invitation", "")) if anybody() else None
            user.role = invited.role if invited else "owner"
            user.name = form.cleaned_data["name"]
            user.language = form.cleaned_data["language"]
            user.created_at = timezone.now()
            super().save_user(request, user, form, commit)
            _accept(invited)
            record_own(request, user, "signed up", {"email": user.email, "role": user.role})
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Open the session; its absolute limit starts now."""
        _sweep()
        request.session.pop(STARTED, None)
        super().login(request, user)
        welcome(request, user.email)
        record_own(request, user, "signed in")

    def logout(self, request: HttpRequest) -> None:
        """End the session."""
        if isinstance(request.user, User):
            record_own(request, request.user, "signed out")
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password, for the audit trail: whose, where they have an account."""
        email = str(credentials.get("email", "")).lower()[:200]
        user = User.objects.filter(email=email).first()
        subject = f"user:{user.pk}" if user else "user:unknown"
        _record_as(request, "nobody", "failed to sign in", subject)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's own key holds the host that the request names: each new port would bring five new tries.
        return tries_of(request, str(credentials.get("email", "")).lower())

    def set_password(self, user: User, password: str) -> None:
        """Keep the new password's hash; sessions opened with the old one no longer match."""
        super().set_password(user, password)
        if self.request is not None:
            record_own(self.request, user, "changed password")

    def send_notification_mail(self, template_prefix: str, user: User, context: Any = None, email: Any = None) -> None:
        """Tell the person by mail that their account's protection changed, where mail is set up."""
        if settings.SETPOINT_MAIL:
            super().send_notification_mail(template_prefix, user, context, email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail now, hand it over aside: the answer takes as long whether an account exists or not."""
        if not settings.SETPOINT_MAIL:
            return
        shown = context | {"request": self.request, "email": email, "company": company()}
        language = getattr(context.get("user"), "language", "") or company().language
        with translation.override(language):
            message = self.render_mail(template_prefix, email, shown)
        send_aside(message)


def _invited(request: HttpRequest, token: str) -> Invitation:
    """The invitation; the same answer as at the door where another was quicker: the first person, or the same link."""
    try:
        return open_invitation(token)
    except SetpointError:
        raise ImmediateHttpResponse(ForbiddenResponse(request)) from None


def _sweep() -> None:
    """Take away what has expired, a few rows at each sign-in."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    CachedValue.objects.filter(expires__lt=now).delete()


def _accept(invited: Invitation | None) -> None:
    if invited is not None:
        invited.accepted_at = timezone.now()
        invited.save(update_fields=["accepted_at"])


def record_own(request: HttpRequest, user: User, verb: str, after: Any = None) -> None:
    """An entry of the audit trail about what a person did to their own account."""
    _record_as(request, user.actor, verb, f"user:{user.pk}", after)


def _record_as(request: HttpRequest, actor: str, verb: str, subject: str, after: Any = None) -> None:
    with acting_as(Acting(actor, frozenset(), origin_of(request))):
        record_audit(actor, verb, subject, after=after, now=clock.now())
