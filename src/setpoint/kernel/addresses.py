"""Addresses that are never called, whoever asks: those at which machines and clouds keep their own secrets."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

_METADATA = frozenset(
    map(
        ip_address,
        (
            "100.100.100.200",  # Alibaba Cloud
            "168.63.129.16",  # Azure
            "192.0.0.192",  # Oracle Cloud
            "fd00:ec2::254",  # Amazon
            "fd20:ce::254",  # Google
        ),
    )
)
"""Where clouds keep theirs outside of the link-local networks."""
_NAT64 = ip_network("64:ff9b::/96")


def plain(text: str) -> Address:
    """The address that is really reached: an IPv4 address out of the IPv6 form around it. ValueError for a name."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def keeps_secrets(address: Address) -> bool:
    """Whether it is link-local, a cloud's own, or none that one host alone answers at."""
    return address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA
