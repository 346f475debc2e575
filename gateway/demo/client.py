"""A platform engineer's client of one gateway, as the demo uses it: bearer token, idempotency keys, patience.

A request that gets no answer is repeated with the same key until the gateway is back, so a gateway, node or IPFS node
that is killed and restarted in between costs time, not money.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from gateway.demo.errors import GatewayAnswered, GatewayGone, StepTooLong

PATIENCE = 90.0  # seconds
PAUSE = 0.1
_PASSING = frozenset({409, 425, 429, 502, 503, 504})
_PASSING_CODES = frozenset({"idempotency.in_progress"})

Json = dict[str, Any]
Tell = Callable[[str], None]
"""Says on stderr what is going on."""


class GatewayClient:
    """One seat's gateway."""

    def __init__(self, seat: str, url: str, token: str) -> None:
        self.seat = seat
        self.url = url
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
        )

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def get(self, path: str, **params: Any) -> Json:
        """A resource. Raises GatewayAnswered with the problem."""
        return dict(self._patiently("GET", path, params=params).json())

    def items(self, path: str, **params: Any) -> list[Json]:
        """All items of a list, page after page."""
        found: list[Json] = []
        cursor: str | None = None
        while True:
            page = self.get(path, **params, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page.get("next_cursor") or page.get("next")
            if not cursor:
                return found

    def content(self, path: str) -> bytes:
        """A resource's bytes."""
        return self._patiently("GET", path).content

    def ask(self, path: str, body: Mapping[str, Any]) -> Json:
        """A request that changes nothing on the ledger (prepare)."""
        return dict(self._patiently("POST", path, json=dict(body)).json())

    def change(self, path: str, body: Mapping[str, Any] | None = None, **request: Any) -> Json:
        """A change, accepted and stored for good by the gateway; its transactions follow by themselves."""
        headers = {"Idempotency-Key": secrets.token_hex(16), **request.pop("headers", {})}
        if body is not None:
            request["json"] = dict(body)
        return dict(self._patiently("POST", path, headers=headers, **request).json())

    def mined(self, accepted: Mapping[str, Any]) -> list[Json]:
        """The transactions of an accepted change, once all are in blocks. Raises GatewayAnswered if one was refused."""
        done: list[Json] = []
        for transaction in accepted["transactions"]:
            found = self.until(
                f"transaction {transaction['id']}",
                lambda id_=transaction["id"]: self._ended(id_),  # type: ignore[misc]
            )
            if found["error"] is not None:  # failed, or in a block that holds its refusal
                raise GatewayAnswered(
                    seat=self.seat,
                    request=f"{found['contract']}.{found['function']}",
                    problem=found["error"]["message"],
                    problem_code=found["error"]["code"],
                )
            done.append(found)
        self.indexed(max((t["block"] for t in done), default=0))
        return done

    def indexed(self, block: int) -> None:
        """Waits until the gateway's index has `block`."""
        self.until(f"index at block {block}", lambda: self.get("/v1/network")["heights"]["indexed"] >= block)

    def confirmed(self, block: int) -> None:
        """Waits until `block` may be relied on by the engine's rule."""
        self.until(f"confirmation of block {block}", lambda: self.get("/v1/network")["heights"]["confirmed"] >= block)

    def until(self, what: str, look: Callable[[], Any]) -> Any:
        """What `look` gives, once it is true. Raises StepTooLong."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = look()
            if found:
                return found
            time.sleep(PAUSE)
        raise StepTooLong(what=f"{self.seat}: {what}", seconds=round(PATIENCE))

    def _ended(self, transaction: str) -> Json | None:
        found = self.get(f"/v1/transactions/{transaction}")
        return found if found["status"] in ("mined", "final", "failed") else None

    def _patiently(self, method: str, path: str, **request: Any) -> httpx.Response:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as gone:
                if time.monotonic() > end:
                    raise GatewayGone(seat=self.seat, request=f"{method} {path}", seconds=round(PATIENCE)) from gone
            else:
                if answer.is_success:
                    return answer
                problem = _problem(answer)
                passing = answer.status_code in _PASSING and (
                    answer.status_code != 409 or problem.get("code") in _PASSING_CODES
                )
                if not passing or time.monotonic() > end:
                    raise GatewayAnswered(
                        seat=self.seat,
                        request=f"{method} {path}",
                        problem=problem.get("detail", answer.text[:300]),
                        problem_code=problem.get("code", str(answer.status_code)),
                    )
            time.sleep(PAUSE)


def minor(money: Json) -> int:
    """Minor units of money on the wire."""
    whole, _, cents = money["amount"].partition(".")
    return int(whole + cents)


def _problem(answer: httpx.Response) -> Json:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
