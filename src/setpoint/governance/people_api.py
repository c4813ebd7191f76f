"""People, roles and invitations over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Field, Path, Router, Schema
from pydantic import ConfigDict

from setpoint.governance import services
from setpoint.governance.auth import ErrorOut, actor_of, require
from setpoint.governance.listing import csv_file
from setpoint.governance.models import Invitation, User
from setpoint.governance.types import ROLES, SCOPES, Role
from setpoint.kernel import clock

router = Router(tags=["Governance"])
Id = Annotated[int, Path(ge=1, le=2**53)]
READ, WRITE = require("users:read"), require("users:write")
ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
COLUMNS = ("id", "email", "name", "role", "second_factor", "last_login", "created_at", "disabled_at")


class ScopeOut(Schema):
    """One thing that may be allowed."""

    name: str
    meaning: str


class RoleOut(Schema):
    """A role and what it allows."""

    name: Role
    scopes: list[str]


class MatrixOut(Schema):
    """What each role may do: the matrix that the API and the services hold to."""

    scopes: list[ScopeOut]
    roles: list[RoleOut]


class UserOut(Schema):
    """A person with an account."""

    id: int
    email: str
    name: str
    role: Role
    second_factor: bool
    created_at: datetime
    last_login: datetime | None = None
    disabled_at: datetime | None = None
    version: int


class UsersOut(Schema):
    """Everybody with an account, oldest first."""

    items: list[UserOut]
    next: int | None = None
    total: int


class UserIn(Schema):
    """Changes to a person; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(default=None, description="The version that was seen; refused when it was replaced.")
    role: Role | None = None
    name: str | None = Field(default=None, max_length=200)
    disabled: bool | None = Field(default=None, description="True ends all sessions and keeps the person out.")


class InvitationIn(Schema):
    """Whom to invite, in which role."""

    email: str = Field(max_length=254)
    role: Role


class InvitationOut(Schema):
    """An invitation that can still be accepted, with the link to hand over."""

    id: int
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime
    link: str
    mailed: bool = Field(description="Whether system mail is set up, so that the link went out by mail.")


class LinkOut(Schema):
    """A link that lets a person back in; shown once."""

    link: str


@router.get("/roles", auth=require("settings:read"), response={200: MatrixOut, 401: ErrorOut, 403: ErrorOut})
def list_roles(request: HttpRequest) -> MatrixOut:
    """Every role with the scopes it allows."""
    return MatrixOut(
        scopes=[ScopeOut(name=name, meaning=_(meaning)) for name, meaning in SCOPES.items()],
        roles=[RoleOut(name=name, scopes=sorted(scopes)) for name, scopes in ROLES.items()],
    )


@router.get("/users", auth=READ, response={200: UsersOut, 401: ErrorOut, 403: ErrorOut})
def list_users(request: HttpRequest) -> UsersOut:
    """Everybody with an account, oldest first; the disabled included."""
    people = _shown(services.list_people())
    return UsersOut(items=people, total=len(people))


@router.get("/users/export", auth=READ, response={200: None, 401: ErrorOut, 403: ErrorOut})
def export_users(request: HttpRequest) -> HttpResponseBase:
    """Everybody with an account as CSV."""
    return csv_file(request, "people", COLUMNS, _rows(), now=clock.now())


@router.get("/users/{user_id}", auth=READ, response={200: UserOut, **ERRORS})
def show_user(request: HttpRequest, user_id: Id) -> UserOut:
    """One person."""
    return _shown([services.find_person(user_id)])[0]


@router.patch("/users/{user_id}", auth=WRITE, response={200: UserOut, **ERRORS})
def change_user(request: HttpRequest, user_id: Id, payload: UserIn) -> UserOut:
    """Change a role or name, disable or enable. A new role, or being disabled, ends the person's sessions."""
    changes = payload.dict(exclude_none=True, exclude={"version"})
    if "disabled" in changes:
        changes["disabled_at"] = changes.pop("disabled")
    user = services.change_person(user_id, changes, version=payload.version, now=clock.now(), actor=actor_of(request))
    return _shown([user])[0]


@router.post("/users/{user_id}/reset-link", auth=WRITE, response={200: LinkOut, **ERRORS})
def make_reset_link(request: HttpRequest, user_id: Id) -> LinkOut:
    """A link, good for an hour, with which the person chooses a new password."""
    return LinkOut(link=services.reset_link(user_id, now=clock.now(), actor=actor_of(request)))


@router.delete("/users/{user_id}/second-factor", auth=WRITE, response={200: UserOut, **ERRORS})
def remove_second_factor(request: HttpRequest, user_id: Id) -> UserOut:
    """Take away a second factor that was lost, and end the person's sessions."""
    return _shown([services.forget_second_factor(user_id, now=clock.now(), actor=actor_of(request))])[0]


@router.get("/invitations", auth=READ, response={200: list[InvitationOut], 401: ErrorOut, 403: ErrorOut})
def list_invitations(request: HttpRequest) -> list[InvitationOut]:
    """Invitations that can still be accepted, newest first. Links are shown to those who may invite."""
    may_see = "users:write" in request.auth.scopes  # type: ignore[attr-defined]
    return [_invitation(found, with_link=may_see) for found in services.list_invitations()]


@router.post("/invitations", auth=WRITE, response={201: InvitationOut, **ERRORS})
def create_invitation(request: HttpRequest, payload: InvitationIn) -> tuple[int, InvitationOut]:
    """Invite somebody. The link is good for seven days and one account; it is mailed where mail is set up."""
    made = services.invite(payload.email, payload.role, now=clock.now(), actor=actor_of(request))
    services.mail_invitation(made)
    return 201, _invitation(made, with_link=True)


@router.delete("/invitations/{invitation_id}", auth=WRITE, response={200: InvitationOut, **ERRORS})
def revoke_invitation(request: HttpRequest, invitation_id: Id) -> InvitationOut:
    """Take an invitation back; its link opens nothing any more."""
    revoked = services.revoke_invitation(invitation_id, now=clock.now(), actor=actor_of(request))
    return _invitation(revoked, with_link=False)


def _shown(people: list[User]) -> list[UserOut]:
    protected = services.with_second_factor(user.pk for user in people)
    kept = ("id", "email", "name", "role", "created_at", "last_login", "disabled_at", "version")
    return [
        UserOut(**{name: getattr(user, name) for name in kept}, second_factor=user.pk in protected) for user in people
    ]


def _rows() -> Iterator[list[object]]:
    for person in _shown(services.list_people()):
        yield [getattr(person, name) for name in COLUMNS]


def _invitation(found: Invitation, *, with_link: bool) -> InvitationOut:
    kept = ("id", "email", "role", "invited_by", "created_at", "expires_at")
    shown = {name: getattr(found, name) for name in kept}
    return InvitationOut(
        **shown, link=services.link_of(found) if with_link else "", mailed=bool(settings.SETPOINT_MAIL)
    )
