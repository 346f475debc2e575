"""JSON-RPC to a node, many questions in one HTTP request: what the sending of hundreds of transactions a second needs.

Each question has its own answer or its own typed error; a request that fails as a whole raises NodeUnreachable or
NodeRefused. Whether a node has done what a lost answer was about is never known: nothing is repeated here. Threads may
share one; each request uses a connection of its own, which is kept for the next.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import urllib3

from chain.errors import LedgerError
from chain.ledger.connection import refusal
from chain.ledger.errors import NodeRefused, NodeUnreachable

MAX_BATCH = 100  # questions in one request; nodes refuse more than some hundreds

Question = tuple[str, list[Any]]
Answer = Any | LedgerError
"""What JSON holds, or why there is no answer."""


class Rpc:
    """One node."""

    def __init__(self, url: str, timeout: float) -> None:
        self.url = url
        self._timeout = timeout
        credentials = urllib3.util.parse_url(url).auth
        headers = {"Content-Type": "application/json"}
        if credentials:
            headers |= urllib3.make_headers(basic_auth=credentials)
        self._pool = urllib3.PoolManager(
            num_pools=1, maxsize=16, retries=False, headers=headers, timeout=urllib3.Timeout(timeout)
        )

    def ask(self, method: str, *params: Any) -> Any:
        """One answer. Raises the typed error."""
        answer = self.batch([(method, list(params))])[0]
        if isinstance(answer, LedgerError):
            raise answer
        return answer

    def batch(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers, in the order of the questions, in as many requests as it takes, one after the other."""
        answers: list[Answer] = []
        for start in range(0, len(questions), MAX_BATCH):
            answers += self._request(questions[start : start + MAX_BATCH])
        return answers

    def _request(self, questions: Sequence[Question]) -> list[Answer]:
        calls = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            for number, (method, params) in enumerate(questions)
        ]
        said = self._post(calls[0] if len(calls) == 1 else calls)
        if isinstance(said, dict):
            if len(calls) == 1:
                return [_answer(said)]
            raise _error(said)  # against the request as a whole
        answers: list[Answer] = [NodeRefused(reason="no answer")] * len(calls)
        for one in said if isinstance(said, list) else ():
            number = one.get("id") if isinstance(one, dict) else None
            if isinstance(number, int) and 0 <= number < len(calls):
                answers[number] = _answer(one)
        return answers

    def _post(self, body: object) -> Any:
        try:
            response = self._pool.request("POST", self.url, body=json.dumps(body, separators=(",", ":")))
            return json.loads(response.data)
        except (urllib3.exceptions.HTTPError, OSError, ValueError, RecursionError) as error:
            raise NodeUnreachable(url=_shown(self.url), reason=type(error).__name__) from error

    def close(self) -> None:
        """Closes its connections."""
        self._pool.clear()


def _answer(said: dict[str, Any]) -> Answer:
    if said.get("error") is not None:
        return _error(said)
    if "result" not in said:
        return NodeRefused(reason="neither result nor error")
    return said["result"]


def _error(said: dict[str, Any]) -> LedgerError:
    error = said.get("error")
    if not isinstance(error, dict):
        return NodeRefused(reason=f"unreadable answer: {str(said)[:200]}")
    data = error.get("data")
    if isinstance(data, dict):
        data = data.get("data")
    return refusal(str(error.get("message", "")), data if isinstance(data, str) else None)


def _shown(url: str) -> str:
    """Without the password that may stand in it."""
    parts = urllib3.util.parse_url(url)
    return urllib3.util.Url(parts.scheme, None, parts.host, parts.port, parts.path).url
