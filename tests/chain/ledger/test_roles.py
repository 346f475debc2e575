"""The role table covers the contracts exactly, and says what it should."""

from __future__ import annotations

import pytest

from chain.deployment.plan import MODULES
from chain.errors import LedgerError
from chain.ledger.contracts import functions, manifest
from chain.ledger.errors import ContractError, contract_error_texts
from chain.ledger.roles import (
    Role,
    SecondKey,
    allowed,
    scope_of,
    scopes,
    second_key_of,
    second_keys,
    table,
)

# Errors that OpenZeppelin declares; those that can reach a user are worded by their name alone.
OF_LIBRARIES = ("ERC20", "ECDSA", "SafeCast", "InvalidShort", "StringTooLong")


def test_every_state_changing_function_stands_in_the_role_table_and_no_other() -> None:
    on_chain = {
        contract: {f.name for f in functions(contract).values() if f.changes_state}
        for contract in manifest()["contracts"]
        # A module's functions are the escrow's: they are called there.
        if contract not in MODULES and any(f.changes_state for f in functions(contract).values())
    }
    granted = {contract: {name for name, to in grants.items() if to} for contract, grants in table().items()}
    assert on_chain == granted
    refused = {(contract, name) for contract, grants in table().items() for name, to in grants.items() if not to}
    assert refused == {("CustodyToken", name) for name in ("transfer", "transferFrom", "approve")}


def test_a_modules_functions_stand_in_the_escrows_interface() -> None:
    ours = {f.signature for f in functions("LoanEscrow").values()}
    for module in MODULES:
        assert {f.signature for f in functions(module).values() if f.changes_state} <= ours, module


def test_scopes_and_second_keys_are_given_for_functions_that_seats_may_call() -> None:
    for contract, given in scopes().items():
        assert set(given) <= set(table()[contract]), contract
    for contract, given in second_keys().items():
        for function, second in given.items():
            assert scope_of(contract, function) is not None
            assert second.roles <= set(Role)
    assert second_key_of("LoanEscrow", "rebook") == SecondKey(frozenset({Role.BANK}), always=True)
    assert second_key_of("LoanEscrow", "collect") == SecondKey(frozenset({Role.BANK}), always=False)
    assert second_key_of("LoanEscrow", "claim") is None


@pytest.mark.parametrize("contract", sorted(table()))
def test_the_observer_sends_nothing(contract: str) -> None:
    assert not any(allowed(Role.OBSERVER, contract, function) for function in table()[contract])


def test_what_anyone_may_send_every_seat_but_the_observer_may() -> None:
    assert table()["RepaymentSchedules"]["register"] == {"ANYONE"}
    assert {role for role in Role if allowed(role, "RepaymentSchedules", "register")} == set(Role) - {Role.OBSERVER}


def test_unknown_contracts_and_functions_are_never_allowed() -> None:
    assert not any(allowed(role, "LoanEscrow", "drain") for role in Role)
    assert not any(allowed(role, "Elsewhere", "collect") for role in Role)


def test_every_contract_error_has_texts_and_no_text_is_left_over() -> None:
    names = {
        item["name"]
        for contract in manifest()["contracts"].values()
        for item in contract["abi"]
        if item["type"] == "error"
        and not item["name"].startswith(("ERC20", "ECDSA", "SafeCast", "InvalidShort", "StringTooLong"))
    }
    assert names - set(contract_error_texts()) == set()
    assert set(contract_error_texts()) - names == set()


def test_contract_error_texts_fit_their_values() -> None:
    for contract in manifest()["contracts"].values():
        for item in contract["abi"]:
            if item["type"] == "error":
                error: LedgerError = ContractError(item["name"], {i["name"]: 1 for i in item["inputs"]})
                assert error.message("en")
                assert error.message("zh")
                assert error.code == f"contract.{item['name']}"
