"""Asking a service whether it works, by the address of its plan entry. One question, one short answer; no retries."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_SECONDS: Final = 2.0
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback never goes through a proxy


def answers(address: str) -> bool:
    """Whether the service behind `address` (see `ServiceSpec.ready`) works now."""
    kind, _, rest = address.partition("://")
    match kind:
        case "":
            return True
        case "file":
            return Path(rest).exists()
        case "tcp":
            return _connects(address)
        case "http":
            return _get(address)
        case "rpc+http":
            return _chain_id(f"http://{rest}")
        case _:
            raise ValueError(f"no such kind of readiness address: {address}")


def _connects(address: str) -> bool:
    parts = urlsplit(address)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=_SECONDS):
            return True
    except OSError:
        return False


def _get(address: str) -> bool:
    try:
        with _OPENER.open(address, timeout=_SECONDS) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError, urllib.error.URLError):
        return False


def _chain_id(address: str) -> bool:
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
    request = urllib.request.Request(address, data=question, headers={"Content-Type": "application/json"})  # noqa: S310
    try:
        with _OPENER.open(request, timeout=_SECONDS) as answer:
            return "result" in json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return False
