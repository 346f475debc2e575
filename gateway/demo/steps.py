"""What a loan calls for next: by its state on the ledger, its course in the book and the business date.

Pure. One step at a time for each loan, so that it can be asked again after each; nothing is remembered but which events
of the course were asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from gateway.demo.book import courses
from gateway.demo.book.load import BookLoan
from gateway.demo.client import Json, minor

TOWARDS_PAYOUT = frozenset({"subscriptions", "disburse", "drawdowns"})
"""What must be on the ledger before the bank is asked for payouts."""
_OPEN_PAYOUTS = frozenset({"Reserved", "Instructed"})


@dataclass
class Course:
    """What became of one application. `digest`: the id that its terms have; `id`: the same once the loan exists.

    `document`, `text`: the stored contract text, as the gateway answered. `refusal`: the contract's error with which it
    was refused. `asked`: places of course events that were asked for; the flags beside it say the same of what happens
    once.
    """

    loan: BookLoan
    digest: str | None = None
    id: str | None = None
    document: str | None = None
    text: Json = field(default_factory=dict)
    refusal: str | None = None
    asked: set[int] = field(default_factory=set)
    fees_claimed: set[str] = field(default_factory=set)
    subscribed: bool = False
    claimed: bool = False
    swept: bool = False

    @property
    def ref(self) -> str:
        """The book's reference, such as L01."""
        return self.loan.application.reference

    def events(self, until: date) -> Iterator[tuple[int, courses.Event]]:
        """Events of the course up to the day `until` that were not asked for, with their places."""
        for place, event in enumerate(self.loan.events):
            if event.day <= until and place not in self.asked:
                yield place, event


@dataclass(frozen=True)
class Step:
    """What to ask the platform's gateway for: the path behind the loan's own, and for which event or payee."""

    path: str
    event: int | None = None
    payee: str | None = None


def next_step(
    course: Course, loan: Json, positions: Sequence[Json], today: date, until: date, reversal_days: int
) -> Step | None:
    """The loan's next step, None if nothing is due.

    `loan`, `positions`: as the gateway shows them. `until`: the day up to which the course has come.
    """
    state = loan["state"]
    if state in ("Proposed", "Funding"):
        if date.fromisoformat(loan["funding_deadline"]) < today:
            return Step("expire")
        return None if course.subscribed else Step("subscriptions")
    if state in ("Cancelled", "Expired"):
        return Step("refund") if any(not position["refunded"] for position in positions) else None
    if state in ("Funded", "Active"):
        running = _ordered(course, loan, until) or _fees(course, loan)
        return _funded(course, until) if state == "Funded" else running
    if state == "Repaid":
        window = date.fromisoformat(loan["repaid_on"]) + timedelta(days=reversal_days) if loan["repaid_on"] else today
        return Step("close") if today > window else _fees(course, loan)
    return _closed(course, loan, positions) if state == "Closed" else None


def _funded(course: Course, until: date) -> Step | None:
    """Paid out, unless the course is to cancel the loan."""
    cancelled = [place for place, event in enumerate(course.loan.events) if isinstance(event, courses.Cancel)]
    if not cancelled:
        return Step("disburse")
    due = [place for place, _ in course.events(until) if place in cancelled]
    return Step("cancel", event=due[0]) if due else None


def _ordered(course: Course, loan: Json, until: date) -> Step | None:
    """What parties ask for while the loan runs, in the course's order."""
    for place, event in course.events(until):
        if isinstance(event, courses.Drawdown) and loan["payout"] not in _OPEN_PAYOUTS:
            return Step("drawdowns", event=place)
        if isinstance(event, courses.Sale):
            return Step("transfers", event=place)
        if isinstance(event, courses.Claim):
            return Step("claim", event=place)
    return None


def _fees(course: Course, loan: Json) -> Step | None:
    """A payee whose fees are all collected and not yet paid: those of the first instalment early, others at the end."""
    collected = minor(loan["fees_paid"])
    if not collected:
        return None
    for fee in course.loan.application.fees:
        whole = fee.kind == "first-instalment" or loan["state"] in ("Repaid", "Closed")
        if whole and fee.payee not in course.fees_claimed:
            return Step("claim-fees", payee=fee.payee)
    return None


def _closed(course: Course, loan: Json, positions: Sequence[Json]) -> Step | None:
    """The last claims, what is the borrower's, and the dust."""
    if not course.claimed:
        return Step("claim")
    fees = _fees(course, loan)
    if fees is not None:
        return fees
    if minor(loan["overpaid"]):
        return Step("release-overpayment")
    earned = sum(minor(loan[name]) for name in ("principal_paid", "interest_paid", "penalty_paid"))
    claimed = sum(minor(position["claimed"]) for position in positions)
    return Step("sweep-dust") if earned > claimed and not course.swept else None
