"""Runs sequences on the contracts and on the model, step by step, and says where they differ.

A sequence is known by its seed; what it did is printed as commands that can be replayed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

from harness.comparing import differences
from harness.driver import Driver
from harness.generating import Generator
from harness.machine import CLOSED_DAYS, PARTIES, RATE_CAP, REVERSAL_DAYS, START, Machine, subject_of

from chain.model import LedgerState, Refused, apply
from chain.model import commands as c
from chain.model.state import Entry, State, WorkingDays


@dataclass
class Outcome:
    """What one sequence did. differences: at most those of one step; commands: all up to it."""

    seed: int
    commands: list[c.Command] = field(default_factory=list)
    differences: list[tuple[str, Any, Any]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    features: Counter[str] = field(default_factory=Counter)

    def report(self) -> str:
        """The seed, every command and what differs after the last."""
        lines = [f"seed {self.seed}: the model and the contracts differ after {len(self.commands)} commands:"]
        lines += [f"    {command!r}," for command in self.commands]
        lines += [f"  {what}: {ours!r} in the model, {theirs!r} on chain" for what, ours, theirs in self.differences]
        return "\n".join(lines)


@cache
def machine() -> Machine:
    """This process's deployed ledger."""
    return Machine()


def first_state() -> LedgerState:
    """The model's ledger as the machine is set up: parties, a calendar, a regime."""
    state = LedgerState(START, rate_cap=RATE_CAP, reversal_days=REVERSAL_DAYS)
    for party in PARTIES:
        state, _ = apply(state, c.Register(party, subject_of(party)))
    days = WorkingDays(START + timedelta(days=1), START + timedelta(days=800), CLOSED_DAYS)
    state, _ = apply(state, c.PublishWorkingDays(1, days))
    return state


def run_seed(seed: int) -> Outcome:
    """The sequence of a seed."""
    generator, outcome = Generator(Random(seed)), Outcome(seed)
    with machine().forgetting():
        state, driver = first_state(), Driver(machine())
        for make in generator.sequence():
            command = make(state)
            if command is None:
                continue
            state = step(state, driver, command, outcome)
            if outcome.differences:
                return outcome
        outcome.differences.extend(differences(state, driver))
    return outcome


def replay(commands: Sequence[c.Command], seed: int = -1) -> Outcome:
    """A list of commands, as `Outcome.report` prints them."""
    outcome = Outcome(seed)
    with machine().forgetting():
        state, driver = first_state(), Driver(machine())
        for command in commands:
            state = step(state, driver, command, outcome)
            if outcome.differences:
                return outcome
        outcome.differences.extend(differences(state, driver))
    return outcome


def step(state: LedgerState, driver: Driver, command: c.Command, outcome: Outcome) -> LedgerState:
    """One command on both; what differs afterwards goes into the outcome."""
    outcome.commands.append(command)
    following: LedgerState | None = None
    ours: str | None = None
    try:
        following, _ = apply(state, command)
    except Refused as refusal:
        ours = refusal.name
    theirs = driver.execute(command, state)
    if ours != theirs:
        outcome.differences.append((f"answer to {type(command).__name__}", ours or "done", theirs or "done"))
        return state
    if ours or following is None:
        outcome.refused[f"{type(command).__name__}: {ours}"] += 1
        return state
    outcome.done[type(command).__name__] += 1
    outcome.features.update(features(state, following))
    outcome.differences.extend(differences(following, driver, state))
    return following


def features(before: LedgerState, after: LedgerState) -> Iterator[str]:
    """What a step was an example of, so that a run can show what it covered."""
    for name, loan in after.loans.items():
        was = before.loans.get(name)
        if was is None or was is loan:
            continue
        for entry in loan.history[was.length :]:
            if entry.posted:
                yield from _of_posting(entry)
            if entry.kind == "PaymentReversed" and loan.claim > was.claim:
                yield "reversal above what the loan held"
            if entry.kind == "Disbursed" and was.state is State.ACTIVE:
                yield "later tranche"
        if loan.claim < was.claim:
            yield "bank's claim met"
        if any(position.numerator < 0 for position in loan.positions.values()):
            yield "numerator below zero"
        if was.state is State.REPAID and loan.state is State.ACTIVE:
            yield "repaid loan active again"


def _of_posting(entry: Entry) -> Iterator[str]:
    posted, early = entry.posted, entry.early
    assert posted
    parts = {"penalty accrued": posted.accrued, "penalty paid": posted.penalty, "overpaid": posted.overpaid}
    yield from (what for what, amount in parts.items() if amount)
    if posted.value_date < entry.day:
        yield "value date before the business date"
    if early:
        yield f"early repayment, {'a table follows' if early.rows else 'of all'}"
        if early.rows and not early.rows[0].principal:
            yield "first row after it repays nothing"
