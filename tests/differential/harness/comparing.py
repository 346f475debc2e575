"""Compares the whole ledger of the model with what the contracts say: every balance, register, position and row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.driver import Driver
from harness.machine import MEMBERS, PARTIES, Machine, address_of, day, subject_id, subject_of

from chain.model.account import Account, Posted
from chain.model.endings import overpaid
from chain.model.events import NOTHING
from chain.model.state import Exposure, LedgerState, LoanState, Payout, State
from chain.model.terms import Kind

KINDS = [
    "None",
    "Proposed",
    "Subscribed",
    "Funded",
    "Cancelled",
    "Expired",
    "Refunded",
    "DisbursementRequested",
    "PayoutInstructed",
    "PayoutReturned",
    "Disbursed",
    "PaymentPosted",
    "Repaid",
    "Claimed",
    "Closed",
    "DustSwept",
    "DocumentCommitted",
    "PaidFromAccount",
    "PaidByMandate",
    "EarlyRepaid",
    "PaymentReversed",
    "PaymentKept",
    "PayoutBounced",
    "PositionTransferred",
    "DrawingClosed",
    "FeesClaimed",
    "OverpaymentReleased",
    "OpenedRunning",
    "MandateRevoked",
    "PaymentsUndone",
]
LOAN = [
    "state",
    "payout",
    "platform",
    "rows",
    "nextRow",
    "offset",
    "reversalDays",
    "fundingDeadline",
    "lastValueDate",
    "repaidOn",
    "length",
    "head",
    "borrower",
    "schedule",
    "anchor",
    "start",
    "principal",
    "subscribed",
    "called",
    "outstanding",
    "undrawnReturned",
    "interest",
    "aheadFee",
    "aheadInterest",
    "aheadPrincipal",
    "penaltyDue",
    "fees",
    "overpaid",
    "bankClaim",
    "cash",
]
NUMBERS = {name: number for number, name in enumerate(MEMBERS, 1)}
POSTINGS = {"PaymentPosted", "PaidFromAccount", "PaidByMandate", "EarlyRepaid", "PaymentKept"}
Difference = tuple[str, Any, Any]


def differences(state: LedgerState, driver: Driver, before: LedgerState | None = None) -> Iterator[Difference]:
    """(what, in the model, on chain) for everything that differs. before: the state from which one step was made; then
    totals are compared, and of wallets and loans those that the step changed in the model. Without it: everything."""
    wallets = [
        account
        for account, balance in state.wallets.items()
        if before is None or balance != before.wallets.get(account)
    ]
    for what, ours, theirs in _ledger(state, driver.machine, wallets):
        if ours != theirs:
            yield what, ours, theirs
    for name, loan in state.loans.items():
        if before is None or before.loans.get(name) is not loan:
            for what, ours, theirs in _loan(state, loan, driver, whole=before is None):
                if ours != theirs:
                    yield f"{name}: {what}", ours, theirs


def _ledger(state: LedgerState, machine: Machine, wallets: list[str]) -> Iterator[Difference]:
    yield "business date", day(state.today), machine.word("Consortium", "businessDate")
    token = "CustodyToken"
    yield "supply", state.supply, machine.word(token, "totalSupply")
    yield "suspense", state.in_suspense, machine.word(token, "suspense")
    yield "bank claims", state.bank_claims, machine.word(token, "bankClaims")
    yield "shortfall", state.shortfall, machine.word(token, "shortfall")
    held = sum(loan.cash for loan in state.loans.values()) + sum(state.reserves.values())
    yield "escrow", held, machine.word(token, "balanceOf", machine.addresses["LoanEscrow"])
    waiting = {Payout.RESERVED, Payout.INSTRUCTED}
    leaving = sum(one.amount for one in state.withdrawals.values() if one.payout in waiting)
    yield "withdrawals", leaving, machine.word(token, "balanceOf", machine.addresses["Withdrawals"])
    for party in wallets:
        theirs = machine.word(token, "balanceOf", address_of(party))
        yield f"wallet of {party}", state.wallets[party], theirs
    for platform in ("platform", "other"):
        total = state.platforms.get(platform, Exposure())
        theirs = machine.words("LoanEscrow", "exposureOfPlatform", NUMBERS[platform])
        yield f"exposure of {platform}", [total.outstanding, total.loans], theirs
        yield (
            f"reserve of {platform}",
            state.reserves.get(platform, 0),
            machine.word("LoanEscrow", "reserve", NUMBERS[platform]),
        )


def _loan(state: LedgerState, loan: LoanState, driver: Driver, *, whole: bool) -> Iterator[Difference]:
    machine, key = driver.machine, driver.ids[loan.name]
    theirs = dict(zip(LOAN, machine.words("LoanEscrow", "loanOf", key), strict=True))
    account = state.account_of(loan.name)
    for what, ours in _fields(state, loan, account).items():
        yield what, ours, theirs[what]
    history = driver.histories[loan.name]
    yield "head", int.from_bytes(history[-1].head, "big"), theirs["head"]
    yield "kinds", [entry.kind for entry in loan.history], [KINDS[one.kind] for one in history]
    yield "days", [day(entry.day) for entry in loan.history], [one.day for one in history]
    for entry, recorded in zip(loan.history, history, strict=False):
        if entry.kind in POSTINGS and entry.posted:
            words = [int.from_bytes(recorded.payload[at : at + 32], "big") for at in range(0, 288, 32)]
            yield f"entry {entry.seq}", _posted(entry.posted), words
    if account is not NOTHING:
        yield from _table(account, machine, theirs)
    yield "denominator", loan.denominator, machine.word("LoanEscrow", "denominatorOf", key)
    for party in PARTIES:
        if not whole and subject_of(party) not in loan.positions:
            continue
        subject = subject_id(subject_of(party))
        position = loan.position(subject_of(party))
        units, units_class, numerator = machine.words("LoanEscrow", "positionOf", key, subject)
        numerator -= (numerator >> 255) << 256
        ours = (position.units, position.units_class, position.numerator)
        yield f"position of {party}", ours, (units, units_class, numerator)
        claimable = machine.word("LoanEscrow", "claimable", key, subject)
        yield f"claimable of {party}", loan.claimable(subject_of(party)), claimable
        held = state.held.get(subject_of(party), ())
        yield f"loans of {party}", len(held), machine.word("LoanEscrow", "positionCount", subject)
        if held:
            last = machine.call("bank", "LoanEscrow", "positionAt", subject, len(held) - 1)
            yield f"last loan of {party}", driver.ids[held[-1]], last
    borrower = state.subjects[loan.terms.borrower]
    exposure = state.exposures.get((borrower, loan.terms.platform), Exposure())
    values = machine.words("LoanEscrow", "exposureOf", subject_id(borrower), NUMBERS[loan.terms.platform])
    yield "exposure", [exposure.outstanding, exposure.loans], values


def _fields(state: LedgerState, loan: LoanState, account: Account) -> dict[str, int]:
    paid_out = account is not NOTHING
    return {
        "state": int(loan.state),
        "payout": int(loan.payout),
        "platform": NUMBERS[loan.terms.platform],
        "rows": account.offset + len(account.rows) if paid_out else loan.terms.instalments,
        "nextRow": account.next_row,
        "offset": account.offset,
        "reversalDays": loan.reversal_days,
        "fundingDeadline": day(loan.terms.funding_deadline),
        "lastValueDate": day(account.last) if paid_out else 0,
        "repaidOn": day(loan.repaid_on) if loan.repaid_on else 0,
        "length": loan.length,
        "borrower": int(address_of(loan.terms.borrower), 16),
        "start": day(account.start) if paid_out else 0,
        "principal": loan.units,
        "subscribed": loan.subscribed,
        "called": loan.called,
        "outstanding": account.outstanding + loan.call,
        "undrawnReturned": loan.returned,
        "interest": account.earned,
        "aheadFee": account.ahead(Kind.FEE),
        "aheadInterest": account.ahead(Kind.INTEREST),
        "aheadPrincipal": account.ahead(Kind.PRINCIPAL),
        "penaltyDue": account.penalty_due,
        "fees": account.fees,
        "overpaid": overpaid(state, loan),
        "bankClaim": loan.claim,
        "cash": loan.cash,
    } | ({"anchor": day(account.anchor)} if paid_out and loan.state is not State.NONE else {})


def _posted(posted: Posted) -> list[int]:
    return [
        posted.amount,
        posted.fee,
        posted.penalty,
        posted.interest,
        posted.principal,
        posted.overpaid,
        posted.accrued,
        day(posted.value_date),
        day(posted.previous),
    ]


def _table(account: Account, machine: Machine, theirs: dict[str, int]) -> Iterator[Difference]:
    schedule = "0x" + theirs["schedule"].to_bytes(20, "big").hex()
    words = machine.words("RepaymentSchedules", "rows", schedule)[2:]
    rows = [tuple(words[at : at + 4]) for at in range(0, len(words), 4)]
    yield "rows", [(day(row.due), row.principal, row.interest, row.fee) for row in account.rows], rows
