"""What one seat's gateway is told: `<state>/<seat>/settings.toml`, overridable by LOAN_LEDGER_GATEWAY_* variables.

Paths in the file may be relative to the file's folder. Secrets never stand in it, only the paths of the files that hold
them. Reads files only; checks nothing against a node.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from chain.ledger.roles import Role
from gateway.authorisation.hours import WorkingHours
from gateway.errors import SettingsInvalid
from gateway.events.settings import EventSettings
from gateway.key_settings import KeySettings
from gateway.webhooks.settings import WebhookSettings


class IpfsNode(BaseModel):
    """One IPFS node of the private swarm. token_file: holds the bearer token of its API, if it asks for one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_url: str
    token_file: Path | None = None


class CustodyAccountSettings(BaseModel):
    """The depository bank's custody account, as its account statements name it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str = "CN00LEDGER0000000001"
    holder: str = "Loan Ledger Custody"
    bank: str = "DEMOCNBJXXX"
    currency: str = "CNY"
    first_sequence_number: int = 1
    first_opening: str = "0.00"


class SeatSettings(BaseSettings):
    """Settings of one seat.

    mode: dev only warns of what `loan-ledger gateway check` finds, production does not start with an error.
    rpc_url: the seat's own node. keys: the member's operational keys that this seat signs with; without any, the root
    in `<seat>/keystore` signs all; a seat without a key only observes. member: the organisation's name in the
    consortium file, needed where the root's keystore isn't kept here. The reading key is `<seat>/secrets/reader.pem`.
    readers: reading keys (X25519, hex) by name of readers that the consortium file does not list, such as the observer.
    identity_secret_file: the bank's secret from which subject ids are made; made at first start if it is missing.
    fee_floor: lowest gas price offered, wei.
    duties: whether following, sending and the desk run in the process that serves, or in one of their own beside it,
    for seats with much to do.
    max_in_flight: most transactions of one key that are sent and not mined; all nodes' pools must keep as many for one
    sender while an earlier one is missing (geth: --txpool.accountqueue). idempotency_days: how long answers to
    Idempotency-Keys are kept.
    step_up_seconds: how old a person's second factor may be for actions of high risk. four_eyes_above: minor units; a
    release of more waits for a second person; none waits if it is left out.
    amount_limits: largest amount of one change, minor units, by actor id (such as client:acme) or by role.
    working_hours: when changes may be made, by actor id or by role; at any time for who is not named.
    database_url: a file's path (SQLite), or `postgresql+psycopg://user@host:port/name`; without a password, which is
    read from database_password_file, the variable LOAN_LEDGER_GATEWAY_DATABASE_PASSWORD, or the keyring's entry
    `service/user` that database_password_keyring names.

    auth_issuer: `iss` and `aud` of access tokens, `urn:loan-ledger:<seat>` if empty. auth_origins: where people and
    parties sign in (scheme://host:port), http://localhost:<port> if empty; the first one's host is the passkeys'
    relying party. auth_secret: 64 hex
    digits that encrypt second factors, from the environment only; auth_keyring: the keyring's service that holds it
    instead; without either it is made in `<seat>/secrets/auth.key`. auth_trusted_proxies: addresses whose
    X-Forwarded-For, and whose header auth_certificate_header with the caller's certificate, are believed. Rates as
    `limits` writes them. tls_certificate, tls_key: PEM files to serve HTTPS with; tls_client_ca: whose client
    certificates are taken, to bind tokens to.
    """

    model_config = SettingsConfigDict(extra="forbid", env_prefix="LOAN_LEDGER_GATEWAY_", env_nested_delimiter="__")

    seat: str
    role: Role
    rpc_url: str
    mode: Literal["dev", "production"] = "production"
    member: str | None = None
    keys: tuple[KeySettings, ...] = ()
    host: str = "127.0.0.1"
    port: int = 0
    engine: Literal["anvil", "clique", "qbft", "rpc"] = "rpc"
    ipfs: tuple[IpfsNode, ...] = ()
    readers: dict[str, str] = Field(default_factory=dict)
    identity_secret_file: Path = Path("secrets/identity.key")
    custody_account: CustodyAccountSettings = CustodyAccountSettings()
    database_url: str = "gateway.db"
    database_password_file: Path | None = None
    database_password: SecretStr | None = None
    database_password_keyring: str | None = None
    consortium: Path = Path("../consortium.json")
    poll_seconds: float = 0.2
    resend_seconds: float = 15.0
    replace_seconds: float = 45.0
    fee_floor: int = 1_000_000_000
    duties: Literal["here", "apart"] = "here"
    max_in_flight: int = Field(default=1024, ge=1, le=4096)
    idempotency_days: int = Field(default=30, ge=1)
    step_up_seconds: int = Field(default=300, ge=30, le=3600)
    four_eyes_above: int | None = Field(default=None, ge=0)
    amount_limits: dict[str, int] = Field(default_factory=dict)
    working_hours: dict[str, WorkingHours] = Field(default_factory=dict)
    max_body_bytes: int = 1024 * 1024
    max_upload_bytes: int = 20 * 1024 * 1024
    body_seconds: float = Field(default=30.0, gt=0)
    max_lag_blocks: int = 20
    max_outbox_seconds: float = Field(default=300.0, gt=0)
    events: EventSettings = EventSettings()
    webhooks: WebhookSettings = WebhookSettings()
    auth_issuer: str = ""
    auth_origins: tuple[str, ...] = ()
    auth_secret: SecretStr | None = None
    auth_keyring: str | None = None
    auth_token_seconds: int = Field(default=600, ge=10, le=3600)
    auth_idle_seconds: int = Field(default=1800, ge=60)
    auth_session_seconds: int = Field(default=12 * 3600, ge=60)
    auth_trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    auth_certificate_header: str | None = None
    auth_rate_client: str = "6000/10 seconds"
    auth_rate_person: str = "600/minute"
    auth_rate_anonymous: str = "600/minute"
    auth_rate_sign_in: str = "60/minute"
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    otlp_endpoint: str | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("role", mode="before")
    @classmethod
    def _role(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return env_settings, init_settings


def seat_folder(state: Path, seat: str) -> Path:
    """Where the seat keeps its settings, keys and database."""
    return state / seat


def load_settings(state: Path, seat: str) -> SeatSettings:
    """The settings of `seat`, with all paths absolute. Raises SettingsInvalid, naming file and field."""
    folder = seat_folder(state, seat).absolute()
    path = folder / "settings.toml"
    if not path.is_file():
        raise SettingsInvalid(seat=seat, path=str(path), reason="the file does not exist")
    try:
        values = TomlConfigSettingsSource(SeatSettings, toml_file=path)()
        settings = SeatSettings(**values)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SettingsInvalid(seat=seat, path=str(path), reason=f"{field}: {first['msg']}") from None
    except ValueError as broken:
        raise SettingsInvalid(seat=seat, path=str(path), reason=str(broken)) from None
    return settings.model_copy(update=_absolute(settings, folder))


def wait_for_settings(state: Path, seat: str, seconds: float) -> None:
    """Waits until the seat's settings and its consortium file are there; returns after `seconds` at the latest.

    A gateway that is started together with its network loads meanwhile. What is still missing then is `load_settings`'
    to report.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (seat_folder(state, seat) / "settings.toml").is_file() and load_settings(state, seat).consortium.is_file():
            return
        time.sleep(0.05)


def _absolute(settings: SeatSettings, folder: Path) -> dict[str, object]:
    names = ("identity_secret_file", "consortium", "tls_certificate", "tls_key", "tls_client_ca")
    given = {name: getattr(settings, name) for name in names}
    paths: dict[str, object] = {name: (folder / path).resolve() for name, path in given.items() if path is not None}
    if "://" not in settings.database_url:
        paths["database_url"] = str((folder / settings.database_url).resolve())
    if settings.database_password_file is not None:
        paths["database_password_file"] = (folder / settings.database_password_file).resolve()
    paths["ipfs"] = tuple(
        node.model_copy(update={"token_file": (folder / node.token_file).resolve()} if node.token_file else {})
        for node in settings.ipfs
    )
    paths["keys"] = tuple(key.beneath(folder) for key in settings.keys)
    return paths
