"""Events of a loan of the book, replayed: the table of the schedule after any number of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from chain.schedules.book.cumulative import down_payment, plan
from chain.schedules.book.dates import due, spans
from chain.schedules.book.json_terms import Terms, choice, day, integer, number, text
from chain.schedules.book.plan import Line, Movement, PayOff, PlanEntry, ReAge, Receipt, Tranche
from chain.schedules.book.progressive import ProgressiveLoan
from chain.schedules.book.recalculated import recalculated_plan
from chain.schedules.book.tables import Entry, Row, entries_of, table
from chain.schedules.book.terms import BookTerms, Unit, parse_order, parse_terms
from chain.schedules.errors import TermInvalid, TermUnsupported
from chain.schedules.life import Allocation, Charge, Future, Instalment, Kind, SequentialOrder, charged


@dataclass(slots=True)
class BookLoan:
    """A loan and what has happened to it so far. planned: the lines of the last recalculated plan."""

    terms: BookTerms
    order: SequentialOrder | Allocation
    today: date | None = None
    tranches: list[Tranche] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    planned: tuple[PlanEntry, ...] = ()

    def happen(self, event: Terms) -> None:
        """Take one event. The business date moves by its own event and is needed where interest is recalculated."""
        kind = text(event, "type")
        if kind == "business_date":
            self.today = day(event, "date")
        elif kind == "disburse":
            self._disburse(Tranche(day(event, "date"), self._amount(event)))
        elif kind == "repay":
            receipt = Receipt(day(event, "date"), self._amount(event), self._future(event))
            self.movements.append(receipt)
            self._replan(receipt.day)
        elif kind == "charge":
            self.charges.append(Charge(day(event, "due_date"), _charge_kind(event), self._amount(event)))
        elif kind == "reschedule":
            self._reschedule(day(event, "from"), day(event, "to"), integer(event, "extra_terms", 0))
        elif kind in {"payoff", "re_age"}:
            self._progressive_only(event, kind)
        elif kind != "approve":
            raise TermUnsupported(term="events.type", value=kind)

    def entries(self) -> Sequence[Entry]:
        """What the table shows now."""
        if not self.tranches:
            return ()
        if isinstance(self.order, Allocation):
            return self._progressive().entries
        return self._cumulative()[0]

    def table(self) -> list[Row]:
        """The table now."""
        return table(self.entries(), self.terms.money)

    def _amount(self, event: Terms) -> int:
        amount = self.terms.money.minor(number(event, "amount"))
        if amount <= 0:
            raise TermInvalid(term="events.amount", reason=f"{event.get('amount')} is not above 0")
        return amount

    def _disburse(self, tranche: Tranche) -> None:
        """Pay out; a down payment that is paid by itself is a receipt of the same day, less what an earlier overpayment
        covers. Source: LoanDownPaymentHandlerService."""
        down = down_payment(self.terms, tranche.amount)
        credit = self._cumulative()[1] if self.tranches and not isinstance(self.order, Allocation) else 0
        self.tranches.append(tranche)
        self.movements.append(tranche)
        if self.terms.down_payment_auto and down:
            if isinstance(self.order, Allocation):
                credit = next(used for met, used in self._progressive().used_credit if met is tranche)
            if down > credit:
                self.movements.append(Receipt(tranche.day, down - credit))
        self._replan(None)

    def _future(self, event: Terms) -> Future | None:
        """A receipt's own rule for money in advance, on a loan that has such rules."""
        if event.get("future_installment_allocation") is None:
            return None
        if not isinstance(self.order, Allocation):
            raise TermUnsupported(term="future_installment_allocation", value=event["future_installment_allocation"])
        return choice(event, "future_installment_allocation", Future)

    def _reschedule(self, since: date, until: date, extra: int) -> None:
        """Move the due date `since` to `until`, the later ones with it, and add instalments. Source: Fineract,
        LoanRescheduleRequest with adjusted due date and extra terms."""
        dues = [end for _, end in spans(self.terms, self._start())]
        if since not in dues or until <= max([*(end for end in dues if end < since), self._start()]):
            raise TermInvalid(term="events.from", reason=f"{since} to {until} is not a due date that can move there")
        if isinstance(self.order, Allocation) or self.terms.recalculation:
            raise TermUnsupported(
                term="events.type", value="reschedule, but on a CUMULATIVE loan without recalculation"
            )
        if extra and since != dues[0]:
            raise TermUnsupported(
                term="events.extra_terms", value=f"{extra} from {since}, which is not the first due date"
            )
        shifts = self.terms.shifts if since == until else (*self.terms.shifts, (since, until))
        self.terms = replace(self.terms, count=self.terms.count + extra, shifts=shifts)

    def _progressive_only(self, event: Terms, kind: str) -> None:
        if not isinstance(self.order, Allocation):
            raise TermUnsupported(term="events.type", value=f"{kind} on a CUMULATIVE loan")
        if kind == "payoff":
            self.movements.append(PayOff(day(event, "date")))
            return
        first, every = day(event, "start"), integer(event, "repay_every")
        unit = replace(self.terms, unit=choice(event, "repay_unit", Unit), every=every)
        dues = (first, *(due(unit, first, number) for number in range(1, integer(event, "n_repayments"))))
        self.movements.append(ReAge(day(event, "date"), dues))

    def _start(self) -> date:
        if not self.tranches:
            raise TermInvalid(term="events", reason="nothing was disbursed yet")
        return min(tranche.day for tranche in self.tranches)

    def _replan(self, since: date | None) -> None:
        """Plan again where interest is recalculated: lines due before `since` stay, None plans everything anew."""
        if self.terms.recalculation is None or isinstance(self.order, Allocation):
            return
        kept = [
            entry
            for entry in self.planned
            if since is not None and isinstance(entry, Line) and entry.due < since and not entry.down_payment
        ]
        today = self.today or max(movement.day for movement in self.movements)
        self.planned = recalculated_plan(self.terms, self.tranches, self._receipts(), self.order, today, kept)

    def _receipts(self) -> list[Receipt]:
        return [movement for movement in self.movements if isinstance(movement, Receipt)]

    def _progressive(self) -> ProgressiveLoan:
        if not isinstance(self.order, Allocation):
            raise TermInvalid(term="schedule_type", reason="not PROGRESSIVE")
        loan = ProgressiveLoan(self.terms, self.order)
        loan.meet(self.movements, self.charges)
        return loan

    def _cumulative(self) -> tuple[list[Entry], int]:
        """Every receipt met again on the plan of today, and what was paid too much."""
        entries = entries_of(self.planned if self.terms.recalculation else plan(self.terms, self.tranches))
        lines = tuple(entry for entry in entries if isinstance(entry, Instalment))
        for charge in self.charges:
            lines = charged(lines, charge.kind, charge.amount, charge.due)
        credit = 0
        for receipt in sorted(self._receipts(), key=lambda receipt: receipt.day):
            lines, left = self.order.pay(lines, receipt.amount, receipt.day)
            credit += left
        return list(_woven(entries, lines)), credit


def open_loan(terms: Terms) -> BookLoan:
    """A loan on which nothing has happened yet, from the terms of a case."""
    return BookLoan(parse_terms(terms), parse_order(terms))


def _charge_kind(event: Terms) -> Kind:
    kind = text(event, "kind").upper()
    if kind not in {"FEE", "PENALTY"}:
        raise TermUnsupported(term="events.kind", value=event["kind"])
    return Kind[kind]


def _woven(entries: Sequence[Entry], lines: Sequence[Instalment]) -> Iterator[Entry]:
    """The entries with their instalments replaced by `lines`, in order; further lines behind."""
    remaining = iter(lines)
    for entry in entries:
        yield next(remaining) if isinstance(entry, Instalment) else entry
    yield from remaining
