"""The book lived through: every application, subscription and account statement in the order of the business dates.

Each loan is moved by what the ledger says of it, never by a script's memory: after each account statement the platform
looks at its loans and does what is due. Transactions are waited for until mined; confirmation is waited for once per
business date, before the day is closed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from chain.bank.amounts import text_from_minor
from gateway.demo.book.load import Book, BookLoan, BookStatement
from gateway.demo.client import Json, minor
from gateway.demo.errors import GatewayAnswered
from gateway.demo.seats import Seats, Wallets

Tell = Callable[[str], None]
_METHODS = {"equal-instalment": "EQUAL_INSTALMENT", "interest-only-bullet": "INTEREST_ONLY_BULLET"}
_DAY_COUNTS = {"1/12": "MONTHLY_12", "A/365": "ACT_365", "A/360": "ACT_360"}
_ENDED = ("Closed", "Cancelled", "Expired")


@dataclass
class Course:
    """What became of one application. `refusal`: the code with which it was refused."""

    loan: BookLoan
    id: str | None = None
    document: str | None = None
    refusal: str | None = None
    subscribed: bool = False
    swept: bool = False

    @property
    def ref(self) -> str:
        """The book's reference, such as L01."""
        return self.loan.application.reference


@dataclass
class Life:
    """One run through the book."""

    book: Book
    seats: Seats
    wallets: Wallets
    tell: Tell
    courses: list[Course] = field(default_factory=list)
    last_block: int = 0

    def run(self) -> list[Course]:
        """Lives through the whole book and says what became of each application."""
        self.courses = [Course(loan) for loan in self.book.loans]
        self._set_regime()
        self._register_parties()
        for statement in self.book.statements:
            self._reach(statement.day)
            self._take_applications(statement.day)
            self._post(statement)
            self._instruct_payouts()
        self._close(self.book.statements[-1].day)
        self._service()
        return self.courses

    # The regulator and the bank prepare.

    def _set_regime(self) -> None:
        regime = self.book.regime
        self._settle(
            self.seats.regulator,
            self.seats.regulator.change(
                "/v1/regime-profiles",
                {
                    "name": regime.name,
                    "rate_cap": str(regime.rate_cap),
                    "reversal_days": regime.reversal_days,
                    "effective_from": regime.effective_from.isoformat(),
                    "effective_through": regime.effective_through.isoformat(),
                },
            ),
        )

    def _register_parties(self) -> None:
        parties = [*self.book.borrowers.values(), *self.book.lenders.values()]
        self.tell(f"registering {len(parties)} parties")
        accepted = [
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
            for party in parties
        ]
        for one in accepted:
            self._settle(self.seats.bank, one)

    # The platform's work.

    def _take_applications(self, today: date) -> None:
        for course in self.courses:
            application = course.loan.application
            if course.id is None and course.refusal is None and application.application_date <= today:
                self._propose(course)

    def _propose(self, course: Course) -> None:
        application, platform = course.loan.application, self.seats.platform
        self.tell(f"{course.ref}: application over {text_from_minor(application.principal)} {application.currency}")
        text = self._store_text(course)
        terms = {
            "borrower": self.wallets.address(application.borrower),
            "principal": _money(application.principal, application.currency),
            "regime": application.regime,
            "funding_deadline": application.funding_deadline.isoformat(),
            "text": {
                "number": application.contract_number,
                "salt": text["salt"],
                "text_hash": text["text_hash"],
                "cid_commitment": text["cid_commitment"],
            },
            "pricing": {
                "rate": str(application.rate),
                "per": application.rate_period,
                "day_count": _DAY_COUNTS[application.day_count],
            },
            "schedule": {
                "method": _METHODS[application.method],
                "instalments": application.instalments,
                "period_months": application.period_months,
            },
        }
        prepared = platform.ask("/v1/loans:prepare", {"terms": terms})
        signature = self.wallets.sign(application.borrower, prepared["typed_data"])
        try:
            self._settle(platform, platform.change("/v1/loans", {"terms": terms, "borrower_signature": signature}))
        except GatewayAnswered as refused:
            course.refusal = refused.params["problem_code"].removeprefix("contract.")
            self.tell(f"{course.ref}: refused, {course.refusal}")
            return
        course.id = prepared["loan_id"]
        committing = {"expected_history_length": "1", "document_id": course.document}
        self._settle(platform, platform.change(f"/v1/loans/{course.id}/documents", data=committing))

    def _store_text(self, course: Course) -> Json:
        """Stores the contract text encrypted, and hands the regulator's seat its grant."""
        platform, regulator = self.seats.platform, self.seats.regulator
        file = (f"{course.ref}.pdf", course.loan.contract_text, "application/pdf")
        stored = platform.change("/v1/documents", files={"file": file})
        document = course.document = str(stored["document_id"])
        grant = platform.get(f"/v1/documents/{document}/grants/regulator")
        regulator.change("/v1/documents:accept-grant", grant)
        return stored

    def _service(self) -> None:
        """Does for every loan what its state and the business date call for."""
        today = self._business_date()
        for course in self.courses:
            while course.id is not None and self._step(course, today):
                pass

    def _step(self, course: Course, today: date) -> bool:
        """Does the one thing that is due for a loan; False if nothing is."""
        loan = self._loan(course)
        due = self._due(course, loan, today)
        if due == "subscriptions":
            return self._subscribe(course, loan)
        return due is not None and self._do(course, due, loan)

    def _due(self, course: Course, loan: Json, today: date) -> str | None:
        state, positions = loan["state"], self._positions(course)
        open_for_money = state in ("Proposed", "Funding")
        late = date.fromisoformat(loan["funding_deadline"]) < today
        received = sum(minor(p["claimed"]) for p in positions)
        rules = (
            ("expire", open_for_money and late),
            ("subscriptions", open_for_money and not late and not course.subscribed),
            ("refund", state == "Expired" and any(not p["refunded"] for p in positions)),
            ("disburse", state == "Funded"),
            ("claim", state == "Repaid" and any(minor(p["claimable"]) for p in positions)),
            ("close", state == "Repaid" and self._window_passed(loan, today)),
            ("sweep-dust", state == "Closed" and not course.swept and minor(loan["paid"]) > received),
        )
        due = next((step for step, when in rules if when), None)
        course.swept = course.swept or due == "sweep-dust"
        return due

    def _subscribe(self, course: Course, loan: Json) -> bool:
        application = course.loan.application
        terms = [
            {
                "lender": self.wallets.address(one.lender),
                "amount": _money(one.amount, application.currency),
                "salt": "0x" + secrets.token_hex(32),
                "valid_through": application.funding_deadline.isoformat(),
            }
            for one in course.loan.subscriptions
        ]
        prepared = self.seats.platform.ask(f"/v1/loans/{course.id}/subscriptions:prepare", {"subscriptions": terms})
        signed = [
            term | {"signature": self.wallets.sign(self.wallets.alias_of[item["lender"]], item["typed_data"])}
            for term, item in zip(terms, prepared["items"], strict=True)
        ]
        course.subscribed = True
        return self._do(course, "subscriptions", loan, subscriptions=signed)

    def _window_passed(self, loan: Json, today: date) -> bool:
        return today > date.fromisoformat(loan["repaid_on"]) + timedelta(days=self.book.regime.reversal_days)

    def _do(self, course: Course, step: str, loan: Json, **body: Any) -> bool:
        self.tell(f"{course.ref}: {step}")
        request = {"expected_history_length": loan["history"]["length"], **body}
        self._settle(self.seats.platform, self.seats.platform.change(f"/v1/loans/{course.id}/{step}", request))
        return True

    # The bank's days.

    def _post(self, statement: BookStatement) -> None:
        self.tell(f"{statement.day}: account statement")
        bank = self.seats.bank
        accepted = bank.change(
            "/v1/account-statements", content=statement.data, headers={"Content-Type": "application/xml"}
        )
        self._follow_statement(accepted["resource"]["id"])
        self._catch_up()
        self._service()

    def _follow_statement(self, number: str) -> None:
        bank = self.seats.bank

        def posted() -> Json | None:
            found = bank.get(f"/v1/account-statements/{number}")
            return found if found["status"] in ("posted", "failed") else None

        found = bank.until(f"posting of account statement {number}", posted)
        if found["status"] != "posted":
            raise GatewayAnswered(
                seat="bank", request=f"account statement {number}", problem=str(found), problem_code="statement.failed"
            )

    def _instruct_payouts(self) -> None:
        reserved = [c for c in self.courses if c.id and self._loan(c)["payout"] == "Reserved"]
        if reserved:
            self.tell(f"payouts of {', '.join(c.ref for c in reserved)} instructed")
            self._settle(self.seats.bank, self.seats.bank.change("/v1/payout-instructions", {}))

    def _reach(self, day: date) -> None:
        """Closes all days before `day`, on the last account statement."""
        if self._business_date() < day:
            self._close(day - timedelta(days=1))
            self._service()

    def _close(self, through: date) -> None:
        bank = self.seats.bank
        bank.confirmed(self.last_block)
        self._settle(bank, bank.change("/v1/day-ends", {"through": through.isoformat()}))
        self.tell(f"{through}: day closed")

    # Reading.

    def _business_date(self) -> date:
        return date.fromisoformat(self.seats.platform.get("/v1/business-date")["business_date"])

    def _loan(self, course: Course) -> Json:
        return self.seats.platform.get(f"/v1/loans/{course.id}")

    def _positions(self, course: Course) -> list[Json]:
        return list(self.seats.platform.get(f"/v1/loans/{course.id}/positions")["items"])

    def _settle(self, seat: Any, accepted: Json) -> None:
        mined = seat.mined(accepted)
        self.last_block = max([self.last_block, *(t["block"] for t in mined)])
        self._catch_up()

    def _catch_up(self) -> None:
        """Waits until the platform and the bank both see what was just done."""
        self.last_block = max(self.last_block, self.seats.bank.get("/v1/network")["heights"]["indexed"])
        for seat in (self.seats.platform, self.seats.bank):
            seat.indexed(self.last_block)


def _money(minor: int, currency: str) -> Json:
    return {"amount": text_from_minor(minor), "currency": currency}
