"""What a builder gives: a call by names. It says what to send, not who sends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """A function call on a deployed contract, by names. `loan` orders calls that concern the same loan."""

    contract: str
    function: str
    args: tuple[Any, ...]
    loan: bytes | None = None
