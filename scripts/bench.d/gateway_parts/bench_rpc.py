"""JSON-RPC to one node in batches over one connection: the measurement must cost the machine as little as it can."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

BATCH = 100


class Rpc:
    """One connection to one node."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._http = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=60)
        self._lock = threading.Lock()  # the watch and its window ask from two threads

    def batch(self, requests: Sequence[tuple[str, list[Any]]]) -> list[dict[str, Any]]:
        """The answers, result or error, in the order of the questions."""
        body = json.dumps([{"jsonrpc": "2.0", "id": n, "method": m, "params": p} for n, (m, p) in enumerate(requests)])
        with self._lock:
            self._http.request("POST", "/", body, {"Content-Type": "application/json"})
            answers = json.loads(self._http.getresponse().read())
        return sorted(answers, key=lambda answer: answer["id"])

    def ask(self, method: str, *params: Any) -> Any:
        """One result; RuntimeError with the node's error."""
        answer = self.batch([(method, list(params))])[0]
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def send(self, raws: Iterable[str]) -> None:
        """Hands signed transactions over, in order; RuntimeError for one that is refused."""
        waiting = list(raws)
        for start in range(0, len(waiting), BATCH):
            answers = self.batch([("eth_sendRawTransaction", [raw]) for raw in waiting[start : start + BATCH]])
            refused = [answer["error"] for answer in answers if "error" in answer]
            if refused:
                raise RuntimeError(f"eth_sendRawTransaction: {refused[0]}, {len(refused)} in all")

    def height(self) -> int:
        """Number of the newest block."""
        return int(self.ask("eth_blockNumber"), 16)

    def nonce(self, address: str) -> int:
        """Transactions of `address` in blocks."""
        return int(self.ask("eth_getTransactionCount", address, "latest"), 16)
