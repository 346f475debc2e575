"""The contracts and the reference model carry out the same commands and never differ: not in an answer, not by one
minor unit in any balance, position, register, row or history.

The model was written from docs/payments, not from the contracts. To see one sequence again:
`run_seed(n).report()` of `harness.running`, or `replay([...])` of the commands that a failure prints.
"""

from __future__ import annotations

import math
import os
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("pyrevm", reason="pyrevm is not installed; pip install pyrevm")

from harness.many import run_many
from harness.running import replay, run_seed

from chain.model import account, commands, early, endings, events
from chain.model import step as model
from chain.model.terms import LoanTerms

DEFAULT = 150
FULL = 20_000


@pytest.mark.slow
def test_contracts_and_model_agree_on_new_random_sequences(capsys):
    first = int(os.environ.get("LOAN_LEDGER_SEED", secrets.randbelow(10**9) + FULL))
    total = run_many(first, DEFAULT)
    with capsys.disabled():
        print(f"\nseeds {first} to {first + DEFAULT - 1}: {total.summary()}")
    assert not total.failures, "\n\n".join(total.failures.values())
    assert total.sequences == DEFAULT


@pytest.mark.full
@pytest.mark.timeout(0)
def test_contracts_and_model_agree_on_twenty_thousand_sequences(capsys):
    total = run_many(0, FULL, progress=Path(os.environ.get("LOAN_LEDGER_STATE", ".loan-ledger")))
    with capsys.disabled():
        print(f"\n{total.summary()}")
    assert not total.failures, "\n\n".join(total.failures.values())
    assert total.sequences == FULL
    for kind in model.STEPS:
        if kind not in {commands.Register, commands.PublishWorkingDays}:  # how each sequence starts
            assert total.commands[kind.__name__] > 0, kind


def test_a_printed_sequence_does_the_same_again():
    outcome = run_seed(3001)
    again = replay(outcome.commands)
    assert not outcome.differences
    assert (again.done, again.refused, again.features) == (outcome.done, outcome.refused, outcome.features)


def _penalty_rounded_down(monkeypatch):
    monkeypatch.setattr(account, "round", math.floor, raising=False)


def _penalty_year_of_365_days(monkeypatch):
    monkeypatch.setattr(LoanTerms, "penalty_year", property(lambda _: 365))


def _early_fee_rounded_down(monkeypatch):
    monkeypatch.setattr(early, "fee_for", lambda terms, principal: principal * terms.early_fee_nano // 10**9)


def _moved_part_rounded_up(monkeypatch):
    kept = endings.transfer

    def transfer(state, command):
        after = kept(state, command)
        loan = after.loans[command.loan]
        seller, buyer = (state.subjects[party] for party in (command.seller, command.buyer))
        positions = dict(loan.positions)
        positions[seller] = replace(positions[seller], numerator=positions[seller].numerator - 1)
        positions[buyer] = replace(positions[buyer], numerator=positions[buyer].numerator + 1)
        return after.with_loan(replace(loan, positions=positions))

    monkeypatch.setitem(model.STEPS, commands.Transfer, transfer)


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong", [_penalty_rounded_down, _penalty_year_of_365_days, _early_fee_rounded_down, _moved_part_rounded_up]
)
def test_a_rule_that_is_wrong_by_a_minor_unit_or_less_is_found(wrong, monkeypatch):
    events.replay.cache_clear()
    wrong(monkeypatch)
    try:
        assert any(run_seed(seed).differences for seed in range(400))
    finally:
        events.replay.cache_clear()
