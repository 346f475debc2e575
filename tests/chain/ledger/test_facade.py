"""The facade, plain and for asyncio: the same methods, the same answers, the same typed errors."""

from __future__ import annotations

import asyncio
import inspect
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from chain.ledger import calls, reads
from chain.ledger.async_reader import AsyncLedger
from chain.ledger.connection import connect, connect_async
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.errors import ConsortiumMismatch, ContractError, HistoryBroken, NodeUnreachable
from chain.ledger.reader import Ledger
from chain.ledger.roles import Role
from chain.ledger.schedule import build_rows
from chain.ledger.structs import State

OF_CONNECTION = {"aclose"}


def _public(facade: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(member)
        for name, member in vars(facade).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }


def test_both_facades_have_the_same_methods_with_the_same_parameters() -> None:
    plain, for_asyncio = _public(Ledger), _public(AsyncLedger)
    assert set(for_asyncio) - OF_CONNECTION == set(plain)
    for name, signature in plain.items():
        assert list(signature.parameters.values()) == list(for_asyncio[name].parameters.values()), name


def test_every_question_can_be_asked_by_a_method() -> None:
    counted = {"payout_of", "position_count", "position_at", "member_count"}
    of_verification = {"deployment", "deployment_count", "ledger_count", "deployer"}
    questions = {n for n, f in vars(reads).items() if inspect.isfunction(f) and f.__module__ == reads.__name__}
    asked = {n for n in questions if not n.startswith("_") and n != "label"} - counted - of_verification
    assert asked <= set(_public(Ledger))


async def _answers(ledger: AsyncLedger, ask: Callable[[Any], list[Any]]) -> list[Any]:
    found = []
    for answer in ask(ledger):
        found.append(await answer if isinstance(answer, Awaitable) else answer)
    await ledger.aclose()
    return found


def test_both_facades_answer_alike(stage: Any, anvil_url: str) -> None:
    book = stage.book
    terms = stage.terms()
    start = stage.today
    loan = stage.active(terms)
    row = build_rows(terms, start)[0]
    stage.close_day(row.due - timedelta(days=1))
    stage.collect(loan, row.total, row.due)
    anna, subject = book.address("anna"), stage.subject("anna")
    block = book.ledger.height()
    pointer = book.ledger.loan(loan).schedule

    def ask(ledger: Any) -> list[Any]:
        return [
            ledger.loan(loan, block),
            ledger.head(loan),
            ledger.position(loan, subject),
            ledger.claimable(loan, subject),
            ledger.denominator(loan),
            ledger.schedule(pointer),
            ledger.reserve(1),
            ledger.exposure(stage.subject("borrower"), 1),
            ledger.platform_exposure(1),
            ledger.positions(subject),
            ledger.document_committed(loan, b"\x01" * 32),
            ledger.party(anna),
            ledger.account_of(subject),
            ledger.account_of(b"\x77" * 32),
            ledger.frozen(subject),
            ledger.replacement(subject),
            ledger.balance_of(anna),
            ledger.supply(),
            ledger.shortfall(),
            ledger.suspense(),
            ledger.suspended(1, 1),
            ledger.bank_claims(),
            ledger.attestation(),
            ledger.entry_used(1, 1),
            ledger.withdrawal(b"\x01" * 32),
            ledger.business_date(),
            ledger.simulated(),
            ledger.payable_by(0, date(2026, 1, 4)),
            ledger.is_working_day(0, date(2026, 1, 4)),
            ledger.profile(terms.regime),
            ledger.member(2),
            ledger.key(book.address("bank clerk")),
            ledger.approval(b"\x01" * 32, Role.BANK),
            ledger.history(loan),
            ledger.state(loan),
            ledger.recorded(0, block),
            ledger.verify_consortium(),
        ]

    plain = ask(book.ledger)
    for_asyncio = asyncio.run(_answers(AsyncLedger(connect_async(anvil_url), book.contracts), ask))
    assert plain == for_asyncio
    assert plain[0].state is State.ACTIVE
    assert plain[13] is None
    assert plain[9] == (loan,)


def test_both_facades_send_and_raise_the_contracts_error_alike(stage: Any, anvil_url: str) -> None:
    book = stage.book
    entry = stage.entry()
    call = calls.credit(book.address("anna"), 5, entry)

    async def twice() -> tuple[Any, ContractError]:
        async with AsyncLedger(connect_async(anvil_url), book.contracts) as ledger:
            await ledger.simulate(call, book.address("bank"))
            sent = await ledger.send(call, book.key("bank"))
            with pytest.raises(ContractError) as refused:
                await ledger.send(call, book.key("bank"))
            with pytest.raises(ContractError):
                await ledger.simulate(call, book.address("bank"))
            return sent, refused.value

    sent, refused = asyncio.run(twice())
    assert [(e.contract, e.event) for e in sent.events if e.event == "Credited"] == [("CustodyToken", "Credited")]
    assert sent.gas_used > 21_000
    with pytest.raises(ContractError) as plain:
        book.send("bank", call)
    assert (plain.value.code, plain.value.params) == (refused.code, refused.params)
    assert refused.code == "contract.CustodyEntryUsed"


def test_a_node_that_does_not_answer_is_named_as_such_by_both(book: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NodeUnreachable):
            Ledger(connect(url), book.contracts).business_date()
        with pytest.raises(NodeUnreachable):
            Ledger(connect(url), book.contracts).height()

        async def ask() -> None:
            async with AsyncLedger(connect_async(url), book.contracts) as ledger:
                await ledger.business_date()

        with pytest.raises(NodeUnreachable):
            asyncio.run(ask())


def test_an_unknown_loan_has_no_state(book: Any) -> None:
    with pytest.raises(HistoryBroken):
        book.ledger.state(b"\x01" * 32)


def test_a_ledger_is_opened_by_url_and_consortium_file(book: Any, anvil_url: str, tmp_path: Path) -> None:
    keys = [book.key(name) for name in ("platform", "bank", "regulator")]
    file = tmp_path / "consortium.json"
    book.consortium.signed(keys).save(file)
    ledger = Ledger.connect(anvil_url, file)
    ledger.verify_consortium()

    async def ask() -> date:
        async with AsyncLedger.connect(anvil_url, file) as other:
            await other.verify_consortium()
            return await other.business_date()

    assert asyncio.run(ask()) == ledger.business_date()


def test_a_file_that_leaves_a_member_out_is_refused_by_both(book: Any, anvil_url: str) -> None:
    file: Consortium = replace(book.consortium, members=book.consortium.members[:-1])
    with pytest.raises(ConsortiumMismatch):
        Ledger(connect(anvil_url), Contracts(file)).verify_consortium()

    async def ask() -> None:
        async with AsyncLedger(connect_async(anvil_url), Contracts(file)) as ledger:
            await ledger.verify_consortium()

    with pytest.raises(ConsortiumMismatch):
        asyncio.run(ask())
