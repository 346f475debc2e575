"""The ledger's invariants in the reference model, after every step of long random sequences; ids as in
docs/invariants.md."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

pytest.importorskip("pyrevm", reason="pyrevm is not installed; pip install pyrevm")

from harness.generating import Generator
from harness.running import first_state

from chain.model import Kind, Refused, State, apply
from chain.model import commands as c
from chain.model.endings import fees_of
from chain.model.events import NOTHING

ARROWS = {
    State.PROPOSED: {State.FUNDING, State.FUNDED, State.CANCELLED, State.EXPIRED, State.ACTIVE},
    State.FUNDING: {State.FUNDED, State.CANCELLED, State.EXPIRED},
    State.FUNDED: {State.DISBURSING, State.CANCELLED, State.EXPIRED},
    State.DISBURSING: {State.FUNDED, State.ACTIVE, State.EXPIRED},
    State.ACTIVE: {State.REPAID, State.FUNDED},
    State.REPAID: {State.CLOSED, State.ACTIVE},
}


def check(state, before):
    assert state.today >= before.today  # I10
    assert state.in_suspense == sum(amount for amount, _ in state.suspense.values())  # I21
    assert min(state.wallets.values()) >= 0
    assert state.bank_claims == sum(loan.claim for loan in state.loans.values())  # I20
    exposures, platforms, opened = Counter(), Counter(), Counter()
    for name, loan in state.loans.items():
        account = state.account_of(name)
        borrower = (state.subjects[loan.terms.borrower], loan.terms.platform)
        exposures[borrower] += account.outstanding + loan.call
        platforms[loan.terms.platform] += account.outstanding + loan.call
        opened[borrower] += 1
        if before.loans.get(name) is not loan:
            check_loan(state, loan, account, before.loans.get(name))
    for key, exposure in state.exposures.items():  # I17
        assert (exposure.outstanding, exposure.loans) == (exposures[key], opened[key])
    assert {platform: one.outstanding for platform, one in state.platforms.items()} == dict(platforms)
    for subject, held in state.held.items():  # I18
        assert len(set(held)) == len(held)
        assert set(held) == {name for name, loan in state.loans.items() if subject in loan.positions}


def check_loan(state, loan, account, was):
    if was is not None and was.state is not loan.state:
        reached = {entry.kind for entry in loan.history[was.length :]}
        assert loan.state in ARROWS[was.state] or {"Funded", "Repaid"} & reached  # I6
    assert account.outstanding <= account.drawn <= loan.called <= loan.units  # I16
    assert loan.cash >= 0
    assert loan.claim >= 0
    if loan.state is State.ACTIVE:
        assert loan.cash >= loan.undrawn  # I19
    if account is not NOTHING:
        assert account.last <= state.today  # I10
        owed = sum(row[Kind.PRINCIPAL] for row in account.owed())
        assert owed == account.outstanding  # I8
        if loan.state in {State.REPAID, State.CLOSED}:
            assert account.settled
            assert account.outstanding == 0
        payees = {state.subjects[one.payee] for one in loan.terms.fees}
        assert sum(fees_of(state, loan, payee) for payee in payees) == account.fees  # I24
    if loan.state in {State.ACTIVE, State.REPAID}:
        held = sum(position.units for position in loan.positions.values())
        assert held == loan.subscribed == loan.units  # I9
        earned = account.repaid + loan.returned + account.earned
        claimed = sum(entry.amount for entry in loan.history if entry.kind == "Claimed")
        numerators = sum(position.numerator for position in loan.positions.values())
        assert numerators == (earned - claimed) * loan.denominator  # I4
        # I2, from what came in and went out by the history's own entries.
        amounts = Counter()
        for entry in loan.history:
            amounts[entry.kind] += entry.amount
        paid = sum(event.amount for event in loan.events if hasattr(event, "seq"))
        out = claimed + amounts["FeesClaimed"] + account.drawn
        assert loan.cash - loan.claim == loan.subscribed + paid - out


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_invariants_hold_after_every_step(block):
    done = Counter()
    for seed in range(block * 40, block * 40 + 40):
        generator, state = Generator(Random(f"invariants {seed}")), first_state()
        for make in generator.sequence():
            command = make(state)
            if command is None:
                continue
            try:
                following, entries = apply(state, command)
            except Refused:
                continue
            check(following, state)
            assert all(name in following.loans for name in entries)
            state = following
            done[type(command)] += 1
    assert {c.Collect, c.Claim, c.Reverse, c.Insert, c.Transfer, c.RepayEarly} <= set(done)
