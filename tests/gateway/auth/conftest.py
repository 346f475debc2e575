"""People, clients and passkeys for the tests of signing in: real gateways, real keys, a passkey device in software."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cbor2
import httpx
import pyotp
import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.auth import passwords, people, signing_in
from gateway.auth.actors import operator
from gateway.auth.identity import Identity
from gateway.auth.signing_in import Enrolled
from gateway.database import Database
from gateway.settings import SeatSettings

PASSWORD = "seven quiet mountain rivers"
ROLES = frozenset({"admin", "lending", "booking", "approving", "reading"})
ORIGIN = "http://localhost"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Passkey:
    """What a phone or a security key does, in software (ES256, attestation "none")."""

    origin: str = ORIGIN
    relying_party: str = "localhost"
    flags: int = 0x05  # user present and verified
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = b"test credential!"

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _head(self, flags: int) -> bytes:
        return hashlib.sha256(self.relying_party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answers `navigator.credentials.create`."""
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        data = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._head(self.flags | 0x40) + attested})
        client = self._client_data("webauthn.create", options["challenge"])
        response = {"clientDataJSON": b64(client), "attestationObject": b64(data)}
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answers `navigator.credentials.get`."""
        self.count += 1
        client = self._client_data("webauthn.get", options["challenge"])
        head = self._head(self.flags)
        signature = self.key.sign(head + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": b64(client), "authenticatorData": b64(head), "signature": b64(signature)}
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}


@dataclass
class App:
    """A person's authenticator app; `code` waits for a step that was not used yet."""

    secret: str
    last: int = -1

    def code_now(self) -> str:
        return pyotp.TOTP(self.secret).now()

    def code(self) -> str:
        """A code that works: of the next step if this one was used (the gateway takes one step ahead)."""
        step = max(int(time.time()) // 30, self.last + 1)
        self.last = step
        until = (step - 1) * 30
        time.sleep(max(0.0, until - time.time()))
        return pyotp.TOTP(self.secret).at(step * 30)


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with little memory: a real hash takes a good part of a second on a busy machine."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    passwords._nobodys.cache_clear()


@pytest.fixture
def settings() -> SeatSettings:
    return SeatSettings(seat="bank", role="bank", rpc_url="http://127.0.0.1:1")


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, ...]:
    """Where the database is: a file, or with `both_databases` on PostgreSQL too."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return (tmp_path / "gateway.db",)
    postgres = request.getfixturevalue("postgres")
    return (postgres.url, postgres.password)


@pytest.fixture
def connect(place: tuple[Any, ...], tmp_path: Path, settings: SeatSettings) -> Iterator[Callable[[], Identity]]:
    """Opens the identity of a seat that serves nothing; each time as another process would."""
    opened: list[Database] = []

    def make() -> Identity:
        opened.append(Database(*place))
        opened[-1].create_tables()
        return Identity(opened[-1], settings, tmp_path, 1337)

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def identity(connect: Callable[[], Identity]) -> Identity:
    return connect()


@dataclass
class Person:
    name: str
    app: App
    enrolled: Enrolled


@pytest.fixture
def enrol(identity: Identity) -> Callable[..., Person]:
    """Makes a person with password and app, in the database of `identity`."""

    def make(name: str = "li.wei", roles: tuple[str, ...] = ("approving",)) -> Person:
        with identity.database.write() as session:
            invitation = people.create(session, identity, operator("tests"), name, "seat", roles, ROLES)
        with identity.database.read() as session:
            app = App(people.enrolment(session, identity, invitation.code).totp_secret)
        app.last = int(time.time()) // 30 - 2
        enrolled = signing_in.enrol(identity, invitation.code, PASSWORD, app.code(), None, "192.0.2.1")
        return Person(name, app, enrolled)

    return make


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="session")
def call() -> Callable[..., httpx.Response]:
    """One request without anybody's token but the given one."""

    def ask(url: str, method: str, path: str, token: str | None = None, **more: Any) -> httpx.Response:
        headers = more.pop("headers", {}) | (bearer(token) if token is not None else {})
        return httpx.request(method, url + path, headers=headers, trust_env=False, timeout=60, verify=False, **more)

    return ask


@dataclass
class HttpPerson:
    """A person enrolled over HTTP at one seat."""

    name: str
    app: App
    tokens: dict[str, Any]
    recovery_codes: list[str]


@pytest.fixture
def invite(call: Callable[..., httpx.Response]) -> Callable[..., HttpPerson]:
    """Invites a person as the seat's operator and sets its password and app."""

    def make(seat: Any, name: str, *roles: str, tenant: str = "seat") -> HttpPerson:
        made = seat.http.post("/v1/people", json={"id": name, "tenant": tenant, "roles": list(roles)})
        assert made.status_code == 201, made.text
        code = made.json()["invitation"]
        offer = call(seat.url, "POST", "/v1/enrolments:prepare", json={"invitation": code}).json()
        app = App(offer["totp_secret"], int(time.time()) // 30 - 2)
        body = {"invitation": code, "password": PASSWORD, "code": app.code()}
        enrolled = call(seat.url, "POST", "/v1/enrolments", json=body)
        assert enrolled.status_code == 201, enrolled.text
        return HttpPerson(name, app, enrolled.json()["tokens"], enrolled.json()["recovery_codes"])

    return make


@pytest.fixture
def passkey() -> type[Passkey]:
    return Passkey
