"""What parties and keys sign besides the terms: orders that the contracts carry out once, or until revoked.

Each is a struct with a salt, so that two alike are two orders; `ORDER_CONTRACTS` says in whose EIP-712 domain each is
signed. `chain.ledger.typed_data` gives documents, digests and signatures. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from chain.ledger.errors import FieldInvalid, OrderInvalid
from chain.ledger.solidity import Struct
from chain.ledger.terms import EarlyKind, Terms


@dataclass(frozen=True)
class Subscription(Struct):
    """A lender's promise of `amount` to one loan, as a lender of a class (0 unless the terms share interest)."""

    SOLIDITY: ClassVar[str] = "bytes32 loan,address lender,uint128 amount,uint8 class,bytes32 salt,uint32 validThrough"
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    loan: bytes
    lender: str
    amount: int
    lender_class: int
    salt: bytes
    valid_through: date


@dataclass(frozen=True)
class Drawdown(Struct):
    """The borrower's call for a later tranche."""

    SOLIDITY: ClassVar[str] = "bytes32 loan,uint128 amount,bytes32 salt,uint32 validThrough"
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    loan: bytes
    amount: int
    salt: bytes
    valid_through: date


@dataclass(frozen=True)
class Payment(Struct):
    """A registered party's payment of a loan from its own custody tokens."""

    SOLIDITY: ClassVar[str] = "bytes32 loan,address payer,uint128 amount,bytes32 salt,uint32 validThrough"
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    loan: bytes
    payer: str
    amount: int
    salt: bytes
    valid_through: date


@dataclass(frozen=True)
class Mandate(Struct):
    """Standing authority to pay what is due from the payer's custody tokens; `limit`: most that one day may take."""

    SOLIDITY: ClassVar[str] = "bytes32 loan,address payer,uint128 limit,bytes32 salt,uint32 validThrough"
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    loan: bytes
    payer: str
    limit: int
    salt: bytes
    valid_through: date


@dataclass(frozen=True)
class MandateRevocation(Struct):
    """Ends a mandate, named by its digest."""

    SOLIDITY: ClassVar[str] = "bytes32 mandate"
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    mandate: bytes


@dataclass(frozen=True)
class EarlyRepayment(Struct):
    """The borrower's order to use a receipt for an early repayment."""

    SOLIDITY: ClassVar[str] = "bytes32 loan,uint8 kind,bytes32 salt,uint32 validThrough"
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    loan: bytes
    kind: EarlyKind
    salt: bytes
    valid_through: date


@dataclass(frozen=True)
class PositionTransfer(Struct):
    """Sale or gift of units of a loan, signed by seller and buyer; `price` moves from buyer to seller."""

    SOLIDITY: ClassVar[str] = (
        "bytes32 loan,address seller,address buyer,uint128 units,uint128 price,bytes32 salt,uint32 validThrough"
    )
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    loan: bytes
    seller: str
    buyer: str
    units: int
    price: int
    salt: bytes
    valid_through: date


@dataclass(frozen=True)
class Opening(Struct):
    """A running loan of an old book as it enters the ledger, signed by the borrower and by each lender."""

    SOLIDITY: ClassVar[str] = (
        "bytes32 loan,uint128 outstanding,uint32 lastValueDate,bytes32 tableHash,bytes32 positionsHash"
    )
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    loan: bytes
    outstanding: int
    last_value_date: date
    table_hash: bytes
    positions_hash: bytes


@dataclass(frozen=True)
class OpeningPosition(Struct):
    """One lender's units in an opening."""

    SOLIDITY: ClassVar[str] = "address lender,uint128 units,uint8 class"
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    lender: str
    units: int
    lender_class: int


@dataclass(frozen=True)
class Withdrawal(Struct):
    """A holder's order to pay its custody tokens out to its bank account."""

    SOLIDITY: ClassVar[str] = "address holder,uint128 amount,bytes32 salt,uint32 validThrough"
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    holder: str
    amount: int
    salt: bytes
    valid_through: date


@dataclass(frozen=True)
class KeyRegistration(Struct):
    """An operational key's consent to be registered; `scopes`: bit set of `chain.ledger.roles.Scope`."""

    SOLIDITY: ClassVar[str] = "address key,uint16 member,uint64 scopes,uint128 limit"
    INVALID: ClassVar[type[FieldInvalid]] = OrderInvalid

    key: str
    member: int
    scopes: int
    limit: int


ORDER_CONTRACTS: Mapping[type[Struct], str] = {
    Terms: "LoanAgreements",
    Subscription: "LoanEscrow",
    Drawdown: "LoanEscrow",
    Payment: "LoanEscrow",
    Mandate: "LoanEscrow",
    MandateRevocation: "LoanEscrow",
    EarlyRepayment: "LoanEscrow",
    PositionTransfer: "LoanEscrow",
    Opening: "LoanEscrow",
    Withdrawal: "Withdrawals",
    KeyRegistration: "Consortium",
}


def positions_hash(positions: Iterable[OpeningPosition]) -> bytes:
    """What an opening says of its positions: keccak256(abi.encode(OpeningPosition[]))."""
    values = [position.abi_tuple() for position in positions]
    return bytes(keccak(encode([OpeningPosition.abi_type() + "[]"], [values])))
