"""The reference model: the whole life of loans as pure functions over commands, written from docs/payments in the
plainest way. The contracts and this model are held to each other by tests. No network, clock, files or chain."""

from __future__ import annotations

from chain.model.account import Account, Posted
from chain.model.early import Early, Payoff, payoff
from chain.model.errors import Refused
from chain.model.figures import Figures, FiveTier, figures
from chain.model.state import BankEntry, Entry, LedgerState, LoanState, Payout, Position, State
from chain.model.step import apply
from chain.model.terms import Allocation, EarlyKind, Kind, LoanTerms, PayeeFee, PenaltyBase

__all__ = [
    "Account",
    "Allocation",
    "BankEntry",
    "Early",
    "EarlyKind",
    "Entry",
    "Figures",
    "FiveTier",
    "Kind",
    "LedgerState",
    "LoanState",
    "LoanTerms",
    "PayeeFee",
    "Payoff",
    "Payout",
    "PenaltyBase",
    "Position",
    "Posted",
    "Refused",
    "State",
    "apply",
    "figures",
    "payoff",
]
