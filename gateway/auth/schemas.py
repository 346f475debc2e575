"""Signing in on the wire: requests refuse unknown fields; a secret is shown once, when it is made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.auth.actors import Actor
from gateway.auth.clients import NewSecret
from gateway.auth.people import Invitation
from gateway.auth.sessions import Tokens
from gateway.auth.tables import AuthClient, AuthPerson, AuthSession
from gateway.examples import examples
from gateway.fields import Address

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9._@+-]{0,58}[a-z0-9])?$")]
Guess = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
Roles = Annotated[list[str], Field(min_length=1, max_length=20)]
Tenant = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Credential = Annotated[dict[str, Any], Field(max_length=12, description="What the browser's WebAuthn call returned.")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PasswordSignIn(_Strict):
    """A person's name and password, with a code of the authenticator app or one of the recovery codes."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples({"name": "li.wei", "password": "seven quiet mountain rivers", "code": "492039"}),
    )

    name: Guess
    password: Guess
    code: Code | None = None
    recovery_code: Annotated[str, StringConstraints(max_length=40)] | None = None

    @model_validator(mode="after")
    def _one_factor(self) -> PasswordSignIn:
        if (self.code is None) == (self.recovery_code is None):
            raise ValueError("give either code or recovery_code")
        return self


class PasskeySignIn(_Strict):
    """A browser's answer to `sessions:passkey-options`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=examples({"credential": {"id": "3q2-7w", "type": "public-key"}})
    )

    credential: Credential


class EthereumSignIn(_Strict):
    """A message of `sessions:ethereum-message` and the party's signature of it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {"message": "lender.example wants you to sign in with ...", "signature": "0x" + "cd" * 65}
        ),
    )

    message: Annotated[str, StringConstraints(max_length=4096)]
    signature: Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{130}$")]


class EthereumMessage(_Strict):
    """What the key of `address` has to sign (personal_sign), unchanged."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {"address": "0x" + "11" * 20, "message": "lender.example wants you to sign in with ..."}
        ),
    )

    address: Address
    message: str


class Refreshing(_Strict):
    """The refresh token that was given last."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({"refresh_token": "llr_" + "x" * 43}))

    refresh_token: Annotated[str, StringConstraints(max_length=100)]


class StepUp(_Strict):
    """A fresh second factor: a code of the authenticator app, or a passkey."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({"code": "492039"}))

    code: Code | None = None
    credential: Credential | None = None

    @model_validator(mode="after")
    def _one_factor(self) -> StepUp:
        if (self.code is None) == (self.credential is None):
            raise ValueError("give either code or credential")
        return self


class TokenResource(_Strict):
    """A session's tokens. The refresh token works once and gives the next ones."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {
                "session": "ses_yN0bGzZ4hJq1V7TtW5oKx2aB",
                "access_token": "eyJhbGciOiJFUzI1NiIs...",
                "token_type": "Bearer",
                "expires_in": 600,
                "refresh_token": "llr_" + "x" * 43,
                "roles": ["lending"],
            }
        ),
    )

    session: str
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds.")
    refresh_token: str | None
    roles: list[str]


class CallerResource(_Strict):
    """Who calls."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {
                "id": "person:li.wei",
                "kind": "person",
                "tenant": "seat",
                "roles": ["approving"],
                "session": "ses_yN0bGzZ4hJq1V7TtW5oKx2aB",
                "mfa_at": "2026-01-05T08:00:00Z",
                "address": None,
            }
        ),
    )

    id: str
    kind: Literal["operator", "client", "person", "party"]
    tenant: str
    roles: list[str]
    session: str | None
    mfa_at: datetime | None = Field(description="When a second factor was proved last.")
    address: str | None


class SessionResource(_Strict):
    """A session; over once `ended_at` or `ends_at` has passed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {
                "id": "ses_yN0bGzZ4hJq1V7TtW5oKx2aB",
                "principal": "person:li.wei",
                "tenant": "seat",
                "roles": ["approving"],
                "methods": ["pwd", "otp", "mfa"],
                "peer": "192.0.2.7",
                "created_at": "2026-01-05T08:00:00Z",
                "mfa_at": "2026-01-05T08:00:00Z",
                "ends_at": "2026-01-05T20:00:00Z",
                "ended_at": None,
                "ended_why": None,
            }
        ),
    )

    id: str
    principal: str
    tenant: str
    roles: list[str]
    methods: list[str] = Field(description="How it was opened (RFC 8176).")
    peer: str
    created_at: datetime
    mfa_at: datetime | None
    ends_at: datetime
    ended_at: datetime | None
    ended_why: str | None


class Ended(_Strict):
    """How many sessions ended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({"ended": 1}))

    ended: int


class ClientRequest(_Strict):
    """A machine client of an organisation. certificate: its SHA-256; then the client has no secret."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=examples({"id": "core-banking", "tenant": "seat", "roles": ["booking"]})
    )

    id: Name
    tenant: Tenant = "seat"
    roles: Roles
    certificate: Annotated[str, StringConstraints(max_length=100)] | None = None


class RolesRequest(_Strict):
    """The roles that it has from now on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({"roles": ["lending", "servicing"]}))

    roles: Roles


class LabelRequest(_Strict):
    """Which of a client's secrets: its first characters."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({"label": "llc_Zk8s1d"}))

    label: Annotated[str, StringConstraints(max_length=20)]


class ClientResource(_Strict):
    """A machine client. secret: only in the answer that made it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {
                "id": "core-banking",
                "tenant": "seat",
                "roles": ["booking"],
                "certificate": None,
                "disabled": False,
                "secrets": ["llc_Zk8s1d"],
                "secret": None,
            }
        ),
    )

    id: str
    tenant: str
    roles: list[str]
    certificate: str | None
    disabled: bool
    secrets: list[str] = Field(description="First characters of its secrets, older first.")
    secret: str | None = None


class PersonRequest(_Strict):
    """A person to be invited."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=examples({"id": "li.wei", "tenant": "seat", "roles": ["approving"]})
    )

    id: Name
    tenant: Tenant = "seat"
    roles: Roles


class InvitationResource(_Strict):
    """What the person needs in order to set its factors; shown once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {"person": "li.wei", "invitation": "lli_" + "x" * 43, "expires_at": "2026-01-08T08:00:00Z"}
        ),
    )

    person: str
    invitation: str
    expires_at: datetime


class PersonResource(_Strict):
    """A person. factors: what it has set."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {
                "id": "li.wei",
                "tenant": "seat",
                "roles": ["approving"],
                "disabled": False,
                "factors": ["password", "totp"],
            }
        ),
    )

    id: str
    tenant: str
    roles: list[str]
    disabled: bool
    factors: list[Literal["password", "totp", "passkey"]]


class InvitationGiven(_Strict):
    """An invitation's code."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({"invitation": "lli_" + "x" * 43}))

    invitation: Annotated[str, StringConstraints(max_length=100)]


class EnrolmentOffer(_Strict):
    """What the invited person's app and browser need."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {
                "person": "li.wei",
                "totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
                "totp_uri": "otpauth://totp/...",
                "passkey_options": {"challenge": "3q2-7w"},
            }
        ),
    )

    person: str
    totp_secret: str
    totp_uri: str = Field(description="For the QR code.")
    passkey_options: dict[str, Any]


class EnrolmentRequest(_Strict):
    """The person's factors: a password with a code of the app that holds the secret, or a passkey, or all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {"invitation": "lli_" + "x" * 43, "password": "seven quiet mountain rivers", "code": "492039"}
        ),
    )

    invitation: Annotated[str, StringConstraints(max_length=100)]
    password: Annotated[str, StringConstraints(max_length=256)] | None = None
    code: Code | None = None
    passkey: Credential | None = None


class EnrolledResource(_Strict):
    """The person is signed in. recovery_codes: each stands once for a lost second factor; shown once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {
                "person": "li.wei",
                "recovery_codes": ["k2m4x-9qw3e-h7j5p-c6v8b"],
                "tokens": {
                    "session": "ses_yN0bGzZ4hJq1V7TtW5oKx2aB",
                    "access_token": "eyJhbGciOiJFUzI1NiIs...",
                    "token_type": "Bearer",
                    "expires_in": 600,
                    "refresh_token": "llr_" + "x" * 43,
                    "roles": ["approving"],
                },
            }
        ),
    )

    person: str
    recovery_codes: list[str]
    tokens: TokenResource


class PublicKeys(_Strict):
    """The public keys of this seat's access tokens (RFC 7517)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {
                "keys": [
                    {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "Yk3", "x": "f83O", "y": "x_FE"}
                ]
            }
        ),
    )

    keys: list[dict[str, str]]


def show_tokens(tokens: Tokens) -> TokenResource:
    """For the answer."""
    return TokenResource(
        session=tokens.session,
        access_token=tokens.access_token,
        expires_in=tokens.expires_in,
        refresh_token=tokens.refresh_token,
        roles=list(tokens.roles),
    )


def show_caller(actor: Actor) -> CallerResource:
    """For the answer."""
    return CallerResource(
        id=actor.id,
        kind=actor.kind,
        tenant=actor.tenant,
        roles=sorted(actor.roles),
        session=actor.session,
        mfa_at=actor.mfa_at,
        address=actor.address,
    )


def show_session(row: AuthSession) -> SessionResource:
    """For the answer."""
    return SessionResource(
        id=row.id,
        principal=row.principal,
        tenant=row.tenant,
        roles=row.roles,
        methods=row.amr.split(),
        peer=row.peer,
        created_at=moment(row.created_at),
        mfa_at=None if row.mfa_at is None else moment(row.mfa_at),
        ends_at=moment(row.ends_at),
        ended_at=None if row.ended_at is None else moment(row.ended_at),
        ended_why=row.ended_why,
    )


def show_client(row: AuthClient, labels: list[str], new: NewSecret | None = None) -> ClientResource:
    """For the answer."""
    return ClientResource(
        id=row.id,
        tenant=row.tenant,
        roles=row.roles,
        certificate=row.certificate,
        disabled=row.disabled_at is not None,
        secrets=labels,
        secret=None if new is None else new.secret,
    )


def show_person(row: AuthPerson, factors: list[Any]) -> PersonResource:
    """For the answer."""
    return PersonResource(
        id=row.id, tenant=row.tenant, roles=row.roles, disabled=row.disabled_at is not None, factors=factors
    )


def show_invitation(invitation: Invitation) -> InvitationResource:
    """For the answer."""
    return InvitationResource(
        person=invitation.person, invitation=invitation.code, expires_at=moment(invitation.expires_at)
    )


def moment(seconds: int) -> datetime:
    """Seconds since 1970 as a time, UTC."""
    return datetime.fromtimestamp(seconds, UTC)
