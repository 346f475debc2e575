"""Keys, scopes, limits and second keys on a real EVM, as the tables beside the contracts say."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account

from chain.deployment import grant, register_keys
from chain.deployment.errors import DeploymentFailed
from chain.ledger import calls
from chain.ledger.errors import ContractError
from chain.ledger.roles import Role, Scope, scope_of, second_key_of


def test_operational_keys_are_registered_with_scopes_and_limits_at_deployment(stage: Any) -> None:
    clerk = stage.book.ledger.key(stage.book.address("bank clerk"))
    assert (clerk.member, clerk.role, clerk.live) == (2, Role.BANK.number, True)
    assert (clerk.scopes, clerk.limit) == (Scope.Book.bit, 400_000)
    root = stage.book.ledger.key(stage.book.address("bank"))
    assert (root.scopes, root.limit) == (sum(s.bit for s in Scope), 0)


def test_a_key_without_the_scope_is_refused(stage: Any) -> None:
    with pytest.raises(ContractError) as refused:
        stage.book.send(
            "bank clerk", calls.register_party(stage.book.address("x"), b"\x01" * 32, calls.PartyKind.PERSON)
        )
    assert refused.value.code == "contract.ConsortiumScope"
    assert refused.value.params["scope"] == scope_of("Parties", "register") == Scope.Identify


def test_above_its_limit_a_key_needs_a_second_one_that_approves_exactly_this_call_once(stage: Any) -> None:
    book, anna = stage.book, stage.book.address("anna")
    assert second_key_of("CustodyToken", "credit").always is False
    book.send("bank clerk", calls.credit(anna, 400_000, stage.entry()))
    large = calls.credit(anna, 400_001, stage.entry())
    with pytest.raises(ContractError) as alone:
        book.send("bank clerk", large)
    assert alone.value.code == "contract.ApprovalMissing"
    assert alone.value.params["action"] == "0x" + book.contracts.action(large).hex()
    action = book.contracts.action(large)
    book.send("bank second", calls.approve(action))
    assert book.ledger.approval(action, Role.BANK).by == book.address("bank second")
    with pytest.raises(ContractError) as other:
        book.send("bank clerk", calls.credit(anna, 400_002, stage.entry()))
    assert other.value.code == "contract.ApprovalMissing"
    book.send("bank clerk", large)
    assert book.ledger.approval(action, Role.BANK) is None
    assert book.ledger.balance_of(anna) == 300_001 + 800_001


def test_an_approval_can_be_withdrawn_and_a_key_revoked(stage: Any) -> None:
    book = stage.book
    call = calls.set_mint_cap(10**9)
    action = book.contracts.action(call)
    book.send("bank second", calls.approve(action))
    book.send("bank second", calls.withdraw_approval(action))
    assert book.ledger.approval(action, Role.BANK) is None
    book.send_approved("bank", "bank second", call)
    book.send("bank", calls.revoke_key(book.address("bank second")))
    assert not book.ledger.key(book.address("bank second")).live
    with pytest.raises(ContractError) as revoked:
        book.send("bank second", calls.approve(action))
    assert revoked.value.code == "contract.ConsortiumSeatNotAllowed"


def test_roots_register_keys_later_but_none_that_did_not_sign_for_them(stage: Any) -> None:
    book, w3 = stage.book, stage.book.ledger.w3
    domain, at = book.contracts.domain("Consortium"), book.contracts.address("Consortium")
    new = "0x" + "77" * 32
    for_another = grant(domain, 1, new, Scope.Vote.bit, 0)
    with pytest.raises(DeploymentFailed):
        register_keys(w3, at, {book.key("bank"): [for_another]})
    register_keys(w3, at, {book.key("bank"): [grant(domain, 2, new, Scope.Vote.bit, 0)]})
    assert book.ledger.key(Account.from_key(new).address).member == 2
