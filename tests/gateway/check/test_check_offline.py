"""What `gateway check` finds in settings and files, and that a production gateway refuses to start with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from eth_account import Account

from chain.keys.keystore import KeystoreCost, store_key
from chain.ledger.consortium import Checkpoint, Consortium, Member
from chain.ledger.roles import Role
from gateway.check import offline
from gateway.check.command import Misconfigured, require_configured
from gateway.check.findings import Severity, catalogue
from gateway.cli.app import run
from gateway.settings import load_settings, seat_folder

ROOT = Account.from_key("0x" + "51" * 32)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A bank's seat as it should be; its one key has the production cost, which takes a second to make."""
    state = tmp_path_factory.mktemp("state")
    folder = state / "bank"
    folder.mkdir(mode=0o700)
    store_key(folder / "keys" / "booking", Account.create(), KeystoreCost.PRODUCTION)
    for place in (folder / "keys", folder / "keys" / "booking"):
        place.chmod(0o700)
    consortium = Consortium(
        version=1, previous="0x" + "00" * 32, name="test", chain_id=7, genesis_hash="0x" + "01" * 32, engine="qbft",
        currency="CNY", start_block=0, members=(Member(1, "bank", Role.BANK, str(ROOT.address)),), deployments={},
        checkpoints=(Checkpoint(0, "0x" + "01" * 32, ()),),
    )  # fmt: skip
    consortium.signed([ROOT.key]).save(state / "consortium.json")
    certificate(folder, timedelta(days=90))
    return state


@pytest.fixture
def state(prepared, tmp_path):
    """A copy to spoil, with good settings."""
    shutil.copytree(prepared, tmp_path / "state")
    write(tmp_path / "state")
    return tmp_path / "state"


def write(state: Path, **changed: object) -> None:
    values = {
        "seat": "bank", "role": "bank", "member": "bank", "rpc_url": "http://127.0.0.1:8545", "engine": "qbft",
        "auth_origins": ["https://ledger.bank.example"],
    } | changed  # fmt: skip
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
    lines += ["[[keys]]", 'name = "booking"', 'folder = "keys/booking"', 'scopes = ["Book", "Document"]']
    lines += ["[custody_account]", 'account = "CN11BANK0000000007"']
    path = state / "bank" / "settings.toml"
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)


def certificate(folder: Path, valid: timedelta) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ledger.bank.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=400)).not_valid_after(now + valid)
    (folder / "tls.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    place = folder / "tls.key"
    place.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    place.chmod(0o600)


def findings(state: Path, **more):
    return offline.look(load_settings(state, "bank"), seat_folder(state, "bank"), **more)


def codes(state: Path, **more):
    return {finding.code for finding in findings(state, **more)}


def test_nothing_is_found_at_a_seat_as_it_should_be(state):
    assert codes(state) == set()
    write(state, host="0.0.0.0", tls_certificate="tls.pem", tls_key="tls.key")
    assert codes(state) == set()
    write(state, host="10.0.0.7", auth_trusted_proxies=["10.0.0.2/32"])
    assert codes(state) == set()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"host": "0.0.0.0"}, "listener.open"),
        ({"host": "::"}, "listener.open"),
        ({"host": "192.0.2.7"}, "listener.open"),
        ({"host": "gateway.bank.example"}, "listener.open"),
        ({"auth_trusted_proxies": ["0.0.0.0/0"]}, "listener.any_proxy"),
        ({"tls_certificate": "tls.pem", "tls_key": "consortium.json"}, "listener.certificate_unusable"),
        ({"tls_certificate": "absent.pem", "tls_key": "tls.key"}, "listener.certificate_unusable"),
        ({"tls_certificate": "tls.pem", "tls_key": "absent.key"}, "files.missing"),
        ({"auth_origins": ["http://ledger.bank.example"]}, "sign_in.plain"),
        ({"log_level": "debug"}, "settings.debug"),
        ({"engine": "anvil"}, "settings.development_engine"),
        ({"rpc_url": "http://node.bank.example:8545"}, "node.plain"),
        ({"rpc_url": "https://user:word@node.bank.example"}, "secrets.in_url"),
        ({"member": "another bank"}, "consortium.not_member"),
        ({"consortium": "absent.json"}, "consortium.invalid"),
        ({"database_url": "postgresql+psycopg://ledger:s3cr3t@db/ledger"}, "secrets.in_url"),
        ({"database_url": "mysql://db/ledger"}, "database.unusable"),
        ({"database_url": "postgresql://ledger@db/ledger", "database_password": "postgres"}, "secrets.example"),
        ({"auth_secret": "0" * 64}, "secrets.example"),
    ],
)
def test_each_wrong_setting_has_its_finding(state, changed, code):
    write(state, **changed)
    assert code in codes(state)


@pytest.mark.parametrize(
    ("passphrase", "code"),
    [
        ("changeme", "secrets.example"),
        ("Password123!", "secrets.example"),
        ("x" * 40, "secrets.example"),
        ("short-8Kd", "secrets.weak"),
        ("abababababababababab", "secrets.weak"),
    ],
)
def test_a_passphrase_that_is_known_or_can_be_guessed_is_found_and_not_shown(state, passphrase, code):
    file = state / "bank" / "keys" / "booking" / "secrets" / "passphrase"
    file.write_text(passphrase + "\n")
    found = findings(state)
    assert [finding.code for finding in found] == [code]
    assert passphrase not in json.dumps([finding.as_data() for finding in found])


def test_a_missing_passphrase_is_found(state):
    (state / "bank" / "keys" / "booking" / "secrets" / "passphrase").unlink()
    assert codes(state) == {"secrets.missing"}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
@pytest.mark.parametrize(
    "file",
    ["settings.toml", "keys/booking/secrets/passphrase", "keys/booking/keystore/*", "secrets/auth.key", "gateway.db"],
)
def test_files_that_others_may_read_or_write_are_found(state, file, mode):
    folder = state / "bank"
    if "*" not in file and not (folder / file).exists():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text("x")
    [path] = folder.glob(file)
    path.chmod(mode)
    found = [finding for finding in findings(state) if finding.code == "files.open"]
    assert [finding.params["path"] for finding in found] == [str(path)]
    path.chmod(0o600)
    assert "files.open" not in codes(state)


def test_tokens_of_ipfs_nodes_that_others_may_read_are_found(state):
    token = state / "bank" / "ipfs.token"
    token.write_text("t")
    token.chmod(0o644)
    write(state)
    path = state / "bank" / "settings.toml"
    path.write_text(path.read_text() + '[[ipfs]]\napi_url = "http://127.0.0.1:5001"\ntoken_file = "ipfs.token"\n')
    assert codes(state) == {"files.open"}


def test_an_open_folder_is_a_warning(state):
    (state / "bank").chmod(0o755)
    [finding] = findings(state)
    assert (finding.code, finding.severity) == ("files.folder_open", Severity.WARNING)


def test_keys_of_development_chains_are_found(state):
    folder = state / "bank" / "keys" / "booking"
    shutil.rmtree(folder)
    anvil = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
    store_key(folder, Account.from_key(anvil), KeystoreCost.DEVNET)
    assert codes(state) == {"keys.example", "keys.cheap"}


def test_a_root_that_signs_itself_is_a_warning(state):
    path = state / "bank" / "settings.toml"
    path.write_text(
        path.read_text()
        .replace('[[keys]]\nname = "booking"\nfolder = "keys/booking"\n', "[x]\n")
        .replace('[x]\nscopes = ["Book", "Document"]\n', "")
    )
    store_key(state / "bank", ROOT, KeystoreCost.DEVNET)
    assert codes(state) == {"keys.root_signs", "keys.cheap"}


def test_the_documentations_custody_account_is_found_at_a_bank(state):
    path = state / "bank" / "settings.toml"
    path.write_text(path.read_text().replace("CN11BANK0000000007", "CN00LEDGER0000000001"))
    assert codes(state) == {"settings.example_account"}


@pytest.mark.parametrize(("days", "code"), [(-1, "listener.certificate_expired"), (5, "listener.certificate_ends")])
def test_an_expired_or_ending_certificate_is_found(state, days, code):
    certificate(state / "bank", timedelta(days=days))
    write(state, tls_certificate="tls.pem", tls_key="tls.key")
    assert codes(state) == {code}


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "ext4"])
def test_sqlite_on_a_network_file_system_is_found(state, tmp_path, kind):
    mounts = tmp_path / "mounts"
    place = str(state).replace(" ", "\\040")
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {place} {kind} rw 0 0\nproc /proc proc rw 0 0\n")
    assert codes(state, mounts=mounts) == (set() if kind == "ext4" else {"database.network_files"})


def test_a_forged_consortium_file_is_found(state):
    path = state / "consortium.json"
    path.write_text(path.read_text().replace('"chain_id": 7', '"chain_id": 8'))
    assert codes(state) == {"consortium.invalid"}


def test_every_finding_says_in_both_languages_what_was_expected_and_what_to_do():
    texts = {f"{part}_{language}" for part in ("what", "expected", "mend") for language in ("en", "zh")}
    for code, kind in catalogue().items():
        assert kind.keys() == texts | {"severity"}, code
        assert Severity(kind["severity"])
        assert all(kind.values()), code


def test_production_refuses_to_start_with_an_error_and_dev_only_warns(state):
    write(state, host="0.0.0.0")
    with pytest.raises(Misconfigured) as refused:
        require_configured(load_settings(state, "bank"), state / "bank")
    assert "0.0.0.0" in str(refused.value)
    write(state, host="0.0.0.0", mode="dev")
    require_configured(load_settings(state, "bank"), state / "bank")
    assert run(["gateway", "check", "--state", str(state), "--seat", "bank", "--offline"]) == 0
    write(state, log_level="debug")  # a warning
    require_configured(load_settings(state, "bank"), state / "bank")


def test_a_served_gateway_ends_at_once_with_the_reason(state):
    write(state, host="0.0.0.0")
    command = [sys.executable, "-m", "gateway", "serve", "--state", str(state), "--seat", "bank"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ))
    assert done.returncode == 4
    assert "0.0.0.0" in done.stderr
    assert not (state / "bank" / "gateway.db").exists()


def test_command_gives_json_and_exit_codes(state, capfd):
    arguments = ["gateway", "check", "--state", str(state), "--seat", "bank", "--offline", "--json"]
    assert run(arguments) == 0
    assert json.loads(capfd.readouterr().out) == {
        "seat": "bank", "mode": "production", "errors": 0, "warnings": 0, "findings": [],
    }  # fmt: skip
    write(state, host="0.0.0.0", log_level="debug")
    assert run(arguments) == 1
    found = json.loads(capfd.readouterr().out)
    assert (found["errors"], found["warnings"]) == (1, 1)
    assert [finding["code"] for finding in found["findings"]] == ["listener.open", "settings.debug"]
    assert found["findings"][0]["mend"]
