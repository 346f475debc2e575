"""Nodes that others run: nothing assumed of balances, base fee, chain or order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from eth_account.signers.local import LocalAccount
from web3 import Web3

from chain.engines.errors import ChainsDiffer, FundsMissing, NodeSilent, UrlsMissing
from chain.engines.given import GivenEngine
from chain.engines.probing import transfer, wait_mined

Accounts = dict[str, LocalAccount]
Give = Callable[[str, LocalAccount, int], Web3]
Anvil = Callable[..., str]


def silent(_event: str) -> None:
    pass


@pytest.mark.parametrize(
    ("count", "dealt"),
    [(1, "aaaa"), (2, "abab"), (3, "abca"), (4, "abcd"), (5, "abcd")],
)
def test_urls_are_dealt_out_in_the_seats_order_cycling(accounts: Accounts, count: int, dealt: str) -> None:
    urls = GivenEngine("abcde"[:count], accounts).rpc_urls()
    assert list(urls) == ["platform", "bank", "regulator", "observer"]
    assert "".join(urls.values()) == dealt


def test_no_url_is_refused(accounts: Accounts) -> None:
    with pytest.raises(UrlsMissing, match="at least one --rpc URL"):
        GivenEngine([], accounts)


@pytest.mark.network
@pytest.mark.parametrize("options", [("--hardfork", "berlin"), ("--hardfork", "london")])
@pytest.mark.parametrize("rich", ["deployer", "regulator"])
def test_seats_without_means_are_topped_up_by_whoever_is_rich_twice_over(
    accounts: Accounts, anvil: Anvil, give: Give, options: tuple[str, ...], rich: str
) -> None:
    url = anvil(*options)
    w3 = give(url, accounts[rich], 10**20)
    for _ in range(2):
        engine = GivenEngine([url], accounts)
        assert engine.services() == ()
        engine.wait_ready(20, silent)
    for account in accounts.values():
        assert wait_mined(w3, [transfer(w3, account, account.address, 0)], 5)


@pytest.mark.network
def test_nobody_with_means_is_refused_by_name(accounts: Accounts, anvil: Anvil) -> None:
    with pytest.raises(FundsMissing, match="has 0 wei but needs"):
        GivenEngine([anvil("--hardfork", "berlin")], accounts).wait_ready(20, silent)


@pytest.mark.network
def test_nodes_of_different_chains_are_refused(accounts: Accounts, anvil: Anvil) -> None:
    urls = [anvil("--chain-id", "71"), anvil("--chain-id", "72")]
    with pytest.raises(ChainsDiffer, match=r"genesis 71:0x.* and 72:0x"):
        GivenEngine(urls, accounts).wait_ready(20, silent)


@pytest.mark.network
def test_a_node_that_does_not_answer_is_named(accounts: Accounts) -> None:
    with pytest.raises(NodeSilent, match="does not answer as an Ethereum node"):
        GivenEngine(["http://127.0.0.1:1"], accounts).wait_ready(0.5, silent)
