"""The depository bank's days: account statements handed in, second keys given, payouts instructed, days closed.

The bank's gateway posts by itself; what needs two people waits until the second one has looked at it and approved it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gateway.demo.book import courses
from gateway.demo.book.load import Book, BookStatement
from gateway.demo.client import GatewayClient, Json, Tell, minor
from gateway.demo.errors import PayoutFailed
from gateway.demo.steps import Course


@dataclass(frozen=True)
class BankDays:
    """The bank's two people at its gateway: `bank` works, `second` approves."""

    bank: GatewayClient
    second: GatewayClient
    book: Book
    tell: Tell

    def hand_in(self, statement: BookStatement) -> str:
        """Hands in the account statement; gives its path."""
        self.tell(f"{statement.day}: account statement")
        headers = {"Content-Type": "application/xml"}
        accepted = self.bank.change("/v1/account-statements", content=statement.data, headers=headers)
        return str(accepted["resource"]["href"])

    def posted(self, path: str) -> list[Json]:
        """Waits until all of the account statement is on the ledger, approving what needs a second person."""
        approved: list[Json] = []

        def look() -> Json | None:
            approved.extend(self.approve())
            found = self.bank.get(path)
            return found if found["status"] == "posted" else None

        return [self.bank.until(f"posting of {path}", look), *approved]

    def approve(self) -> list[Json]:
        """The second person looks at every open proposal and approves what it was shown; gives the accepted changes."""
        accepted = []
        for proposal in self.second.items("/v1/proposals", status="proposed"):
            shown = self.second.get(f"/v1/proposals/{proposal['id']}")
            if shown["status"] == "proposed" and shown["call"] is not None:
                self.tell(f"second key: {shown['readable'].get('operation', shown['kind'])}")
                request = {"proposal": shown["id"], "action": shown["call"]["action"]}
                accepted.append(self.second.change("/v1/approvals", request))
        return accepted

    def match_suspense(self, day: date, courses_: list[Course]) -> bool:
        """Proposes whose the suspended credits are that the book says are matched on `day`. True if there were any."""
        found = False
        for course in courses_:
            for event in course.loan.events:
                if isinstance(event, courses.Payment) and event.matched == day:
                    self._match(course)
                    found = True
        return found

    def _match(self, course: Course) -> None:
        """The first suspended credit from the borrower's own account."""
        account = self.book.borrowers[course.loan.application.borrower].account
        items = self.bank.get("/v1/suspense")["items"]
        item = next(one for one in items if one["counterparty_account"] == account and one["direction"] == "credit")
        self.tell(f"{course.ref}: suspense of {item['amount']['amount']} matched")
        path = f"/v1/suspense/{item['statement']}/{item['entry']}/match"
        self.bank.change(path, {"loan": course.id, "reason": "the borrower mistyped the reference"})

    def no_match_left(self) -> bool:
        """Whether no suspended credit waits for a decision any more."""
        return not any(item["proposal"] for item in self.bank.get("/v1/suspense")["items"])

    def instruct_payouts(self, refs: Mapping[str, str]) -> None:
        """Instructs every reserved payout. Raises PayoutFailed."""
        self.tell(f"payouts of {', '.join(refs.values())} instructed")
        path = self.bank.change("/v1/payout-instructions", {})["resource"]["href"]
        order = self.bank.until(f"instruction of {path}", lambda: _in_status(self.bank.get(path)))
        check_instructed(order, refs)

    def close(self, through: date) -> Json:
        """Closes all days up to `through`, on the last account statement."""
        accepted = self.bank.change("/v1/day-ends", {"through": through.isoformat()})
        self.tell(f"{through}: day closed")
        return accepted

    def suspended(self) -> int:
        """Minor units in suspense."""
        return minor(self.bank.get("/v1/suspense")["balance"])


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


def _in_status(order: Json) -> Json | None:
    return order if order["status"] in ("instructed", "failed") else None
