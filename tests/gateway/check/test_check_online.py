"""What `loan-ledger gateway check` finds by asking a real node, real contracts, the database and the signers."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time

import pytest
from coincurve import PrivateKey
from eth_account import Account

from chain.keys.keystore import KeystoreCost, store_key
from gateway.check import online
from gateway.cli.app import run
from gateway.settings import load_settings, seat_folder

PUBLIC_KEY = "0x" + PrivateKey.from_int(7).public_key.format(compressed=False)[1:].hex()


@pytest.fixture
def seat(ledger, tmp_path):
    """The platform's seat on the shared ledger, to spoil: its settings and keys, and a database of its own."""
    state = tmp_path / "state"
    shutil.copytree(ledger.state / "platform", state / "platform", ignore=shutil.ignore_patterns("gateway.db*"))
    shutil.copy(ledger.state / "consortium.json", state)
    return state


def change(state, *pairs):
    path = state / "platform" / "settings.toml"
    text = path.read_text()
    for old, new in pairs:
        assert old in text, text
        text = text.replace(old, new)
    path.write_text(text)


def findings(state):
    return online.look(load_settings(state, "platform"), seat_folder(state, "platform"))


def codes(state):
    return {finding.code for finding in findings(state)}


def test_a_good_seat_on_a_simulated_ledger_has_only_that_finding(seat):
    assert codes(seat) == {"node.simulated"}


def test_a_key_with_other_scopes_than_on_chain_is_found(seat):
    change(seat, ('"Vote"', '"Vote", "Supervise"'))
    [finding] = [finding for finding in findings(seat) if finding.code == "keys.other_scopes"]
    assert "Supervise" in finding.text("what")
    change(seat, ('"Vote", "Supervise"', '"Vote"'), ('"Document", ', ""))
    assert "keys.unused_scopes" in codes(seat)


def test_a_key_that_nobody_registered_and_that_has_no_gas_is_found(seat):
    folder = seat / "platform" / "keys" / "platform-lending"
    shutil.rmtree(folder)
    store_key(folder, Account.create(), KeystoreCost.DEVNET)
    assert codes(seat) >= {"keys.unregistered", "keys.penniless"}


def test_another_members_key_is_found(seat, ledger):
    folder = seat / "platform" / "keys" / "platform-lending"
    shutil.rmtree(folder)
    shutil.copytree(ledger.state / "bank" / "keys" / "bank-booking", folder)
    assert "keys.other_member" in codes(seat)


def test_another_chain_is_found_before_anything_is_read_from_it(seat, start_anvil, ledger):
    other = start_anvil()
    change(seat, (ledger.rpc, other))
    assert codes(seat) == {"node.other_chain"}
    change(seat, (other, start_anvil("--chain-id", "4242")))
    assert codes(seat) == {"node.other_chain"}


def test_a_node_that_is_not_there_is_found(seat, ledger):
    change(seat, (ledger.rpc, "http://127.0.0.1:9"))
    assert codes(seat) == {"node.unreachable"}


def test_a_clock_behind_the_chain_is_found(seat, ledger, rpc_proxy):
    proxy = rpc_proxy(ledger.rpc)

    def ahead(method, body):
        if method != "eth_getBlockByNumber":
            return None
        answer = json.loads(proxy.forward(body))
        answer["result"]["timestamp"] = hex(int(time.time()) + 90)
        return json.dumps(answer).encode()

    proxy.hook = ahead
    change(seat, (ledger.rpc, proxy.url))
    assert "node.ahead" in codes(seat)


def test_a_node_without_old_states_is_found(seat, ledger, rpc_proxy):
    proxy = rpc_proxy(ledger.rpc)

    def pruned(method, body):
        asked = json.loads(body)
        if method != "eth_call" or asked["params"][1] == "latest":
            return None
        error = {"code": -32000, "message": "missing trie node (path ) state is not available"}
        return json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": error}).encode()

    proxy.hook = pruned
    change(seat, (ledger.rpc, proxy.url))
    assert "node.not_archive" in codes(seat)


def test_a_database_that_is_none_or_has_old_tables_is_found(seat):
    database = seat / "platform" / "gateway.db"
    database.write_bytes(b"no database at all" * 100)
    assert "database.unusable" in codes(seat)
    database.unlink()
    with sqlite3.connect(database) as made:
        made.execute("CREATE TABLE tokens (x)")
    assert "database.not_migrated" in codes(seat)


def test_ipfs_nodes_and_signers_that_do_not_answer_are_found(seat):
    path = seat / "platform" / "settings.toml"
    key = (
        '[[keys]]\nname = "remote"\nscopes = ["Document"]\nbackend = "web3signer"\n'
        f'[keys.web3signer]\nurl = "http://127.0.0.1:9"\npublic_key = "{PUBLIC_KEY}"\n'
    )
    path.write_text(path.read_text() + key + '[[ipfs]]\napi_url = "http://127.0.0.1:9"\n')
    assert codes(seat) >= {"ipfs.silent", "signer.absent", "keys.unregistered"}


def test_command_prints_what_to_do(seat, capfd):
    arguments = ["gateway", "check", "--state", str(seat), "--seat", "platform"]
    assert run(arguments) == 0  # mode dev, on an engine and a ledger for development
    change(seat, ('mode = "dev"', 'mode = "production"'))
    assert run(arguments) == 1
    said = capfd.readouterr().err
    assert "simulated mode" in said
    assert "mend: " in said


def test_what_hinders_work_is_an_error_in_dev_too(seat, ledger, capfd):
    change(seat, (ledger.rpc, "http://127.0.0.1:9"))
    assert run(["gateway", "check", "--state", str(seat), "--seat", "platform", "--json"]) == 1
    found = json.loads(capfd.readouterr().out)
    assert (found["mode"], found["errors"]) == ("dev", 1)
