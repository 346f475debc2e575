"""Which contracts the ledger consists of, in the order of their making, and what each is told of the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from chain.ledger.days import day_number

CURRENCY = "CNY"
# The escrow's code that does not fit into one contract; `LoanEscrow` runs it in its own storage.
MODULES = ("Funding", "Openings", "Disbursements", "Mandates", "Corrections", "EarlyRepayments", "Positions")
# What the escrow and its modules work with, in the order of `EscrowBase.Parts`.
PARTS = ("Consortium", "Approvals", "Parties", "CustodyToken", "WorkingDays", "RepaymentSchedules")

# A contract's name stands for its address, also within a struct.
Argument: TypeAlias = "str | int | bool | tuple[str, ...]"


def plan(start_day: date, simulated: bool) -> Mapping[str, tuple[Argument, ...]]:
    """Contract -> constructor arguments, each contract after those that it names."""
    return {
        "Consortium": (),
        "Approvals": ("Consortium",),
        "Parties": ("Consortium", "Approvals"),
        "CustodyToken": ("Consortium", "Approvals", "Parties", f"Custody {CURRENCY}", CURRENCY),
        "Calendar": ("Consortium", "CustodyToken", day_number(start_day), simulated),
        "WorkingDays": ("Consortium",),
        "RegimeProfiles": ("Consortium",),
        "RepaymentSchedules": (),
        **dict.fromkeys(MODULES, (PARTS,)),
        "LoanEscrow": (PARTS, MODULES),
        "LoanAgreements": ("Consortium", "Parties", "CustodyToken", "RegimeProfiles", "LoanEscrow", "WorkingDays"),
        "Withdrawals": ("Consortium", "Parties", "CustodyToken"),
        "DocumentCommitments": ("Consortium", "LoanEscrow"),
        "AuditAnchors": ("Consortium",),
    }


def resolved(arguments: Sequence[Argument], addresses: Mapping[str, str]) -> list[Any]:
    """The arguments with addresses for the names of contracts."""

    def one(argument: Argument) -> Any:
        if isinstance(argument, tuple):
            return tuple(addresses[name] for name in argument)
        return addresses.get(argument, argument) if isinstance(argument, str) else argument

    return [one(argument) for argument in arguments]
