"""The register of every error: code, HTTP status, exit code, English and Chinese text, Solidity selector.

Collects what this library's packages declare in MODULES, what the caller's modules declare, and the contracts' errors
from their ABIs. Codes are unique: two errors under one code are a defect, found here. `GET /v1/errors` shows it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from chain.errors import LedgerError
from chain.journal.errors import JournalError
from chain.ledger.contracts import error_selectors
from chain.ledger.errors import ContractError, contract_error_texts
from chain.model.errors import Refused
from chain.proofs.clique import SealInvalid
from chain.schedules.errors import ScheduleError

MODULES = (
    "chain.bank.errors",
    "chain.compiler.errors",
    "chain.deployment.errors",
    "chain.documents.errors",
    "chain.engines.errors",
    "chain.journal.errors",
    "chain.keys.errors",
    "chain.ledger.errors",
    "chain.model.errors",
    "chain.proofs.clique",
    "chain.runtime.errors",
    "chain.schedules.costs.rates",
    "chain.schedules.errors",
    "chain.schedules.ledger.errors",
    "chain.toolchain.errors",
)
_BASES: tuple[type[Exception], ...] = (JournalError, LedgerError, ScheduleError, Refused, SealInvalid)


@dataclass(frozen=True)
class RegisteredError:
    """One error. selector: first four bytes of the Solidity error's hash, 0x hex; None if no contract raises it."""

    code: str
    status: int
    exit_code: int
    en: str
    zh: str
    selector: str | None = None


@cache
def registered(modules: tuple[str, ...] = ()) -> Mapping[str, RegisteredError]:
    """All errors by code, in the order of their codes: of this library, the contracts, and the given modules.

    Raises ValueError if two errors share a code.
    """
    for module in (*MODULES, *modules):
        importlib.import_module(module)
    found: dict[str, RegisteredError] = {}
    for entry in (*_declared(), *_of_contracts()):
        if entry.code in found and found[entry.code] != entry:
            raise ValueError(f"two errors share the code {entry.code}")
        found[entry.code] = entry
    return {code: found[code] for code in sorted(found)}


def _declared() -> Iterator[RegisteredError]:
    for kind in _with_descendants(_BASES):
        if isinstance(kind.__dict__.get("code"), str):
            yield RegisteredError(
                code=kind.__dict__["code"],
                status=getattr(kind, "status"),  # noqa: B009
                exit_code=int(getattr(kind, "exit_code")),  # noqa: B009
                en=getattr(kind, "en"),  # noqa: B009
                zh=getattr(kind, "zh"),  # noqa: B009
            )


def _of_contracts() -> Iterator[RegisteredError]:
    selectors = error_selectors()
    for name, text in contract_error_texts().items():
        yield RegisteredError(
            code=f"contract.{name}",
            status=int(text.get("status", ContractError.status)),
            exit_code=int(ContractError.exit_code),
            en=text["en"],
            zh=text["zh"],
            selector="0x" + selectors[name].hex(),
        )


def _with_descendants(kinds: Iterable[type[Exception]]) -> Iterator[type[Exception]]:
    for kind in kinds:
        yield kind
        yield from _with_descendants(kind.__subclasses__())
