"""What goes before loan receipts: deposits, payouts booked or come back, credits taken back, and what nobody owns."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from sqlalchemy.orm import Session

from chain.ledger import calls
from chain.ledger.calls import Call
from chain.ledger.schedule import Row, build_segment_rows
from chain.ledger.structs import Segment
from chain.ledger.terms import Terms
from chain.model.errors import Refused
from chain.model.events import tranche_row
from gateway.account_statements import repository
from gateway.account_statements.entries import bank_entry, propose, reason_hash, to_suspense
from gateway.account_statements.tables import OPEN, Posting, StatementEntryRow
from gateway.corrections.rebookings import REVERSAL
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedLoan
from gateway.loans.accounts import account_of
from gateway.loans.tables import first_rows
from gateway.parties import repository as parties
from gateway.payout_instructions import repository as payouts
from gateway.seat import Seat


def warm(seat: Seat, session: Session, rows: Sequence[StatementEntryRow]) -> None:
    """Asks the node for the tables that settling these payouts needs, so that no write waits for it."""
    for row in rows:
        loan = index.loan(session, row.target or "") if row.meaning == "PayoutSettled" else None
        if loan is not None and row.posting == Posting.PENDING and loan.payout == "Instructed":
            _rows(seat, session, loan, row)


def send(
    seat: Seat, session: Session, row: StatementEntryRow, rows: Sequence[StatementEntryRow], principal: str
) -> bool:
    """Sends, or proposes, what an entry calls for; leaves it to suspense if it can't be placed. False if it waits."""
    if row.posting != Posting.PENDING:
        return True  # settled together with its counterpart
    if row.meaning == "ReceiptReversed":
        _reverse(session, row, principal)
    elif row.meaning == "PayoutReturned":
        _return_payout(seat, session, row, rows, principal)
    elif row.meaning == "Deposit":
        party = parties.by_subject(session, row.target or "")
        assert party is not None, "a deposit was classified by its party"
        account = index.account_of(session, party.subject) or party.address
        _send(seat, session, calls.credit(account, row.amount, bank_entry(row)), principal, row)
    elif not any(_returns(other, row) and other.posting == Posting.PENDING for other in rows):
        _settle(seat, session, row, principal)
    return row.posting != Posting.PENDING


def suspend(seat: Seat, session: Session, row: StatementEntryRow, principal: str) -> None:
    """Takes a credit of nobody into suspense on the ledger, with a keyed hash of its originator's account."""
    account = str(row.counterparty.get("account") or "")
    originator = hmac.new(seat.identity_secret(), f"originator {account}".encode(), hashlib.sha256).digest()
    _send(seat, session, calls.suspend(bank_entry(row), row.amount, row.value_date, originator), principal, row)
    row.suspending = True


def _settle(seat: Seat, session: Session, row: StatementEntryRow, principal: str) -> None:
    """A payout was booked: burn its tokens; a loan becomes active, or its tranche joins the table."""
    target = row.target or ""
    if target.startswith(payouts.WITHDRAWAL):
        identifier = raw(target.removeprefix(payouts.WITHDRAWAL))
        _send(seat, session, calls.settle_withdrawal(identifier, bank_entry(row)), principal, row)
        return
    loan = index.loan(session, target)
    if loan is None or loan.payout != "Instructed":
        to_suspense(row, "payout_not_open", "no payout of the loan is instructed")
        return
    rows = _rows(seat, session, loan, row)
    terms = Terms.from_json(loan.terms)
    call = calls.settle(terms, raw(target), loan.length, row.value_date, bank_entry(row), rows)
    _send(seat, session, call, principal, row)


def _rows(seat: Seat, session: Session, loan: IndexedLoan, row: StatementEntryRow) -> tuple[Row, ...]:
    """The only right rows of the payout that the entry books: the whole table, or a later tranche's part of it."""
    terms = Terms.from_json(loan.terms)
    if loan.state == "Disbursing" or loan.start is None:
        return first_rows(seat, session, loan.id, terms, row.value_date)
    return tranche_rows(seat, session, loan, row)


def tranche_rows(seat: Seat, session: Session, loan: IndexedLoan, row: StatementEntryRow) -> tuple[Row, ...]:
    """The rows of a later tranche that is booked on the entry's value date; none if there is no row to repay it by."""
    assert loan.start is not None, "a later tranche follows a first one"
    found = account_of(seat, session, loan)
    try:
        first = tranche_row(found.terms, found.account, row.value_date)
    except Refused:
        return ()  # the ledger says why
    segment = Segment(row.amount, loan.start, row.value_date, first, 0, fees=False)
    return build_segment_rows(Terms.from_json(loan.terms), segment)


def _return_payout(
    seat: Seat, session: Session, row: StatementEntryRow, rows: Sequence[StatementEntryRow], principal: str
) -> None:
    """A payout came back. Together with its own debit nothing was paid; otherwise it bounced after it was booked."""
    debit = next((other for other in rows if _returns(row, other) and other.posting == Posting.PENDING), None)
    if debit is None:
        _bounce(seat, session, row, principal)
        return
    reason = reason_hash(f"payout {row.end_to_end_id} returned")
    target = row.target or ""
    if target.startswith(payouts.WITHDRAWAL):
        call = calls.return_withdrawal(raw(target.removeprefix(payouts.WITHDRAWAL)), reason)
    else:
        loan = index.loan(session, target)
        if loan is None or loan.payout != "Instructed":
            to_suspense(row, "payout_not_open", "no payout of the loan is instructed")
            return
        call = calls.return_payout(raw(target), loan.length, reason)
    _send(seat, session, call, principal, row, debit)


def _bounce(seat: Seat, session: Session, row: StatementEntryRow, principal: str) -> None:
    """Money of a booked payout came back: the loan is as if never paid, or the holder has its tokens again."""
    target = row.target or ""
    if target.startswith(payouts.WITHDRAWAL):
        call = calls.bounce_withdrawal(raw(target.removeprefix(payouts.WITHDRAWAL)), bank_entry(row))
        _send(seat, session, call, principal, row)
        return
    loan = index.loan(session, target)
    if loan is None or loan.state != "Active" or loan.called != row.amount:
        to_suspense(row, "payout_not_open", "the loan has no single booked payout of this amount")
    elif any(payment.undone_by is None for payment in index.payments(session, loan.id)):
        to_suspense(row, "payout_repaid_in_part", "payments were posted since; reverse those first")
    else:
        call = calls.bounce_payout(raw(target), loan.length, row.value_date, bank_entry(row))
        _send(seat, session, call, principal, row)


def _reverse(session: Session, row: StatementEntryRow, principal: str) -> None:
    """A credit was taken back: suspense is returned, a posted receipt is reversed, by two people each.

    A deposit that was credited to a party can't be taken from its wallet: the debit stays open, as a shortfall.
    """
    for original in repository.by_servicer_reference(session, row.target or ""):
        if original.amount != row.amount or not original.credit:
            continue
        if original.posting in OPEN:
            return  # it is still being posted: looked at again when it is
        if original.posting == Posting.SUSPENSE:
            request = {
                "statement": original.statement,
                "entry": original.entry,
                "debit": [row.statement, row.entry],
                "reason": "the bank took the credit back",
            }
            propose(session, "suspense_return", request, None, principal, [row])
            original.proposal = row.proposal
            return
        payment = index.payment_of_entry(session, original.statement, original.entry)
        if payment is not None:
            request = {
                "loan": payment.loan,
                "seq": payment.seq,
                "statement": row.statement,
                "entry": row.entry,
                "reason": "the bank took the credit back",
            }
            propose(session, REVERSAL, request, payment.loan, principal, [row])
            return
    to_suspense(row, "receipt_reversed", f"the bank took back the posted credit {row.target}")


def _send(seat: Seat, session: Session, call: Call, principal: str, *rows: StatementEntryRow) -> None:
    transaction = seat.outbox.enqueue(session, call, principal)
    for row in rows:
        row.transaction, row.posting = transaction.seq, Posting.SENT


def _returns(returned: StatementEntryRow, payout: StatementEntryRow) -> bool:
    return (
        returned.meaning == "PayoutReturned"
        and payout.meaning == "PayoutSettled"
        and returned.end_to_end_id == payout.end_to_end_id
    )
