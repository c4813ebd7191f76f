"""Signing and encryption with keys derived from the installation's secret.

Every purpose and every context has its own key (HKDF-SHA256, RFC 5869), so that a token made for one use is
worthless for another. Tokens are URL-safe text.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from setpoint.kernel.errors import Invalid, Unauthorised

_TAG_BYTES = 16
_NONCE_BYTES = 12


def sign(payload: bytes, purpose: str) -> str:
    """A token that carries the payload in the clear with an HMAC-SHA256 tag cut to 128 bits (RFC 2104, section 5)."""
    tag = hmac.digest(_key(settings.SECRET_KEY, f"sign:{purpose}"), payload, "sha256")[:_TAG_BYTES]
    return f"{_to_text(payload)}.{_to_text(tag)}"


def verify(token: str, purpose: str) -> bytes:
    """The payload of a token that `sign` made for this purpose; Unauthorised for every other text."""
    try:
        payload = _to_bytes(token.partition(".")[0])
    except (binascii.Error, ValueError):
        payload = b""
    # Comparing whole tokens, not tags, also refuses a second spelling of the same payload.
    if not hmac.compare_digest(sign(payload, purpose).encode(), token.encode("utf-8", "replace")):
        raise Unauthorised(
            _("This link or token is not one we made, or it was changed on its way."),
            remedy=_("Use the link exactly as it was sent."),
        )
    return payload


def encrypt(text: str, *, context: str) -> str:
    """Ciphertext of a secret: AES-256-GCM under a random nonce, bound to `context` ("channel:12")."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_key(settings.SECRET_KEY, "encrypt")).encrypt(nonce, text.encode(), context.encode())
    return f"v1.{_to_text(nonce + sealed)}"


def decrypt(token: str, *, context: str) -> str:
    """The secret inside a token of `encrypt`; Invalid when token, context or the installation's secret differ."""
    version, _dot, body = token.partition(".")
    try:
        sealed = _to_bytes(body) if version == "v1" else b""
        cipher = AESGCM(_key(settings.SECRET_KEY, "encrypt"))
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError):
        raise Invalid(
            _("A stored secret could not be decrypted: it was changed, moved, or written under another secret key."),
            remedy=_("Restore the secret key of this installation, or enter the secret again."),
        ) from None


@lru_cache(maxsize=256)
def _key(secret: str, info: str) -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"setpoint:{info}".encode())
    return derivation.derive(secret.encode())


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _to_bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
