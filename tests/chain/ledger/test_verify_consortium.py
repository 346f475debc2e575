"""The consortium file and the chain must agree before anybody signs: nothing is missing, changed or hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3

from chain.compiler import artifacts
from chain.deployment.plan import MODULES
from chain.ledger.consortium import Consortium, Member
from chain.ledger.contracts import Contracts, encode_function
from chain.ledger.errors import ConsortiumMismatch
from chain.ledger.reader import Ledger, verify_consortium
from chain.ledger.roles import Role
from chain.ledger.verification import consortium_checks

OTHER = Web3.to_checksum_address("0x" + "0b" * 20)


def _deployment(file: Consortium, name: str, **changes: Any) -> Consortium:
    return replace(file, deployments={**file.deployments, name: replace(file.deployments[name], **changes)})


def _member(file: Consortium, **changes: Any) -> Consortium:
    return replace(file, members=(replace(file.members[0], **changes), *file.members[1:]))


def _without(file: Consortium, name: str) -> Consortium:
    return replace(file, deployments={n: d for n, d in file.deployments.items() if n != name})


def test_a_fresh_deployment_is_what_its_file_says(book: Any) -> None:
    verify_consortium(book.ledger)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda f: _member(f, root=OTHER), "member 1"),
        (lambda f: _member(f, role=Role.BANK), "member 1"),
        (lambda f: _member(f, name="somebody"), "member 1"),
        (lambda f: replace(f, members=f.members[:-1]), "memberCount"),
        (lambda f: replace(f, members=(*f.members, Member(4, "more", Role.OBSERVER, OTHER))), "memberCount"),
        (lambda f: _without(f, "Parties"), "deploymentCount"),
        (lambda f: _without(f, "Withdrawals"), "deploymentCount"),
        (lambda f: _deployment(f, "Parties", address=OTHER), "deployment Parties"),
        (lambda f: _without(f, "Corrections"), "deploymentCount"),
        (lambda f: _without(f, "Approvals"), "deploymentCount"),
        (lambda f: _deployment(f, "Corrections", address=OTHER), "deployment Corrections"),
        (lambda f: _deployment(f, "LoanEscrow", code_hash="0x" + "22" * 32), "deployment LoanEscrow"),
    ],
)
def test_a_file_that_says_otherwise_is_refused_naming_what(
    book: Any, change: Callable[[Consortium], Consortium], what: str
) -> None:
    with pytest.raises(ConsortiumMismatch) as refused:
        verify_consortium(Ledger(book.ledger.w3, Contracts(change(book.consortium))))
    assert refused.value.params["what"] == what


def test_every_contract_says_whom_it_works_with_and_each_is_checked(book: Any) -> None:
    wired = {check.what for check in consortium_checks(book.consortium) if "." in check.what}
    assert {f"LoanEscrow.{module[0].lower()}{module[1:]}" for module in MODULES} <= wired
    assert {f"{module}.token" for module in (*MODULES, "LoanEscrow", "LoanAgreements", "Withdrawals")} <= wired
    asked = {check.what.split(".")[0] for check in consortium_checks(book.consortium) if "." in check.what}
    assert asked == set(book.consortium.deployments) - {"Consortium", "RepaymentSchedules"}


def test_a_contract_that_was_told_of_a_substitute_is_found(book: Any) -> None:
    """The file names another escrow module than the one that the escrow runs; both are recorded."""
    swapped = {"Funding": "Openings", "Openings": "Funding"}
    file = book.consortium
    for name, other in swapped.items():
        file = _deployment(file, name, address=book.consortium.address(other))
    refused = [
        check.what
        for check in consortium_checks(file)
        if "." in check.what and check.seen(book.ledger.read(check.question)) != check.expected
    ]
    assert refused == ["LoanEscrow.funding", "LoanEscrow.openings"]


def _recorded(book: Any, contracts: list[tuple[str, str, bool]], *, renounced: bool) -> Ledger:
    """The book's file with its Consortium replaced by another one, into which `contracts` are recorded too."""
    w3, key = book.ledger.w3, book.key("deployer")
    account = Account.from_key(key)

    def send(to: str | None, data: bytes) -> Any:
        fields: dict[str, Any] = {
            "nonce": w3.eth.get_transaction_count(account.address),
            "chainId": w3.eth.chain_id,
            "data": data,
            "gas": 3_000_000,
            "gasPrice": w3.eth.gas_price * 2,
            "value": 0,
        }
        if to is not None:
            fields["to"] = to
        raw = account.sign_transaction(fields).raw_transaction
        receipt = w3.eth.wait_for_transaction_receipt(w3.eth.send_raw_transaction(raw), poll_latency=0.01)
        assert receipt["status"] == 1
        return receipt

    at = send(None, bytes(artifacts()["Consortium"].bytecode))["contractAddress"]
    file = _deployment(book.consortium, "Consortium", address=at)
    steps: list[tuple[str, tuple[Any, ...]]] = [
        ("admit", (m.root, m.role.number, m.name.encode().ljust(32, b"\0"))) for m in file.members
    ]
    steps += [("recordDeployment", (n.encode().ljust(32, b"\0"), a, ledger)) for n, a, ledger in contracts]
    steps += [("renounce", ())] if renounced else []
    for function, args in steps:
        send(at, encode_function("Consortium", function, args))
    return Ledger(w3, Contracts(file))


def test_a_deployer_that_kept_its_power_is_found(book: Any) -> None:
    with pytest.raises(ConsortiumMismatch) as refused:
        verify_consortium(_recorded(book, [], renounced=False))
    assert refused.value.params == {"what": "deployer", "found": book.address("deployer"), "expected": "0x" + "00" * 20}


def test_a_contract_that_nobody_was_told_may_move_tokens_is_found(book: Any) -> None:
    names = list(book.consortium.deployments)
    listed = [(n, book.consortium.address(n), False) for n in names]
    hidden = ("Hidden", book.consortium.address("Parties"), True)
    with pytest.raises(ConsortiumMismatch) as more:
        verify_consortium(_recorded(book, [*listed, hidden], renounced=True))
    assert more.value.params["what"] == "deploymentCount"
    with pytest.raises(ConsortiumMismatch) as flagged:
        verify_consortium(_recorded(book, [(n, a, True) for n, a, _ in listed], renounced=True))
    assert flagged.value.params["what"] == "ledgerCount"
