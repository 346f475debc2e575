"""Random loans and what may happen to them: commands that mostly succeed, among them some that must be refused.

Everything follows from the seed and the model's state, so a sequence can be made again from its seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from chain.model import commands as c
from chain.model.early import payoff
from chain.model.endings import fees_of, overpaid
from chain.model.errors import Refused
from chain.model.events import Paid, PaidEarly
from chain.model.figures import figures
from chain.model.state import BankEntry, LedgerState, LoanState, Payout, State
from chain.model.terms import KINDS_ORDERS, Allocation, EarlyKind, Kind, LoanTerms, PayeeFee, PenaltyBase
from chain.schedules.ledger import DayCountRule, Fee, FeeKind, Method, Row, Segment, TableRule, build_segment, due_day

PARTIES = tuple(f"p{number}" for number in range(8))
LENDERS = ("p0", "p1", "p2", "p3", "p4")
BORROWERS = ("p5", "p6")
PAYEES = ("p6", "p7", "p0")
STEPS = 48
MOST_LOANS = 3
ENDED = {State.CLOSED, State.CANCELLED, State.EXPIRED}
METHOD_WEIGHTS = (4, 3, 3, 1, 1)  # in the order of `Method`
LONGEST_LIFE = 36 * 10**9  # nominal rate times months of a loan in equal instalments


@dataclass
class Generator:
    """Makes the commands of one sequence. Numbers orders and bank entries so that each is new."""

    random: Random
    count: int = 0
    used: list[BankEntry] = field(default_factory=list)
    suspended: list[BankEntry] = field(default_factory=list)
    mandates: list[c.PayByMandate] = field(default_factory=list)
    coming: list[c.Command] = field(default_factory=list)
    ending: bool = False
    stingy: bool = False

    # ---------------------------------------- pieces

    def order(self) -> str:
        """A new order's name."""
        self.count += 1
        return f"order {self.count}"

    def entry(self) -> BankEntry:
        """A new bank entry; now and then one that was used."""
        if self.used and self.random.random() < 0.01:
            return self.random.choice(self.used)
        self.count += 1
        entry = BankEntry(self.count // 300 + 1, self.count % 300 + 1)
        self.used.append(entry)
        return entry

    def until(self, state: LedgerState) -> date:
        """The last day of an order; now and then past."""
        return state.today + timedelta(days=self.random.choice((0, 0, *(30,) * 10, *(400,) * 10, -1)))

    def at(self, loan: LoanState) -> int:
        """The history length a sender expects; now and then wrong."""
        chance = self.random.random()
        return loan.length + (1 if chance < 0.01 else -1 if chance < 0.02 else 0)

    def amount(self, around: int) -> int:
        """An amount related to one: equal, near, a part, more."""
        roll = self.random.random() * (0.85 if self.stingy else 1)
        if roll < (0.1 if self.stingy else 0.4):
            return max(0, around)
        if roll < 0.55:
            return max(0, around + self.random.choice((-1, 1)))
        if roll < 0.85:
            return self.random.randint(0, max(1, around))
        return max(1, around) * self.random.randint(1, 4) + self.random.randint(0, 50)

    # ---------------------------------------- terms

    def terms(self, state: LedgerState) -> LoanTerms:
        """Random terms that the agreements contract admits."""
        random = self.random
        method = random.choices(list(Method), METHOD_WEIGHTS)[0]
        single = method is Method.SINGLE_PAYMENT
        instalments = 1 if single else random.choice((1, 2, 3, 3, 4, 6, 6, 12))
        months = random.choice((1, 2, 6, 14)) if single else random.choice((1, 1, 1, 2, 3, 12))
        principal = random.choice(
            (random.randint(1, 300), random.randint(1_000, 10**6), random.randint(10**6, 10**9), 10**5, 10**18 + 7)
        )
        rate = random.choice((0, 43_500_000, 120_000_000, 240_000_000, random.randint(1, 300_000_000)))
        if method is Method.EQUAL_INSTALMENT:
            rate = min(rate, LONGEST_LIFE // (instalments * months))
        tranches = method is not Method.CUSTOM and principal > 10 and random.random() < 0.3
        classes = random.choice((1, 1, 2, 4))
        early = EarlyKind(random.choice((0, 1, 6, 7, 7, 7)))
        if method is Method.INTEREST_ONLY:
            early &= EarlyKind.TOTAL | EarlyKind.LOWER
        elif method in {Method.CUSTOM, Method.SINGLE_PAYMENT}:
            early &= EarlyKind.TOTAL
        base = random.choice(list(PenaltyBase))
        return LoanTerms(
            platform=random.choice(("platform", "platform", "other")),
            borrower=random.choice(BORROWERS),
            principal=principal,
            funding_deadline=state.today + timedelta(days=random.choice((0, 3, 30, 366))),
            rate_nano=rate,
            day_count=random.choice(list(DayCountRule)),
            method=method,
            instalments=instalments,
            period_months=months,
            first_tranche=random.randint(1, principal - 1) if tranches else principal,
            available_through=state.today + timedelta(days=random.randint(0, 200)) if tranches else None,
            rows=self.custom_rows(state, principal, instalments) if method is Method.CUSTOM else (),
            rate_shares=tuple(random.choice((1, 2, 3, 100, 65535)) for _ in range(classes)) if classes > 1 else (1,),
            order=random.choice(list(Allocation)),
            kinds=random.choice(KINDS_ORDERS),
            penalty_first=random.random() < 0.5,
            penalty_base=base,
            penalty_replaces=random.random() < 0.5,
            penalty_rate_nano=0 if base is PenaltyBase.NONE else random.choice((0, 50_000_000, 365_000_000, 10**9)),
            grace_days=random.choice((0, 0, 3, 15)),
            early_kinds=early,
            early_fee_nano=random.choice((0, 0, 10_000_000, 333_333_333, 10**9)),
            calendar=random.choice((0, 1)),
            fees=() if method is Method.CUSTOM else self.fees(principal),
        )

    def fees(self, principal: int) -> tuple[PayeeFee, ...]:
        """Up to three fees, small against the principal."""
        most = min(10**9, max(1, principal // self.random.choice((200, 3000, 10000))))
        return tuple(
            PayeeFee(Fee(self.random.choice(list(FeeKind)), self.random.randint(1, most)), self.random.choice(PAYEES))
            for _ in range(self.random.choice((0, 0, 1, 2, 3)))
        )

    def custom_rows(self, state: LedgerState, principal: int, count: int) -> tuple[Row, ...]:
        """Rows as parties might sign them: uneven, some of nothing."""
        cuts = sorted(self.random.randint(0, principal) for _ in range(count - 1))
        parts = [late - early for early, late in zip([0, *cuts], [*cuts, principal], strict=True)]
        due, rows = state.today + timedelta(days=self.random.choice((5, 40))), []
        for part in parts:
            interest = self.random.choice((0, part // 50))
            rows.append(Row(due, part, interest))
            due += timedelta(days=self.random.randint(1, 60))
        return tuple(rows)

    # ---------------------------------------- a sequence

    def sequence(self) -> Iterator[Callable[[LedgerState], c.Command | None]]:
        """Each a function that makes the next command from the state, or None to go on."""
        for _ in range(1 if self.random.random() < 0.8 else 2):
            self.stingy = self.random.random() < 0.4
        yield self.propose
        for step in range(STEPS):
            self.ending = step > STEPS * 2 // 3
            yield self.next

    def next(self, state: LedgerState) -> c.Command | None:
        """The next command, by the accounts that there are now."""
        command = self.any_step(state)
        return command if command is None else self.present(state, command)

    def propose(self, state: LedgerState) -> c.Command:
        """A new loan."""
        return c.Propose(f"loan {len(state.loans) + 1}", self.terms(state))

    def any_step(self, state: LedgerState) -> c.Command | None:
        """What may happen next to one of the loans, or beside them."""
        if self.coming:
            return self.coming.pop()
        if state.replacements and self.random.random() < 0.12:
            return self.replacement(state, f"subject of {self.random.choice(PARTIES)}")
        if not state.loans or self.random.random() < 0.08:
            return self.beside(state)
        going = [loan for loan in state.loans.values() if loan.state not in ENDED]
        if not going and len(state.loans) < MOST_LOANS and self.random.random() < 0.3:
            return self.propose(state)
        loans = going if going and self.random.random() < 0.8 else list(state.loans.values())
        loan = self.random.choice(loans)
        if self.random.random() < 0.02:
            return self.odd(state, loan)
        if loan.state in {State.PROPOSED, State.FUNDING}:
            return self.fund(state, loan)
        if loan.state in {State.FUNDED, State.DISBURSING}:
            return self.disburse(state, loan)
        if loan.state is State.ACTIVE:
            return self.live(state, loan)
        if loan.state in {State.REPAID, State.CLOSED}:
            return self.end(state, loan)
        return self.refund(state, loan)

    # ---------------------------------------- beside

    def beside(self, state: LedgerState) -> c.Command | None:
        """Deposits, withdrawals, suspense, freezes."""
        random = self.random
        party = random.choice((*LENDERS, *BORROWERS, *PAYEES))
        roll = random.randrange(10)
        if roll < 2:
            return c.Deposit(party, random.randint(0, 10**6), self.entry())
        if roll == 2:
            entry = self.entry()
            self.suspended.append(entry)
            value_date = state.today - timedelta(days=random.randint(-1, 9))
            return c.Suspend(random.randint(1, 10**5), value_date, entry)
        if roll == 3 and self.suspended:
            entry = random.choice(self.suspended)
            amount = state.suspense.get(entry, (5, state.today))[0]
            return random.choice((c.ReturnSuspense(entry, self.entry()), c.DepositSuspense(party, amount, entry)))
        if roll == 4:
            return c.Withdraw(party, self.amount(state.wallets[party]), self.order(), self.until(state))
        if roll in {5, 6} and state.withdrawals:
            return self.withdrawal(state, random.choice(list(state.withdrawals)))
        if roll == 7:
            subject = random.choice((f"subject of {party}", *state.frozen))
            return c.Unfreeze(subject) if subject in state.frozen else c.Freeze(subject)
        if roll == 8:
            return self.replacement(state, f"subject of {party}")
        return self.day(state)

    def withdrawal(self, state: LedgerState, order: str) -> c.Command:
        """What the bank does next with a withdrawal, mostly what its state allows."""
        fitting: dict[Payout, tuple[c.Command, ...]] = {
            Payout.RESERVED: (
                c.InstructWithdrawal(order),
                c.InstructWithdrawal(order),
                c.ReturnWithdrawal(order),
                c.ReleaseWithdrawal(order),
            ),
            Payout.INSTRUCTED: (
                c.SettleWithdrawal(order, self.entry()),
                c.SettleWithdrawal(order, self.entry()),
                c.ReturnWithdrawal(order),
            ),
            Payout.SETTLED: (c.BounceWithdrawal(order, self.entry()),),
        }
        steps = fitting.get(state.withdrawals[order].payout, ())
        if not steps or self.random.random() < 0.1:
            steps = tuple(step for each in fitting.values() for step in each)
        return self.random.choice(steps)

    def replacement(self, state: LedgerState, subject: str) -> c.Command:
        """The steps by which another account comes to stand for a subject, mostly in their order."""
        known = list(state.replacements)
        if not known or self.random.random() < 0.1:
            self.count += 1
            return c.AnnounceReplacement(subject, f"account {self.count}")
        subject = self.random.choice(known)
        announced = state.replacements[subject]
        if self.random.random() < 0.1:
            return c.WithdrawReplacement(subject)
        if not announced.consented and self.random.random() < 0.9:
            return c.ConsentReplacement(subject, announced.account)
        return c.Replace(subject)

    def present(self, state: LedgerState, command: c.Command) -> c.Command:
        """The command with the accounts that stand for its parties now; now and then with a former one."""
        if self.random.random() < 0.03:
            return command
        if isinstance(command, c.Subscribe):
            named = [replace(one, lender=state.standing_for(one.lender)) for one in command.promises]
            return replace(command, promises=tuple(named))
        if isinstance(command, c.OpenRunning):
            return replace(
                command, positions=tuple((state.standing_for(who), units, of) for who, units, of in command.positions)
            )
        if isinstance(command, c.Propose):
            borrower = state.standing_for(command.terms.borrower)
            return replace(command, terms=replace(command.terms, borrower=borrower))
        for name in ("account", "payer", "seller", "buyer"):
            value = getattr(command, name, None)
            if value in state.subjects:
                command = replace(command, **{name: state.standing_for(value)})
        return command

    def day(self, state: LedgerState) -> c.Command:
        """Attests and closes days; now and then with a shortfall, or one of both too early."""
        random = self.random
        through = state.today + timedelta(days=random.choice((0, 0, 2, 6, 13, 27, 30, 30, 45, 45)))
        if state.attested and random.random() < 0.03:
            return c.CloseDay(state.attested[0])
        items = random.choice((0, 0, 0, 17))
        missing = random.choice((0,) * 15 + (1,)) * random.randint(0, 100)
        explained = state.supply + state.in_suspense + items
        if random.random() < 0.95:
            self.coming.append(c.CloseDay(through))
        return c.Attest(through, max(0, explained - missing), state.in_suspense, items)

    def odd(self, state: LedgerState, loan: LoanState) -> c.Command:
        """Something that does not belong into the loan's state."""
        at = loan.length
        return self.random.choice(
            (
                c.Cancel(loan.name, at),
                c.Expire(loan.name, at),
                c.Refund(loan.name, at, LENDERS[:1]),
                c.Disburse(loan.name, at),
                c.Instruct(loan.name, at),
                c.ReturnPayout(loan.name, at),
                c.BouncePayout(loan.name, at, state.today, self.entry()),
                c.Claim(loan.name, at, LENDERS[:2]),
                c.Close(loan.name, at),
                c.SweepDust(loan.name, at),
                c.ReleaseOverpayment(loan.name, at),
                c.CloseDrawing(loan.name, at, True),
                c.Collect((self.receipt(state, loan, 5),)),
                c.Reverse(loan.name, max(1, at - 1), self.entry()),
            )
        )

    # ---------------------------------------- funding

    def fund(self, state: LedgerState, loan: LoanState) -> c.Command | None:
        """Subscriptions until the loan is funded; or it ends, or enters running."""
        random = self.random
        if loan.state is State.PROPOSED and random.random() < 0.12:
            return self.open_running(state, loan)
        roll = random.random()
        if roll < 0.02:
            return c.Cancel(loan.name, self.at(loan))
        if roll < 0.04 or state.today > loan.terms.funding_deadline:
            return c.Expire(loan.name, self.at(loan)) if random.random() < 0.8 else self.subscribe(state, loan)
        if roll < 0.08:
            return self.day(state)
        lender = random.choice(LENDERS)
        need = loan.units - loan.subscribed
        rich = [one for one in LENDERS if state.wallets[one] >= need]
        if not rich and state.shortfall == 0 and random.random() < 0.8:
            return c.Deposit(lender, need + random.choice((0, 0, 1000)), self.entry())
        return self.subscribe(state, loan)

    def subscribe(self, state: LedgerState, loan: LoanState) -> c.Command:
        """One to three promises; the first mostly of a lender that has the money."""
        random, promises = self.random, []
        need = loan.units - loan.subscribed
        rich = [one for one in LENDERS if state.wallets[one] >= need]
        for number in range(random.choice((1, 1, 1, 2, 3))):
            lender = random.choice(rich if rich and random.random() < 0.9 else LENDERS)
            amount = min(need, state.wallets[lender])
            if number or random.random() < 0.2:
                amount = random.choice((min(need, state.wallets[lender] // 2), need // 2, random.randint(0, need + 1)))
            held = loan.positions.get(f"subject of {lender}")
            units_class = held.units_class if held else random.randrange(len(loan.terms.rate_shares))
            units_class = units_class if random.random() < 0.97 else random.randrange(5)
            promises.append(c.Promise(lender, amount, units_class, self.order(), self.until(state)))
            need = max(0, need - amount)
            if not need:
                break
        return c.Subscribe(loan.name, self.at(loan), tuple(promises))

    def open_running(self, state: LedgerState, loan: LoanState) -> c.Command:
        """The rest of an old loan on its own grid, in as many rows as the terms say, or some rows less."""
        random, terms = self.random, loan.terms
        outstanding = random.randint(1, terms.principal)
        last = state.today - timedelta(days=random.randint(0, 20))
        rule = terms.rule
        if terms.method is Method.CUSTOM:
            rule = TableRule(terms.rate_nano, Method.EQUAL_PRINCIPAL, terms.day_count, terms.instalments, 1)
        rows = build_segment(rule, Segment(outstanding, last, last))
        if random.random() < 0.3 and rule.fees:  # the first instalment's fees were paid
            each = sum(one.amount for one in rule.fees if one.kind is FeeKind.EACH_INSTALMENT)
            rows = (Row(rows[0].due, rows[0].principal, rows[0].interest, each), *rows[1:])
        lenders = random.sample(LENDERS, random.randint(1, 3))
        cuts = sorted(random.randint(1, outstanding) for _ in lenders[1:])
        parts = [late - early for early, late in zip([0, *cuts], [*cuts, outstanding], strict=True)]
        positions = tuple(
            (lender, part, random.randrange(len(terms.rate_shares)))
            for lender, part in zip(lenders, parts, strict=True)
        )
        return c.OpenRunning(loan.name, self.at(loan), last, rows, positions, self.order())

    def refund(self, state: LedgerState, loan: LoanState) -> c.Command | None:
        """Lenders of a loan that ended get their money back."""
        held = [lender for lender in LENDERS if loan.position(f"subject of {lender}").units]
        if not held and len(state.loans) < MOST_LOANS:
            return self.propose(state)
        lenders = held if self.random.random() < 0.5 else self.random.sample(LENDERS, self.random.randint(1, 2))
        return c.Refund(loan.name, self.at(loan), tuple(lenders))

    # ---------------------------------------- payouts

    def disburse(self, state: LedgerState, loan: LoanState) -> c.Command | None:
        """Towards the payout, now and then back or to the end."""
        random, roll = self.random, self.random.random()
        if roll < 0.05:
            return self.day(state)
        if roll < 0.08:
            return random.choice((c.Cancel(loan.name, self.at(loan)), c.Expire(loan.name, self.at(loan))))
        if loan.state is State.FUNDED:
            late = state.today > loan.terms.funding_deadline + timedelta(days=30)
            if random.random() < 0.1:
                return c.Cancel(loan.name, self.at(loan))
            return c.Expire(loan.name, self.at(loan)) if late else c.Disburse(loan.name, self.at(loan))
        return self.payout(state, loan)

    def payout(self, state: LedgerState, loan: LoanState) -> c.Command:
        """The payout under way goes on."""
        random = self.random
        if random.random() < 0.06:
            return c.ReturnPayout(loan.name, self.at(loan))
        if loan.payout is Payout.RESERVED:
            return self.day(state) if state.shortfall else c.Instruct(loan.name, self.at(loan))
        since = loan.instructed_on or state.today
        value_date = since + timedelta(days=random.randint(0, (state.today - since).days))
        value_date += timedelta(days=random.choice((0,) * 20 + (-1, 40)))
        return c.Settle(loan.name, self.at(loan), value_date, self.entry())

    # ---------------------------------------- life

    def live(self, state: LedgerState, loan: LoanState) -> c.Command | None:
        """What happens to an active loan."""
        random, roll = self.random, self.random.random()
        if loan.call and roll < 0.5:
            return self.payout(state, loan)
        if loan.drawing and not loan.call and roll < 0.3:
            if random.random() < 0.3:
                return c.CloseDrawing(loan.name, self.at(loan), random.random() < 0.5)
            amount = self.amount(loan.undrawn)
            return c.Draw(loan.name, self.at(loan), amount, self.order(), self.until(state))
        steps: list[tuple[int, Callable[[], c.Command | None]]] = [
            (30, lambda: self.day(state)),
            (26, lambda: c.Collect(tuple(self.receipts(state, loan)))),
            (5, lambda: self.pay(state, loan)),
            (14 if figures(state, loan.name, state.today).total_due else 1, lambda: self.mandate(state, loan)),
            (7, lambda: self.early(state, loan)),
            (8, lambda: self.correct(state, loan)),
            (9, lambda: self.claim(loan)),
            (3, lambda: c.ClaimFees(loan.name, self.at(loan), random.choice(PAYEES))),
            (6, lambda: self.transfer(state, loan)),
            (2, lambda: c.BouncePayout(loan.name, self.at(loan), state.today, self.entry())),
            (2, lambda: self.suspended_receipt(state, loan)),
        ]
        if self.ending:
            steps.append((16, lambda: self.pay_all(state, loan)))
        return random.choices([step for _, step in steps], [weight for weight, _ in steps])[0]()

    def value_date(self, state: LedgerState, loan: LoanState) -> date:
        """Between the last value date and today; now and then outside."""
        last = state.account_of(loan.name).last
        chance = self.random.random()
        if chance < 0.02:
            return last - timedelta(days=1) if last > date(1971, 1, 1) else state.today
        if chance < 0.04:
            return state.today + timedelta(days=1)
        return max(last, state.today - timedelta(days=self.random.choice((0, 0, 0, 1, 3, 20))))

    def receipt(self, state: LedgerState, loan: LoanState, amount: int, when: date | None = None) -> c.Receipt:
        """A booked receipt, whose length may lie behind."""
        at = max(0, loan.length + self.random.choice((0, 0, 0, -1, -2)))
        return c.Receipt(loan.name, at, amount, when or state.today, self.entry())

    def receipts(self, state: LedgerState, loan: LoanState) -> list[c.Receipt]:
        """One receipt, or some of rising value dates."""
        random, when = self.random, self.value_date(state, loan)
        found = [self.receipt(state, loan, self.amount(self.near(state, loan, when)), when)]
        while random.random() < 0.15:
            when = min(state.today, when + timedelta(days=random.randint(0, 5)))
            found.append(self.receipt(state, loan, random.randint(1, 1 + loan.units // 5), when))
        return found

    def near(self, state: LedgerState, loan: LoanState, when: date) -> int:
        """An amount of interest on a day: what is due, or the next instalment, or everything."""
        try:
            known = figures(state, loan.name, when)
        except Refused:
            return loan.units // 3 + 1
        following = known.next_due[1] if known.next_due else 0
        choices = [known.total_due or following, known.total_due + following, sum(known.due.values()), following]
        choices += [known.penalty, known.due[Kind.INTEREST], (known.total_due or following) // 2]
        return self.random.choice([one for one in choices if one] or [loan.units // 3 + 1])

    def pay_all(self, state: LedgerState, loan: LoanState) -> c.Command:
        """Everything at once, so that the loan comes to its end."""
        account = state.account_of(loan.name)
        owed = sum(sum(row.values()) for row in account.owed())
        known = figures(state, loan.name, state.today)
        amount = max(0, owed + known.penalty - account.overpaid) + self.random.choice((0, 0, 0, 3))
        return c.Collect((self.receipt(state, loan, amount),))

    def pay(self, state: LedgerState, loan: LoanState) -> c.Command:
        """A party's own tokens."""
        payer = self.random.choice((*BORROWERS, "p0"))
        if not state.wallets[payer] and state.shortfall == 0:
            return c.Deposit(payer, self.near(state, loan, state.today) * 2, self.entry())
        amount = self.amount(min(self.near(state, loan, state.today), state.wallets[payer]))
        return c.Pay(loan.name, self.at(loan), payer, amount, self.order(), self.until(state))

    def mandate(self, state: LedgerState, loan: LoanState) -> c.Command:
        """A new mandate, one used before, or the end of one."""
        random = self.random
        own = [one for one in self.mandates if one.loan == loan.name]
        if own and random.random() < 0.6:
            used = random.choice(own)
            if random.random() < 0.25:
                return c.RevokeMandate(used.loan, self.at(loan), used.payer, used.limit, used.order, used.valid_through)
            return c.PayByMandate(used.loan, self.at(loan), used.payer, used.limit, used.order, used.valid_through)
        near = self.near(state, loan, state.today)
        limit, payer = self.amount(near), random.choice(BORROWERS)
        if not state.wallets[payer] and state.shortfall == 0:
            return c.Deposit(payer, near * 2, self.entry())
        made = c.PayByMandate(loan.name, self.at(loan), payer, limit, self.order(), self.until(state))
        self.mandates.append(made)
        return made

    def early(self, state: LedgerState, loan: LoanState) -> c.Command:
        """An early repayment: of all, of a part, now and then too small."""
        random, when = self.random, self.value_date(state, loan)
        agreed = [kind for kind in EarlyKind if loan.terms.early_kinds & kind]
        kind = random.choice(agreed) if agreed and random.random() < 0.95 else random.choice(list(EarlyKind))
        account = state.account_of(loan.name)
        cost = payoff(loan.terms, account, max(when, account.last), state.payable_by(loan.terms))
        needed = max(0, cost.total - account.overpaid)
        if kind is not EarlyKind.TOTAL:
            needed = cost.due + cost.accrued + random.randint(0, max(1, cost.principal))
        amount = needed + random.choice((0, 0, 0, 1, 1, -1, 100))
        return c.RepayEarly(self.receipt(state, loan, max(0, amount), when), kind, self.order(), self.until(state))

    def correct(self, state: LedgerState, loan: LoanState) -> c.Command | None:
        """A reversal, or payments of an earlier value date put in."""
        random = self.random
        payments = [event for event in loan.events if isinstance(event, Paid | PaidEarly)]
        if not payments:
            return None
        first = random.choice(payments[-3:])
        seq = first.seq if random.random() < 0.95 else random.randint(1, loan.length)
        if random.random() < 0.6:
            return c.Reverse(loan.name, seq, self.entry())
        index = payments.index(first)
        since = payments[index - 1].day if index else state.account_of(loan.name).anchor
        when = since + timedelta(days=random.randint(0, max(0, (first.day - since).days)))
        added = [self.receipt(state, loan, random.randint(1, 1 + loan.units // 3), when)]
        if random.random() < 0.2:
            added.append(self.receipt(state, loan, random.randint(0, 9), random.choice((when, state.today))))
        return c.Insert(loan.name, seq, tuple(added))

    def claim(self, loan: LoanState) -> c.Command:
        """Lenders with something to claim, mostly."""
        ready = [lender for lender in LENDERS if loan.claimable(f"subject of {lender}")]
        if ready and self.random.random() < 0.9:
            self.random.shuffle(ready)
            return c.Claim(loan.name, self.at(loan), tuple(ready[: self.random.randint(1, len(ready))]))
        return c.Claim(loan.name, self.at(loan), tuple(self.random.sample(LENDERS, self.random.randint(1, 2))))

    def transfer(self, state: LedgerState, loan: LoanState) -> c.Command:
        """Some or all units of a lender to another, for a price that the buyer mostly has."""
        random = self.random
        holders = [lender for lender in LENDERS if loan.position(f"subject of {lender}").units] or ["p0"]
        seller, buyer = random.choice(holders), random.choice((*LENDERS, "p7"))
        held = loan.position(f"subject of {seller}").units
        units = random.choice((held, 1, held // 2, random.randint(0, held + 1)))
        price = random.choice((0, state.wallets[buyer], random.randint(0, state.wallets[buyer] + 5)))
        return c.Transfer(loan.name, self.at(loan), seller, buyer, units, price, self.order(), self.until(state))

    def suspended_receipt(self, state: LedgerState, loan: LoanState) -> c.Command | None:
        """What was in suspense belongs to the loan."""
        if not self.suspended:
            return self.beside(state)
        entry = self.random.choice(self.suspended)
        amount, _ = state.suspense.get(entry, (7, state.today))
        amount += self.random.choice((0,) * 9 + (1,))
        return c.CollectSuspense(c.Receipt(loan.name, loan.length, amount, self.value_date(state, loan), entry))

    # ---------------------------------------- endings

    def end(self, state: LedgerState, loan: LoanState) -> c.Command | None:
        """Claims, fees, overpayment, closing and dust; a reversal while it is possible."""
        random, roll = self.random, self.random.random()
        if loan.state is State.REPAID:
            if roll < 0.15:
                return self.correct(state, loan)
            if roll < 0.3:
                return self.claim(loan)
            closes = (loan.repaid_on or state.today) + timedelta(days=loan.reversal_days)
            if roll < 0.95 and state.today <= closes:
                return self.day(state)
            return c.Close(loan.name, self.at(loan))
        if roll < 0.03:
            return self.correct(state, loan)
        if roll < 0.65:
            return self.rest(state, loan)
        if roll < 0.7:
            return c.ClaimFees(loan.name, self.at(loan), random.choice(PAYEES))
        if roll < 0.8:
            return c.ReleaseOverpayment(loan.name, self.at(loan))
        if roll < 0.9:
            return self.day(state)
        return c.SweepDust(loan.name, self.at(loan))

    def rest(self, state: LedgerState, loan: LoanState) -> c.Command | None:
        """What a closed loan still holds goes to whom it belongs."""
        held = [party for party in PARTIES if loan.position(f"subject of {party}").units]
        if held:
            return c.Claim(loan.name, self.at(loan), tuple(held))
        payees = [one.payee for one in loan.terms.fees]
        owed = [party for party in payees if self.fees_open(state, loan, party)]
        if owed:
            return c.ClaimFees(loan.name, self.at(loan), self.random.choice(owed))
        if overpaid(state, loan):
            return c.ReleaseOverpayment(loan.name, self.at(loan))
        return c.SweepDust(loan.name, self.at(loan)) if loan.cash else self.beside(state)

    def fees_open(self, state: LedgerState, loan: LoanState, party: str) -> bool:
        """Whether fees were collected for a payee and not claimed."""
        subject = state.subjects[party]
        return fees_of(state, loan, subject) > loan.fees_taken.get(subject, 0)


__all__ = ["Generator", "due_day"]
