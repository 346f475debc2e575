"""The seat's node as the gateway asks it: a few typed questions, every failure a typed error.

Questions about many transactions at once go in one request. Never retries: callers know what may be repeated. Threads
may share an instance.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3.exceptions import BlockNotFound, TransactionNotFound
from web3.types import LogReceipt

from chain.errors import LedgerError
from chain.ledger import connection
from chain.ledger.contracts import Contracts
from chain.ledger.errors import NodeRefused
from chain.ledger.finality import Finality
from chain.ledger.logs import LogRecord, all_logs, decode_log
from chain.ledger.reader import Ledger
from gateway.rpc import Question, Rpc

_T = TypeVar("_T")


@dataclass(frozen=True)
class BlockHead:
    """A block's number and hash."""

    number: int
    hash: str


@dataclass(frozen=True)
class BlockSummary:
    """A block's number, hash, time (seconds since 1970) and number of transactions."""

    number: int
    hash: str
    time: int
    transactions: int


@dataclass(frozen=True)
class Receipt:
    """What became of a mined transaction."""

    hash: str
    block: int
    block_hash: str
    succeeded: bool
    gas_used: int


@dataclass(frozen=True)
class Trial:
    """A call to try on the newest state. gas: how much to allow; None asks the node how much it takes."""

    sender: str
    to: str
    data: str
    gas: int | None


@dataclass(frozen=True)
class Offer:
    """The newest block as far as a new transaction depends on it. base_fee: None where the chain has none, wei."""

    number: int
    hash: str
    parent: str
    gas_limit: int
    base_fee: int | None
    suggested: int

    def fees(self, floor: int) -> dict[str, int]:
        """Fee fields for a new transaction, wei."""
        return connection.fee_fields(self.base_fee, self.suggested, floor, 0)


class Node:
    """One connection to the seat's node."""

    def __init__(self, url: str, contracts: Contracts, timeout: float = 10) -> None:
        self.url = url
        self.contracts = contracts
        self.rpc = Rpc(url, timeout)
        self.w3 = connection.connect(url, timeout)
        self.ledger = Ledger(self.w3, contracts)
        self._finality = Finality(self.w3)

    def chain_id(self) -> int:
        """The chain id that the node states."""
        return _number(self.rpc.ask("eth_chainId"))

    def height(self) -> int:
        """Number of the node's latest block."""
        return _number(self.rpc.ask("eth_blockNumber"))

    def chain_and_height(self) -> tuple[int, int]:
        """Chain id and number of the latest block, in one request."""
        chain, height = self._all([("eth_chainId", []), ("eth_blockNumber", [])])
        return _number(chain), _number(height)

    def genesis_hash(self) -> str:
        """Hash of block 0."""
        return str(_part(self.rpc.ask("eth_getBlockByNumber", "0x0", False), "hash"))

    def offer(self) -> Offer:
        """The newest block, and the price that the node suggests."""
        block, price = self._all([("eth_getBlockByNumber", ["latest", False]), ("eth_gasPrice", [])])
        base = _part(block, "baseFeePerGas", None)
        return Offer(
            number=_number(_part(block, "number")),
            hash=str(_part(block, "hash")),
            parent=str(_part(block, "parentHash")),
            gas_limit=_number(_part(block, "gasLimit")),
            base_fee=None if base is None else _number(base),
            suggested=_number(price),
        )

    def confirmed(self) -> int:
        """Highest block that may be relied on, by the engine's rule."""
        if self._ask(lambda: self._finality.rule) != "clique":
            return self.height()
        return self._ask(self._finality.confirmed_block)

    def look(self, tip: int | None) -> tuple[int, BlockHead | None]:
        """Number of the newest block, and the block at `tip` as the node has it, in one request."""
        if tip is None:
            return self.height(), None
        height, block = self._all([("eth_blockNumber", []), _block_at(tip)])
        return _number(height), _head(block)

    def block(self, number: int) -> BlockHead | None:
        """The block at `number`; None if the node has none."""
        return _head(self._all([_block_at(number)])[0])

    def summary(self, number: int) -> BlockSummary | None:
        """What is shown of the block at `number`; None if the node has none."""
        [found] = self._all([_block_at(number)])
        if found is None:
            return None
        transactions = _part(found, "transactions")
        if not isinstance(transactions, list):
            raise NodeRefused(reason="unreadable answer: a block without a list of transactions")
        return BlockSummary(
            _number(_part(found, "number")),
            str(_part(found, "hash")),
            _number(_part(found, "timestamp")),
            len(transactions),
        )

    def logs(self, first: int, last: int) -> tuple[list[LogRecord], BlockHead] | None:
        """Decoded logs of the ledger's contracts in blocks `first` to `last`, in chain order, and the last block.

        None if the node has no such block, or changed it while it answered.
        """
        queries: list[Question] = [
            ("eth_getLogs", [{**query, "fromBlock": hex(start), "toBlock": hex(end)}])
            for query in all_logs(self.contracts, first, last)
            for start, end in [(int(str(query["fromBlock"])), int(str(query["toBlock"])))]
        ]
        before, *found, after = self._all([_block_at(last), *queries, _block_at(last)])
        head, again = _head(before), _head(after)
        if head is None or head != again:
            return None
        records = [record for part in found for record in self._decoded(part)]
        return records, head

    def _decoded(self, found: Any) -> list[LogRecord]:
        if not isinstance(found, list):
            raise NodeRefused(reason=f"unreadable answer: {str(found)[:100]} are no logs")
        try:
            records = [decode_log(self.contracts, _log(one)) for one in found]
        except (TypeError, ValueError, KeyError, OverflowError, DecodingError) as exc:
            raise NodeRefused(reason=f"unreadable answer: a log without {exc}") from exc
        return [record for record in records if record is not None]

    def balance(self, address: str) -> int:
        """What `address` has to pay gas with, wei."""
        return int(self._ask(lambda: self.w3.eth.get_balance(to_checksum_address(address))))

    def transaction_count(self, address: str, block: int | str = "pending") -> int:
        """Nonces used by `address`, as of `block`."""
        at = hex(block) if isinstance(block, int) else block
        return _number(self.rpc.ask("eth_getTransactionCount", address, at))

    def tried(self, trials: Sequence[Trial]) -> list[int | LedgerError]:
        """For each call: gas to allow (as much as was allowed, or what it takes), or why it is refused, decoded."""
        questions: list[Question] = []
        for trial in trials:
            call = {"from": trial.sender, "to": trial.to, "data": trial.data}
            if trial.gas is None:
                questions.append(("eth_estimateGas", [call, "latest"]))
            else:
                questions.append(("eth_call", [call | {"gas": hex(trial.gas)}, "latest"]))
        return [
            answer if isinstance(answer, LedgerError) else _number(answer) if trial.gas is None else trial.gas
            for trial, answer in zip(trials, self.rpc.batch(questions), strict=True)
        ]

    def call(self, sender: str, to: str, data: bytes, block: int) -> bytes:
        """Runs the call on the state after `block`. Raises the contract's error, decoded, if it is refused."""
        call: Any = {"from": to_checksum_address(sender), "to": to_checksum_address(to), "data": HexBytes(data)}
        return bytes(self._ask(lambda: self.w3.eth.call(call, block)))

    def send(self, raws: Sequence[str]) -> list[LedgerError | None]:
        """Hands signed transactions to the node, in order. For each: None, or AlreadyKnown, NonceTooLow and others."""
        answers = self.rpc.batch([("eth_sendRawTransaction", [raw]) for raw in raws])
        return [answer if isinstance(answer, LedgerError) else None for answer in answers]

    def known(self, hashes: Sequence[str]) -> list[bool]:
        """For each transaction: whether the node has it, mined or pending."""
        return [found is not None for found in self._all([("eth_getTransactionByHash", [h]) for h in hashes])]

    def heads(self, numbers: Iterable[int]) -> dict[int, str]:
        """Hashes of the node's blocks at `numbers`, as far as it has them."""
        wanted = list(numbers)
        found = self._all([("eth_getBlockByNumber", [hex(number), False]) for number in wanted])
        return {n: str(_part(block, "hash")) for n, block in zip(wanted, found, strict=True) if block is not None}

    def transaction_input(self, transaction_hash: str) -> tuple[str | None, bytes]:
        """Target and call data of a mined transaction."""
        found = self._ask(lambda: self.w3.eth.get_transaction(HexBytes(transaction_hash)))
        to = found.get("to")
        return None if to is None else to_checksum_address(to), bytes(found["input"])

    def receipts(self, hashes: Sequence[str]) -> dict[str, Receipt]:
        """Receipts by hash, of those that are mined."""
        found = self._all([("eth_getTransactionReceipt", [one]) for one in hashes])
        return {one: _receipt(receipt) for one, receipt in zip(hashes, found, strict=True) if receipt is not None}

    def block_receipts(self, number: int) -> dict[str, Receipt] | None:
        """Receipts of a block by hash; None if the node has none yet. Raises NodeRefused if it never gives them so."""
        found = self.rpc.ask("eth_getBlockReceipts", hex(number))
        return None if found is None else {one.hash: one for one in map(_receipt, found)}

    def _all(self, questions: Sequence[Question]) -> list[Any]:
        """All answers. Raises the first error."""
        answers: list[Any] = self.rpc.batch(questions)
        for answer in answers:
            if isinstance(answer, LedgerError):
                raise answer
        return answers

    def _ask(self, question: Callable[[], _T]) -> _T:
        try:
            return question()
        except (BlockNotFound, TransactionNotFound):
            raise
        except TypeError as exc:  # web3 builds one from an answer that isn't what it asked for
            raise NodeRefused(reason=f"unreadable answer: {exc}") from exc
        except Exception as exc:
            raise connection.node_error(exc, self.url) from exc


def _part(value: Any, name: str, *missing: Any) -> Any:
    """A field of an answer. Raises NodeRefused if there is none, unless told what to take then."""
    if isinstance(value, dict) and (name in value or missing):
        return value.get(name, *missing)
    raise NodeRefused(reason=f"unreadable answer: no {name} in {str(value)[:100]}")


def _number(value: Any) -> int:
    try:
        return int(value, 16)
    except (TypeError, ValueError) as exc:
        raise NodeRefused(reason=f"unreadable answer: {str(value)[:100]} is no number") from exc


def _block_at(number: int) -> Question:
    return "eth_getBlockByNumber", [hex(number), False]


def _head(found: Any) -> BlockHead | None:
    return None if found is None else BlockHead(_number(_part(found, "number")), str(_part(found, "hash")))


def _log(found: Any) -> LogReceipt:
    """A log of a node's as web3 would give it."""
    log: Any = {
        "address": found["address"],
        "topics": [_bytes(topic) for topic in found["topics"]],
        "data": _bytes(found["data"]),
        "blockNumber": _number(found["blockNumber"]),
        "blockHash": _bytes(found["blockHash"]),
        "transactionHash": _bytes(found["transactionHash"]),
        "logIndex": _number(found["logIndex"]),
    }
    return cast("LogReceipt", log)


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(f"{str(text)[:100]} as bytes")
    return bytes.fromhex(text[2:])


def _receipt(found: Any) -> Receipt:
    return Receipt(
        hash=str(_part(found, "transactionHash")),
        block=_number(_part(found, "blockNumber")),
        block_hash=str(_part(found, "blockHash")),
        succeeded=_number(_part(found, "status")) == 1,
        gas_used=_number(_part(found, "gasUsed")),
    )


class Heights:
    """What the follower last saw of the chain; other threads read it instead of asking the node again."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.latest = 0
        self.confirmed = 0
        self.indexed = 0
        self.problem: str | None = "not started"

    def update(self, latest: int, confirmed: int, indexed: int) -> None:
        """Publishes new heights and wakes who waits."""
        with self._changed:
            self.latest, self.confirmed, self.indexed, self.problem = latest, confirmed, indexed, None
            self._changed.notify_all()

    def fail(self, problem: str) -> None:
        """Publishes why the chain can't be followed now."""
        with self._changed:
            self.problem = problem
            self._changed.notify_all()

    def wait_indexed(self, block: int, timeout: float) -> bool:
        """Waits until `block` is indexed; False if that took longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.indexed >= block, timeout)
