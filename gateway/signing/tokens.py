"""One login to one token of an HSM, by PKCS#11; shared by all threads, opened again when the token was away.

A PIN that was refused is not tried again until it has changed: real tokens lock themselves after a few wrong ones. A
PKCS#11 library holds one state for the whole process, so all tokens of one library take turns.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import pkcs11
from pkcs11.exceptions import (
    ArgumentsBad,
    DeviceRemoved,
    MultipleTokensReturned,
    NoSuchToken,
    PinExpired,
    PinIncorrect,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    TokenNotPresent,
    UserAlreadyLoggedIn,
)
from pkcs11.util.ec import encode_named_curve_parameters

from chain.keys.secrets import SecretPlace, read_secret
from gateway.signing.curve import address_of_public_key

_T = TypeVar("_T")
PATIENCE: Final = 5.0  # seconds
_SECP256K1: Final = "1.3.132.0.10"
_POINT: Final = 65
_PIN_REFUSED: Final = (PinIncorrect, PinLenRange, PinLocked, PinExpired)
_ABSENT: Final = (NoSuchToken, TokenNotPresent, DeviceRemoved)

# One lock for each library: closing and opening it ends all sessions of the process with it.
_LOCKS: dict[Path, threading.RLock] = {}
_TOKENS: dict[tuple[Path, str, SecretPlace], Token] = {}
_REGISTER = threading.Lock()


def token_at(module: Path, label: str, pin: SecretPlace) -> Token:
    """The token, the same for all who ask: one login serves all keys on it."""
    with _REGISTER:
        place = module, label, pin
        if place not in _TOKENS:
            _TOKENS[place] = Token(module, label, pin, _LOCKS.setdefault(module, threading.RLock()))
        return _TOKENS[place]


class TokenAway(Exception):
    """The token can't be used now; says why, without secrets."""


class Token:
    """One token of an HSM."""

    def __init__(self, module: Path, label: str, pin: SecretPlace, lock: threading.RLock) -> None:
        self._module = module
        self._label = label
        self._pin = pin
        self._session: pkcs11.Session | None = None
        self._refused: bytes | None = None
        self._lock = lock

    def use(self, work: Callable[[pkcs11.Session], _T]) -> _T:
        """What `work` gives with an open session; tried a second time with a new session if the old one was lost.

        Raises TokenAway, and the errors of `read_secret`.
        """
        with self._turn():
            if self._session is not None:
                try:
                    return work(self._session)
                except PKCS11Error:
                    self._close()
            try:
                self._session = self._open(rw=False)
                return work(self._session)
            except PKCS11Error as error:
                self._close()
                raise self._away(error) from error

    def create_key(self, label: str) -> str:
        """Makes a key that can't leave the token, and gives its address. Raises TokenAway, also for a used label."""
        with self._turn():
            self._close()
            try:
                with self._open(rw=True) as session:
                    if list(session.get_objects({pkcs11.Attribute.LABEL: label})):
                        raise TokenAway(f"it holds an object with the label {label!r} already")
                    public = _generate(session, label)
            except PKCS11Error as error:
                raise self._away(error) from error
        return address_of_public_key(public)

    def close(self) -> None:
        """Ends the session, if there is one; the next use opens another."""
        with self._turn():
            self._close()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        # An HSM that never answers holds its caller; whoever comes after is told so instead of waiting with it.
        if not self._lock.acquire(timeout=PATIENCE):
            raise TokenAway(f"{self._module} has not answered another call for {PATIENCE:g} s")
        try:
            yield
        finally:
            self._lock.release()

    def _open(self, *, rw: bool) -> pkcs11.Session:
        pin = read_secret(self._pin)
        if self._refused == _digest(pin):
            raise TokenAway(f"the token refused the PIN in {self._pin}; it is not tried again until it has changed")
        try:
            try:
                return self._log_in(pin, rw=rw)
            except _PIN_REFUSED:
                raise
            except PKCS11Error:
                # Some libraries see a token that was away only when they start anew, and forget old logins only then.
                pkcs11.lib(str(self._module)).reinitialize()
                return self._log_in(pin, rw=rw)
        except _PIN_REFUSED:
            self._refused = _digest(pin)
            raise

    def _log_in(self, pin: str, *, rw: bool) -> pkcs11.Session:
        return pkcs11.lib(str(self._module)).get_token(token_label=self._label).open(user_pin=pin, rw=rw)

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(PKCS11Error):  # it may be gone with its token
                session.close()

    def _away(self, error: PKCS11Error) -> TokenAway:
        name = type(error).__name__
        if isinstance(error, _PIN_REFUSED):
            return TokenAway(f"the token refused the PIN in {self._pin} ({name})")
        if isinstance(error, _ABSENT):
            return TokenAway(f"there is no token {self._label!r} at {self._module}")
        if isinstance(error, MultipleTokensReturned):
            return TokenAway(f"several tokens are called {self._label!r}")
        if isinstance(error, ArgumentsBad | UserAlreadyLoggedIn):
            return TokenAway(f"the token {self._label!r} could not be opened ({name})")
        return TokenAway(f"{self._module} answered {name}" + (f": {error}" if str(error) else ""))


def public_key(session: pkcs11.Session, label: str) -> bytes:
    """The key's public point, 65 bytes."""
    key = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=label)
    return _point(key)


def _generate(session: pkcs11.Session, label: str) -> bytes:
    curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(_SECP256K1)}
    domain = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
    private: dict[pkcs11.Attribute, bool] = {
        pkcs11.Attribute.PRIVATE: True,
        pkcs11.Attribute.SENSITIVE: True,
        pkcs11.Attribute.EXTRACTABLE: False,
        pkcs11.Attribute.SIGN: True,
    }
    public, _ = domain.generate_keypair(store=True, label=label, id=label.encode(), private_template=private)
    return _point(public)


def _point(key: pkcs11.Key | pkcs11.PublicKey) -> bytes:
    # A DER octet string around the point; some libraries leave the wrapping out.
    value = bytes(key[pkcs11.Attribute.EC_POINT])
    return value[-_POINT:]


def _digest(pin: str) -> bytes:
    return hashlib.sha256(pin.encode()).digest()
