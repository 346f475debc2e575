"""The book lived through: every application, subscription and account statement in the order of the business dates.

Each loan is moved by what the ledger says of it, never by a script's memory: after each account statement the platform
looks at its loans and does what is due, for all of them in the same blocks. Transactions are waited for until mined;
confirmation is waited for before money leaves the bank and at the end, so once per business date at most.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from chain.bank.amounts import text_from_minor
from gateway.demo.book.load import Book, BookLoan, BookStatement
from gateway.demo.client import GatewayClient, Json, minor
from gateway.demo.errors import GatewayAnswered, PayoutFailed
from gateway.demo.seats import Seats, Wallets

Tell = Callable[[str], None]
_METHODS = {"equal-instalment": "EQUAL_INSTALMENT", "interest-only-bullet": "INTEREST_ONLY_BULLET"}
_DAY_COUNTS = {"1/12": "MONTHLY_12", "A/365": "ACT_365", "A/360": "ACT_360"}
_TOWARDS_PAYOUT = frozenset({"subscriptions", "disburse"})


@dataclass
class Course:
    """What became of one application. `digest`: the id that its terms have; `id`: the same once the loan exists.

    `refusal`: the contract's error with which it was refused.
    """

    loan: BookLoan
    digest: str | None = None
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
    pending: list[Json] = field(default_factory=list)

    def run(self) -> list[Course]:
        """Lives through the whole book and says what became of each application."""
        self.courses = [Course(loan) for loan in self.book.loans]
        self._prepare()
        for statement in self.book.statements:
            self._reach(statement.day)
            posting = self._post(statement)
            self._take_applications(statement.day)
            self._posted(posting)
            self._service()
            self._instruct_payouts()
        self._service()
        self._close(self.book.statements[-1].day + timedelta(days=self.book.regime.reversal_days))
        self._service()
        while self.pending:
            self._service()
        return self.courses

    # The regulator and the bank prepare.

    def _prepare(self) -> None:
        regime = self._set_regime()
        parties = self._register_parties()
        self._settle(self.seats.regulator, regime)
        self._settle(self.seats.bank, *parties)

    def _set_regime(self) -> Json:
        regime = self.book.regime
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

    def _register_parties(self) -> list[Json]:
        parties = [*self.book.borrowers.values(), *self.book.lenders.values()]
        self.tell(f"registering {len(parties)} parties")
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
            for party in parties
        ]

    # The platform's work.

    def _take_applications(self, today: date) -> None:
        new = [c for c in self.courses if c.digest is None and c.loan.application.application_date <= today]
        proposed = [(course, self._propose(course)) for course in new]
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
        """Stores the contract text, has the borrower sign the terms, and proposes them."""
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
        course.digest = prepared["loan_id"]
        signature = self.wallets.sign(application.borrower, prepared["typed_data"])
        return platform.change("/v1/loans", {"terms": terms, "borrower_signature": signature})

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
        """Does for every loan what its state and the business date call for, until nothing is due.

        Only what leads to a payout is waited for here; the rest is in a block by the next time.
        """
        today = self._business_date()
        while True:
            self._settle(self.seats.platform, *self.pending)
            steps = [(c, due) for c in self.courses if c.id and (due := self._due(c, self._loan(c), today))]
            self.pending = [self._ask_for(course, step) for course, step in steps]
            if not any(step in _TOWARDS_PAYOUT for _, step in steps):
                return

    def _ask_for(self, course: Course, due: str) -> Json:
        loan = self._loan(course)
        self.tell(f"{course.ref}: {due}")
        request: Json = {"expected_history_length": loan["history"]["length"]}
        if due == "subscriptions":
            request["subscriptions"] = self._signed_subscriptions(course)
        return self.seats.platform.change(f"/v1/loans/{course.id}/{due}", request)

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

    def _signed_subscriptions(self, course: Course) -> list[Json]:
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
        course.subscribed = True
        return [
            term | {"signature": self.wallets.sign(self.wallets.alias_of[item["lender"]], item["typed_data"])}
            for term, item in zip(terms, prepared["items"], strict=True)
        ]

    def _window_passed(self, loan: Json, today: date) -> bool:
        return today > date.fromisoformat(loan["repaid_on"]) + timedelta(days=self.book.regime.reversal_days)

    # The bank's days.

    def _post(self, statement: BookStatement) -> str:
        """Hands in the account statement; the bank's gateway posts it by itself."""
        self.tell(f"{statement.day}: account statement")
        bank = self.seats.bank
        accepted = bank.change(
            "/v1/account-statements", content=statement.data, headers={"Content-Type": "application/xml"}
        )
        return str(accepted["resource"]["href"])

    def _posted(self, path: str) -> None:
        """Waits until all of the account statement is on the ledger."""
        bank = self.seats.bank
        posted = bank.until(f"posting of {path}", lambda: _in_status(bank.get(path), "posted"))
        self._settle(bank, posted)

    def _instruct_payouts(self) -> None:
        reserved = [c for c in self.courses if c.id and self._loan(c)["payout"] == "Reserved"]
        if reserved:
            self.seats.bank.confirmed(self.last_block)
            self.tell(f"payouts of {', '.join(c.ref for c in reserved)} instructed")
            bank = self.seats.bank
            path = bank.change("/v1/payout-instructions", {})["resource"]["href"]
            order = bank.until(f"instruction of {path}", lambda: _in_status(bank.get(path), "instructed", "failed"))
            check_instructed(order, {c.id: c.ref for c in reserved if c.id})

    def _reach(self, day: date) -> None:
        """Closes all days before `day`, on the last account statement."""
        if self._business_date() < day:
            self._close(day - timedelta(days=1))
            self._service()

    def _close(self, through: date) -> None:
        bank = self.seats.bank
        self._settle(bank, bank.change("/v1/day-ends", {"through": through.isoformat()}))
        self.tell(f"{through}: day closed")

    # Reading.

    def _business_date(self) -> date:
        return date.fromisoformat(self.seats.platform.get("/v1/business-date")["business_date"])

    def _loan(self, course: Course) -> Json:
        return self.seats.platform.get(f"/v1/loans/{course.id}")

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


def check_instructed(order: Json, refs: Mapping[str, str]) -> None:
    """Raises PayoutFailed naming the loan (`refs`: the book's references by id) if a payout of `order` failed."""
    for payout in order["payouts"]:
        if payout["state"] == "failed":
            loan = payout["loan"] or payout["withdrawal"]
            raise PayoutFailed(
                loan=f"{refs[loan]} ({loan})" if loan in refs else loan,
                problem=payout["error"]["message"],
                problem_code=payout["error"]["code"],
            )


def _in_status(resource: Json, *statuses: str) -> Json | None:
    return resource if resource["status"] in statuses else None


def _money(minor: int, currency: str) -> Json:
    return {"amount": text_from_minor(minor), "currency": currency}
