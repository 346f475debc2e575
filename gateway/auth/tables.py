"""Who may call, and what they hold: tokens, machine clients, people, sessions. Secrets only as hashes or encrypted.

Moments are whole seconds since 1970, UTC, because they are compared and added to.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table


class Token(Table):
    """One principal's opaque token; issuing again replaces it."""

    __tablename__ = "tokens"

    principal: Mapped[str] = mapped_column(String(100), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[str] = mapped_column(String(32))


class AuthEpoch(Table):
    """One row whose number grows with everything that may end or change what somebody holds."""

    __tablename__ = "auth_epoch"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)


class AuthClient(Table):
    """An organisation's machine client. certificate: SHA-256 of the only certificate that it may use, hex."""

    __tablename__ = "auth_clients"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(100))
    roles: Mapped[list[str]] = mapped_column(JSON)
    certificate: Mapped[str | None] = mapped_column(String(64))
    disabled_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)


class AuthClientSecret(Table):
    """One of a client's at most two secrets: SHA-256 of 256 random bits."""

    __tablename__ = "auth_client_secrets"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    client: Mapped[str] = mapped_column(String(60), ForeignKey("auth_clients.id"), index=True)
    label: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[int] = mapped_column(BigInteger)


class AuthPerson(Table):
    """A person. password: argon2id. totp: encrypted; totp_step: the last 30-second step that was used, or -1."""

    __tablename__ = "auth_people"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(100))
    roles: Mapped[list[str]] = mapped_column(JSON)
    password: Mapped[str | None] = mapped_column(String(200))
    totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int] = mapped_column(BigInteger)
    disabled_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)


class AuthPasskey(Table):
    """A person's passkey. id: the credential's, base64url."""

    __tablename__ = "auth_passkeys"

    id: Mapped[str] = mapped_column(String(400), primary_key=True)
    person: Mapped[str] = mapped_column(String(60), ForeignKey("auth_people.id"), index=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)


class AuthRecoveryCode(Table):
    """One of a person's codes for the day when the second factor is lost."""

    __tablename__ = "auth_recovery_codes"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(60), ForeignKey("auth_people.id"), index=True)
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class AuthChallenge(Table):
    """Something given out that may come back once: an invitation, a nonce, a passkey's challenge. `subject`: for whom.

    sealed: what belongs to it and must stay secret, encrypted.
    """

    __tablename__ = "auth_challenges"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(100), index=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class AuthSession(Table):
    """What a sign-in opened. roles: at most these, fewer if the principal has lost some. certificate: as of AuthClient.

    mfa_at: when a second factor was last proved. idle_until: ends then unless refreshed; ends_at: at the latest.
    """

    __tablename__ = "auth_sessions"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    principal: Mapped[str] = mapped_column(String(100), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    tenant: Mapped[str] = mapped_column(String(100))
    roles: Mapped[list[str]] = mapped_column(JSON)
    amr: Mapped[str] = mapped_column(String(60))
    certificate: Mapped[str | None] = mapped_column(String(64))
    peer: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[int] = mapped_column(BigInteger)
    mfa_at: Mapped[int | None] = mapped_column(BigInteger)
    idle_until: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int] = mapped_column(BigInteger, index=True)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    ended_why: Mapped[str | None] = mapped_column(String(40))


class AuthRefreshToken(Table):
    """A refresh token of a session, of which only one is unused; or the cookie of a session at the pages."""

    __tablename__ = "auth_refresh_tokens"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session: Mapped[str] = mapped_column(String(40), ForeignKey("auth_sessions.id"), index=True)
    page: Mapped[bool] = mapped_column(Boolean)
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class AuthAttempts(Table):
    """Failed sign-ins in a row of one account or from one address. key: its hash, so no guessed name is kept."""

    __tablename__ = "auth_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    blocked_until: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[int] = mapped_column(BigInteger, index=True)
