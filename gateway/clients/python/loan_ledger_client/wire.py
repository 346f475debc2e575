"""Calls as values, and what to do with an answer. Pure; the synchronous and the asynchronous client share it."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
IN_PROGRESS = "idempotency.in_progress"
_PASSING = frozenset({425, 429, 502, 503, 504})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class Upload(NamedTuple):
    """A file to send."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request, and how its answer is read. repeatable: sending it twice does no more than sending it once."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    media_type: str = "application/json"
    data: Mapping[str, str] | None = None
    files: Mapping[str, Upload] | None = None
    wait: float = 0.0

    @property
    def key(self) -> str | None:
        """Its idempotency key, if it changes something."""
        return self.headers.get("Idempotency-Key")

    @property
    def repeatable(self) -> bool:
        """Reads, preparations and what carries a key."""
        return self.method == "GET" or self.key is not None or self.path.endswith(":prepare")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def new_key() -> str:
    """A fresh idempotency key."""
    return secrets.token_hex(16)


def change_headers(idempotency_key: str | None, wait: float | None) -> dict[str, str]:
    """Headers of a change: a fresh key unless one is given; how long to wait for the end."""
    headers = {"Idempotency-Key": idempotency_key or new_key()}
    return headers if not wait else headers | {"Prefer": f"wait={wait:g}"}


def path_of(template: str, **values: object) -> str:
    """A path with its values filled in."""
    return template.format(**{name: quote(text_of(value), safe="") for name, value in values.items()})


def params_of(**values: object) -> dict[str, str]:
    """Parameters that were given, as text."""
    return {name.rstrip("_"): text_of(value) for name, value in values.items() if value is not None}


def text_of(value: object) -> str:
    """A value as it stands in a path, a query or a form."""
    match value:
        case bool():
            return "true" if value else "false"
        case date() | datetime():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case _:
            return str(value)


def body_of(model: type[M], body: M | Mapping[str, Any]) -> bytes:
    """A request's body as JSON: only what was set. A mapping is checked first. Raises pydantic.ValidationError."""
    found = body if isinstance(body, BaseModel) else model.model_validate(body)
    return found.model_dump_json(by_alias=True, exclude_unset=True).encode()


def json_of(model: type[M]) -> Callable[[httpx.Response], M]:
    """Reads an answer of this form."""
    return lambda response: model.model_validate_json(response.content)


def bytes_of(response: httpx.Response) -> bytes:
    """Reads an answer that is a file."""
    return response.content


def nothing_of(_: httpx.Response) -> None:
    """Reads an answer without content."""


@dataclass(frozen=True)
class Patience:
    """How long and how often a request is repeated. seconds: from the first try to the start of the last."""

    seconds: float = 60.0

    def pause(self, tries: int, elapsed: float, response: httpx.Response | None) -> float | None:
        """Seconds until the next try after `tries`; None once patience is at its end."""
        growing = min(_FIRST_PAUSE * 2 ** min(tries, 10), _LONGEST_PAUSE)
        found = growing * (0.5 + random.random() / 2)  # noqa: S311 - spreads retries, guards nothing
        found = max(found, _asked_for(response)) if response is not None else found
        return found if elapsed + found <= self.seconds else None


def passing(call: Call[Any], response: httpx.Response) -> bool:
    """Whether the same request may get another answer soon."""
    if response.status_code == 409:
        return IN_PROGRESS in response.text
    if response.status_code == 502 and "problem+json" in response.headers.get("Content-Type", ""):
        return False  # the gateway's own word on a transaction; a proxy's 502 passes
    return call.repeatable and response.status_code in _PASSING


def _asked_for(response: httpx.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0


def anything_of(response: httpx.Response) -> Any:
    """Reads an answer whose form the API leaves open."""
    return response.json()
