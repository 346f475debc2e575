"""The book lived through: every application, order and account statement in the order of the business dates.

Each loan is moved by what the ledger says of it and what its course in the book calls for: after each account statement
the platform looks at all loans and does what is due, for all of them in the same blocks. Transactions are waited for
until mined; confirmation is waited for before money leaves the bank and at the end, so once per business date at most.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta

from chain.bank.amounts import text_from_minor
from gateway.demo.bank_days import BankDays
from gateway.demo.book import courses
from gateway.demo.book.load import Book
from gateway.demo.client import GatewayClient, Json, Tell
from gateway.demo.errors import GatewayAnswered
from gateway.demo.orders import Signing
from gateway.demo.seats import Seats, Wallets
from gateway.demo.steps import TOWARDS_PAYOUT, Course, Step, next_step
from gateway.demo.terms import terms_request

SIDE_BY_SIDE = 4
"""Requests that are made to a gateway at the same time where they don't depend on each other."""


@dataclass
class Life:
    """One run through the book."""

    book: Book
    seats: Seats
    wallets: Wallets
    tell: Tell
    courses: list[Course] = field(default_factory=list)
    last_block: int = 0
    pending: list[Json] = field(default_factory=list)
    of_today: list[Json] = field(default_factory=list)  # asked of the platform, and not valid on a later day

    def __post_init__(self) -> None:
        currency = self.book.header.custody_account.currency
        self.bank = BankDays(self.seats.bank, self.seats.bank_second, self.book, self.tell)
        self.signing = Signing(self.seats.platform, self.wallets, currency)

    def run(self) -> list[Course]:
        """Lives through the whole book and says what became of each application."""
        self.courses = [Course(loan) for loan in self.book.loans]
        self._prepare()
        for statement in self.book.statements:
            self._reach(statement.day)
            self._order_early(statement.day)
            path = self.bank.hand_in(statement)
            self._take_applications(statement.day)
            matched = self.bank.match_suspense(statement.day, self.courses)
            self._settle(self.seats.bank, *self.bank.posted(path))
            if matched:
                self._settle(self.seats.bank, *self.bank.approve())
                self.seats.bank.until("matched suspense", self.bank.no_match_left)
            self._service(statement.day)
        last = self.book.statements[-1].day
        self._service(last)
        self._close(last + timedelta(days=self.book.header.regime.reversal_days))
        self._service(last)
        while self.pending:
            self._service(last)
        return self.courses

    # The regulator and the bank prepare.

    def _prepare(self) -> None:
        regulator = [self._set_regime(), *self._publish_working_days()]
        parties = self._register_parties()
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:  # needs no ledger, and takes as long as the registrations
            for course, stored in zip(self.courses, pool.map(self._store_text, self.courses), strict=True):
                course.document = str(stored["document_id"])
                course.text = stored
        self._settle(self.seats.regulator, *regulator)
        self._settle(self.seats.bank, *parties)

    def _set_regime(self) -> Json:
        regime = self.book.header.regime
        return self.seats.regulator.change(
            "/v1/regime-profiles",
            {
                "name": regime.name,
                "rate_cap": str(regime.rate_cap),
                "reversal_days": regime.reversal_days,
                "effective_from": regime.effective_from.isoformat(),
                "effective_through": regime.effective_through.isoformat(),
            },
        )

    def _publish_working_days(self) -> list[Json]:
        """The calendar that some loans' terms number; none in a part of the book that needs none."""
        days = self.book.header.working_days
        if not any(loan.application.payment_rule.calendar for loan in self.book.loans):
            return []
        closed = [
            day.isoformat()
            for day in (days.first + timedelta(days=n) for n in range((days.through - days.first).days + 1))
            if day not in days.worked and (day.weekday() >= 5 or day in days.off)
        ]
        return [
            self.seats.regulator.change(
                f"/v1/working-days/{days.calendar}",
                {"from": days.first.isoformat(), "through": days.through.isoformat(), "closed": closed},
            )
        ]

    def _register_parties(self) -> list[Json]:
        self.tell(f"registering {len(self.book.parties)} parties")
        return [
            self.seats.bank.change(
                "/v1/parties",
                {
                    "reference": party.alias,
                    "address": self.wallets.address(party.alias),
                    "kind": party.kind.upper(),
                    "identity": {
                        "name": party.name,
                        "document_type": "CN-ID" if party.kind == "person" else "CN-USCC",
                        "document_number": party.identity,
                        "country": "CN",
                    },
                    "account": {"number": party.account, "name": party.name},
                },
            )
            for party in self.book.parties.values()
        ]

    # The platform's work.

    def _take_applications(self, today: date) -> None:
        new = [c for c in self.courses if c.digest is None and c.loan.application.application_date <= today]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            proposed = list(zip(new, pool.map(self._propose, new), strict=True))
        platform = self.seats.platform
        for course, accepted in proposed:
            try:
                self._settle(platform, accepted)
            except GatewayAnswered as refused:
                course.refusal = refused.params["problem_code"].removeprefix("contract.")
                self.tell(f"{course.ref}: refused, {course.refusal}")
            else:
                course.id = course.digest
                text = {"expected_history_length": "1", "document_id": course.document}
                self.pending.append(platform.change(f"/v1/loans/{course.id}/documents", data=text))

    def _propose(self, course: Course) -> Json:
        """Has the borrower sign the terms, and proposes them."""
        application, platform = course.loan.application, self.seats.platform
        self.tell(f"{course.ref}: application over {text_from_minor(application.principal)} {application.currency}")
        terms = terms_request(application, course.text, self.wallets)
        prepared = platform.ask("/v1/loans:prepare", {"terms": terms})
        course.digest = prepared["loan_id"]
        signature = self.wallets.sign(application.borrower, prepared["typed_data"])
        return platform.change("/v1/loans", {"terms": terms, "borrower_signature": signature})

    def _store_text(self, course: Course) -> Json:
        """Stores the contract text encrypted, and hands the regulator's seat its grant."""
        platform, regulator = self.seats.platform, self.seats.regulator
        file = (f"{course.ref}.pdf", course.loan.contract_text, "application/pdf")
        stored = platform.change("/v1/documents", files={"file": file})
        grant = platform.get(f"/v1/documents/{stored['document_id']}/grants/regulator")
        regulator.change("/v1/documents:accept-grant", grant)
        return stored

    def _order_early(self, today: date) -> None:
        """Hands borrowers' signed early repayments to the bank before the money for them is posted."""
        for course in self.courses:
            for place, event in course.events(today):
                if isinstance(event, courses.EarlyRepayment) and course.id:
                    self.tell(f"{course.ref}: early repayment ordered ({event.kind})")
                    signed = self.signing.early_repayment(course.id, course.loan.application.borrower, event)
                    self.seats.bank.change(f"/v1/loans/{course.id}/early-repayments", signed)
                    course.asked.add(place)

    def _service(self, until: date) -> None:
        """Does for every loan what its state, its course up to `until` and the business date call for.

        Only what leads to a payout is waited for here; the rest is in a block by the next time.
        """
        today = self._business_date()
        while True:
            self._settle(self.seats.platform, *self.pending)
            loans = self._loans()
            steps = [
                (c, loans[c.id], step) for c in self.courses if c.id and (step := self._next(c, loans, today, until))
            ]
            self.pending = [self._ask_for(course, loan, step) for course, loan, step in steps]
            if not any(step.path in TOWARDS_PAYOUT for _, _, step in steps):
                return

    def _next(self, course: Course, loans: dict[str, Json], today: date, until: date) -> Step | None:
        loan = loans[course.id or ""]
        positions = self._positions(course) if loan["state"] in ("Cancelled", "Expired", "Closed") else []
        return next_step(course, loan, positions, today, until, self.book.header.regime.reversal_days)

    def _ask_for(self, course: Course, loan: Json, step: Step) -> Json:
        self.tell(f"{course.ref}: {step.path}")
        request: Json = {"expected_history_length": loan["history"]["length"]} | self._details(course, step)
        if step.event is not None:
            course.asked.add(step.event)
        if step.payee is not None:
            course.fees_claimed.add(step.payee)
        course.claimed = course.claimed or (step.path == "claim" and loan["state"] == "Closed")
        course.swept = course.swept or step.path == "sweep-dust"
        accepted = self.seats.platform.change(f"/v1/loans/{course.id}/{step.path}", request)
        if "valid_through" in request:
            self.of_today.append(accepted)
        return accepted

    def _details(self, course: Course, step: Step) -> Json:
        """What the step's request holds beside the history length."""
        loan, application = course.id or "", course.loan.application
        event = None if step.event is None else course.loan.events[step.event]
        if step.path == "subscriptions":
            course.subscribed = True
            return {"subscriptions": self.signing.subscriptions(loan, application, course.loan.subscriptions)}
        if step.path == "cancel":
            return {"reason": "the borrower withdrew"}
        if step.payee is not None:
            return {"payee": self.wallets.address(step.payee)}
        if isinstance(event, courses.Drawdown):
            return self.signing.drawdown(loan, application.borrower, event)
        if isinstance(event, courses.Sale):
            return self.signing.sale(loan, event)
        return {}

    # The bank's days.

    def _reserved(self) -> dict[str, str]:
        """The book's references of the loans whose payouts the bank is asked for, by id."""
        loans = self._loans()
        return {c.id: c.ref for c in self.courses if c.id and loans[c.id]["payout"] == "Reserved"}

    def _reach(self, day: date) -> None:
        """Closes all days before `day`, on the last account statement, and has payouts instructed in the morning."""
        if self._business_date() < day:
            reserved, asked_for = self._reserved(), self.last_block
            self._close(day - timedelta(days=1))
            if reserved:
                self.seats.bank.confirmed(asked_for)  # no money leaves on what might be undone
                self.bank.instruct_payouts(reserved)
            self._service(day - timedelta(days=1))  # the course goes on when the statement is posted

    def _close(self, through: date) -> None:
        # Blocks keep no order between two seats' transactions.
        self._settle(self.seats.platform, *self.of_today)
        self.of_today = []
        self._settle(self.seats.bank, self.bank.close(through))

    # Reading.

    def _business_date(self) -> date:
        return date.fromisoformat(self.seats.platform.get("/v1/business-date")["business_date"])

    def _loans(self) -> dict[str, Json]:
        """Every loan as the platform's gateway shows it, by id."""
        return {loan["id"]: loan for loan in self.seats.platform.items("/v1/loans")}

    def _positions(self, course: Course) -> list[Json]:
        return list(self.seats.platform.get(f"/v1/loans/{course.id}/positions")["items"])

    def _settle(self, seat: GatewayClient, *accepted: Json) -> None:
        """Waits until all these changes are in blocks, and seen by the platform and the bank."""
        for one in accepted:
            self.last_block = max([self.last_block, *(t["block"] for t in seat.mined(one))])
        self._catch_up()

    def _catch_up(self) -> None:
        for seat in (self.seats.platform, self.seats.bank):
            seat.indexed(self.last_block)
