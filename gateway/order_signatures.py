"""Whether a party signed what is sent in its name: asked before anything is accepted, answered as the contracts would.

A party with a key signs with ECDSA: 65 bytes, s in the lower half. A party that is a contract is asked by ERC-1271, at
the seat's node. The contracts check again; this only saves a caller from learning it from a failed transaction.
"""

from __future__ import annotations

from typing import Final

from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from chain.ledger.errors import NodeUnreachable
from chain.ledger.orders import ORDER_CONTRACTS
from chain.ledger.solidity import Struct
from chain.ledger.typed_data import typed_data, typed_digest
from gateway.errors import SignerWrong
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.hexes import hex_of
from gateway.seat import Seat

_HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_IS_VALID_SIGNATURE: Final = bytes.fromhex("1626ba7e")
_NOBODY: Final = "0x" + "00" * 20


def require_signature(seat: Seat, struct: Struct, signature: str, field: str, *parties: str) -> None:
    """Raises SignerWrong unless one of `parties` signed `struct`; NodeUnreachable if a contract can't be asked.

    field: of the request, for the refusal. parties: usually one; two if another address has taken over since.
    """
    document = typed_data(struct, seat.domain(ORDER_CONTRACTS[type(struct)]))
    given = raw(signature)
    signer = _signer(document, given)
    wanted = dict.fromkeys(to_checksum_address(party) for party in parties)
    if signer in wanted:
        return
    digest = typed_digest(document)
    if any(_contract_says_yes(seat, party, digest, given) for party in wanted):
        return
    raise SignerWrong(
        field=field, digest=hex_of(digest), expected=" or ".join(wanted), found=signer or "no address at all"
    )


def standing_for(session: Session, address: str) -> tuple[str, ...]:
    """A party's address, and the one that has taken over since, if any."""
    registered = index.party_events(session, account=address)
    now = index.account_of(session, registered[0].values["subject"]) if registered else None
    return (address,) if now is None else (address, now)


def _signer(document: dict[str, object], signature: bytes) -> str | None:
    if len(signature) != 65 or signature[64] not in (27, 28) or int.from_bytes(signature[32:64]) > _HALF_ORDER:
        return None
    try:
        return str(Account.recover_message(encode_typed_data(full_message=document), signature=signature))
    except Exception:  # eth_keys has several, for points that are on no curve and numbers out of range
        return None


def _contract_says_yes(seat: Seat, party: str, digest: bytes, signature: bytes) -> bool:
    question = _IS_VALID_SIGNATURE + encode(["bytes32", "bytes"], [digest, signature])
    try:
        answer = seat.node.call(_NOBODY, party, question, seat.heights.latest)
    except NodeUnreachable:
        raise
    except LedgerError:
        return False  # it reverted: a contract that knows no such question
    return answer[:4] == _IS_VALID_SIGNATURE and len(answer) >= 32
