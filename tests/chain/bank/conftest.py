from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from chain.bank.account_statement import AccountStatement, EntryStatus, Remittance, StatementEntry
from chain.bank.amounts import Minor
from chain.bank.posting import CustodyAccount, PostedStatement
from chain.bank.simulated import write_account_statement

DAY = date(2026, 1, 5)
CUSTODY = CustodyAccount(account="6228480000000000001", currency="CNY", first_sequence_number=1, first_opening=0)

BOOKED_CREDIT = StatementEntry(
    entry_no=1,
    account_servicer_reference="BR-1",
    amount=Minor(500_000),
    credit=True,
    status=EntryStatus.BOOK,
    kind="credit",
    booking_date=DAY,
    value_date=DAY,
    remittance=Remittance(("deposit",), ()),
    end_to_end_id=None,
    counterparty_name="陈一",
    counterparty_account="6217000000000000001",
    return_reason=None,
    original_reference=None,
    transactions=1,
)


@dataclass
class Ledger:
    """What was posted, in memory."""

    statements: list[PostedStatement] = field(default_factory=list)
    entries: dict[str, int] = field(default_factory=dict)

    def last(self) -> PostedStatement | None:
        return self.statements[-1] if self.statements else None

    def by_sequence(self, sequence_number: int) -> PostedStatement | None:
        return next((s for s in self.statements if s.sequence_number == sequence_number), None)

    def statement_of_entry(self, account_servicer_reference: str) -> int | None:
        return self.entries.get(account_servicer_reference)

    def post(self, statement: AccountStatement) -> None:
        number = statement.electronic_sequence_number
        self.statements.append(PostedStatement(number, statement.date, statement.closing, statement.file_hash))
        self.entries |= {entry.account_servicer_reference: number for entry in statement.booked}


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def custody() -> CustodyAccount:
    return CUSTODY


@pytest.fixture
def entry() -> Callable[..., StatementEntry]:
    """A booked credit of 5000.00 with changes."""
    return lambda **changes: replace(BOOKED_CREDIT, **changes)


@pytest.fixture
def statement() -> Callable[..., AccountStatement]:
    """A statement over the given entries whose balances fit unless said otherwise."""

    def build(*entries: StatementEntry, **changes: object) -> AccountStatement:
        numbered = tuple(replace(e, entry_no=n) for n, e in enumerate(entries, start=1))
        fitting = AccountStatement(
            account=CUSTODY.account,
            currency="CNY",
            electronic_sequence_number=1,
            statement_id="S-1",
            date=DAY,
            opening=0,
            closing=sum(e.signed for e in numbered),
            entries=numbered,
            file_hash=b"",
        )
        return replace(fitting, **changes)  # type: ignore[arg-type]

    return build


@pytest.fixture
def file(statement: Callable[..., AccountStatement]) -> Callable[..., bytes]:
    """The camt.053.001.08 file of such a statement."""
    return lambda *entries, **changes: write_account_statement(statement(*entries, **changes))
