"""Makes one payment order of all payouts that the ledger has reserved and no order holds yet.

The file is made and stored first; its hash is what `instruct` records on the ledger; it is handed out only once every
payout of it is instructed there.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from chain.bank.amounts import Minor
from chain.bank.pain001 import Debtor, PaymentInstruction, PaymentOrder, write_payment_order
from chain.bank.references import ReferenceKind, creditor_reference, payout_end_to_end_id
from chain.ledger.roles import Role
from gateway.changes import Followed, Plan, link
from gateway.database import now
from gateway.errors import NotFound, NothingToInstruct, PayeeUnknown, PayoutsNotInstructed
from gateway.indexer import repository as index
from gateway.money import money
from gateway.outbox import repository as outbox
from gateway.outbox.tables import ENDS, OutboxTransaction
from gateway.pages import Page, number_cursor, page
from gateway.parties import repository as parties
from gateway.payout_instructions import repository
from gateway.payout_instructions.schemas import InstructedPayout, PayoutInstruction, PayoutInstructionRequest
from gateway.payout_instructions.tables import InstructionItemRow, InstructionRow, ItemState
from gateway.seat import Seat
from gateway.transactions.schemas import show_error
from gateway.withdrawals.service import payout_of

_INDEX_WAIT = 10.0
_ALL = 10_000


@dataclass(frozen=True)
class _Reserved:
    """A payout that the ledger has reserved."""

    target: str
    end_to_end_id: str
    payee: str
    amount: int
    remittance: str


def plan_instruction(seat: Seat, request: PayoutInstructionRequest, principal: str) -> Plan:
    """Orders all reserved payouts. Raises NothingToInstruct, PayeeUnknown."""
    seat.require(Role.BANK)
    seat.outbox.allow(("LoanEscrow", "instruct"), ("Withdrawals", "instruct"))
    seat.heights.wait_indexed(seat.node.height(), _INDEX_WAIT)
    requested = request.requested_date or seat.node.ledger.business_date()
    identifier = f"PO-{requested:%Y%m%d}-{secrets.token_hex(6)}"

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        _store(seat, session, identifier, requested, principal)

    return Plan(link("payout_instruction", identifier, "payout-instructions"), record=record, followed=True)


def get(seat: Seat, identifier: str) -> PayoutInstruction:
    """Raises NotFound."""
    seat.require(Role.BANK)
    with seat.database.read() as session:
        return _show(session, _row(session, identifier), seat.currency)


def file(seat: Seat, identifier: str) -> bytes:
    """The pain.001 file. Raises NotFound, PayoutsNotInstructed."""
    seat.require(Role.BANK)
    with seat.database.read() as session:
        row = _row(session, identifier)
    if row.status != "instructed":
        raise PayoutsNotInstructed(id=identifier, status=row.status)
    return row.file


def list_page(seat: Seat, cursor: str | None, limit: int) -> Page[PayoutInstruction]:
    """Newest first."""
    seat.require(Role.BANK)
    with seat.database.read() as session:
        rows = repository.newest_first(session, number_cursor(cursor), limit + 1)
        return page(rows, limit, lambda row: _show(session, row, seat.currency), lambda row: row.seq)


def _store(seat: Seat, session: Session, identifier: str, requested: date, principal: str) -> None:
    reserved = list(_reserved(seat, session))
    known = repository.ordered(session, [payout.end_to_end_id for payout in reserved])
    new = [payout for payout in reserved if payout.end_to_end_id not in known]
    if not new:
        raise NothingToInstruct()
    settings = seat.settings.custody_account
    order = PaymentOrder(
        message_id=identifier,
        created=datetime.now(UTC).replace(microsecond=0, tzinfo=None),
        debtor=Debtor(name=settings.holder, account=settings.account, bank=settings.bank),
        instructions=tuple(
            _instruction(session, identifier, number, payout, requested, seat.currency)
            for number, payout in enumerate(new, start=1)
        ),
    )
    data = write_payment_order(order)
    row = InstructionRow(
        id=identifier, file=data, file_hash="0x" + hashlib.sha256(data).hexdigest(),
        total=sum(payout.amount for payout in new), requested_date=requested, status="instructing",
        principal=principal, created_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    for number, payout in enumerate(new, start=1):
        session.add(
            InstructionItemRow(
                instruction=row.seq, number=number, end_to_end_id=payout.end_to_end_id, target=payout.target,
                amount=payout.amount, payee=payout.payee, state=ItemState.PENDING, tries=0,
            )
        )  # fmt: skip


def _reserved(seat: Seat, session: Session) -> Iterator[_Reserved]:
    for loan in index.loans(session, payout="Reserved", limit=_ALL):
        platform = seat.member_names.get(loan.platform, loan.platform)
        yield _Reserved(
            target=loan.id,
            end_to_end_id=payout_end_to_end_id(platform, loan.number, loan.payouts),
            payee=loan.borrower,
            amount=loan.in_payout,
            remittance=f"Loan {loan.number}",
        )
    for event in index.last_of_each(session, "WithdrawalMoved", "", _ALL):
        if payout_of(event) == "Reserved":
            yield _Reserved(
                target=repository.WITHDRAWAL + event.key,
                end_to_end_id=creditor_reference(ReferenceKind.PAYOUT, "withdrawals", event.key),
                payee=event.values["holder"],
                amount=int(event.values["amount"]),
                remittance=f"Withdrawal {event.key[2:14]}",
            )


def _instruction(
    session: Session, order: str, number: int, payout: _Reserved, requested: date, currency: str
) -> PaymentInstruction:
    payee = parties.by_address(session, payout.payee)
    if payee is None:  # a key that took over from a lost one
        payee = parties.by_subject(session, index.subject_of(session, payout.payee) or "")
    if payee is None:
        raise PayeeUnknown(address=payout.payee, payout=payout.target)
    return PaymentInstruction(
        instruction_id=f"{order}-{number}",
        end_to_end_id=payout.end_to_end_id,
        amount=Minor(payout.amount),
        currency=currency,
        creditor_name=payee.account_name,
        creditor_account=payee.account_number,
        remittance=payout.remittance,
        requested_date=requested,
    )


def _row(session: Session, identifier: str) -> InstructionRow:
    row = repository.get(session, identifier)
    if row is None:
        raise NotFound(resource="payout instruction", id=identifier)
    return row


def _show(session: Session, row: InstructionRow, currency: str) -> PayoutInstruction:
    return PayoutInstruction(
        id=row.id,
        status=row.status,  # type: ignore[arg-type]
        requested_date=row.requested_date,
        file_hash=row.file_hash,
        total=money(row.total, currency),
        created_at=row.created_at,
        payouts=[_show_item(item, currency) for item in repository.items(session, row.seq)],
    )


def _show_item(item: InstructionItemRow, currency: str) -> InstructedPayout:
    withdrawal = item.target.startswith(repository.WITHDRAWAL)
    return InstructedPayout(
        end_to_end_id=item.end_to_end_id,
        loan=None if withdrawal else item.target,
        withdrawal=item.target.removeprefix(repository.WITHDRAWAL) if withdrawal else None,
        payee=item.payee,
        amount=money(item.amount, currency),
        state=item.state,  # type: ignore[arg-type]
        proposal=item.proposal,
        error=None if item.error is None else show_error(item.error, "en"),
    )


def _transactions(session: Session, identifier: str) -> Sequence[int]:
    row = repository.get(session, identifier)
    if row is None:
        return []
    return sorted(item.transaction for item in repository.items(session, row.seq) if item.transaction is not None)


def _finished(session: Session, identifier: str) -> bool:
    row = repository.get(session, identifier)
    if row is None or row.status == "instructing":
        return False
    return all(t.status in ENDS for t in outbox.many(session, _transactions(session, identifier)))


FOLLOWED = {"payout_instruction": Followed(_transactions, _finished)}
