"""Setting the ledger up: complete, quick, checked, and nobody keeps power over it."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from hexbytes import HexBytes

from chain.compiler import artifacts
from chain.deployment import MemberSeat, deploy, grant, planned_domain
from chain.deployment.deploy import creation_gas
from chain.deployment.errors import DeploymentFailed
from chain.deployment.plan import MODULES, plan, resolved
from chain.engines.clique import CliqueEngine
from chain.engines.genesis import GAS_LIMIT
from chain.engines.protocol import SIGNING_SEATS
from chain.ledger import calls, reads
from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import LEDGER_CONTRACTS, Contracts, functions
from chain.ledger.errors import ContractError
from chain.ledger.reader import Ledger
from chain.ledger.roles import Role, Scope
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import start as start_services
from chain.runtime.supervisor import stop
from chain.toolchain.errors import ToolMissing
from chain.toolchain.layout import binary

START = date(2026, 1, 5)
DEPLOYER, OPERATIONAL = "0x" + "d1" * 32, "0x" + "0e" * 32
ROOTS = {name: "0x" + f"{n:02x}" * 32 for n, name in enumerate(("platform", "bank", "regulator"), start=0xB1)}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An anvil with the deployer, the roots and the operational key funded."""
    log = tmp_path_factory.mktemp("anvil") / "log"
    with log.open("wb") as file:
        argv = [str(binary("anvil")), "--port", "0", "--hardfork", "london", "--gas-limit", str(GAS_LIMIT)]
        process = subprocess.Popen(argv, stdout=file, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 30
        while not (found := re.search(r"Listening on (\S+)", log.read_text())):
            assert time.monotonic() < until, log.read_text()[-400:]
            time.sleep(0.02)
        address = f"http://{found.group(1)}"
        w3 = connect(address)
        for key in (DEPLOYER, OPERATIONAL, *ROOTS.values()):
            w3.provider.make_request("anvil_setBalance", [Account.from_key(key).address, hex(10**21)])  # type: ignore[arg-type]
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _address(key: str) -> str:
    return str(Account.from_key(key).address)


def _members(**keys: Any) -> list[MemberSeat]:
    return [
        MemberSeat(name, Role(name.upper()), _address(key), keys=tuple(keys.get(name, ())))
        for name, key in ROOTS.items()
    ]


def _deploy(url: str, members: list[MemberSeat], **more: Any) -> Consortium:
    return deploy(connect(url), DEPLOYER, members, name="test", engine="anvil", start_day=START, simulated=True, **more)


def test_every_contract_is_recorded_with_its_code_and_those_that_move_tokens_are_marked(url: str) -> None:
    told: list[tuple[str, int, int]] = []
    file = _deploy(url, _members(), progress=lambda *step: told.append(step))
    ledger = Ledger(connect(url), Contracts(file))
    ledger.verify_consortium()
    assert set(file.deployments) == set(plan(START, simulated=True))
    assert {n for n in file.deployments if ledger.read(reads.deployment(n)).ledger} == LEDGER_CONTRACTS
    for name, deployment in file.deployments.items():
        code = bytes(ledger.w3.eth.get_code(deployment.address))  # type: ignore[arg-type]
        compiled = artifacts()[name]
        assert compiled.without_immutables(code) == compiled.deployed_bytecode, name
    steps = [number for _, number, _ in told]
    assert steps == list(range(1, told[0][2] + 1))
    assert [name for name, _, _ in told][-3:] == ["members", "keys", "renounced"]


def test_a_module_called_by_itself_knows_no_loan_and_moves_nothing(url: str) -> None:
    file = _deploy(url, _members())
    ledger = Ledger(connect(url), Contracts(file))
    for module in MODULES:
        for function in functions(module).values():
            if function.changes_state and function.types == ("bytes32", "uint32"):
                call = calls.Call(module, function.name, (b"\x01" * 32, 0))
                with pytest.raises(ContractError):
                    ledger.simulate(call, _address(ROOTS["platform"]))


def test_the_deployer_is_powerless_afterwards(url: str) -> None:
    file = _deploy(url, _members())
    ledger = Ledger(connect(url), Contracts(file))
    deployer = _address(DEPLOYER)
    for call in (
        calls.admit(deployer, Role.BANK.number, reads.label("more")),
        calls.record_deployment(reads.label("more"), file.address("Parties"), ledger=True),
        calls.renounce(),
        calls.set_mint_cap(1),
    ):
        with pytest.raises(ContractError) as refused:
            ledger.simulate(call, deployer)
        assert refused.value.code in ("contract.ConsortiumNotDeployer", "contract.ConsortiumSeatNotAllowed")


def test_roots_register_keys_that_signed_for_the_consortium_before_it_existed(url: str) -> None:
    domain = planned_domain(connect(url), _address(DEPLOYER))
    scopes = Scope.Book.bit | Scope.Attest.bit
    members = _members(bank=[grant(domain, 2, OPERATIONAL, scopes, 1_000)])
    file = _deploy(url, members, root_keys={_address(ROOTS["bank"]): ROOTS["bank"]})
    assert file.address("Consortium") == domain.verifying_contract
    key = Ledger(connect(url), Contracts(file)).key(_address(OPERATIONAL))
    assert (key.member, key.role, key.live, key.scopes, key.limit) == (2, Role.BANK.number, True, scopes, 1_000)


def test_keys_whose_root_is_not_at_hand_stop_the_deployment_before_it_begins(url: str) -> None:
    w3 = connect(url)
    before = w3.eth.get_transaction_count(Account.from_key(DEPLOYER).address)
    domain = planned_domain(w3, _address(DEPLOYER))
    with pytest.raises(DeploymentFailed, match="bank"):
        _deploy(url, _members(bank=[grant(domain, 2, OPERATIONAL, 1, 0)]))
    assert w3.eth.get_transaction_count(Account.from_key(DEPLOYER).address) == before


def test_a_key_that_signed_for_another_member_fails_the_deployment_by_name(url: str) -> None:
    domain = planned_domain(connect(url), _address(DEPLOYER))
    members = _members(bank=[grant(domain, 1, OPERATIONAL, 1, 0)])
    with pytest.raises(DeploymentFailed, match="keys"):
        _deploy(url, members, root_keys={_address(ROOTS["bank"]): ROOTS["bank"]})


def test_a_deployer_that_cannot_pay_is_told_so(url: str) -> None:
    with pytest.raises(DeploymentFailed, match="Consortium"):
        deploy(connect(url), "0x" + "e1" * 32, _members(), name="t", engine="anvil", start_day=START, simulated=True)


def test_each_contract_is_made_with_the_gas_it_is_given_and_fits_into_a_block(url: str) -> None:
    file = _deploy(url, _members())
    w3 = connect(url)
    used = {}
    for name, deployment in file.deployments.items():
        for tx in w3.eth.get_block(deployment.block, full_transactions=True)["transactions"]:
            receipt = w3.eth.get_transaction_receipt(tx["hash"])  # type: ignore[index]
            if receipt["contractAddress"] == deployment.address:
                given = int(tx["gas"])  # type: ignore[index]
                assert given == creation_gas(name, bytes(HexBytes(tx["input"])))  # type: ignore[index]
                used[name] = int(receipt["gasUsed"])
                assert used[name] <= given <= GAS_LIMIT // 4, name
                assert given - used[name] < 1_000_000, name
    assert set(used) == set(file.deployments)


def test_contracts_come_after_those_that_they_name() -> None:
    addresses: dict[str, str] = {}
    for contract, arguments in plan(START, simulated=True).items():
        resolved(arguments, addresses)  # KeyError for one that is not there yet
        for argument in arguments:
            if isinstance(argument, str) and argument in plan(START, simulated=True):
                assert argument in addresses, (contract, argument)
        addresses[contract] = "0x" + "00" * 20


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(180)
def test_on_clique_all_is_set_up_within_few_blocks(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    try:
        binary("geth")
    except ToolMissing as exc:
        pytest.skip(str(exc))
    state = StateFolder(tmp_path / "net").create()
    accounts = {name: Account.create() for name in ("deployer", *SIGNING_SEATS)}
    engine = CliqueEngine(state, accounts)
    try:
        start_services(state, engine.services())
        engine.wait_ready(90, lambda _event: None)
        w3 = connect(engine.rpc_urls()["platform"])
        deployer = accounts["deployer"]
        domain = planned_domain(w3, deployer.address)
        operational = {seat: Account.create() for seat in SIGNING_SEATS}
        members = [
            MemberSeat(
                seat, Role(seat.upper()), accounts[seat].address, keys=(grant(domain, n, operational[seat].key, 1, 0),)
            )
            for n, seat in enumerate(SIGNING_SEATS, start=1)
        ]
        began, first = time.monotonic(), w3.eth.block_number
        file = deploy(
            w3,
            HexBytes(deployer.key).to_0x_hex(),
            members,
            name="test",
            engine="clique",
            start_day=START,
            simulated=True,
            root_keys={accounts[seat].address: HexBytes(accounts[seat].key).to_0x_hex() for seat in SIGNING_SEATS},
        )
        blocks, seconds = w3.eth.block_number - first, time.monotonic() - began
        record_property("deployment", f"{blocks} blocks, {seconds:.1f} s")
        ledger = Ledger(w3, Contracts(file))
        ledger.verify_consortium()
        assert all(ledger.key(key.address).live for key in operational.values())
        # About 50 M gas at 30 M a block, then the roots' keys: 5 blocks where nothing else runs, not one for each call.
        assert blocks <= 15, f"{blocks} blocks, {seconds:.1f} s"
    finally:
        stop(state)
