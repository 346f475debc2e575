"""Custody tokens, parties and days: deposits, withdrawals, suspense, the day-end. No loan is touched here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chain.model import commands as c
from chain.model.errors import Refused, require
from chain.model.state import BankEntry, LedgerState, Payout, Replacement, WithdrawalState, put, without

NOTICE = timedelta(days=7)
"""From an announcement until the account may take over."""


def register(state: LedgerState, command: c.Register) -> LedgerState:
    """A new party."""
    require(command.account not in state.subjects, "PartiesAccountInUse", account=command.account)
    require(command.subject not in state.accounts, "PartiesSubjectInUse", subject=command.subject)
    return replace(
        state,
        subjects=put(state.subjects, command.account, command.subject),
        accounts=put(state.accounts, command.subject, command.account),
        wallets=put(state.wallets, command.account, 0),
    )


def freeze(state: LedgerState, command: c.Freeze) -> LedgerState:
    """Payouts of the subject are held; money keeps accruing to it."""
    require(command.subject not in state.frozen, "PartiesFrozen", subject=command.subject)
    return replace(state, frozen=state.frozen | {command.subject})


def unfreeze(state: LedgerState, command: c.Unfreeze) -> LedgerState:
    """Ends a freeze."""
    require(command.subject in state.frozen, "PartiesNotFrozen", subject=command.subject)
    return replace(state, frozen=state.frozen - {command.subject})


def announce(state: LedgerState, command: c.AnnounceReplacement) -> LedgerState:
    """The notice starts to run; an earlier announcement is void."""
    require(command.subject in state.accounts, "PartiesSubjectUnknown", subject=command.subject)
    require(command.account not in state.subjects, "PartiesAccountInUse", account=command.account)
    announced = Replacement(command.account, state.today + NOTICE)
    return replace(state, replacements=put(state.replacements, command.subject, announced))


def consent(state: LedgerState, command: c.ConsentReplacement) -> LedgerState:
    """To the account that was announced, and no other."""
    announced = _announced(state, command.subject)
    require(announced.account == command.account, "PartiesNoReplacement", subject=command.subject)
    return replace(state, replacements=put(state.replacements, command.subject, replace(announced, consented=True)))


def withdraw_replacement(state: LedgerState, command: c.WithdrawReplacement) -> LedgerState:
    """As if it had not been announced."""
    _announced(state, command.subject)
    return replace(state, replacements=without(state.replacements, command.subject))


def replace_account(state: LedgerState, command: c.Replace) -> LedgerState:
    """After consent and notice; a former account names its subject for ever."""
    announced = _announced(state, command.subject)
    require(announced.consented, "PartiesNotConsented", subject=command.subject)
    require(state.today >= announced.since, "PartiesNoticeRunning", since=announced.since, today=state.today)
    require(announced.account not in state.subjects, "PartiesAccountInUse", account=announced.account)
    former = state.accounts[command.subject]
    tokens = state.wallets[former]
    return replace(
        state,
        subjects=put(state.subjects, announced.account, command.subject),
        accounts=put(state.accounts, command.subject, announced.account),
        replacements=without(state.replacements, command.subject),
        wallets=put(put(state.wallets, former, 0), announced.account, tokens),
    )


def _announced(state: LedgerState, subject: str) -> Replacement:
    if subject not in state.replacements:
        raise Refused("PartiesNoReplacement", subject=subject)
    return state.replacements[subject]


def publish(state: LedgerState, command: c.PublishWorkingDays) -> LedgerState:
    """A calendar's first years, or those that follow."""
    known = state.calendars.get(command.calendar)
    days = command.days
    if known is not None:
        require(days.since == known.through + timedelta(days=1), "WorkingDaysRange", calendar=command.calendar)
        days = replace(days, since=known.since, closed=known.closed | days.closed)
    return replace(state, calendars=put(state.calendars, command.calendar, days))


def use_entry(state: LedgerState, entry: BankEntry) -> LedgerState:
    """Marks a bank entry as booked, once."""
    require(entry not in state.entries, "CustodyEntryUsed", entry=entry)
    return replace(state, entries=state.entries | {entry})


def take_suspended(state: LedgerState, entry: BankEntry, amount: int | None) -> LedgerState:
    """Takes an entry out of suspense; `amount` must be all of it."""
    require(entry in state.suspense, "CustodyNotSuspended", entry=entry)
    held = state.suspense[entry][0]
    require(amount in {None, held}, "CustodySuspenseAmount", given=amount, held=held)
    return replace(state, suspense=without(state.suspense, entry), attested=None)


def deposit(state: LedgerState, command: c.Deposit) -> LedgerState:
    """Tokens for a booked credit; none during a shortfall."""
    require(state.shortfall == 0, "CustodyShortfall", shortfall=state.shortfall)
    state.signer(command.account)
    require(command.amount > 0, "CustodyZeroAmount")
    return use_entry(state, command.entry).moved(command.account, command.amount)


def suspend(state: LedgerState, command: c.Suspend) -> LedgerState:
    """A booked credit without tokens."""
    require(command.amount > 0, "CustodyZeroAmount")
    require(command.value_date <= state.today, "CustodyValueDate", given=command.value_date, today=state.today)
    state = use_entry(state, command.entry)
    held = (command.amount, command.value_date)
    return replace(state, suspense=put(state.suspense, command.entry, held), attested=None)


def deposit_suspense(state: LedgerState, command: c.DepositSuspense) -> LedgerState:
    """Tokens for what was in suspense."""
    require(state.shortfall == 0, "CustodyShortfall", shortfall=state.shortfall)
    state.signer(command.account)
    return take_suspended(state, command.entry, command.amount).moved(command.account, command.amount)


def return_suspense(state: LedgerState, command: c.ReturnSuspense) -> LedgerState:
    """What was in suspense left by a booked debit."""
    return use_entry(take_suspended(state, command.entry, None), command.debit)


def attest(state: LedgerState, command: c.Attest) -> LedgerState:
    """The balance on which a day is closed; no money may be left unexplained."""
    require(command.through >= state.today, "CustodyAttestedBefore", through=command.through)
    held = state.in_suspense
    require(command.suspense == held, "CustodySuspenseMismatch", given=command.suspense, held=held)
    explained = state.supply + held + command.items
    require(command.booked <= explained, "CustodyUnexplainedSurplus", booked=command.booked, explained=explained)
    return replace(state, shortfall=explained - command.booked, attested=(command.through, state.supply))


def close_day(state: LedgerState, command: c.CloseDay) -> LedgerState:
    """The business date moves on, once the day is attested and nothing was credited or debited since."""
    require(command.through >= state.today, "CalendarDayClosed", through=command.through, today=state.today)
    if state.attested is None or state.attested[0] != command.through:
        raise Refused("CalendarNotAttested", through=command.through)
    require(state.attested[1] == state.supply, "CalendarSupplyMoved", attested=state.attested[1], supply=state.supply)
    return replace(state, today=command.through + timedelta(days=1))


def withdraw(state: LedgerState, command: c.Withdraw) -> LedgerState:
    """Tokens are set aside for a payout."""
    require(command.order not in state.withdrawals, "WithdrawalUsed", order=command.order)
    require(command.amount > 0, "WithdrawalZero")
    require(state.today <= command.valid_through, "WithdrawalExpired", valid_through=command.valid_through)
    subject = state.signer(command.account)
    require(subject not in state.frozen, "PartiesFrozen", subject=subject)
    waiting = WithdrawalState(Payout.RESERVED, subject, command.amount, command.valid_through)
    state = state.moved(command.account, -command.amount)
    return replace(state, withdrawals=put(state.withdrawals, command.order, waiting))


def instruct_withdrawal(state: LedgerState, command: c.InstructWithdrawal) -> LedgerState:
    """Not during a shortfall, and not for a frozen subject."""
    waiting = _waiting(state, command.order, Payout.RESERVED)
    require(state.shortfall == 0, "CustodyShortfall", shortfall=state.shortfall)
    require(waiting.subject not in state.frozen, "PartiesFrozen", subject=waiting.subject)
    return _paid_out(state, command.order, Payout.INSTRUCTED)


def settle_withdrawal(state: LedgerState, command: c.SettleWithdrawal) -> LedgerState:
    """The tokens are burned."""
    _waiting(state, command.order, Payout.INSTRUCTED)
    return _paid_out(use_entry(state, command.entry), command.order, Payout.SETTLED)


def return_withdrawal(state: LedgerState, command: c.ReturnWithdrawal) -> LedgerState:
    """The holder has its tokens again."""
    waiting = state.withdrawals.get(command.order)
    known = waiting is not None and waiting.payout in {Payout.RESERVED, Payout.INSTRUCTED}
    require(known, "WithdrawalPayout", order=command.order)
    return _given_back(state, command.order)


def bounce_withdrawal(state: LedgerState, command: c.BounceWithdrawal) -> LedgerState:
    """Tokens for the booked credit, back to the holder."""
    _waiting(state, command.order, Payout.SETTLED)
    return _given_back(use_entry(state, command.entry), command.order)


def release_withdrawal(state: LedgerState, command: c.ReleaseWithdrawal) -> LedgerState:
    """A silent bank traps no money."""
    waiting = _waiting(state, command.order, Payout.RESERVED)
    require(state.today > waiting.valid_through, "WithdrawalStillValid", valid_through=waiting.valid_through)
    return _given_back(state, command.order)


def _waiting(state: LedgerState, order: str, expected: Payout) -> WithdrawalState:
    waiting = state.withdrawals.get(order)
    if waiting is None or waiting.payout is not expected:
        raise Refused("WithdrawalPayout", order=order, expected=expected.name)
    return waiting


def _paid_out(state: LedgerState, order: str, payout: Payout) -> LedgerState:
    moved = replace(state.withdrawals[order], payout=payout)
    return replace(state, withdrawals=put(state.withdrawals, order, moved))


def _given_back(state: LedgerState, order: str) -> LedgerState:
    waiting = state.withdrawals[order]
    state = _paid_out(state, order, Payout.RETURNED)
    return state.moved(state.accounts[waiting.subject], waiting.amount)
