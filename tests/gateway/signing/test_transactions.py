"""What is signed and broadcast is what eth_account makes of the same transaction."""

from __future__ import annotations

from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_keys import keys
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.ledger.calls import Call
from gateway.signing.curve import ORDER, NotTheKeys, address_of_public_key, canonical
from gateway.signing.held_key import HeldKey
from gateway.signing.transactions import Unsigned, assemble, payload

CALL = Call("LoanEscrow", "close", ())
PRICE = st.integers(0, 2**70)
FEES = st.builds(lambda price: {"gasPrice": price}, PRICE) | st.builds(
    lambda tip, more: {"maxPriorityFeePerGas": tip, "maxFeePerGas": tip + more}, PRICE, PRICE
)
UNSIGNED = st.builds(
    Unsigned,
    chain_id=st.integers(1, 2**40),
    nonce=st.integers(0, 2**40),
    to=st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    data=st.binary(max_size=300),
    gas=st.integers(0, 2**40),
    fees=FEES,
)
SECRET = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))


@settings(deadline=None)
@given(UNSIGNED, SECRET)
def test_raw_transaction_and_hash_are_those_of_eth_account(unsigned, secret):
    account = Account.from_key(secret)
    fields = {
        "chainId": unsigned.chain_id, "nonce": unsigned.nonce, "to": bytes.fromhex(unsigned.to[2:]),
        "data": unsigned.data, "gas": unsigned.gas, "value": 0, **unsigned.fees,
    }  # fmt: skip
    expected = account.sign_transaction(fields)
    holder = HeldKey(secret)
    signed = assemble(unsigned, holder.signature(payload(unsigned)), CALL)
    assert signed.raw == "0x" + expected.raw_transaction.hex()
    assert signed.hash == "0x" + expected.hash.hex()
    assert Account.recover_transaction(signed.raw) == account.address == holder.address
    if "maxFeePerGas" in unsigned.fees:
        assert keccak(payload(unsigned)) == TypedTransaction.from_dict({**fields, "type": 2}).hash()


@given(SECRET, st.binary(min_size=32, max_size=32), st.sampled_from(["low", "high", "der"]))
@settings(deadline=None)
def test_every_form_of_a_keys_signature_becomes_the_one_with_low_s(secret, digest, form):
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    key = keys.PrivateKey(secret)
    good = key.sign_msg_hash(digest)
    s = ORDER - good.s if form == "high" else good.s
    raw = encode_dss_signature(good.r, s) if form == "der" else good.r.to_bytes(32, "big") + s.to_bytes(32, "big")
    found = canonical(raw, digest, key.public_key.to_checksum_address())
    assert (found.r, found.s, found.recovery) == (good.r, good.s, good.v)


@given(st.binary(max_size=80), st.binary(min_size=32, max_size=32))
@settings(deadline=None)
def test_anything_else_is_nobodys_signature(raw, digest):
    address = HeldKey(b"\1" * 32).address
    try:
        canonical(raw, digest, address)
    except NotTheKeys:
        return
    raise AssertionError("random bytes were taken for a signature")


def test_public_keys_in_all_forms_have_the_same_address():
    key = keys.PrivateKey(b"\7" * 32).public_key
    forms = (key.to_bytes(), b"\4" + key.to_bytes(), key.to_compressed_bytes())
    assert {address_of_public_key(form) for form in forms} == {key.to_checksum_address()}
