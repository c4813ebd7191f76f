"""The second factor: codes from an app (TOTP), and recovery codes for when the phone is gone."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import get_totp_secret

from setpoint.governance.company import company
from setpoint.governance.models import User
from setpoint.governance.secrecy import decrypt, encrypt

_CONTEXT = "second-factor"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets lie encrypted in the database; the app shows the company's name."""

    def encrypt(self, text: str) -> str:
        """Ciphertext of a TOTP secret or of the seed of the recovery codes."""
        return encrypt(text, context=_CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return decrypt(encrypted_text, context=_CONTEXT)

    def get_totp_issuer(self) -> str:
        """The name over the code in the app."""
        return f"Setpoint {company().name}"


def picture_of_secret(user: User) -> str:
    """The secret that this session was offered, as a QR code in SVG, for an app's camera."""
    adapter = SecondFactorAdapter()
    return str(adapter.build_totp_svg(adapter.build_totp_url(user, get_totp_secret())))


def has_second_factor(user_id: int | None) -> bool:
    """Whether this person signs in with a second factor."""
    return bool(Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP).exists())


def with_second_factor(user_ids: Iterable[int]) -> set[int]:
    """Those among these people who sign in with a second factor."""
    found = Authenticator.objects.filter(user_id__in=list(user_ids), type=Authenticator.Type.TOTP)
    return set(found.values_list("user_id", flat=True))
