"""The table of amounts is complete, and fits the contracts."""

from __future__ import annotations

import pytest

from chain.ledger.amounts import Argument, Stored, Unlimited, place_of, places
from chain.ledger.contracts import abi, functions
from chain.ledger.roles import Role, allowed, second_keys, table

SENT = {(c, f) for c, granted in table().items() for f in granted if any(allowed(role, c, f) for role in Role)}
# Figures that are published or bound something, what nobody gets, and terms of loans whose money the ledger knows.
NOT_PAID = {
    ("CustodyToken", "suspend"),
    ("CustodyToken", "setMintCap"),
    ("CustodyToken", "attest"),
    ("RepaymentSchedules", "register"),
    ("RepaymentSchedules", "registerAdded"),
    ("LoanEscrow", "claimFees"),
    ("LoanEscrow", "closeDrawing"),
    ("LoanEscrow", "revokeMandate"),
}


def _has_amount(inputs):
    return any(item["type"].startswith("uint128") or _has_amount(item.get("components", [])) for item in inputs)


def test_every_function_that_a_seat_may_send_stands_in_the_table_once():
    assert set(places()) == SENT


def test_every_function_that_takes_an_amount_has_one_to_hold_limits_against():
    takes = {
        (contract, item["name"])
        for contract in table()
        for item in abi(contract)
        if item["type"] == "function" and (contract, item["name"]) in SENT and _has_amount(item["inputs"])
    }
    without = {place for place in takes if isinstance(place_of(*place), Unlimited)}
    assert without == NOT_PAID


def test_every_call_that_needs_a_second_key_above_a_limit_has_an_amount():
    for contract, granted in second_keys().items():
        for function, key in granted.items():
            if not key.always:
                assert isinstance(place_of(contract, function), Argument | Stored), (contract, function)


def _terms(principal, first):
    kinds = functions("LoanEscrow")["disburse"].types[0]
    assert kinds.startswith("(uint16,address,address,bytes3,uint128,")
    return (1, "", "", b"", principal, b"", 0, (), (), (1, 12, 1, first, 0, b""), (), ())


@pytest.mark.parametrize(
    ("contract", "function", "args", "amount"),
    [
        ("CustodyToken", "credit", ("0x00", 500, ()), 500),
        ("LoanEscrow", "collect", ([(b"", 1, 70, 0, ()), (b"", 1, 5, 0, ())],), 75),
        ("LoanEscrow", "collect", ([],), 0),
        ("LoanEscrow", "subscribe", (b"", 1, [(b"", "", 10, 0, b"", 0), (b"", "", 4, 0, b"", 0)], []), 14),
        ("LoanEscrow", "disburse", (_terms(900, 200), 1, []), 200),
        ("LoanEscrow", "disburse", (_terms(900, 0), 1, []), 900),
        ("LoanEscrow", "payByMandate", ((b"", "", 33, b"", 0), 1, b""), 33),
        ("Withdrawals", "request", (("", 21, b"", 0), b""), 21),
    ],
)
def test_amounts_are_read_from_arguments(contract, function, args, amount):
    place = place_of(contract, function)
    assert isinstance(place, Argument)
    assert place.read(args) == amount
