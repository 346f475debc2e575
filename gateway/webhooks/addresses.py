"""To which addresses a webhook may be delivered: none inside the seat's own networks, whatever way they are written.

Pure. An address of IPv6 that carries one of IPv4 is judged by that one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
_REFUSED: tuple[Network, ...] = (
    IPv4Network("168.63.129.16/32"),  # a cloud's host agent, on a public address
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv6Network("64:ff9b:1::/48"),  # NAT64 to whatever the operator chose
    IPv6Network("2002::/16"),  # 6to4: leads to any IPv4 address
    IPv6Network("2001::/32"),  # Teredo: the same
    IPv6Network("::/96"),  # IPv4-compatible, the unspecified and the loopback address
    IPv6Network("3fff::/20"),  # documentation
    IPv6Network("5f00::/16"),  # segment routing
    IPv6Network("fec0::/10"),  # site-local
)


def refusal(text: str, allowed: Sequence[Network] = ()) -> str | None:
    """Why nothing is delivered to the address; None if it may be. allowed: private networks that are open."""
    try:
        address = plain(text)
    except ValueError:
        return f"{text!r} is no address"
    if any(address.version == network.version and address in network for network in allowed):
        return None
    public = address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
    if public and not any(address.version == network.version and address in network for network in _REFUSED):
        return None
    return f"{address} is not a public address"


def is_open(text: str, allowed: Sequence[Network]) -> bool:
    """Whether the address lies in one of the `allowed` private networks."""
    try:
        address = plain(text)
    except ValueError:
        return False
    return any(address.version == network.version and address in network for network in allowed)


def plain(text: str) -> Address:
    """The address as it is reached: of IPv4 if an address of IPv6 stands for one. Raises ValueError."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
