"""PROGRESSIVE loans in life: disbursements, receipts and charges met one after the other, by day.

Source of the rules: Apache Fineract, AdvancedPaymentScheduleTransactionProcessor with ProgressiveLoanScheduleGenerator.
A disbursement is spread evenly over the instalments due after it (handleDisbursementWithoutEMICalculator), or goes into
the instalment model where the loan bears interest; money already paid too much meets what falls due next, on the
disbursement's day (allocateOverpayment).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from chain.schedules.book.cumulative import down_payment
from chain.schedules.book.dates import spans
from chain.schedules.book.instalment_model import InstalmentModel, ModelPeriod
from chain.schedules.book.plan import Line, Movement, PayOff, ReAge, Receipt, Tranche
from chain.schedules.book.tables import Entry, instalment
from chain.schedules.book.terms import BookTerms, PreClosure
from chain.schedules.errors import TermInvalid, TermUnsupported
from chain.schedules.life import Allocation, Charge, Instalment, Kind, Parts, Timing, charged


@dataclass(slots=True)
class ProgressiveLoan:
    """A loan in life. entries: what the table shows. credit: money beyond everything owed. used_credit: how much of it
    each disbursement took. overdue_until: the day up to which overdue principal already bears interest."""

    terms: BookTerms
    order: Allocation
    entries: list[Entry] = field(default_factory=list)
    credit: int = 0
    used_credit: list[tuple[Tranche, int]] = field(default_factory=list)
    model: InstalmentModel | None = None
    overdue_until: date | None = None

    @property
    def lines(self) -> tuple[Instalment, ...]:
        """The instalments, without the disbursement rows."""
        return tuple(entry for entry in self.entries if isinstance(entry, Instalment))

    def meet(self, movements: Sequence[Movement], charges: Sequence[Charge]) -> None:
        """All movements by day, those of one day as given. Charges stand from the start, so that a payment made before
        a charge was known is met again with it (reprocessing)."""
        for movement in sorted(movements, key=lambda movement: movement.day):
            if isinstance(movement, Tranche):
                first = not self.entries
                self.disburse(movement, charges if first else ())
            elif isinstance(movement, Receipt):
                self.receive(movement)
            elif isinstance(movement, PayOff):
                self.pay_off(movement.day)
            else:
                self.re_age(movement)

    def disburse(self, tranche: Tranche, charges: Sequence[Charge]) -> None:
        """Pay out a tranche: its row, its down payment, its share in the instalments, then earlier overpayments."""
        if not self.entries:
            start = self.terms.schedule_start or tranche.day
            self.entries.extend(instalment(Line(first, due, 0, 0)) for first, due in spans(self.terms, start))
            self.entries.insert(0, tranche)
            if self.terms.rate:
                self.model = InstalmentModel(self.terms, start)
            lines = self.lines
            for charge in charges:
                lines = charged(lines, charge.kind, charge.amount, charge.due)
            self._set(lines)
        else:
            self.entries.insert(self._place(tranche.day, behind_down_payments=False), tranche)
        down = down_payment(self.terms, tranche.amount)
        if self.terms.down_payment is not None:
            line = instalment(Line(tranche.day, tranche.day, down, 0, down_payment=True))
            self.entries.insert(self._place(tranche.day, behind_down_payments=True), line)
        if self.model:
            self.model.disburse(tranche.day, tranche.amount - down)
            self._follow_model()
        else:
            self._spread_principal(tranche.amount - down, tranche.day)
        used = min(self.credit, tranche.amount)
        self.used_credit.append((tranche, used))
        if used:
            self.credit -= used
            self.receive(Receipt(tranche.day, used))

    def receive(self, receipt: Receipt) -> None:
        """Meet the instalments with money of a day; what nobody takes becomes credit."""
        if self.model and self.terms.recalculation:
            self.credit += self._receive_with_interest(receipt)
            return
        order = replace(self.order, future=receipt.future or self.order.future)
        lines, left = order.pay(self.lines, receipt.amount, receipt.day)
        self._set(lines)
        self.credit += left

    def pay_off(self, day: date) -> None:
        """Pay everything owed on `day`; where interest follows the balance, that is interest up to the day only."""
        credit = self.credit
        owed = sum(line.unpaid for line in self.lines)
        self.receive(Receipt(day, 2 * owed + 1))  # enough for any interest since; what nobody takes was not paid
        self.credit = credit

    def re_age(self, change: ReAge) -> None:
        """Move the unpaid principal of all instalments to new ones. Source: Fineract, LoanReAgingService and
        AdvancedPaymentScheduleTransactionProcessor.handleReAge."""
        if self.model:
            raise TermUnsupported(term="events.type", value="re_age on a loan with interest")
        lines = [line for line in self.lines if not line.additional]
        moved = sum(line.outstanding(Kind.PRINCIPAL) for line in lines)
        if not moved or change.dues[0] <= max(line.due for line in lines):
            raise TermUnsupported(term="events.start", value=change.dues[0])
        self._set([self._without_principal(line, change.day) for line in self.lines])
        money = self.terms.money
        part = money.multiple(money.share(moved, len(change.dues)), self.terms.multiple)
        start = max(line.due for line in lines)
        for due in change.dues:
            amount = moved if due == change.dues[-1] else min(part, moved)
            moved -= amount
            self.entries.append(instalment(Line(start, due, amount, 0)))
            start = due

    @staticmethod
    def _without_principal(line: Instalment, day: date) -> Instalment:
        left = line.outstanding(Kind.PRINCIPAL)
        if not left:
            return line
        owed = line.owed.plus(Kind.PRINCIPAL, -left)
        return replace(line, owed=owed, met_on=day if owed == line.paid else None)

    def _place(self, day: date, *, behind_down_payments: bool) -> int:
        """Behind everything shown for `day` and before: a disbursement comes after the instalment of its own day, its
        down payment after all disbursements of the day."""
        place = 0
        for index, entry in enumerate(self.entries):
            if isinstance(entry, Tranche):
                behind = entry.day <= day
            else:
                same_day_down_payment = entry.down_payment and entry.due == day
                behind = entry.due <= day and not entry.additional
                behind = behind and (behind_down_payments or not same_day_down_payment)
            if behind:
                place = index + 1
        return place

    def _set(self, lines: Sequence[Instalment]) -> None:
        """Put changed instalments back into the places of the shown entries; new ones go behind."""
        remaining = iter(lines)
        self.entries = [next(remaining) if isinstance(entry, Instalment) else entry for entry in self.entries]
        self.entries.extend(remaining)

    def _spread_principal(self, amount: int, day: date) -> None:
        lines = list(self.lines)
        open_lines = [
            i for i, line in enumerate(lines) if line.due > day and not line.down_payment and not line.additional
        ]
        if not open_lines:
            raise TermInvalid(term="events", reason=f"no instalment is due after the disbursement of {day}")
        money = self.terms.money
        share, left = money.share(amount, len(open_lines)), amount
        for index in open_lines:
            line = lines[index]
            raised = money.multiple(line.owed.principal + share, self.terms.multiple) - line.owed.principal
            added = left if index == open_lines[-1] else raised
            left -= added
            lines[index] = replace(line, owed=line.owed.plus(Kind.PRINCIPAL, added), met_on=None)
        self._set(lines)

    def _follow_model(self) -> None:
        """Principal and interest of the regular instalments as the model has them now."""
        if self.model is None:
            return
        periods = {period.due: period for period in self.model.periods}
        self._set([self._as_modelled(line, periods.get(line.due)) for line in self.lines])

    @staticmethod
    def _as_modelled(line: Instalment, period: ModelPeriod | None) -> Instalment:
        if period is None or line.down_payment or line.additional:
            return line
        owed = Parts(line.owed.penalty, line.owed.fee, period.interest, period.principal)
        return replace(line, owed=owed, met_on=line.met_on if line.paid.total >= owed.total else None)

    def _receive_with_interest(self, receipt: Receipt) -> int:
        """Money on a loan whose interest follows the balance: an instalment paid in advance owes interest up to the day
        of the payment only; what that leaves of the period's interest moves on to the next instalment."""
        self._charge_overdue(receipt.day)
        left, before = receipt.amount, 0
        while left and left != before:  # a payment moves interest, so an earlier line may owe a little again
            before = left
            for timing, kinds in self.order.passes():
                for index in self.order.turn(self.lines, timing, receipt.day):
                    if left:
                        left -= self._pay_line(index, kinds, left, receipt.day, timing)
        return left

    def _pay_line(self, index: int, kinds: tuple[Kind, ...], amount: int, day: date, timing: Timing) -> int:
        lines = list(self.lines)
        line = lines[index]
        model = self.model
        if model is None or line.down_payment or line.additional:
            lines[index], used = line.pay(kinds, amount, day)
            self._set(lines)
            return used
        if timing is Timing.IN_ADVANCE:
            principal, interest = model.payable(line.due, day)
            line = replace(line, owed=Parts(line.owed.penalty, line.owed.fee, interest, principal))
        lines[index], used = line.pay(kinds, amount, day)
        principal = lines[index].paid.principal - line.paid.principal
        interest = lines[index].paid.interest - line.paid.interest
        self._set(lines)
        model.pay(line.due, day, principal, interest)
        self._follow_model()
        return used

    def _charge_overdue(self, day: date) -> None:
        """Overdue principal bears interest from its due date to `day`, or to the end of the period that `day` lies in
        where the terms count whole rest periods. Source: recalculateInterestForDate, adjustOverduePrincipal."""
        model = self.model
        if model is None or self.terms.recalculation is None:
            return
        if self.overdue_until is not None and self.overdue_until >= day:
            return
        whole = self.terms.recalculation.pre_closure is PreClosure.TILL_REST_FREQUENCY_DATE
        total = overdue = 0
        for period in model.periods:
            if period.start >= day:
                break
            if total and (self.overdue_until is None or period.start > self.overdue_until):
                model.correct(period.start, overdue)
                self.overdue_until = period.start
            elif total and day <= period.due and self.overdue_until is not None:
                model.correct(self.overdue_until, total)
            if total and day <= period.due:
                until = period.due if whole else day
                model.correct(until, -total)
                self.overdue_until = until
            overdue = period.principal - period.paid_principal if period.due < day else 0
            total += overdue
        self._follow_model()
