"""A key in an HSM: the secret never leaves it, only hashes go in and signatures come out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar, cast

import pkcs11
from eth_utils.crypto import keccak
from pkcs11.exceptions import AttributeTypeInvalid, NoSuchKey

from chain.keys.errors import KeyFault
from chain.keys.secrets import SecretPlace
from gateway.key_settings import Pkcs11Settings
from gateway.signing.curve import NotTheKeys, address_of_public_key, canonical
from gateway.signing.errors import SignatureWrong, SignerUnavailable
from gateway.signing.tokens import TokenAway, public_key, token_at
from gateway.signing.transactions import Signature

_T = TypeVar("_T")


class _PrivateKey(Protocol):
    """What the binding gives for a private key."""

    def sign(self, data: bytes, mechanism: pkcs11.Mechanism) -> bytes:
        """The token's signature."""

    def __getitem__(self, attribute: pkcs11.Attribute) -> object:
        """The value of an attribute."""


class TokenKey:
    """Signs with one key of a token. The key must not be extractable, or it is refused."""

    def __init__(self, name: str, settings: Pkcs11Settings) -> None:
        self._name = name
        self._settings = settings
        self._token = token_at(settings.module, settings.token, SecretPlace.parse(settings.pin))
        self._found: tuple[pkcs11.Session, _PrivateKey] | None = (
            None  # session and key: a handle lives as long as its session
        )

    def signature(self, payload: bytes) -> Signature:
        """Over keccak256(payload), verified to be the key's. Raises SignerUnavailable."""
        return self.signature_of_hash(keccak(payload))

    def signature_of_hash(self, digest: bytes) -> Signature:
        """Over 32 bytes, verified to be the key's. Raises SignerUnavailable."""

        def work(session: pkcs11.Session) -> bytes:
            return bytes(self._key(session).sign(digest, mechanism=pkcs11.Mechanism.ECDSA))

        raw = self._use(work)
        try:
            return canonical(raw, digest, self._settings.address)
        except NotTheKeys:
            reason = f"it is no signature of {self._settings.address} over the transaction"
            raise SignatureWrong(key=self._name, reason=reason) from None

    def probe(self) -> None:
        """Raises SignerUnavailable if the token or the key is not there now."""

        def work(session: pkcs11.Session) -> None:
            session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self._settings.label)

        self._use(work)

    def _use(self, work: Callable[[pkcs11.Session], _T]) -> _T:
        try:
            return self._token.use(work)
        except (TokenAway, KeyFault) as away:
            raise SignerUnavailable(key=self._name, reason=str(away)) from away

    def _key(self, session: pkcs11.Session) -> _PrivateKey:
        if self._found is None or self._found[0] is not session:
            self._found = session, self._look_up(session)
        return self._found[1]

    def _look_up(self, session: pkcs11.Session) -> _PrivateKey:
        label, address = self._settings.label, self._settings.address
        key = cast("_PrivateKey", session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label))
        if key[pkcs11.Attribute.EXTRACTABLE] or not key[pkcs11.Attribute.SENSITIVE]:
            raise TokenAway(f"the key {label!r} can be taken out of its token; make a new one with gateway key new")
        try:
            found = address_of_public_key(public_key(session, label))
        except (NoSuchKey, AttributeTypeInvalid):
            return key  # without its public half it is checked by what it signs
        if found != address:
            raise TokenAway(f"the key {label!r} has the address {found}, the settings say {address}")
        return key
