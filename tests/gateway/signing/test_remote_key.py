"""Keys at a remote signer. Web3Signer itself is a Java program that these tests can't have; the server here implements
what its documentation ("Web3Signer REST API, ETH1 Signing") says of `POST /api/v1/eth1/sign/{identifier}` and of
`GET /upcheck`: the identifier is the public key in hex, `data` is hashed with keccak256 by the signer, and the answer
is the 65-byte signature in hex; 404 for a key that it does not have.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from eth_account import Account
from eth_keys import keys
from eth_utils import keccak
from pydantic import ValidationError

from chain.ledger import calls
from chain.ledger.roles import Role, Scope
from gateway.key_settings import Web3SignerSettings
from gateway.signing.curve import ORDER
from gateway.signing.errors import SignatureWrong, SignerUnavailable
from gateway.signing.policy import Policy, SeatKey
from gateway.signing.remote_key import RemoteKey
from gateway.signing.signer import PolicySigner, Unsigned

KEY = keys.PrivateKey(b"\x31" * 32)
OTHER = keys.PrivateKey(b"\x32" * 32)


class RemoteSigner:
    """A server with the API of Web3Signer. `lie`: changes what it answers; `asked`: what it was given to sign."""

    def __init__(self, context=None):
        self.lie = None
        self.asked = []
        self.status = 200
        remote = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._answer(remote.status if self.path == "/upcheck" else 404, b"OK")

            def do_POST(self):
                data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
                payload = bytes.fromhex(data.removeprefix("0x"))
                remote.asked.append(payload)
                if self.path != f"/api/v1/eth1/sign/{KEY.public_key.to_hex()}":
                    self._answer(404, b"Public Key not found")
                    return
                good = KEY.sign_msg_hash(keccak(payload)).to_bytes()
                text = "0x" + (good[:64] + bytes([27 + good[64]])).hex()
                if remote.lie is not None:
                    text = remote.lie(payload, text)
                self._answer(remote.status, text.encode())

            def _answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def remote():
    server = RemoteSigner()
    yield server
    server.stop()


def _settings(remote, **changes):
    return Web3SignerSettings(**({"url": remote.url, "public_key": KEY.public_key.to_hex(), "seconds": 2} | changes))


@pytest.fixture
def make(remote, deployed):
    def signer(**changes):
        key = SeatKey("remote", KEY.public_key.to_checksum_address(), frozenset(Scope))
        return PolicySigner(
            Policy("bank", Role.BANK, 1337, deployed, (key,)), key, RemoteKey("remote", _settings(remote, **changes))
        )

    return signer


def _unsigned(deployed, **changes):
    data = deployed.encode(calls.close(b"\1" * 32, 3))
    values = {"chain_id": 1337, "nonce": 7, "to": deployed.address("LoanEscrow"), "data": data, "gas": 10**6}
    return Unsigned(**(values | {"fees": {"gasPrice": 10**9}} | changes))


@pytest.mark.parametrize("fees", [{"gasPrice": 10**9}, {"maxFeePerGas": 10**9, "maxPriorityFeePerGas": 5}])
def test_the_transaction_that_was_asked_for_is_signed_by_the_remote_key(make, deployed, fees):
    unsigned = _unsigned(deployed, fees=fees)
    signed = make().sign(unsigned)
    local = Account.from_key(KEY.to_bytes())
    fields = {"chainId": 1337, "nonce": 7, "to": unsigned.to, "data": unsigned.data, "gas": 10**6, "value": 0, **fees}
    assert signed.raw == "0x" + local.sign_transaction(fields).raw_transaction.hex()


def test_what_the_policy_refuses_is_never_shown_to_the_remote_signer(make, remote, deployed):
    with pytest.raises(Exception, match="chain id"):
        make().sign(_unsigned(deployed, chain_id=1))
    assert remote.asked == []


def _by_another_key(payload, _):
    good = OTHER.sign_msg_hash(keccak(payload)).to_bytes()
    return "0x" + (good[:64] + bytes([27 + good[64]])).hex()


def _over_something_else(payload, _):
    good = KEY.sign_msg_hash(keccak(payload + b"\0")).to_bytes()
    return "0x" + (good[:64] + bytes([27 + good[64]])).hex()


@pytest.mark.parametrize(
    "lie",
    [
        _by_another_key,
        _over_something_else,
        lambda _, text: text[:-2] + ("1b" if text[-2:] == "1c" else "1c"),
        lambda _, text: text[:-2],
        lambda _, text: text + "00",
        lambda _, text: "0x" + "00" * 65,
        lambda _, text: "0x" + "ff" * 65,
        lambda _, text: "",
        lambda _, text: "<html>",
        lambda _, text: text + " " * 5000,
    ],
    ids=["other key", "other bytes", "recovery", "short", "long", "zeros", "ones", "empty", "page", "flood"],
)
def test_a_lying_signer_is_refused(make, remote, deployed, lie):
    remote.lie = lie
    signer = make()
    with pytest.raises(SignatureWrong) as refused:
        signer.sign(_unsigned(deployed))
    assert refused.value.status == 503
    remote.lie = None
    signer.sign(_unsigned(deployed))


def test_a_signature_with_high_s_is_brought_to_its_low_form(make, remote, deployed):
    honest = make().sign(_unsigned(deployed)).raw

    def high(payload, text):
        raw = bytes.fromhex(text[2:])
        s = ORDER - int.from_bytes(raw[32:64], "big")
        return "0x" + (raw[:32] + s.to_bytes(32, "big") + bytes([55 - raw[64]])).hex()

    remote.lie = high
    assert make().sign(_unsigned(deployed)).raw == honest


@pytest.mark.parametrize("status", [400, 404, 500, 503, 301])
def test_a_signer_that_refuses_is_unavailable(make, remote, deployed, status):
    remote.status = status
    signer = make()
    with pytest.raises(SignerUnavailable):
        signer.sign(_unsigned(deployed))
    assert signer.problem is not None
    remote.status = 200
    signer.sign(_unsigned(deployed))
    assert signer.problem is None


def test_a_key_that_the_signer_lacks_is_named(make, deployed):
    with pytest.raises(SignerUnavailable, match="does not have the key"):
        make(public_key=OTHER.public_key.to_hex()).sign(_unsigned(deployed))


def test_a_signer_that_is_away_is_unavailable_and_found_again(remote, deployed):
    holder = RemoteKey("remote", _settings(remote))
    holder.probe()
    remote.stop()
    with pytest.raises(SignerUnavailable, match="does not answer"):
        holder.probe()
    with pytest.raises(SignerUnavailable, match="does not answer"):
        holder.signature(b"anything")


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://signer.example:9000"},
        {"url": "http://127.0.0.1@signer.example:9000"},
        {"url": "https://user:secret@signer.example"},
        {"url": "ftp://127.0.0.1"},
        {"url": "https://signer.example?token=1"},
        {"public_key": "0x" + "11" * 20},
        {"certificate": "seat.pem"},
    ],
    ids=lambda change: next(iter(change.values())),
)
def test_settings_that_would_expose_the_signer_are_refused(remote, changes):
    with pytest.raises(ValidationError):
        _settings(remote, **changes)


# --- TLS


def _certificate(folder, name, issuer=None):
    """A key and a certificate for 127.0.0.1, signed by `issuer` or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    moment = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer[1].subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - datetime.timedelta(days=1))
        .not_valid_after(moment + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    certificate = builder.sign(key if issuer is None else issuer[0], hashes.SHA256())
    pem = serialization.PrivateFormat.PKCS8
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, pem, serialization.NoEncryption())
    )
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate


@pytest.fixture
def private(tmp_path):
    """A signer that asks its callers for a certificate."""
    authority = _certificate(tmp_path, "authority")
    for name in ("signer", "seat"):
        _certificate(tmp_path, name, authority)
    _certificate(tmp_path, "stranger")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "signer.pem", tmp_path / "signer.key")
    context.load_verify_locations(tmp_path / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server = RemoteSigner(context)
    yield server, tmp_path
    server.stop()


def _over_tls(private, certificate, authority="authority"):
    remote, folder = private
    files = {"certificate": folder / f"{certificate}.pem", "private_key": folder / f"{certificate}.key"}
    given = files if certificate else {}
    return RemoteKey("remote", _settings(remote, authority=folder / f"{authority}.pem", **given))


def test_the_seat_shows_its_certificate_and_checks_the_signers(private):
    _over_tls(private, "seat").signature(b"payload")


@pytest.mark.parametrize(
    ("certificate", "authority"), [("", "authority"), ("stranger", "authority"), ("seat", "stranger")]
)
def test_without_the_right_certificates_on_both_sides_nothing_is_signed(private, certificate, authority):
    with pytest.raises(SignerUnavailable):
        _over_tls(private, certificate, authority).signature(b"payload")
    assert private[0].asked == []
