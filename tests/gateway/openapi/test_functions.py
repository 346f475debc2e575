"""Every function that a seat may call can be called through the API; what an operation says of itself is so."""

from __future__ import annotations

import pytest

from chain.error_registry import registered
from chain.ledger import calls, roles
from chain.ledger.roles import Role
from gateway.approvals import actions
from gateway.error_modules import ERROR_MODULES
from gateway.openapi import reverts
from gateway.openapi.operations import of_all
from gateway.openapi.reach import reached

SEATS = {role.value for role in Role if role is not Role.OBSERVER} | {"ANY_SEAT"}
# What a seat's gateway sends without being asked.
DUTIES = {("AuditAnchors", "anchor")}


def of_seats():
    return sorted(
        (contract, function)
        for contract, functions in roles.table().items()
        for function, grants in functions.items()
        if grants & SEATS
    )


@pytest.fixture(scope="module")
def senders():
    found = {}
    for operation in of_all():
        for function in operation.functions:
            found.setdefault(function, set()).add(operation.id)
    return found


@pytest.mark.parametrize("function", sorted(set(of_seats()) - set(DUTIES)), ids=".".join)
def test_a_function_of_the_seats_is_reached_by_an_operation(senders, function):
    assert senders.get(function), f"no operation sends {'.'.join(function)}"


def test_what_is_sent_is_what_the_facade_builds(senders):
    built = {
        call
        for name in dir(calls)
        if callable(getattr(calls, name)) and getattr(getattr(calls, name), "__module__", "").startswith("chain.")
        for call in reached(getattr(calls, name)).calls
    }
    assert set(senders) <= built
    assert len(built) > 50


def test_some_operations_send_what_they_should(senders):
    assert senders["LoanEscrow", "pay"] == {"pay_loan"}
    assert "post_account_statement" in senders["LoanEscrow", "collect"]
    assert {"propose_reversal", "approve_proposal"} <= senders["LoanEscrow", "rebook"]
    assert {"freeze_party", "approve_proposal"} <= senders["Parties", "freeze"]
    assert not [o.id for o in of_all() if o.method == "GET" and o.functions and o.id != "get_proposal"]


def test_every_builder_is_reached_by_some_operation_beside_approvals():
    general = {"approve_proposal", "send_proposal", "get_proposal"}
    own = {function for o in of_all() if o.id not in general for function in o.functions}
    for kind, builder in actions.builders().items():
        assert reached(builder).calls & own, kind


def test_every_code_of_an_operation_is_registered_in_both_languages():
    known = registered(ERROR_MODULES)
    for operation in of_all():
        for code in operation.codes:
            assert known[code].en
            assert known[code].zh, (operation.id, code)


def test_refusals_follow_from_what_is_reached():
    codes = {operation.id: operation.codes for operation in of_all()}
    assert {"contract.RateAboveCap", "order.signer_wrong", "idempotency.in_progress"} <= codes["propose_loan"]
    assert {"bank.balance_mismatch", "seat.no_such_service"} <= codes["post_account_statement"]
    assert "loan.early_not_agreed" in codes["get_loan_payoff"]
    assert "contract.RateAboveCap" not in codes["close_loan"]
    assert not [code for code in codes["list_loans"] if code.startswith("contract.")]


@pytest.mark.network
def test_the_contracts_errors_are_those_of_the_sources():
    """Compiled anew: `loan-ledger api write` keeps what each function can revert with."""
    found = {name: tuple(codes) for name, codes in reverts.found().items()}
    assert found == dict(reverts.kept())
    assert "contract.HistoryMoved" in found["LoanEscrow.pay"]
    assert "contract.RateAboveCap" in found["LoanAgreements.propose"]
