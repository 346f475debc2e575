"""Who asks: an opaque token of the seat, or an organisation's machine client by OAuth2 client credentials.

A machine client's access token is fetched at the first request, used until shortly before it ends, and fetched anew
when the gateway says that it has ended. Keeps secrets in memory only and shows them in no text.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from loan_ledger_client.wire import Call

TOKEN_PATH = "/v1/oauth/token"  # noqa: S105 - a path
_EARLY = 30.0


class Credentials(Protocol):
    """Gives the Authorization header; asks for a token first if it needs one."""

    def request(self) -> Call[dict[str, Any]] | None:
        """The request to send first, if any."""

    def take(self, answer: dict[str, Any]) -> None:
        """Its answer."""

    def header(self) -> str:
        """`Bearer ...`."""

    def refused(self, used: str) -> bool:
        """The gateway did not take the header `used`: whether it is worth asking again with another."""


@dataclass(frozen=True)
class Token:
    """An opaque token, as `loan-ledger gateway token` gives it."""

    value: str = field(repr=False)

    def request(self) -> None:
        """Nothing to ask for."""

    def take(self, answer: dict[str, Any]) -> None:
        """Never asked."""

    def header(self) -> str:
        """`Bearer ...`."""
        return f"Bearer {self.value}"

    def refused(self, used: str) -> bool:
        """There is no other."""
        return False


@dataclass
class ClientCredentials:
    """A machine client. scope: the roles it asks for, all that it has if left out."""

    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    _token: str | None = field(default=None, init=False, repr=False)
    _until: float = field(default=0.0, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def request(self) -> Call[dict[str, Any]] | None:
        """The token request, unless there is a token that lasts."""
        with self._lock:
            if self._token is not None and time.monotonic() < self._until:
                return None
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        return Call("POST", TOKEN_PATH, _object, data=form if self.scope is None else form | {"scope": self.scope})

    def take(self, answer: dict[str, Any]) -> None:
        """Keeps the token."""
        with self._lock:
            self._token = str(answer["access_token"])
            lasts = float(answer.get("expires_in", 300))
            self._until = time.monotonic() + max(lasts - _EARLY, lasts / 2)

    def header(self) -> str:
        """`Bearer ...`."""
        with self._lock:
            return f"Bearer {self._token}"

    def refused(self, used: str) -> bool:
        """Forgets the token that was used, so that the next request fetches another."""
        with self._lock:
            if used == f"Bearer {self._token}":
                self._token = None
        return True


def _object(response: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = response.json()
    return found
