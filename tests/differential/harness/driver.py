"""Carries the model's commands out on the real contracts: names become addresses, dates become day numbers, and parties
sign. Keeps the histories as the contracts recorded them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from eth_abi import decode, encode
from eth_utils.crypto import keccak
from harness.machine import REGIME, Machine, Reverted, address_of, day, sign, subject_of

from chain.model import commands as c
from chain.model.errors import Refused
from chain.model.events import PaidEarly, first_table, tranche_row
from chain.model.events import after as following
from chain.model.state import BankEntry, LedgerState, State
from chain.model.terms import KINDS_ORDERS, LoanTerms
from chain.schedules.errors import ScheduleError
from chain.schedules.ledger import DayCountRule, FeeKind, Method, Row, Segment, build_segment

METHODS = (
    Method.EQUAL_INSTALMENT,
    Method.INTEREST_ONLY,
    Method.EQUAL_PRINCIPAL,
    Method.SINGLE_PAYMENT,
    Method.CUSTOM,
)
DAY_COUNTS = (
    DayCountRule.MONTHS_12,
    DayCountRule.ACTUAL_365,
    DayCountRule.ACTUAL_360,
    DayCountRule.THIRTY_360E,
    DayCountRule.ACT_ACT,
)
ROW = "(uint32,uint72,uint80,uint72)"
HASH = keccak(text="reason")
NO_ENTRY = (0, 0, bytes(32))


@dataclass(frozen=True)
class Recorded:
    """One history entry as the contracts recorded it."""

    day: int
    kind: int
    actor: str
    payload: bytes
    head: bytes


@dataclass
class Driver:
    """One sequence on one machine."""

    machine: Machine
    ids: dict[str, bytes] = field(default_factory=dict)
    terms: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    histories: dict[str, list[Recorded]] = field(default_factory=dict)
    withdrawals: dict[str, bytes] = field(default_factory=dict)

    def execute(self, command: c.Command, before: LedgerState) -> str | None:
        """Carries `command` out; the name of the error if the contracts refuse it. before: the model's state, from
        which rows are made."""
        try:
            getattr(self, "_" + type(command).__name__)(command, before)
        except Reverted as refusal:
            return refusal.name
        for loan, kind, data in self.machine.recorded():
            seq, when, actor, payload, head = decode(["uint32", "uint32", "address", "bytes", "bytes32"], data)
            name = next(known for known, value in self.ids.items() if value == loan)
            assert seq == len(self.histories[name]) + 1
            self.histories[name].append(Recorded(when, kind, actor, payload, head))
        return None

    def _escrow(self, sender: str, name: str, *arguments: Any) -> bytes:
        return self.machine.call(sender, "LoanEscrow", name, *arguments)

    def _signed(self, party: str, name: str, order: Sequence[Any]) -> bytes:
        return sign(party, self._escrow("bank", name, tuple(order)))

    # ---------------------------------------- parties and custody

    def _Freeze(self, command: c.Freeze, _: LedgerState) -> None:
        subject = keccak(text=command.subject)
        self.machine.approved("second regulator", "regulator", "Parties", "freeze", subject, HASH)

    def _Unfreeze(self, command: c.Unfreeze, _: LedgerState) -> None:
        subject = keccak(text=command.subject)
        self.machine.approved("second regulator", "regulator", "Parties", "unfreeze", subject, HASH)

    def _AnnounceReplacement(self, command: c.AnnounceReplacement, _: LedgerState) -> None:
        values = keccak(text=command.subject), address_of(command.account), HASH
        self.machine.call("bank", "Parties", "announceReplacement", *values)

    def _ConsentReplacement(self, command: c.ConsentReplacement, _: LedgerState) -> None:
        values = keccak(text=command.subject), address_of(command.account)
        self.machine.call("regulator", "Parties", "consentReplacement", *values)

    def _WithdrawReplacement(self, command: c.WithdrawReplacement, _: LedgerState) -> None:
        self.machine.call("regulator", "Parties", "withdrawReplacement", keccak(text=command.subject))

    def _Replace(self, command: c.Replace, _: LedgerState) -> None:
        self.machine.call("platform", "Parties", "replace", keccak(text=command.subject))

    def _Deposit(self, command: c.Deposit, _: LedgerState) -> None:
        account, entry = address_of(command.account), entry_of(command.entry)
        self.machine.call("bank", "CustodyToken", "credit", account, command.amount, entry)

    def _Suspend(self, command: c.Suspend, _: LedgerState) -> None:
        values = entry_of(command.entry), command.amount, day(command.value_date), HASH
        self.machine.call("bank", "CustodyToken", "suspend", *values)

    def _DepositSuspense(self, command: c.DepositSuspense, _: LedgerState) -> None:
        values = address_of(command.account), command.amount, entry_of(command.entry)
        self.machine.approved("second bank", "bank", "CustodyToken", "creditSuspense", *values)

    def _ReturnSuspense(self, command: c.ReturnSuspense, _: LedgerState) -> None:
        values = entry_of(command.entry), entry_of(command.debit)
        self.machine.approved("second bank", "bank", "CustodyToken", "returnSuspense", *values)

    def _Attest(self, command: c.Attest, _: LedgerState) -> None:
        values = day(command.through), HASH, command.booked, command.suspense, command.items
        self.machine.call("bank", "CustodyToken", "attest", *values)

    def _CloseDay(self, command: c.CloseDay, _: LedgerState) -> None:
        self.machine.call("bank", "Calendar", "closeDay", day(command.through), HASH)

    def _Withdraw(self, command: c.Withdraw, _: LedgerState) -> None:
        order = (address_of(command.account), command.amount, salt_of(command.order), day(command.valid_through))
        digest = self.machine.call("bank", "Withdrawals", "digest", order)
        self.withdrawals[command.order] = digest
        self.machine.call("platform", "Withdrawals", "request", order, sign(command.account, digest))

    def _InstructWithdrawal(self, command: c.InstructWithdrawal, _: LedgerState) -> None:
        self.machine.call("bank", "Withdrawals", "instruct", self._withdrawal(command.order), HASH)

    def _SettleWithdrawal(self, command: c.SettleWithdrawal, _: LedgerState) -> None:
        values = self._withdrawal(command.order), entry_of(command.entry)
        self.machine.call("bank", "Withdrawals", "settle", *values)

    def _ReturnWithdrawal(self, command: c.ReturnWithdrawal, _: LedgerState) -> None:
        self.machine.call("bank", "Withdrawals", "returned", self._withdrawal(command.order), HASH)

    def _BounceWithdrawal(self, command: c.BounceWithdrawal, _: LedgerState) -> None:
        values = self._withdrawal(command.order), entry_of(command.entry)
        self.machine.call("bank", "Withdrawals", "bounced", *values)

    def _ReleaseWithdrawal(self, command: c.ReleaseWithdrawal, _: LedgerState) -> None:
        self.machine.call("platform", "Withdrawals", "release", self._withdrawal(command.order))

    def _withdrawal(self, order: str) -> bytes:
        return self.withdrawals.get(order, salt_of(order))

    # ---------------------------------------- funding

    def _Propose(self, command: c.Propose, _: LedgerState) -> None:
        terms = terms_of(command.loan, command.terms)
        loan = self.machine.call("bank", "LoanAgreements", "digest", terms)
        self.ids[command.loan], self.terms[command.loan] = loan, terms
        self.histories.setdefault(command.loan, [])
        signature = sign(command.terms.borrower, loan)
        self.machine.call(command.terms.platform, "LoanAgreements", "propose", terms, signature)

    def _Subscribe(self, command: c.Subscribe, _: LedgerState) -> None:
        loan = self.ids[command.loan]
        orders = [
            (loan, address_of(p.lender), p.amount, p.units_class, salt_of(p.order), day(p.valid_through))
            for p in command.promises
        ]
        signatures = [
            self._signed(p.lender, "subscriptionDigest", order)
            for p, order in zip(command.promises, orders, strict=True)
        ]
        self._escrow("platform", "subscribe", loan, command.at, orders, signatures)

    def _Cancel(self, command: c.Cancel, before: LedgerState) -> None:
        self._escrow(self._platform(command.loan, before), "cancel", self.ids[command.loan], command.at, HASH)

    def _Expire(self, command: c.Expire, _: LedgerState) -> None:
        self._escrow("regulator", "expire", self.ids[command.loan], command.at)

    def _Refund(self, command: c.Refund, _: LedgerState) -> None:
        lenders = [address_of(lender) for lender in command.lenders]
        self._escrow("regulator", "refund", self.ids[command.loan], command.at, lenders)

    def _OpenRunning(self, command: c.OpenRunning, before: LedgerState) -> None:
        loan, terms = self.ids[command.loan], self.terms[command.loan]
        rows = rows_of(command.rows)
        positions = [(address_of(lender), units, units_class) for lender, units, units_class in command.positions]
        packed = b"".join(
            row[0].to_bytes(4, "big")
            + row[1].to_bytes(9, "big")
            + row[2].to_bytes(10, "big")
            + row[3].to_bytes(9, "big")
            for row in rows
        )
        hashed = keccak(encode(["(address,uint128,uint8)[]"], [positions]))
        outstanding = sum(row.principal for row in command.rows)
        opening = (loan, outstanding, day(command.last_value_date), keccak(packed), hashed)
        digest = self._escrow("bank", "openingDigest", opening)
        signatures = [sign(lender, digest) for lender, _, _ in command.positions]
        borrower = sign(before.standing_for(before.loan(command.loan).terms.borrower), digest)
        values = terms, command.at, opening, rows, positions, borrower, signatures
        platform = self._platform(command.loan, before)
        self.machine.approved("bank", platform, "LoanEscrow", "openRunning", *values)

    def _platform(self, loan: str, before: LedgerState) -> str:
        return before.loans[loan].terms.platform if loan in before.loans else "platform"

    # ---------------------------------------- payouts

    def _Disburse(self, command: c.Disburse, before: LedgerState) -> None:
        terms = before.loan(command.loan).terms
        rows = rows_of(first_table(terms, terms.first_tranche, before.today))
        self._escrow(terms.platform, "disburse", self.terms[command.loan], command.at, rows)

    def _Draw(self, command: c.Draw, before: LedgerState) -> None:
        state = before.loan(command.loan)
        order = (self.ids[command.loan], command.amount, salt_of(command.order), day(command.valid_through))
        signature = self._signed(before.standing_for(state.terms.borrower), "drawdownDigest", order)
        rows = self._tranche(before, command.loan, command.amount, before.today)
        values = self.terms[command.loan], command.at, order, signature, rows
        self._escrow(state.terms.platform, "draw", *values)

    def _Instruct(self, command: c.Instruct, _: LedgerState) -> None:
        self._escrow("bank", "instruct", self.ids[command.loan], command.at, HASH)

    def _Settle(self, command: c.Settle, before: LedgerState) -> None:
        loan = before.loan(command.loan)
        if loan.state is State.ACTIVE:
            rows = self._tranche(before, command.loan, loan.call, command.value_date)
        else:
            rows = rows_of(first_table(loan.terms, loan.terms.first_tranche, command.value_date))
        values = self.terms[command.loan], command.at, day(command.value_date), entry_of(command.entry), rows
        self._escrow("bank", "settle", *values)

    def _tranche(self, before: LedgerState, name: str, amount: int, start: Any) -> list[tuple[int, int, int, int]]:
        loan = before.loan(name)
        if loan.state is not State.ACTIVE:
            return []
        account = before.account_of(name)
        try:
            first = tranche_row(loan.terms, account, start)
        except Refused:
            return []
        segment = Segment(amount, account.anchor, start, first, fees=False)
        return rows_of(build_segment(loan.terms.rule, segment))

    def _ReturnPayout(self, command: c.ReturnPayout, _: LedgerState) -> None:
        self._escrow("bank", "returnPayout", self.ids[command.loan], command.at, HASH)

    def _BouncePayout(self, command: c.BouncePayout, _: LedgerState) -> None:
        values = self.ids[command.loan], command.at, day(command.value_date), entry_of(command.entry)
        self._escrow("bank", "bouncePayout", *values)

    def _CloseDrawing(self, command: c.CloseDrawing, before: LedgerState) -> None:
        sender = self._platform(command.loan, before) if command.by_platform else "regulator"
        self._escrow(sender, "closeDrawing", self.terms[command.loan], command.at)

    # ---------------------------------------- payments

    def _receipt(self, receipt: c.Receipt) -> tuple[Any, ...]:
        loan, when = self.ids[receipt.loan], day(receipt.value_date)
        return (loan, receipt.at, receipt.amount, when, entry_of(receipt.entry))

    def _Collect(self, command: c.Collect, _: LedgerState) -> None:
        self._escrow("bank", "collect", [self._receipt(one) for one in command.receipts])

    def _CollectSuspense(self, command: c.CollectSuspense, _: LedgerState) -> None:
        receipt = self._receipt(command.receipt)
        self.machine.approved("second bank", "bank", "LoanEscrow", "collectSuspense", receipt)

    def _Pay(self, command: c.Pay, _: LedgerState) -> None:
        payer, until = address_of(command.payer), day(command.valid_through)
        order = (self.ids[command.loan], payer, command.amount, salt_of(command.order), until)
        self._escrow("platform", "pay", order, command.at, self._signed(command.payer, "paymentDigest", order))

    def _mandate(self, command: c.PayByMandate | c.RevokeMandate) -> tuple[Any, ...]:
        payer, until = address_of(command.payer), day(command.valid_through)
        return (self.ids[command.loan], payer, command.limit, salt_of(command.order), until)

    def _PayByMandate(self, command: c.PayByMandate, _: LedgerState) -> None:
        order = self._mandate(command)
        signature = self._signed(command.payer, "mandateDigest", order)
        self._escrow("platform", "payByMandate", order, command.at, signature)

    def _RevokeMandate(self, command: c.RevokeMandate, _: LedgerState) -> None:
        order = self._mandate(command)
        digest = self._escrow("bank", "mandateDigest", order)
        signature = sign(command.payer, self._escrow("bank", "revocationDigest", digest))
        self._escrow("platform", "revokeMandate", order, command.at, signature)

    def _RepayEarly(self, command: c.RepayEarly, before: LedgerState) -> None:
        name = command.receipt.loan
        order = (self.ids[name], int(command.kind), salt_of(command.order), day(command.valid_through))
        borrower = before.standing_for(before.loan(name).terms.borrower)
        signature = self._signed(borrower, "earlyRepaymentDigest", order)
        rows = self._rows_after(command, before)
        self._escrow("bank", "repayEarly", self.terms[name], self._receipt(command.receipt), order, signature, rows)

    def _rows_after(self, command: c.RepayEarly, before: LedgerState) -> list[tuple[int, int, int, int]]:
        """The table that would follow, also if the command is refused for another reason."""
        terms, account = before.loan(command.receipt.loan).terms, before.account_of(command.receipt.loan)
        event = PaidEarly(0, command.receipt.value_date, command.receipt.amount, command.kind)
        try:
            early = following(terms, account, event, before.payable_by(terms)).early
        except (Refused, ScheduleError):
            return []
        return rows_of(early.rows if early else ())

    # ---------------------------------------- corrections

    def _Reverse(self, command: c.Reverse, _: LedgerState) -> None:
        self._rebook(command.loan, command.seq, True, entry_of(command.entry), [])

    def _Insert(self, command: c.Insert, _: LedgerState) -> None:
        self._rebook(command.loan, command.seq, False, NO_ENTRY, [self._receipt(one) for one in command.added])

    def _rebook(self, name: str, seq: int, reverse: bool, entry: tuple[int, int, bytes], added: list[Any]) -> None:
        history = self.histories[name]
        head = history[seq - 2].head if seq > 1 else self.ids[name]
        tail = [(one.day, one.kind, one.actor, one.payload) for one in history[seq - 1 :]]
        rebooking = (self.ids[name], head, seq, tail, reverse, entry, added, HASH)
        self.machine.approved("second bank", "bank", "LoanEscrow", "rebook", rebooking)

    # ---------------------------------------- endings

    def _Claim(self, command: c.Claim, _: LedgerState) -> None:
        lenders = [address_of(lender) for lender in command.lenders]
        self._escrow("platform", "claim", self.ids[command.loan], command.at, lenders)

    def _ClaimFees(self, command: c.ClaimFees, _: LedgerState) -> None:
        self._escrow("platform", "claimFees", self.terms[command.loan], command.at, address_of(command.payee))

    def _Transfer(self, command: c.Transfer, _: LedgerState) -> None:
        seller, buyer = address_of(command.seller), address_of(command.buyer)
        salt, until = salt_of(command.order), day(command.valid_through)
        order = (self.ids[command.loan], seller, buyer, command.units, command.price, salt, until)
        digest = self._escrow("bank", "transferDigest", order)
        values = order, command.at, sign(command.seller, digest), sign(command.buyer, digest)
        self._escrow("platform", "transferPosition", *values)

    def _ReleaseOverpayment(self, command: c.ReleaseOverpayment, _: LedgerState) -> None:
        self._escrow("regulator", "releaseOverpayment", self.ids[command.loan], command.at)

    def _Close(self, command: c.Close, _: LedgerState) -> None:
        self._escrow("regulator", "close", self.ids[command.loan], command.at)

    def _SweepDust(self, command: c.SweepDust, _: LedgerState) -> None:
        self._escrow("regulator", "sweepDust", self.ids[command.loan], command.at)


@cache
def salt_of(order: str) -> bytes:
    """The salt of a party's order."""
    return keccak(text=order)


@cache
def entry_of(entry: BankEntry) -> tuple[int, int, bytes]:
    """A bank entry as the contracts take it."""
    return (entry.statement, entry.entry, keccak(text=f"{entry.statement}/{entry.entry}"))


def rows_of(rows: Sequence[Row]) -> list[tuple[int, int, int, int]]:
    """Rows as the contracts take them."""
    return [(day(row.due), row.principal, row.interest, row.fee) for row in rows]


def terms_of(name: str, terms: LoanTerms) -> tuple[Any, ...]:
    """Terms as the contracts take them."""
    salt = keccak(text=name)
    custom = terms.method is Method.CUSTOM
    packed = b"".join(
        due.to_bytes(4, "big") + principal.to_bytes(9, "big") + interest.to_bytes(10, "big") + fee.to_bytes(9, "big")
        for due, principal, interest, fee in rows_of(terms.rows)
    )
    return (
        1,
        address_of(terms.platform),
        address_of(terms.borrower),
        b"CNY",
        terms.principal,
        REGIME,
        day(terms.funding_deadline),
        (name, salt, salt, salt),
        (
            terms.rate_nano,
            DAY_COUNTS.index(terms.day_count),
            [] if terms.rate_shares == (1,) else list(terms.rate_shares),
        ),
        (
            METHODS.index(terms.method),
            terms.instalments,
            0 if custom else terms.period_months,
            terms.first_tranche,
            day(terms.available_through) if terms.available_through else 0,
            keccak(packed) if custom else bytes(32),
        ),
        (
            int(terms.order),
            KINDS_ORDERS.index(terms.kinds),
            terms.penalty_first,
            int(terms.penalty_base),
            terms.penalty_replaces,
            terms.penalty_rate_nano,
            terms.grace_days,
            int(terms.early_kinds),
            terms.early_fee_nano,
            terms.calendar,
        ),
        [
            (0 if one.fee.kind is FeeKind.FIRST_INSTALMENT else 1, address_of(one.payee), one.fee.amount)
            for one in terms.fees
        ],
    )


__all__ = ["Driver", "Recorded", "subject_of"]
