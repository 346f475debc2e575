"""What a seat refuses to sign, before any node is asked."""

from __future__ import annotations

import itertools

import pytest
from eth_account import Account

from chain.ledger import calls
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts, functions, selector
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
def contracts(make_ledger):
    return Contracts(Consortium.load(make_ledger().state / "consortium.json"))


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
def test_the_signer_follows_the_role_table(contracts, role, contract, function):
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


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: {"chain_id": 1}, "chain id"),
        (lambda c: {"value": 1}, "wei"),
        (lambda c: {"to": None}, "creates a contract"),
        (lambda c: {"to": "0x" + "77" * 20}, "none of the ledger's contracts"),
        (lambda c: {"data": b""}, "no function"),
        (lambda c: {"data": bytes.fromhex("deadbeef")}, "no function"),
        (lambda c: {"data": _good(c)[1] + b"\0"}, "canonically"),
        (lambda c: {"data": _good(c)[1][:-1]}, "canonically"),
    ],
    ids=["chain", "value", "creation", "stranger", "plain", "selector", "trailing", "short"],
)
def test_the_signer_refuses(contracts, change, reason):
    to, data = _good(contracts)
    _signer(contracts, Role.PLATFORM).sign(_unsigned(contracts, to, data))
    with pytest.raises(SigningRefused, match=reason):
        _signer(contracts, Role.PLATFORM).sign(_unsigned(contracts, **({"to": to, "data": data} | change(contracts))))


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


def test_a_seat_refuses_without_asking_its_node(make_ledger, serve, use_rpc):
    ledger = make_ledger()
    for seat in ("platform", "bank", "regulator", "observer"):
        use_rpc(ledger, seat, "http://127.0.0.1:9")  # nobody listens there: any question would be a 503
        serve(ledger, seat, ready=False)
    for seat, path, body in REFUSED:
        request = ledger.party_request("Refused") if body == "party" else body
        answer = ledger.clients[seat].post(path, request)
        assert (answer.status_code, answer.json()["code"]) == (403, "seat.not_allowed"), (seat, path, answer.text)
        assert ledger.clients[seat].get("/v1/transactions")["items"] == []
