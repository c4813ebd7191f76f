"""Tables of governance: the company, people, invitations, API keys, the audit trail."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from setpoint.governance.types import ROLES, Role


class Company(models.Model):
    """The one company that this installation works for. Always the row with id 1."""

    name = models.CharField(max_length=200, default="My company")
    currency = models.CharField(max_length=3, default="EUR")
    timezone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=16, default="en")
    physical_address = models.TextField(default="", blank=True)
    from_name = models.CharField(max_length=200, default="", blank=True)
    brand_colour = models.CharField(max_length=7, default="#1668DC")
    quiet_start = models.CharField(max_length=5, default="", blank=True)
    quiet_end = models.CharField(max_length=5, default="", blank=True)
    logo = models.TextField(default="", blank=True)
    second_factor_required = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="governance_one_company")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail, whatever its capitals."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The person with this e-mail."""
        return self.get(email__iexact=username or "")


class User(AbstractBaseUser):
    """A person who signs in. The role says what they may do; a change of role, password or state ends their sessions."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, default="", blank=True)
    role = models.CharField(max_length=16, default="analyst")
    language = models.CharField(max_length=16, default="", blank=True)
    theme = models.CharField(max_length=8, default="system")
    timezone = models.CharField(max_length=64, default="", blank=True)
    notices_read_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    session_epoch = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=list(ROLES)), name="governance_user_role"),
            models.CheckConstraint(
                condition=models.Q(theme__in=["system", "light", "dark"]), name="governance_user_theme"
            ),
            models.UniqueConstraint(Lower("email"), name="governance_user_email"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether this person may sign in."""
        return self.disabled_at is None

    @property
    def scopes(self) -> frozenset[str]:
        """What this person's role allows."""
        return ROLES[cast(Role, self.role)]

    @property
    def actor(self) -> str:
        """How the audit trail names this person."""
        return f"user:{self.pk} {self.email}"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must match to live; all that may end a session from afar is in it."""
        bound = f"{self.password}:{self.role}:{self.disabled_at}:{self.session_epoch}"
        named: dict[str, Any] = {"secret": secret, "algorithm": "sha256"}
        return salted_hmac("setpoint.governance.session", bound, **named).hexdigest()


class Invitation(models.Model):
    """Leave to sign up once, with this e-mail and this role, until it expires."""

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16)
    invited_by = models.CharField(max_length=250)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=list(ROLES)), name="governance_invitation_role")
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"


class Preference(models.Model):
    """Something a person's pages remember: saved views, columns, dismissed hints."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    key = models.CharField(max_length=100)
    value = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="governance_preference_key")]

    def __str__(self) -> str:
        return self.key


class Notice(models.Model):
    """Something that happened which people want to know; the page words it from kind and data."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=250)
    data = models.JSONField(default=dict)
    scope = models.CharField(max_length=40, default="")
    at = models.DateTimeField()
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["scope", "id"], name="governance_notice_scope")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class CachedValue(models.Model):
    """The cache that all processes share (Django's DatabaseCache writes it): tries to sign in are counted here."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "governance_cache"

    def __str__(self) -> str:
        return self.cache_key


class ApiKey(models.Model):
    """A credential of a program. Only the hash and the first characters are kept."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, default="api")
    prefix = models.CharField(max_length=12)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["api", "write"]), name="governance_api_key_kind")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}...)"


class AppendOnly(models.QuerySet["AuditEntry"]):
    """Rows that can be added and read; nothing else."""

    def update(self, **kwargs: Any) -> int:
        """Refused."""
        raise TypeError(ONLY_ADDED)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused."""
        raise TypeError(ONLY_ADDED)


ONLY_ADDED = "rows of the audit trail are only ever added"


class AuditEntry(models.Model):
    """One change that somebody made. Rows are only ever added; the database holds to that by triggers as well."""

    actor = models.CharField(max_length=250)
    verb = models.CharField(max_length=100)
    subject = models.CharField(max_length=250)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    at = models.DateTimeField()
    origin = models.CharField(max_length=120, default="", blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"], name="governance_audit_subject"),
            models.Index(fields=["actor", "id"], name="governance_audit_actor"),
            models.Index(fields=["verb", "id"], name="governance_audit_verb"),
            models.Index(fields=["at", "id"], name="governance_audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; refused for a row that is there already."""
        if not self._state.adding:
            raise TypeError(ONLY_ADDED)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused."""
        raise TypeError(ONLY_ADDED)
