"""HTTP over TLS with the client's certificate handed to the application, which uvicorn itself doesn't do.

The certificate was verified by OpenSSL against `tls_client_ca` before the first byte of a request.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.auth.peers import TLS_EXTENSION
from gateway.settings import SeatSettings


class CertificateProtocol(HttpToolsProtocol):
    """Puts the peer's certificate (DER) into the scope's extensions."""

    _certificate: bytes | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remembers the connection's certificate."""
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        if isinstance(connection, ssl.SSLObject | ssl.SSLSocket):
            self._certificate = connection.getpeercert(binary_form=True)

    def on_message_begin(self) -> None:
        """Starts a request's scope."""
        super().on_message_begin()
        if self._certificate is not None:
            cast(dict[str, Any], self.scope).setdefault("extensions", {})[TLS_EXTENSION] = self._certificate


def uvicorn_options(settings: SeatSettings) -> dict[str, Any]:
    """What `uvicorn.Config` needs to serve over TLS as the settings have it; nothing without a certificate."""
    if settings.tls_certificate is None:
        return {}
    options: dict[str, Any] = {
        "ssl_certfile": str(settings.tls_certificate),
        "ssl_keyfile": None if settings.tls_key is None else str(settings.tls_key),
    }
    if settings.tls_client_ca is not None:
        options |= {
            "ssl_ca_certs": str(settings.tls_client_ca),
            "ssl_cert_reqs": int(ssl.CERT_OPTIONAL),
            "http": CertificateProtocol,
        }
    return options
