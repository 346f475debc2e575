"""One builder for each function that a seat may call, with the arguments that the contract takes."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from eth_account import Account

from chain.ledger import calls
from chain.ledger.calls import Call
from chain.ledger.contracts import encode_function, functions
from chain.ledger.roles import table
from chain.ledger.solidity import Struct, from_abi, members
from chain.schedules.ledger import Row

BUILDERS = {name: getattr(calls, name) for name in calls.__all__ if inspect.isfunction(getattr(calls, name))}
OF_CONTRACTS = {"LEDGER", "CALENDAR", "PARTIES"}


def _sample(kind: Any) -> Any:
    """Any value of a type that the builders take."""
    if get_origin(kind) in (tuple, Sequence):
        items = [part for part in get_args(kind) if part is not Ellipsis]
        return tuple(_sample(part) for part in items) if get_origin(kind) is tuple else [_sample(items[0])]
    if get_origin(kind) is not None or kind is bytes | None:
        return b"\x01" * 32
    if issubclass(kind, Struct):
        return kind(**{m.python: _member(m.kind, m.declared) for m in members(kind)})
    if issubclass(kind, IntEnum):
        return next(iter(kind))
    plain = {bytes: b"\x01" * 32, str: str(Account.from_key("0x" + "11" * 32).address), int: 1, bool: True}
    return {**plain, date: date(2026, 1, 5), Row: Row(date(2026, 2, 5), 1, 2, 3)}[kind]


def _member(kind: Any, declared: str) -> Any:
    if get_origin(kind) is tuple:
        return (_member(get_args(kind)[0], declared.removesuffix("[]")),)
    if declared == "bytes3":
        return "CNY"
    return date(2026, 1, 5) if get_origin(kind) is not None or date in get_args(kind) else _sample(kind)


def _call(name: str) -> Call:
    builder = BUILDERS[name]
    hints = get_type_hints(builder)
    built = builder(*(_sample(hints[parameter]) for parameter in inspect.signature(builder).parameters))
    assert isinstance(built, Call)
    return built


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_a_builders_arguments_are_what_the_contract_takes(name: str) -> None:
    call = _call(name)
    assert len(encode_function(call.contract, call.function, call.args)) >= 4
    assert functions(call.contract)[call.function].changes_state


def test_every_function_that_a_seat_may_call_has_one_builder() -> None:
    built = [(call.contract, call.function) for call in map(_call, BUILDERS)]
    for_seats = {
        (contract, function)
        for contract, grants in table().items()
        for function, to in grants.items()
        if to and not to <= OF_CONTRACTS
    } - {("Approvals", "consume")}  # a contract's own step
    assert sorted(built) == sorted(for_seats)


def test_calls_of_one_loan_carry_its_id_and_those_of_several_none() -> None:
    def receipt(loan: bytes) -> calls.Receipt:
        return calls.Receipt(loan, 1, 1, date(2026, 1, 5), calls.BankEntry(1, 1, bytes(32)))

    assert calls.collect([receipt(b"\x01" * 32)]).loan == b"\x01" * 32
    assert calls.collect([receipt(b"\x01" * 32), receipt(b"\x02" * 32)]).loan is None


def test_values_pass_through_the_abi_unchanged() -> None:
    for name in ("rebook", "repay_early", "propose"):
        call = _call(name)
        hints = get_type_hints(BUILDERS[name])
        struct = next(iter(hints.values()))
        assert from_abi(call.args[0], struct.__name__, struct).abi_tuple() == call.args[0]
