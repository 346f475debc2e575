"""Suspense: booked credits of nobody, matched to a loan or party, or returned to their originator, by two people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from chain.bank.amounts import text_from_minor
from chain.ledger import calls
from chain.ledger.roles import Role
from gateway.account_statements import repository
from gateway.account_statements.entries import bank_entry
from gateway.account_statements.receipts import receipt_of
from gateway.account_statements.schemas import SuspenseMatchRequest, SuspenseReturnRequest
from gateway.account_statements.tables import Posting, StatementEntryRow
from gateway.approvals import repository as proposals
from gateway.approvals.actions import Operation, builds
from gateway.approvals.service import plan_proposal
from gateway.changes import Plan
from gateway.errors import NotFound, NotInSuspense, RequestInvalid
from gateway.indexer import repository as index
from gateway.outbox import repository as outbox
from gateway.outbox.tables import OutboxTransaction, Status
from gateway.parties import repository as parties
from gateway.seat import Seat

MATCH, RETURN = "suspense_match", "suspense_return"


def plan_match(seat: Seat, statement: int, entry: int, request: SuspenseMatchRequest, principal: str) -> Plan:
    """Proposes whose money a suspended credit is. Raises NotFound, NotInSuspense, RequestInvalid."""
    seat.require(Role.BANK)
    body = {"statement": statement, "entry": entry, "loan": request.loan, "party": request.party}
    body["reason"] = request.reason
    return _proposal(seat, MATCH, body, principal, [(statement, entry)], request.loan)


def plan_return(seat: Seat, statement: int, entry: int, request: SuspenseReturnRequest, principal: str) -> Plan:
    """Proposes that a suspended credit went back by a booked debit. Raises NotFound, NotInSuspense, RequestInvalid."""
    seat.require(Role.BANK)
    debit = (request.debit_statement, request.debit_entry)
    body = {"statement": statement, "entry": entry, "debit": list(debit), "reason": request.reason}
    return _proposal(seat, RETURN, body, principal, [(statement, entry), debit], None)


@builds(MATCH)
def match(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """Posts a suspended credit to a loan, or credits it to a party."""
    row = _suspended(session, request["statement"], request["entry"])
    readable = {
        "operation": "match money in suspense",
        "credit": _described(row, seat.currency),
        "from": f"{row.counterparty.get('name') or 'unknown'}, account {row.counterparty.get('account') or 'unknown'}",
        "why in suspense": f"{(row.detail or {}).get('reason')}: {(row.detail or {}).get('detail')}",
        "reason": request["reason"],
    }
    if request["loan"] is not None:
        loan = index.loan(session, request["loan"])
        if loan is None:
            raise NotFound(resource="loan", id=request["loan"])
        # Payments of later value dates may have been posted since: it counts with the last of them then.
        counts = max(row.value_date, loan.last_value_date or row.value_date)
        receipt = replace(receipt_of(loan.id, loan.length, row), value_date=counts)
        shown = readable | {"to": f"loan {loan.number} ({loan.state})", "counts on": counts.isoformat()}
        return Operation(calls.collect_suspense(receipt), shown)
    record = parties.by_reference(session, request["party"]) or parties.by_address(session, request["party"])
    if record is None:
        raise NotFound(resource="party", id=request["party"])
    account = index.account_of(session, record.subject) or record.address
    call = calls.credit_suspense(account, row.amount, bank_entry(row))
    return Operation(call, readable | {"to": f"party {record.reference}, {record.account_name}"})


@builds(RETURN)
def give_back(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """Notes that a suspended credit went back to its originator."""
    row = _suspended(session, request["statement"], request["entry"])
    debit = session.get(StatementEntryRow, tuple(request["debit"]))
    if debit is None:
        raise NotFound(resource="entry", id="/".join(map(str, request["debit"])))
    if debit.credit or debit.amount != row.amount:
        raise RequestInvalid(reason="debit: it is no booked debit of the same amount")
    readable = {
        "operation": "return money in suspense",
        "credit": _described(row, seat.currency),
        "booked debit": _described(debit, seat.currency),
        "reason": request["reason"],
    }
    return Operation(calls.return_suspense(bank_entry(row), bank_entry(debit)), readable)


def waiting(session: Session, indexed: int) -> list[StatementEntryRow]:
    """What is in suspense as of block `indexed`, oldest first: the ledger may be ahead of what the desk has written."""
    return [row for row in repository.in_suspense(session) if not _settled(session, row, indexed)]


def balance(rows: Sequence[StatementEntryRow]) -> int:
    """Money in suspense on the ledger, minor units. Unmatched debits are no suspense: they are a shortfall."""
    return sum(row.amount for row in rows if row.credit)


def _settled(session: Session, row: StatementEntryRow, indexed: int) -> bool:
    proposal = None if row.proposal is None else proposals.by_id(session, row.proposal)
    if proposal is None or proposal.operation is None:
        return False
    transaction = outbox.get(session, proposal.operation)
    return transaction is not None and _indexed(transaction, indexed)


def take_outcomes(session: Session, indexed: int) -> bool:
    """Follows suspense that was proposed to be matched or returned. True if anything was decided."""
    moved = False
    for row in repository.in_suspense(session):
        proposal = None if row.proposal is None else proposals.by_id(session, row.proposal)
        if proposal is None or proposal.status == "proposed":
            continue
        if proposal.status == "withdrawn":
            row.proposal = None
            moved = True
            continue
        transaction = outbox.get(session, proposal.operation or 0)
        assert transaction is not None, "an approved proposal has its transaction"
        if transaction.status == Status.FAILED:
            row.proposal = None
            moved = True
        elif _indexed(transaction, indexed):
            row.posting = Posting.CLEARED if proposal.kind == RETURN else Posting.POSTED
            row.transaction = transaction.seq
            moved = True
    return moved


def _indexed(transaction: OutboxTransaction, indexed: int) -> bool:
    mined = transaction.status in (Status.MINED, Status.FINAL) and not transaction.reverted
    return mined and transaction.block is not None and transaction.block <= indexed


def _proposal(
    seat: Seat,
    kind: str,
    body: Mapping[str, Any],
    principal: str,
    places: Sequence[tuple[int, int]],
    loan: str | None,
) -> Plan:
    plan = plan_proposal(seat, kind, body, principal, loan)
    assert plan.record is not None, "a proposal is kept"
    keep = plan.record

    def record(session: Session, rows: Sequence[OutboxTransaction]) -> None:
        keep(session, rows)
        for place in places:
            row = session.get(StatementEntryRow, place)
            if row is not None:
                row.proposal = plan.resource.id

    return Plan(plan.resource, record=record)


def _suspended(session: Session, statement: int, entry: int) -> StatementEntryRow:
    row = session.get(StatementEntryRow, (statement, entry))
    if row is None:
        raise NotFound(resource="entry", id=f"{statement}/{entry}")
    if row.posting != Posting.SUSPENSE or not row.credit:
        raise NotInSuspense(entry=f"{statement}/{entry}", posting=row.posting)
    return row


def _described(row: StatementEntryRow, currency: str) -> str:
    amount = f"{text_from_minor(row.amount)} {currency}"
    return f"entry {row.statement}/{row.entry} of {row.value_date}: {amount}"
