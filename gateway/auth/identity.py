"""What signing in needs of a seat, put together once: its database, keys and settings, and whom it remembers.

Recognises a token in some microseconds if it has seen it before; `gateway.auth.epoch` says why that is exact. Parties
are looked up each time, because the ledger itself may give their place to another key.
"""

from __future__ import annotations

import hmac
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from gateway.auth import epoch as epochs
from gateway.auth import principals
from gateway.auth.access_tokens import AccessTokens
from gateway.auth.actors import Actor, operator
from gateway.auth.epoch import Epoch
from gateway.auth.errors import CertificateNeeded, SessionEnded, TokenInvalid
from gateway.auth.opaque import OPAQUE_PREFIX, principal_of
from gateway.auth.peers import base64url
from gateway.auth.secret_store import Sealing, digest, open_sealing
from gateway.auth.tables import AuthRefreshToken, AuthSession
from gateway.auth.token_keys import TokenKeys
from gateway.database import Database
from gateway.errors import TokenUnknown
from gateway.settings import SeatSettings

PAGE_PREFIX: Final = "llp_"
_MOST_REMEMBERED: Final = 20_000
_FOREVER: Final = 2.0**53


@dataclass(frozen=True)
class Seen:
    """A token that was verified: whose it is, until when, and with which certificate only (base64url)."""

    actor: Actor
    until: float
    certificate: str | None
    epoch: int


class Identity:
    """Who calls one seat."""

    def __init__(self, database: Database, settings: SeatSettings, folder: Path, chain_id: int) -> None:
        self.database = database
        self.settings = settings
        self.chain_id = chain_id
        self.issuer = settings.auth_issuer or f"urn:loan-ledger:{settings.seat}"
        # Without a setting: this machine's own browser, which takes localhost for safe but no other plain host.
        self.origins = settings.auth_origins or (f"http://localhost:{settings.port}".removesuffix(":0"),)
        self.keys = TokenKeys(folder)
        self.tokens = AccessTokens(self.keys, self.issuer, self.issuer)
        self.epoch = Epoch(database)
        self._folder = folder
        self._seen: dict[str, Seen] = {}
        self._lock = threading.Lock()

    @cached_property
    def sealing(self) -> Sealing:
        """The seat's key for what is kept encrypted."""
        return open_sealing(self.settings, self._folder)

    def recall(self, token: str, certificate: str | None) -> Actor | None:
        """Whose token it is if that is remembered and certain without any reading. Raises CertificateNeeded."""
        if not self.epoch.fresh():
            return None
        return self._remembered(token, certificate)

    def actor_of(self, token: str, certificate: str | None = None) -> Actor:
        """Whose token it is. certificate: the caller's, SHA-256 hex.

        Raises TokenUnknown, TokenInvalid, SessionEnded, CertificateNeeded.
        """
        self.epoch.current()
        found = self._remembered(token, certificate)
        if found is not None:
            return found
        began = time.monotonic()
        with self.database.read() as session:
            number = epochs.read(session)
            seen = self._look_up(session, token, number)
        self.epoch.saw(number, began)
        if seen.actor.kind != "party":
            self._remember(token, seen)
        _check_certificate(seen, certificate)
        return seen.actor

    def actor_of_page(self, cookie: str) -> Actor:
        """Who holds the pages' cookie: a person's session, which lives on by being used, or an opaque token.

        Raises TokenUnknown, SessionEnded.
        """
        if not cookie.startswith(PAGE_PREFIX):
            if not cookie.startswith(OPAQUE_PREFIX):
                raise TokenUnknown()
            return self.actor_of(cookie)
        now = int(time.time())
        with self.database.read() as session:
            held = session.get(AuthRefreshToken, digest(cookie))
            row = None if held is None or not held.page else session.get(AuthSession, held.session)
            if row is None:
                raise TokenUnknown()
            actor = self.actor_of_session(session, row)
            left = row.idle_until - now
        if left < self.settings.auth_idle_seconds // 2:
            with self.database.write() as session:
                row = session.get_one(AuthSession, row.id)
                row.idle_until = min(row.ends_at, now + self.settings.auth_idle_seconds)
        return actor

    def actor_of_session(self, session: Session, row: AuthSession) -> Actor:
        """Who holds the session. Raises SessionEnded, TokenInvalid."""
        now = int(time.time())
        if row.ended_at is not None:
            raise SessionEnded(reason=row.ended_why or "ended")
        if now >= row.ends_at or now >= row.idle_until:
            raise SessionEnded(reason="expired")
        standing = principals.standing(session, row.principal)
        if standing is None or standing.tenant != row.tenant:
            raise SessionEnded(reason="withdrawn")
        return Actor(
            id=row.principal,
            kind=standing.kind,
            tenant=row.tenant,
            roles=standing.roles.intersection(row.roles),
            session=row.id,
            mfa_at=None if row.mfa_at is None else datetime.fromtimestamp(row.mfa_at, UTC),
            address=standing.address,
        )

    def _look_up(self, session: Session, token: str, number: int) -> Seen:
        if token.startswith(OPAQUE_PREFIX) or token.count(".") != 2:
            return Seen(operator(principal_of(session, token)), _FOREVER, None, number)
        claims = self.tokens.verify(token)
        row = session.get(AuthSession, claims.session)
        if row is None or row.principal != claims.subject:
            raise TokenInvalid(reason="its session is not known here")
        # The certificate of the session too: a token can't lose its binding.
        bound = None if row.certificate is None else base64url(row.certificate)
        if bound != claims.certificate:
            raise TokenInvalid(reason="it is bound otherwise than its session")
        actor = self.actor_of_session(session, row)
        return Seen(actor, min(claims.expires_at, row.ends_at), bound, number)

    def _remembered(self, token: str, certificate: str | None) -> Actor | None:
        seen = self._seen.get(digest(token))
        if seen is None or seen.epoch != self.epoch.known or time.time() >= seen.until:
            return None
        _check_certificate(seen, certificate)
        return seen.actor

    def _remember(self, token: str, seen: Seen) -> None:
        with self._lock:
            if len(self._seen) >= _MOST_REMEMBERED:
                self._seen.clear()
            self._seen[digest(token)] = seen


def _check_certificate(seen: Seen, certificate: str | None) -> None:
    if seen.certificate is None:
        return
    if certificate is None or not hmac.compare_digest(base64url(certificate), seen.certificate):
        raise CertificateNeeded()
