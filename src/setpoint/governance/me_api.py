"""The signed-in person over HTTP: who they are, what their pages remember, where they are signed in, their notices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import Field, Path, Query, Router, Schema
from pydantic import ConfigDict, JsonValue

from setpoint.governance import services
from setpoint.governance.auth import ErrorOut, actor_of, require_person
from setpoint.governance.models import User
from setpoint.governance.sessions import SessionStore
from setpoint.governance.types import NoticeKind, Role
from setpoint.kernel import clock

router = Router(tags=["Me"])
Id = Annotated[int, Path(ge=1, le=2**53)]
Key = Annotated[str, Path(max_length=100)]
ME = require_person()
ERRORS = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut}
Theme = Literal["system", "light", "dark"]
Language = Literal["", "en", "zh-hans"]


class FrontOut(Schema):
    """What the pages before sign-in need to know."""

    company: str
    brand_colour: str
    logo: bool
    language: str
    first_run: bool = Field(description="Nobody has an account yet; whoever signs up becomes the owner.")
    mail: bool = Field(description="Whether a forgotten password can be reset by mail.")
    signed_in: bool


class JoinOut(Schema):
    """An invitation as the invited person sees it."""

    company: str
    email: str
    role: Role
    invited_by: str
    expires_at: datetime


class CompanyFrameOut(Schema):
    """What every page needs to know of the company."""

    name: str
    currency: str
    timezone: str
    language: str
    brand_colour: str
    logo: bool


class MeOut(Schema):
    """The signed-in person, what they may do, and what every page needs to know."""

    id: int
    email: str
    name: str
    role: Role
    scopes: list[str]
    language: Language
    theme: Theme
    timezone: str
    second_factor: bool
    second_factor_required: bool
    mail: bool = Field(description="Whether system mail is set up.")
    company: CompanyFrameOut
    now: datetime = Field(description="The product's time; simulated in the demo.")
    simulated: bool
    session_ends_at: datetime = Field(
        description="When the session ends if nobody does anything, by the machine's time."
    )
    session_ends_latest_at: datetime
    idle_minutes: int
    unread_notices: int


class MeIn(Schema):
    """Changes to oneself; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=200)
    language: Language | None = None
    theme: Theme | None = None
    timezone: str | None = Field(default=None, max_length=64)


class PreferenceOut(Schema):
    """What is kept under a key; null where nothing is."""

    value: JsonValue = None


class SessionOut(Schema):
    """A place where the person is signed in."""

    id: int
    device: str
    address: str
    started_at: datetime
    last_active_at: datetime
    ends_at: datetime
    is_current: bool


class EndedOut(Schema):
    """How many sessions ended."""

    ended: int


class NoticeOut(Schema):
    """Something that happened. `data` holds the names and numbers of the sentence that the page makes of it."""

    id: int
    kind: NoticeKind
    subject: str
    data: dict[str, JsonValue]
    at: datetime
    unread: bool


class NoticesOut(Schema):
    """Notices, newest first."""

    items: list[NoticeOut]
    next: int | None = None
    unread: int = Field(description="Counted up to 99.")


@router.get("/front", auth=None, response=FrontOut, summary="Before signing in")
def front(request: HttpRequest) -> FrontOut:
    """Whose Setpoint this is, and whether somebody has to sign up first. Sets the cookie against cross-site requests."""
    get_token(request)
    record = services.company()
    return FrontOut(
        company=record.name,
        brand_colour=record.brand_colour,
        logo=bool(record.logo),
        language=record.language,
        first_run=not services.anybody(),
        mail=bool(settings.SETPOINT_MAIL),
        signed_in=request.user.is_authenticated,
    )


@router.get("/join/{token}", auth=None, response={200: JoinOut, 400: ErrorOut}, summary="Look at an invitation")
def look_at_invitation(request: HttpRequest, token: Annotated[str, Path(max_length=200)]) -> JoinOut:
    """Who invited whom, in which role."""
    found = services.open_invitation(token)
    kept = ("email", "role", "invited_by", "expires_at")
    shown = {name: getattr(found, name) for name in kept}
    shown["invited_by"] = found.invited_by.partition(" ")[2]
    return JoinOut(company=services.company().name, **shown)


@router.get("/me", auth=ME, response={200: MeOut, **ERRORS}, summary="Who I am")
def me(request: HttpRequest) -> MeOut:
    """The signed-in person, what they may do, the company's frame, and when the session ends."""
    return _me(request, _user(request))


@router.patch("/me", auth=ME, response={200: MeOut, **ERRORS}, summary="Change myself")
def change_me(request: HttpRequest, payload: MeIn) -> MeOut:
    """Change one's own name, language, theme or time zone."""
    changes = payload.dict(exclude_none=True)
    user = services.change_self(_user(request).pk, changes, now=clock.now(), actor=actor_of(request))
    return _me(request, user)


@router.get("/me/second-factor.svg", auth=ME, response={200: None, **ERRORS}, summary="The secret as a QR code")
def second_factor_picture(request: HttpRequest) -> HttpResponse:
    """The secret that `/api/auth/authenticators/totp` offered this session, as a picture for an app's camera."""
    return HttpResponse(services.picture_of_secret(_user(request)), content_type="image/svg+xml")


@router.get("/me/preferences/{key}", auth=ME, response={200: PreferenceOut, **ERRORS}, summary="What a page remembers")
def get_preference(request: HttpRequest, key: Key) -> PreferenceOut:
    """What is kept under a key."""
    return PreferenceOut(value=services.preference(_user(request).pk, key))


@router.put(
    "/me/preferences/{key}",
    auth=ME,
    response={200: PreferenceOut, 409: ErrorOut, 413: ErrorOut, **ERRORS},
    summary="Remember something for a page",
)
def put_preference(request: HttpRequest, key: Key, payload: PreferenceOut) -> PreferenceOut:
    """Keep a JSON value of at most 32 kB under a key; null forgets it."""
    return PreferenceOut(value=services.keep_preference(_user(request).pk, key, payload.value))


@router.get("/sessions", auth=ME, response={200: list[SessionOut], **ERRORS}, summary="Where I am signed in")
def list_sessions(request: HttpRequest) -> list[services.Device]:
    """One's own living sessions, the latest used first."""
    return services.list_devices(_user(request).pk, current=request.session.session_key)


@router.delete("/sessions/{int:session_id}", auth=ME, response={200: EndedOut, 404: ErrorOut, **ERRORS})
def end_session(request: HttpRequest, session_id: Id) -> EndedOut:
    """End one of one's own sessions."""
    services.end_device(_user(request).pk, session_id, now=clock.now(), actor=actor_of(request))
    return EndedOut(ended=1)


@router.post("/sessions/end-others", auth=ME, response={200: EndedOut, **ERRORS})
def end_other_sessions(request: HttpRequest) -> EndedOut:
    """End all one's own sessions but this one."""
    keep = request.session.session_key or ""
    ended = services.end_other_devices(_user(request).pk, keep=keep, now=clock.now(), actor=actor_of(request))
    return EndedOut(ended=ended)


@router.get("/notices", auth=ME, response={200: NoticesOut, **ERRORS}, summary="Notices")
def list_notices(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, le=2**53, description="Show what is older than this notice.")] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> NoticesOut:
    """What happened while nobody looked, newest first, as far as one's role may see it."""
    user = _user(request)
    since = user.notices_read_at or user.created_at
    found = services.list_notices(user, after=after, limit=limit)
    kept = ("id", "kind", "subject", "data", "at")
    items = [
        NoticeOut(**{name: getattr(notice, name) for name in kept}, unread=notice.made_at > since) for notice in found
    ]
    more = found[-1].pk if len(found) == limit else None
    return NoticesOut(items=items, next=more, unread=services.unread(user))


@router.post("/notices/read", auth=ME, response={200: NoticesOut, **ERRORS}, summary="Take all notices as read")
def read_notices(request: HttpRequest) -> NoticesOut:
    """Take all notices as read."""
    services.read_notices(_user(request))
    return NoticesOut(items=[], unread=0)


def _user(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise TypeError("a route with require_person() has a person")
    return user


def _me(request: HttpRequest, user: User) -> MeOut:
    record, session = services.company(), request.session
    if not isinstance(session, SessionStore):
        raise TypeError("SESSION_ENGINE is not ours")
    kept = ("id", "email", "name", "role", "language", "theme", "timezone")
    known: dict[str, Any] = {name: getattr(user, name) for name in kept}
    frame = ("name", "currency", "timezone", "language", "brand_colour")
    return MeOut(
        **known,
        scopes=sorted(user.scopes),
        second_factor=services.has_second_factor(user.pk),
        second_factor_required=record.second_factor_required,
        mail=bool(settings.SETPOINT_MAIL),
        company=CompanyFrameOut(**{name: getattr(record, name) for name in frame}, logo=bool(record.logo)),
        now=clock.now(),
        simulated=clock.is_simulated(),
        session_ends_at=session.coming_end(is_active=request.headers.get("X-Setpoint-Active") == "1"),
        session_ends_latest_at=session.last_end(),
        idle_minutes=settings.SETPOINT_IDLE_MINUTES,
        unread_notices=services.unread(user),
    )
