"""Rules for passwords beyond Django's own."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 128


class MaximumLengthValidator:
    """Refuses passwords so long that hashing them would serve to keep the server busy."""

    def validate(self, password: str, user: object = None) -> None:
        """ValidationError above the limit."""
        if len(password) > LONGEST:
            raise ValidationError(
                _("This password is too long. It may have at most %(most)d characters.") % {"most": LONGEST},
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("Your password may have at most %(most)d characters.") % {"most": LONGEST}
