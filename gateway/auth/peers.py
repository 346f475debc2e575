"""Where a request comes from: the caller's address, and the certificate that it showed.

What a header says of either is believed only if the connection itself comes from a configured proxy; everybody else's
forwarding headers are as if they weren't there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.types import Scope

from gateway.settings import SeatSettings

TLS_EXTENSION: Final = "ledger.client_certificate"
_NOBODY: Final = "unknown"

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def peer_address(scope: Scope, settings: SeatSettings) -> str:
    """The caller's address: the connection's, or the last one in X-Forwarded-For that no trusted proxy has."""
    client = scope.get("client")
    direct = client[0] if client else _NOBODY
    if not settings.auth_trusted_proxies or not _trusted(direct, settings):
        return str(direct)
    found = str(direct)
    for text in reversed(_header(scope, b"x-forwarded-for").split(",")):
        address = _parsed(text.strip())
        if address is None:
            return found
        found = str(address)
        if not _trusted(found, settings):
            return found
    return found


def peer_key(address: str) -> str:
    """What an address is counted under: IPv6 by its /64, of which one caller has all addresses."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def certificate_of(scope: Scope, settings: SeatSettings) -> str | None:
    """SHA-256 (hex) of the client certificate that the connection, or a trusted proxy before it, has verified."""
    own = scope.get("extensions", {}).get(TLS_EXTENSION)
    if isinstance(own, bytes):
        return hashlib.sha256(own).hexdigest()
    client = scope.get("client")
    if settings.auth_certificate_header is None or not client or not _trusted(client[0], settings):
        return None
    values = [value for name, value in scope["headers"] if name == settings.auth_certificate_header.lower().encode()]
    return None if len(values) != 1 else _thumbprint(values[0].decode("latin-1"))


def base64url(thumbprint: str) -> str:
    """A thumbprint as tokens have it (RFC 8705)."""
    return base64.urlsafe_b64encode(bytes.fromhex(thumbprint)).decode().rstrip("=")


def _thumbprint(text: str) -> str | None:
    """Of a certificate as RFC 9440 has it (:base64:), or as percent-encoded PEM (nginx); None if it is neither."""
    try:
        if text.startswith(":") and text.endswith(":") and len(text) > 2:
            certificate = x509.load_der_x509_certificate(base64.b64decode(text[1:-1], validate=True))
        else:
            certificate = x509.load_pem_x509_certificate(unquote(text).encode())
    except (ValueError, binascii.Error):
        return None
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def _trusted(text: str, settings: SeatSettings) -> bool:
    address = _parsed(text)
    return address is not None and any(
        address.version == network.version and address in network for network in settings.auth_trusted_proxies
    )


def _parsed(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _header(scope: Scope, name: bytes) -> str:
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)
