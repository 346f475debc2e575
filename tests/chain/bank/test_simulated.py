from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chain.bank.account_statement import EntryStatus, Remittance, StatementEntry
from chain.bank.amounts import Minor
from chain.bank.camt053 import read_account_statement
from chain.bank.pain001 import Debtor, PaymentInstruction, PaymentOrder
from chain.bank.posting import CustodyAccount, ToPost, accept_account_statement
from chain.bank.simulated import Counterparty, SimulatedDepositoryBank, write_account_statement

PAYER = Counterparty("陈一", "6217000000000000001")
DAY = date(2026, 1, 5)


def test_its_days_continue_and_every_movement_is_told_apart(custody: CustodyAccount, ledger: Any) -> None:
    bank = SimulatedDepositoryBank(custody)
    received = bank.receive(Minor(1_000_00), PAYER, Remittance(("hello",), ()), DAY)
    announced = bank.announce(Minor(50_00), PAYER, Remittance((), ()), DAY)
    days = [bank.close_day(DAY)]
    bank.settle(announced)
    instruction = PaymentInstruction("I1", "E1", Minor(300_00), "CNY", "王小明", "6217", "放款", date(2026, 1, 6))
    order = PaymentOrder("PO-1", datetime(2026, 1, 5, tzinfo=UTC), Debtor("存管", custody.account, "B"), (instruction,))
    [paid] = bank.execute(order)
    days.append(bank.close_day(date(2026, 1, 6)))
    bank.undo(paid, "return", "AC04", date(2026, 1, 7))
    bank.undo(received, "reversal", None, date(2026, 1, 7))
    days.append(bank.close_day(date(2026, 1, 7)))

    closings, kinds = [], []
    for data in days:
        accepted = accept_account_statement(data, custody, ledger)
        assert isinstance(accepted, ToPost)
        ledger.post(accepted.statement)
        closings.append(accepted.statement.closing)
        kinds += [(e.kind, e.status.value, e.credit) for e in accepted.statement.entries]
    assert closings == [1_000_00, 750_00, 50_00]
    assert kinds == [
        ("credit", "BOOK", True),
        ("credit", "PDNG", True),
        ("credit", "BOOK", True),
        ("debit", "BOOK", False),
        ("return", "BOOK", True),
        ("reversal", "BOOK", False),
    ]


entries = st.builds(
    StatementEntry,
    entry_no=st.just(0),
    account_servicer_reference=st.just(""),
    amount=st.integers(0, 10**15).map(Minor),
    credit=st.booleans(),
    status=st.sampled_from(EntryStatus),
    kind=st.sampled_from(["plain", "reversal", "return"]),
    booking_date=st.just(DAY),
    value_date=st.dates(date(2000, 1, 1), date(2099, 1, 1)),
    remittance=st.builds(
        Remittance,
        st.lists(st.text("a王&<9", min_size=1, max_size=20), max_size=2).map(tuple),
        st.lists(st.just("RF18539007547034"), max_size=2).map(tuple),
    ),
    end_to_end_id=st.none() | st.just("E-1"),
    counterparty_name=st.none() | st.just("王&<"),
    counterparty_account=st.none() | st.just("6217000000000000001"),
    return_reason=st.none(),
    original_reference=st.none() | st.just("BR-0"),
    transactions=st.just(1),
)


@settings(deadline=None)
@given(st.lists(entries, max_size=5), st.integers(-(10**15), 10**15), st.integers(0, 10**9))
def test_any_statement_written_is_read_back_the_same(made: list[StatementEntry], opening: int, sequence: int) -> None:
    from dataclasses import replace

    from chain.bank.account_statement import AccountStatement

    numbered = tuple(
        replace(
            entry,
            entry_no=n,
            account_servicer_reference=f"BR-{n}",
            kind=entry.kind if entry.kind != "plain" else ("credit" if entry.credit else "debit"),
        )
        for n, entry in enumerate(made, start=1)
    )
    closing = opening + sum(entry.signed for entry in numbered)
    statement = AccountStatement("6228480000000000001", "CNY", sequence, "S", DAY, opening, closing, numbered, b"")
    read = read_account_statement(write_account_statement(statement))
    assert replace(read, file_hash=b"") == statement
