"""Tokens that are bound to a client certificate: real TLS, and certificates that only a trusted proxy may name."""

from __future__ import annotations

import base64
import datetime
import hashlib
import ipaddress
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fastapi.testclient import TestClient

from gateway.app import create_app
from gateway.auth.service import issue_token
from gateway.auth.tls import uvicorn_options
from gateway.settings import load_settings


@dataclass(frozen=True)
class Certificate:
    path: Path
    der: bytes

    @property
    def thumbprint(self) -> str:
        return hashlib.sha256(self.der).hexdigest()

    @property
    def pem(self) -> str:
        return x509.load_der_x509_certificate(self.der).public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Callable[[str], Certificate]:
    """Makes certificates; "ca" is the authority's own. Each file has the key too."""
    folder = tmp_path_factory.mktemp("tls")
    root = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test ca")])
    now = datetime.datetime.now(datetime.UTC)

    def make(name: str) -> Certificate:
        key = root if name == "ca" else ec.generate_private_key(ec.SECP256R1())
        subject = issuer if name == "ca" else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=name == "ca", path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
            )
        )  # fmt: skip
        certificate = builder.sign(root, hashes.SHA256())
        pem = certificate.public_bytes(Encoding.PEM)
        path = folder / f"{name}.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem)
        return Certificate(path, certificate.public_bytes(Encoding.DER))

    return make


@pytest.fixture(scope="module")
def state(make_ledger):
    return make_ledger().state


@dataclass
class Served:
    url: str
    ca: Certificate
    token: str

    def call(self, method: str, path: str, certificate: Certificate | None = None, **more: Any) -> httpx.Response:
        context = ssl.create_default_context(cafile=str(self.ca.path))
        if certificate is not None:
            context.load_cert_chain(certificate.path)
        return httpx.request(method, self.url + path, verify=context, trust_env=False, timeout=30, **more)

    def register(self, certificate: Certificate | None) -> dict[str, Any]:
        body = {"id": f"c{secrets.token_hex(4)}", "roles": ["reading"]}
        if certificate is not None:
            body["certificate"] = certificate.thumbprint
        made = self.call("POST", "/v1/clients", headers={"Authorization": f"Bearer {self.token}"}, json=body)
        assert made.status_code == 201, made.text
        return made.json()


@pytest.fixture(scope="module")
def served(state, authority) -> Iterator[Served]:
    """The platform's gateway over TLS."""
    ca, server = authority("ca"), authority("server")
    settings = load_settings(state, "platform").model_copy(
        update={"tls_certificate": server.path, "tls_key": server.path, "tls_client_ca": ca.path}
    )
    app = create_app(state, settings)
    listener = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_level="warning", **uvicorn_options(settings)))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not running.started:
        assert time.monotonic() < until
        time.sleep(0.02)
    yield Served(f"https://127.0.0.1:{listener.getsockname()[1]}", ca, issue_token(state, "platform", "tests"))
    running.should_exit = True
    thread.join(30)
    listener.close()


def bearer(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_client_proves_itself_by_its_certificate_and_its_token_works_only_with_it(served, authority):
    own, other = authority("own"), authority("other")
    client = served.register(own)
    assert client["secret"] is None
    form = {"grant_type": "client_credentials", "client_id": client["id"]}
    token = bearer(served.call("POST", "/v1/oauth/token", own, data=form))
    assert served.call("GET", "/v1/network", own, headers=token).status_code == 200
    for certificate in (None, other):
        refused = served.call("GET", "/v1/network", certificate, headers=token)
        assert (refused.status_code, refused.json()["code"]) == (401, "auth.certificate_needed")
    assert served.call("GET", "/v1/network", own, headers=token).status_code == 200
    for certificate in (None, other):
        refused = served.call("POST", "/v1/oauth/token", certificate, data=form)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_a_token_asked_for_by_secret_over_mutual_tls_is_bound_too(served, authority):
    own = authority("bound")
    client = served.register(None)
    form = {"grant_type": "client_credentials", "client_id": client["id"], "client_secret": client["secret"]}
    token = bearer(served.call("POST", "/v1/oauth/token", own, data=form))
    assert served.call("GET", "/v1/network", own, headers=token).status_code == 200
    assert served.call("GET", "/v1/network", headers=token).status_code == 401
    free = bearer(served.call("POST", "/v1/oauth/token", data=form))
    assert served.call("GET", "/v1/network", headers=free).status_code == 200


def test_a_certificate_in_a_header_is_believed_from_a_trusted_proxy_only(make_ledger, authority):
    state = make_ledger().state
    settings = load_settings(state, "platform").model_copy(
        update={
            "auth_trusted_proxies": (ipaddress.ip_network("10.0.0.0/8"),),
            "auth_certificate_header": "Client-Cert",
        }
    )
    app = create_app(state, settings)
    own = authority("proxied")
    forms = {"rfc9440": f":{base64.b64encode(own.der).decode()}:", "nginx": quote(own.pem)}
    admin = {"Authorization": f"Bearer {issue_token(state, 'platform', 'tests')}"}
    try:
        proxy = TestClient(app, client=("10.0.0.1", 1))
        direct = TestClient(app, client=("203.0.113.9", 1))
        body = {"id": "proxied", "roles": ["reading"], "certificate": own.thumbprint.upper()}
        assert proxy.post("/v1/clients", json=body, headers=admin).status_code == 201
        form = {"grant_type": "client_credentials", "client_id": "proxied"}
        for header in forms.values():
            token = bearer(proxy.post("/v1/oauth/token", data=form, headers={"Client-Cert": header}))
            both = token | {"Client-Cert": header}
            assert proxy.get("/v1/network", headers=both).status_code == 200
            assert proxy.get("/v1/network", headers=token).status_code == 401
            assert direct.get("/v1/network", headers=both).json()["code"] == "auth.certificate_needed"
            assert direct.post("/v1/oauth/token", data=form, headers={"Client-Cert": header}).status_code == 401
        for spoiled in ("", "::", ":AAAA:", "x", quote(own.pem)[:-60]):
            assert proxy.post("/v1/oauth/token", data=form, headers={"Client-Cert": spoiled}).status_code == 401
    finally:
        app.state.seat.stop()
