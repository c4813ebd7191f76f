from __future__ import annotations

import pytest

from setpoint.kernel.addresses import keeps_secrets, plain


@pytest.mark.parametrize(
    "text",
    [
        "169.254.169.254",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "100.100.100.200",
        "fd00:ec2::254",
        "0.0.0.0",
        "::",
        "224.0.0.1",
    ],
)
def test_where_machines_keep_their_secrets_in_whatever_form(text: str) -> None:
    assert keeps_secrets(plain(text))


@pytest.mark.parametrize("text", ["203.0.113.7", "10.0.0.8", "2a00:1450::8", "::1", "64:ff9b::cb00:7107"])
def test_other_addresses_keep_none(text: str) -> None:
    assert not keeps_secrets(plain(text))


def test_a_name_is_no_address() -> None:
    with pytest.raises(ValueError, match="tea"):
        plain("tea.example")
