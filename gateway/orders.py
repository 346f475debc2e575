"""What a party signs, as a document for its wallet: one way for terms and every kind of order."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from chain.ledger.orders import ORDER_CONTRACTS
from chain.ledger.solidity import Struct
from chain.ledger.typed_data import typed_data, typed_digest
from gateway.errors import RequestInvalid
from gateway.examples import examples
from gateway.indexer.hexes import hex_of
from gateway.money import PositiveMoney
from gateway.seat import Seat

OrderDay = Annotated[
    date, Field(ge=date(1970, 1, 1), le=date(9999, 12, 31), description="Last business date on which it may be used.")
]


class PreparedOrder(BaseModel):
    """What a party signs."""

    model_config = ConfigDict(json_schema_extra=examples({
        "digest": "0x" + "0d" * 32, "contract": "LoanEscrow",
        "typed_data": {"primaryType": "Payment", "types": {}, "domain": {}, "message": {}},
    }))  # fmt: skip

    digest: str = Field(description="What the signature covers; also the order's id on the ledger.")
    contract: str = Field(description="In whose domain it is signed.")
    typed_data: dict[str, Any] = Field(description="The EIP-712 document for the party's wallet.")


def prepared(seat: Seat, struct: Struct) -> PreparedOrder:
    """The document of any order of the ledger."""
    digest, document = typed(seat, struct)
    return PreparedOrder(digest=digest, contract=ORDER_CONTRACTS[type(struct)], typed_data=document)


def typed(seat: Seat, struct: Struct) -> tuple[str, dict[str, Any]]:
    """Digest (0x hex) and EIP-712 document in the domain of the contract that takes the order."""
    document = typed_data(struct, seat.domain(ORDER_CONTRACTS[type(struct)]))
    return hex_of(typed_digest(document)), document


def minor_of(seat: Seat, field: str, amount: PositiveMoney) -> int:
    """The amount in minor units. Raises RequestInvalid unless it is in the ledger's currency."""
    if amount.currency != seat.currency:
        raise RequestInvalid(reason=f"{field}.currency: the ledger's currency is {seat.currency}")
    return amount.minor
