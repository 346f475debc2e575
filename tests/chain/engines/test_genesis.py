"""The Clique genesis: readable by the seal verifier, Berlin rules, only the named accounts funded."""

from __future__ import annotations

from typing import Any, cast

from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from chain.engines.genesis import BALANCE, clique_genesis
from chain.ledger.finality import seal_rule
from chain.proofs import clique

SEALERS = [Account.create().address for _ in range(3)]


def genesis(**fields: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"chain_id": 7, "sealers": SEALERS, "funded": [], "period": 1, "timestamp": 1}
    return cast("dict[str, Any]", clique_genesis(**{**values, **fields}))


@given(st.sets(st.binary(min_size=20, max_size=20), min_size=1, max_size=9), st.randoms())
def test_the_seal_verifier_reads_the_sealers_ascending(sealers: set[bytes], random: Any) -> None:
    shuffled = list(sealers)
    random.shuffle(shuffled)
    extra = bytes.fromhex(genesis(sealers=["0x" + s.hex() for s in shuffled])["extraData"][2:])
    assert list(clique.validators_of(extra)) == sorted(sealers)
    assert seal_rule(extra) == "clique"


def test_rules_end_at_berlin() -> None:
    config = genesis()["config"]
    assert config["berlinBlock"] == 0
    assert not {"londonBlock", "shanghaiTime", "terminalTotalDifficulty"} & set(config)


def test_only_the_named_accounts_are_funded() -> None:
    account = Account.create().address
    assert genesis(funded=[account])["alloc"] == {account[2:].lower(): {"balance": hex(BALANCE)}}
