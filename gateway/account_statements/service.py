"""Takes account statements in: the file is read, placed in the account's chain and classified, or refused as a whole.

What is stored in the same commit as the answer is all that the desk (`gateway.account_statements.desk`) needs to post
every entry, also after a crash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from chain.bank.account_statement import AccountStatement as BankStatement
from chain.bank.amounts import minor_from_text
from chain.bank.camt053 import read_account_statement
from chain.bank.classification import (
    Classified,
    Deposit,
    LoanReceipt,
    NotBooked,
    PayoutReturned,
    PayoutSettled,
    ReceiptReversed,
    Suspense,
    classify,
)
from chain.bank.posting import AlreadyPosted, CustodyAccount, place_in_chain
from chain.ledger.roles import Role
from gateway.account_statements import repository, schemas
from gateway.account_statements.suspense import balance, waiting
from gateway.account_statements.tables import Posting, StatementEntryRow, StatementRow
from gateway.changes import Followed, Plan, link
from gateway.database import now
from gateway.errors import NotFound
from gateway.events import statements as events
from gateway.money import money
from gateway.outbox import repository as outbox
from gateway.outbox.tables import OutboxTransaction
from gateway.pages import Page, number_cursor, page
from gateway.repayments.stating import booked_before
from gateway.seat import Seat
from gateway.transactions.schemas import show

_INDEX_WAIT = 10.0


def plan_posting(seat: Seat, data: bytes, principal: str) -> Plan:
    """Takes the statement in, to be posted by the desk. The same file again changes nothing. Raises BankFileError."""
    seat.require(Role.BANK)
    seat.outbox.allow(
        ("CustodyToken", "credit"), ("CustodyToken", "suspend"), ("LoanEscrow", "collect"), ("LoanEscrow", "settle")
    )
    statement = read_account_statement(data)
    # A loan that another seat has just moved must be known before its payments are classified.
    seat.heights.wait_indexed(seat.node.height(), _INDEX_WAIT)

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        placed = place_in_chain(statement, custody_account(seat), repository.StoredStatements(session))
        if isinstance(placed, AlreadyPosted):
            return
        _store(session, statement, data, principal)

    resource = link("account_statement", str(statement.electronic_sequence_number), "account-statements")
    return Plan(resource, record=record, followed=True)


def custody_account(seat: Seat) -> CustodyAccount:
    """The account whose statements this bank posts."""
    settings = seat.settings.custody_account
    return CustodyAccount(
        account=settings.account,
        currency=settings.currency,
        first_sequence_number=settings.first_sequence_number,
        first_opening=minor_from_text(settings.first_opening),
    )


def list_page(seat: Seat, cursor: str | None, limit: int) -> Page[schemas.AccountStatement]:
    """Newest first."""
    seat.require(Role.BANK)
    with seat.database.read() as session:
        rows = repository.newest_first(session, number_cursor(cursor), limit + 1)
        return page(rows, limit, lambda row: _show(session, row, seat.currency), lambda row: row.number)


def get(seat: Seat, number: int) -> schemas.AccountStatement:
    """With its entries and transactions. Raises NotFound."""
    seat.require(Role.BANK)
    with seat.database.read() as session:
        row = repository.get(session, number)
        if row is None:
            raise NotFound(resource="account statement", id=number)
        shown = _show(session, row, seat.currency)
        entries = repository.entries(session, number)
        transactions = outbox.many(session, _transactions(session, str(number)))
        ids = {transaction.seq: transaction.id for transaction in transactions}
        return shown.model_copy(
            update={
                "entries": [show_entry(entry, seat.currency, ids) for entry in entries],
                "transactions": [show(transaction) for transaction in transactions],
            }
        )


def suspense(seat: Seat) -> schemas.Suspense:
    """What nobody owns yet."""
    seat.require(Role.BANK)
    with seat.database.read() as session:
        rows = waiting(session, seat.heights.indexed)
    return schemas.Suspense(
        balance=money(balance(rows), seat.currency), items=[show_entry(row, seat.currency, {}) for row in rows]
    )


def show_entry(row: StatementEntryRow, currency: str, ids: dict[int, str]) -> schemas.StatementEntry:
    """An entry on the wire."""
    detail = row.detail or {}
    return schemas.StatementEntry(
        statement=row.statement,
        entry=row.entry,
        servicer_reference=row.servicer_reference,
        booked=row.booked,
        amount=money(row.amount, currency),
        direction="credit" if row.credit else "debit",
        kind=row.kind,
        value_date=row.value_date,
        counterparty_name=row.counterparty.get("name"),
        counterparty_account=row.counterparty.get("account"),
        meaning=row.meaning,
        target=row.target,
        posting=row.posting,  # type: ignore[arg-type]
        reason=detail.get("reason"),
        detail=detail.get("detail"),
        transaction=None if row.transaction is None else ids.get(row.transaction),
        proposal=row.proposal,
    )


def _store(session: Session, statement: BankStatement, data: bytes, principal: str) -> None:
    number = statement.electronic_sequence_number
    session.add(
        StatementRow(
            number=number, statement_id=statement.statement_id, date=statement.date, opening=statement.opening,
            closing=statement.closing, file_hash="0x" + statement.file_hash.hex(), file=data, status="posting",
            principal=principal, created_at=now(),
        )
    )  # fmt: skip
    events.taken_in(session, number, statement.statement_id, statement.date)
    directory = repository.StoredDirectory(session)
    booked = booked_before(session, statement)
    for entry in statement.entries:
        classified = classify(entry, directory, statement.date)
        meaning, target, posting, detail = _meaning(classified)
        row = StatementEntryRow(
            statement=number, entry=entry.entry_no, servicer_reference=entry.account_servicer_reference,
            booked=not isinstance(classified, NotBooked), amount=entry.amount, credit=entry.credit,
            kind=entry.kind, value_date=entry.value_date,
            counterparty={"name": entry.counterparty_name, "account": entry.counterparty_account},
            end_to_end_id=entry.end_to_end_id, original_reference=entry.original_reference, meaning=meaning,
            target=target, detail=detail, posting=posting, suspending=False, split=0, tries=0,
        )  # fmt: skip
        booked.take_over(row)
        session.add(row)


def _meaning(classified: Classified) -> tuple[str, str | None, Posting, dict[str, str] | None]:
    name = type(classified).__name__
    if isinstance(classified, Deposit):
        return name, classified.subject, Posting.PENDING, None
    if isinstance(classified, LoanReceipt | PayoutSettled | PayoutReturned):
        return name, classified.loan, Posting.PENDING, None
    if isinstance(classified, ReceiptReversed):
        return name, classified.original_reference, Posting.PENDING, None
    if isinstance(classified, Suspense):
        nobodys = Posting.UNPLACED if classified.entry.credit and classified.entry.amount else Posting.SUSPENSE
        return name, None, nobodys, {"reason": classified.reason.value, "detail": classified.detail}
    return name, None, Posting.SKIPPED, None


def _show(session: Session, row: StatementRow, currency: str) -> schemas.AccountStatement:
    counts = Counter(entry.posting for entry in repository.entries(session, row.number))
    return schemas.AccountStatement(
        number=row.number,
        statement_id=row.statement_id,
        date=row.date,
        opening=money(row.opening, currency),
        closing=money(row.closing, currency),
        file_hash=row.file_hash,
        status=row.status,  # type: ignore[arg-type]
        created_at=row.created_at,
        posted_at=row.posted_at,
        counts=dict(counts),
    )


def _transactions(session: Session, number: str) -> Sequence[int]:
    found = {entry.transaction for entry in repository.entries(session, int(number))}
    return sorted(seq for seq in found if seq is not None)


def _finished(session: Session, number: str) -> bool:
    """Posted, and every transaction of it final."""
    row = repository.get(session, int(number))
    if row is None or row.status != "posted":
        return False
    transactions = outbox.many(session, _transactions(session, number))
    return all(transaction.status in ("final", "failed") for transaction in transactions)


FOLLOWED = {"account_statement": Followed(_transactions, _finished)}
