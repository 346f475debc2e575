"""The load: keep-alive connections that post prepared requests as fast as answers come, and a watch on the blocks.

Kept lean, because it shares the machine with what is measured; its processor time is counted apart all the same.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bench_book import PAYMENT, START, Book, Loan
from bench_rpc import Rpc

CONNECTIONS = 24


@dataclass
class Answers:
    """What came back: seconds until each 202, and the bodies of whatever was something else."""

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass
class Pressure:
    """How many calls may be accepted and not yet in a block: more would only wait longer."""

    most: int
    sent: int = 0
    mined: int = 0

    @property
    def free(self) -> bool:
        """Whether one more may be sent."""
        return self.sent - self.mined < self.most


def single(loan: Loan, statement: int, entry: int) -> dict[str, object]:
    """One repayment as `POST /v1/repayments` takes it."""
    body: dict[str, object] = {
        "loan": "0x" + loan.id.hex(),
        "amount": {"amount": f"{PAYMENT // 100}.{PAYMENT % 100:02}", "currency": "CNY"},
        "value_date": START.isoformat(),
        "statement": statement,
        "entry": entry,
        "servicer_reference": f"bench-{statement}-{entry}",
        "expected_history_length": loan.length,
    }
    loan.length += 1
    return body


def singles(book: Book, statement: int) -> Iterator[bytes]:
    """Bodies without end: one payment of each loan, then of each loan again."""
    entry = 0
    while True:
        for loan in book.loans:
            entry += 1
            if entry == 2**16:
                statement, entry = statement + 1, 1
            yield json.dumps(single(loan, statement, entry)).encode()


class Client:
    """Posts to one route of one gateway."""

    def __init__(self, host: str, port: int, path: str, token: str, turn: int) -> None:
        """turn: after so many requests the loans come again; one is posted only once that long before is answered,
        because two payments of one loan on their way at once may arrive in either order."""
        self._host, self._port, self._turn = host, port, turn
        self._open: set[int] = set()
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\n"
            f"Idempotency-Key: {secrets.token_hex(6)}-%d\r\nContent-Length: %d\r\n\r\n"
        )
        self._key = 0

    async def run(
        self, bodies: Iterator[bytes], going: Callable[[], bool], pressure: Pressure, calls: int = 1
    ) -> Answers:
        """Posts until `going` says no more; then waits for the answers. calls: transactions of one request."""
        answers = Answers()
        await asyncio.gather(*(self._post(bodies, going, pressure, calls, answers) for _ in range(CONNECTIONS)))
        return answers

    async def _post(
        self, bodies: Iterator[bytes], going: Callable[[], bool], pressure: Pressure, calls: int, answers: Answers
    ) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        while going():
            if not pressure.free or self._key + 1 - min(self._open, default=self._key) >= self._turn:
                await asyncio.sleep(0.02 if not pressure.free else 0.002)
                continue
            body = next(bodies)
            pressure.sent += calls
            self._key += 1
            number = self._key
            self._open.add(number)
            request = (self._head % (number, len(body))).encode() + body
            began = time.monotonic()
            while True:
                try:
                    writer.write(request)
                    status, text = await _answer(reader)
                    break
                except (asyncio.IncompleteReadError, ConnectionError):
                    # A server closes what was quiet for a while; with its key the request counts once.
                    writer.close()
                    reader, writer = await asyncio.open_connection(self._host, self._port)
            self._open.discard(number)
            if status == 202:
                answers.seconds.append(time.monotonic() - began)
            else:
                pressure.sent -= calls
                answers.refused.append(f"{status} {text.decode()[:300]}")
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    at = head.lower().index(b"content-length:") + 15
    length = int(head[at : head.index(b"\r", at)])
    return status, await reader.readexactly(length)


@dataclass
class Block:
    """A block as the watch saw it. ours: transactions to the ledger in it."""

    number: int
    timestamp: int
    ours: int


class Watch:
    """Counts what blocks hold, from the block after `start`."""

    def __init__(self, url: str) -> None:
        self._rpc = Rpc(url)
        self._next = self._rpc.height() + 1
        self.blocks: list[Block] = []

    def look(self) -> int:
        """Takes new blocks in; how many transactions all of them hold."""
        while self._next <= self._rpc.height():
            found = self._rpc.ask("eth_getBlockByNumber", hex(self._next), False)
            if found is None:
                break
            block = Block(self._next, int(found["timestamp"], 16), len(found["transactions"]))
            self.blocks.append(block)
            self._next += 1
        return self.total

    @property
    def total(self) -> int:
        """Transactions in all blocks so far."""
        return sum(block.ours for block in self.blocks)

    def rate(self, warm_up: float, until: float) -> float:
        """Transactions per second of the blocks' own time, after the first `warm_up` seconds, until a Unix time."""
        filled = [block for block in self.blocks if block.ours]
        if not filled:
            return 0.0
        inside = [b for b in self.blocks if filled[0].timestamp + warm_up <= b.timestamp <= until]
        if len(inside) < 3:  # a machine too busy to seal a block a second
            inside = [b for b in self.blocks if filled[0].timestamp <= b.timestamp <= until]
        if len(inside) < 2:
            return 0.0
        return sum(b.ours for b in inside[1:]) / max(1, inside[-1].timestamp - inside[0].timestamp)


async def pour_raw(url: str, raws: Sequence[str], going: Callable[[], bool], pressure: Pressure) -> int:
    """Hands pre-signed transactions to a node, as many as it digests; how many were sent."""
    rpc = Rpc(url)
    sent = 0
    while sent < len(raws) and going():
        if not pressure.free:
            await asyncio.sleep(0.02)
            continue
        group = raws[sent : sent + 50]
        await asyncio.to_thread(rpc.send, group)
        sent += len(group)
        pressure.sent += len(group)
    return sent


async def watch(found: Watch, pressure: Pressure, going: Callable[[], bool]) -> None:
    """Keeps `pressure` informed."""
    while going():
        pressure.mined = await asyncio.to_thread(found.look)
        await asyncio.sleep(0.1)
