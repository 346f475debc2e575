"""What a seat refuses to sign, before any node is asked: role, scope, contract, function, target, value and chain."""

from __future__ import annotations

import itertools
import socket
from functools import cache

import pytest
from eth_account import Account
from eth_utils import to_checksum_address
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.ledger import calls
from chain.ledger.contracts import functions, selector
from chain.ledger.roles import Role, Scope, allowed, scope_of, table
from gateway.errors import KeyNotAllowed, SeatNotAllowed, SigningRefused
from gateway.signing.held_key import HeldKey
from gateway.signing.signer import Policy, PolicySigner, SeatKey, Unsigned

KEY = bytes.fromhex("11" * 32)
FEES = {"gasPrice": 10**9}
MATRIX = [
    (role, contract, function)
    for role, (contract, granted) in itertools.product(Role, table().items())
    for function in granted
]


@pytest.fixture(scope="module")
def contracts(deployed):
    return deployed


@pytest.fixture(autouse=True)
def no_network(request, monkeypatch):
    """Nothing here opens a connection: whatever is refused or signed, no node is asked."""
    if "serve" in request.fixturenames:
        return

    def connect(*_):
        raise AssertionError("a signer asked the network")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "create_connection", connect)


@cache
def _signer(contracts, role, scopes=frozenset(Scope)):
    key = SeatKey("key", str(Account.from_key(KEY).address), scopes)
    policy = Policy("test", role, contracts.consortium.chain_id, contracts, (key,))
    return PolicySigner(policy, key, HeldKey(KEY))


def _unsigned(contracts, to, data, **changed):
    values = {"chain_id": contracts.consortium.chain_id, "nonce": 0, "to": to, "data": data, "gas": 10**6, "fees": FEES}
    return Unsigned(**(values | changed))


def _zero(kind):
    from eth_abi.grammar import parse

    def value(node):
        if node.is_array:
            return []
        if hasattr(node, "components"):
            return tuple(value(part) for part in node.components)
        return {
            "address": "0x" + "00" * 20,
            "bool": False,
            "string": "",
        }.get(node.base, b"\0" * node.sub if node.base == "bytes" and node.sub else b"" if node.base == "bytes" else 0)

    return value(parse(kind))


def _calldata(contract, function):
    entry = functions(contract)[function]
    from eth_abi.abi import encode

    return selector(entry.signature) + encode(entry.types, [_zero(kind) for kind in entry.types])


@pytest.mark.parametrize(("role", "contract", "function"), MATRIX)
def test_security_01_role_contract_selector_refused_by_the_signer_with_zero_rpc_calls(
    contracts, role, contract, function
):
    unsigned = _unsigned(contracts, contracts.address(contract), _calldata(contract, function))
    signer = _signer(contracts, role)
    if allowed(role, contract, function):
        signed = signer.sign(unsigned)
        assert Account.recover_transaction(signed.raw) == signer.address
    else:
        with pytest.raises(SeatNotAllowed):
            signer.sign(unsigned)


@pytest.mark.parametrize(("role", "contract", "function"), [m for m in MATRIX if allowed(*m) and scope_of(*m[1:])])
def test_a_key_signs_only_what_its_scopes_give(contracts, role, contract, function):
    unsigned = _unsigned(contracts, contracts.address(contract), _calldata(contract, function))
    needed = scope_of(contract, function)
    _signer(contracts, role, frozenset({needed})).sign(unsigned)
    with pytest.raises(KeyNotAllowed):
        _signer(contracts, role, frozenset(Scope) - {needed}).sign(unsigned)


def test_a_seat_signs_with_the_first_of_its_keys_that_may(contracts):
    keys = tuple(SeatKey(scope.name, f"0x{int(scope):040x}", frozenset({scope})) for scope in Scope)
    policy = Policy("test", Role.BANK, contracts.consortium.chain_id, contracts, keys)
    assert policy.key_for("CustodyToken", "credit").name == "Book"
    assert policy.key_for("CustodyToken", "attest").name == "Attest"
    without = Policy("test", Role.BANK, contracts.consortium.chain_id, contracts, keys[:2])
    with pytest.raises(KeyNotAllowed, match="Attest"):
        without.key_for("CustodyToken", "attest")


def _good(contracts):
    call = calls.close(b"\1" * 32, 3)
    return contracts.address("LoanEscrow"), contracts.encode(call)


def _refused(contracts, reason, **changes):
    to, data = _good(contracts)
    _signer(contracts, Role.PLATFORM).sign(_unsigned(contracts, to, data))
    with pytest.raises(SigningRefused, match=reason):
        _signer(contracts, Role.PLATFORM).sign(_unsigned(contracts, **({"to": to, "data": data} | changes)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"data": bytes.fromhex("deadbeef")}, "no function deadbeef"),
        ({"data": b""}, "no function"),
        ({"data": bytes.fromhex("de")}, "no function"),
        ({"to": str(Account.from_key(KEY).address)}, "none of the ledger's contracts"),
        ({"to": "0x" + "00" * 20}, "none of the ledger's contracts"),
        ({"to": "0x" + "77" * 20, "data": b""}, "none of the ledger's contracts"),
        ({"to": None}, "creates a contract"),
        ({"to": None, "data": b""}, "creates a contract"),
        ({"value": 1}, "moves 1 wei"),
        ({"value": 10**18, "data": b""}, "wei"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
def test_security_02_unknown_selector_eoa_target_creation_and_value_refused(contracts, changes, reason):
    _refused(contracts, reason, **changes)


@pytest.mark.parametrize("chain_id", [0, 1, 1336, 1338, 2**64])
def test_security_03_wrong_chain_id_refused(contracts, chain_id):
    _refused(contracts, f"chain id {chain_id}, the ledger's is 1337", chain_id=chain_id)


@pytest.mark.parametrize("change", [lambda d: d + b"\0", lambda d: d + bytes(32), lambda d: d[:-1], lambda d: d[:-32]])
def test_arguments_that_are_not_canonical_are_refused(contracts, change):
    _refused(contracts, "canonically", data=change(_good(contracts)[1]))


def test_an_address_in_another_spelling_is_the_same_contract(contracts):
    to, data = _good(contracts)
    signed = _signer(contracts, Role.PLATFORM).sign(_unsigned(contracts, to.lower(), data))
    assert Account.recover_transaction(signed.raw) == str(Account.from_key(KEY).address)


ADDRESSES = st.binary(min_size=20, max_size=20).map(to_checksum_address)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(Role), ADDRESSES | st.none(), st.binary(max_size=200), st.integers(0, 5), st.integers(0, 2))
def test_random_targets_and_bytes_are_never_signed(contracts, role, to, data, nonce, value):
    with pytest.raises((SigningRefused, SeatNotAllowed, KeyNotAllowed)):
        _signer(contracts, role).sign(_unsigned(contracts, to, data, nonce=nonce, value=value))


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_bytes_to_the_ledgers_contracts_are_signed_only_as_calls_that_the_role_gives(contracts, data):
    role = data.draw(st.sampled_from(Role))
    name = data.draw(st.sampled_from(sorted(contracts.consortium.deployments)))
    entries = list(functions(name).values())
    start = st.binary(min_size=4, max_size=4)
    if entries:
        start |= st.sampled_from([selector(entry.signature) for entry in entries])
    words = st.lists(st.integers(0, 2**256 - 1) | st.integers(0, 255), max_size=6)
    body = data.draw(words.map(lambda found: b"".join(word.to_bytes(32, "big") for word in found)) | st.binary())
    unsigned = _unsigned(contracts, contracts.address(name), data.draw(start) + body)
    signer = _signer(contracts, role)
    try:
        signed = signer.sign(unsigned)
    except (SigningRefused, SeatNotAllowed, KeyNotAllowed):
        return
    assert allowed(role, signed.call.contract, signed.call.function)
    assert signed.call.contract == name
    assert contracts.encode(signed.call) == unsigned.data
    assert Account.recover_transaction(signed.raw) == signer.address


LOAN = "0x" + "ab" * 32
STEP = {"expected_history_length": 1}
REFUSED = [
    ("platform", "/v1/regime-profiles", {
        "name": "x", "rate_cap": "0.1", "reversal_days": 1, "effective_from": "2026-01-01",
        "effective_through": "2026-02-01"}),
    ("platform", "/v1/parties", "party"),
    ("bank", f"/v1/loans/{LOAN}/cancel", STEP | {"reason": "r"}),
    ("bank", f"/v1/loans/{LOAN}/disburse", STEP),
    ("regulator", f"/v1/loans/{LOAN}/disburse", STEP),
    ("regulator", "/v1/parties", "party"),
    ("observer", f"/v1/loans/{LOAN}/expire", STEP),
    ("observer", f"/v1/loans/{LOAN}/close", STEP),
    ("observer", f"/v1/loans/{LOAN}/claim", STEP | {"lenders": ["0x" + "11" * 20]}),
]  # fmt: skip


def test_security_01_a_seat_refuses_a_route_without_asking_its_node(make_ledger, serve, use_rpc):
    ledger = make_ledger()
    for seat in ("platform", "bank", "regulator", "observer"):
        use_rpc(ledger, seat, "http://127.0.0.1:9")  # nobody listens there: any question would be a 503
        serve(ledger, seat, ready=False)
    for seat, path, body in REFUSED:
        request = ledger.party_request("Refused") if body == "party" else body
        answer = ledger.clients[seat].post(path, request)
        # An observer's gateway has no route that sends; the others' signers would refuse.
        code = "seat.no_such_service" if seat == "observer" else "seat.not_allowed"
        assert (answer.status_code, answer.json()["code"]) == (403, code), (seat, path, answer.text)
        assert ledger.clients[seat].get("/v1/transactions")["items"] == []
