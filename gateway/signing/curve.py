"""The little of secp256k1 that signers need: addresses, and what makes a signature of an HSM or a service one of ours.

Ethereum takes signatures with s in the lower half of the curve's order and the number that says which of the two public
keys belongs to it. HSMs give neither. Pure.
"""

from __future__ import annotations

from typing import Final

from coincurve import PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from gateway.signing.transactions import Signature

ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_RAW: Final = 64


class NotTheKeys(Exception):
    """The signature is none of the expected key over this hash."""


def address_of_public_key(point: bytes) -> str:
    """The checksum address of a public key: 64 bytes x and y, or 65 or 33 as points are written. ValueError."""
    whole = PublicKey(b"\x04" + point if len(point) == _RAW else point).format(compressed=False)
    return to_checksum_address(keccak(whole[1:])[12:])


def canonical(signature: bytes, digest: bytes, address: str) -> Signature:
    """A signature of `address` over `digest` as the ledger takes it. signature: r and s, or DER. Raises NotTheKeys."""
    try:
        r, s = _parts(signature)
    except ValueError as error:
        raise NotTheKeys from error
    low = min(s, ORDER - s)
    for recovery in (0, 1):
        if recovered(r, low, recovery, digest) == address:
            return Signature(r, low, recovery)
    raise NotTheKeys


def recovered(r: int, s: int, recovery: int, digest: bytes) -> str | None:
    """Whose signature it is; None if it is nobody's."""
    if not (0 < r < ORDER and 0 < s < ORDER):
        return None
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([recovery])
    try:
        key = PublicKey.from_signature_and_message(raw, digest, hasher=None)
    except ValueError:
        return None
    return to_checksum_address(keccak(key.format(compressed=False)[1:])[12:])


def _parts(signature: bytes) -> tuple[int, int]:
    if len(signature) == _RAW:
        return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    return decode_dss_signature(signature)
