"""The sign-up form's own fields. Apart from everything else, because allauth loads them while it loads itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest


class SignUpFields(forms.Form):
    """What we ask beside e-mail and password."""

    name = forms.RegexField(r"^[^\x00-\x1f\x7f]*$", max_length=200, required=False)
    invitation = forms.CharField(max_length=400, required=False)
    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)

    def clean(self) -> dict[str, Any]:
        """The password once more, now that it can be compared with name and e-mail."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        about = get_user_model()(email=given.get("email", ""), name=given.get("name", ""))
        try:
            validate_password(given.get("password", ""), about)
        except ValidationError as error:
            if "password" in given:
                self.add_error("password", error)
        return given

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Nothing is left to do: the adapter saved the person whole."""
