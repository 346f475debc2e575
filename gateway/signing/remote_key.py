"""A key at a remote signer with the API of Web3Signer (documented there as "ETH1 Signing": /api/v1/eth1/sign).

The signer gets the unsigned transaction and hashes it itself. Nothing that it answers is believed: only 65 bytes that
are this key's signature over exactly these bytes are used.
"""

from __future__ import annotations

import re
import ssl
from typing import Final
from urllib.parse import urlsplit

import httpx
from eth_utils.crypto import keccak

from gateway.key_settings import Web3SignerSettings
from gateway.signing.curve import ORDER, NotTheKeys, address_of_public_key, canonical
from gateway.signing.errors import SignatureWrong, SignerUnavailable
from gateway.signing.transactions import Signature

_SIGNATURE: Final = re.compile(r'\s*"?0x([0-9a-fA-F]{130})"?\s*')
_LONGEST: Final = 1000


class RemoteKey:
    """Signs with one key of a remote signer."""

    def __init__(self, name: str, settings: Web3SignerSettings) -> None:
        self._name = name
        self._settings = settings
        self._address = address_of_public_key(bytes.fromhex(settings.public_key[2:]))
        self._client = httpx.Client(
            base_url=settings.url.rstrip("/"),
            timeout=settings.seconds,
            verify=_trust(settings),
            trust_env=False,
            follow_redirects=False,
        )

    def signature(self, payload: bytes) -> Signature:
        """Over keccak256(payload), verified to be the key's. Raises SignerUnavailable."""
        path = f"/api/v1/eth1/sign/{self._settings.public_key}"
        answer = self._ask("POST", path, json={"data": "0x" + payload.hex()})
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise SignerUnavailable(key=self._name, reason=f"{self._place} does not have the key")
        if answer.status_code != httpx.codes.OK:
            raise SignerUnavailable(key=self._name, reason=f"{self._place} answered {answer.status_code}")
        found = _SIGNATURE.fullmatch(answer.text) if len(answer.content) <= _LONGEST else None
        if found is None:
            raise SignatureWrong(key=self._name, reason=f"{self._place} did not answer with 65 bytes in hex")
        raw = bytes.fromhex(found[1])
        try:
            signature = canonical(raw[:64], keccak(payload), self._address)
        except NotTheKeys:
            reason = f"it is no signature of {self._address} over the transaction"
            raise SignatureWrong(key=self._name, reason=reason) from None
        if int.from_bytes(raw[32:64], "big") <= ORDER // 2 and raw[64] % 27 != signature.recovery:
            raise SignatureWrong(key=self._name, reason="its last byte names another key")
        return signature

    def probe(self) -> None:
        """Raises SignerUnavailable if the signer does not say that it is up."""
        answer = self._ask("GET", "/upcheck")
        if answer.status_code != httpx.codes.OK:
            raise SignerUnavailable(key=self._name, reason=f"{self._place} answered {answer.status_code} to /upcheck")

    def _ask(self, method: str, path: str, json: dict[str, str] | None = None) -> httpx.Response:
        try:
            return self._client.request(method, path, json=json)
        except httpx.HTTPError as error:
            reason = f"{self._place} does not answer ({type(error).__name__})"
            raise SignerUnavailable(key=self._name, reason=reason) from error

    @property
    def _place(self) -> str:
        url = urlsplit(self._settings.url)
        return f"{url.scheme}://{url.hostname}:{url.port}" if url.port else f"{url.scheme}://{url.hostname}"


def _trust(settings: Web3SignerSettings) -> ssl.SSLContext | bool:
    if urlsplit(settings.url).scheme == "http":
        return True  # nothing to verify; `key_settings` lets plain http through to this machine only
    context = ssl.create_default_context(cafile=settings.authority)
    if settings.certificate is not None:
        context.load_cert_chain(settings.certificate, settings.private_key)
    return context
