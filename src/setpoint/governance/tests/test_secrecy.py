"""Tokens and ciphertexts hold, and nothing else passes for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.governance.services import decrypt, encrypt, sign, verify
from setpoint.kernel.errors import Invalid, Unauthorised


@given(payload=st.binary(max_size=200), purpose=st.text(max_size=20))
def test_verify_returns_what_was_signed(payload: bytes, purpose: str) -> None:
    assert verify(sign(payload, purpose), purpose) == payload


@given(payload=st.binary(max_size=60), data=st.data())
def test_any_changed_character_is_refused(payload: bytes, data: st.DataObject) -> None:
    token = sign(payload, "click")
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda c: c != token[place]))
    with pytest.raises(Unauthorised):
        verify(token[:place] + other + token[place + 1 :], "click")


@given(text=st.text(max_size=60))
def test_text_that_we_did_not_sign_is_refused(text: str) -> None:
    with pytest.raises(Unauthorised):
        verify(text, "click")


def test_a_token_of_one_purpose_is_worthless_for_another() -> None:
    with pytest.raises(Unauthorised):
        verify(sign(b"12", "open"), "click")


def test_a_token_of_another_installation_is_refused(settings) -> None:
    token = sign(b"12", "open")
    settings.SECRET_KEY = "another secret that is long enough for anything"
    with pytest.raises(Unauthorised):
        verify(token, "open")


@given(text=st.text(max_size=200), context=st.text(max_size=20))
def test_decrypt_returns_what_was_encrypted(text: str, context: str) -> None:
    token = encrypt(text, context=context)
    assert decrypt(token, context=context) == text
    assert encrypt(text, context=context) != token


@given(place=st.integers(0, 50), other=st.sampled_from("Aa0_-.é"))
def test_a_changed_ciphertext_is_refused(place: int, other: str) -> None:
    token = encrypt("password", context="channel:1")
    if token[place] == other:
        other = "z"
    with pytest.raises(Invalid):
        decrypt(token[:place] + other + token[place + 1 :], context="channel:1")


def test_a_ciphertext_cannot_be_moved_to_another_record() -> None:
    with pytest.raises(Invalid):
        decrypt(encrypt("password", context="channel:1"), context="channel:2")
