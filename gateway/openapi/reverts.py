"""Which custom errors each state-changing function of the contracts can revert with, read from the compiler's tree.

Follows calls within a contract, into libraries and, through interfaces, into the ledger's other contracts. The result
is kept in `reverts.json`; `loan-ledger api write` writes it anew, a test holds it against the sources.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from chain.compiler.sources import standard_json
from chain.ledger import roles
from chain.ledger.errors import contract_error_texts
from chain.toolchain import layout

# Hands its larger functions over to contracts that stand in no role table: they run as itself.
_WHOLE: Final = "LoanEscrow"
FILE: Final = Path(__file__).with_name("reverts.json")
_Node = dict[str, Any]


@cache
def kept() -> Mapping[str, tuple[str, ...]]:
    """The errors' codes by `Contract.function`, as kept in the file."""
    return {name: tuple(codes) for name, codes in json.loads(FILE.read_text(encoding="utf-8")).items()}


def write() -> bool:
    """Writes the file. True if it changed."""
    text = json.dumps(found(), indent=1, sort_keys=True) + "\n"
    changed = not FILE.is_file() or FILE.read_text(encoding="utf-8") != text
    FILE.write_text(text, encoding="utf-8")
    return changed


def found() -> dict[str, list[str]]:
    """The same from the sources. Raises ToolMissing, SourceMissing."""
    tree = _Tree(_compile())
    known = contract_error_texts()
    names: dict[str, set[str]] = {}
    for contract, functions in tree.external():
        for function, start in functions:
            errors = tree.errors(start)
            codes = {f"contract.{name}" for name in errors if name in known}
            owner = contract["name"] if contract["name"] in roles.table() else _WHOLE
            names.setdefault(f"{owner}.{function}", set()).update(codes)
    return {name: sorted(codes) for name, codes in names.items()}


def _compile() -> list[_Node]:
    request = standard_json(layout.checkout())
    settings: Any = request["settings"]
    settings["outputSelection"] = {"*": {"": ["ast"]}}
    os.environ.update(layout.contained_environment())
    import solcx  # noqa: PLC0415 - it looks for a folder in the user's home unless the environment names one

    output = solcx.compile_standard(request, solc_binary=layout.binary("solc"))
    return [source["ast"] for source in output["sources"].values()]


class _Tree:
    """The declarations of all sources, and what overrides what."""

    def __init__(self, sources: list[_Node]) -> None:
        self._by_id: dict[int, _Node] = {}
        self._contract_of: dict[int, _Node] = {}
        self._overriding: dict[int, list[int]] = defaultdict(list)
        self._own: list[_Node] = []
        for source in sources:
            for contract in source["nodes"]:
                if contract["nodeType"] == "ErrorDefinition":
                    self._by_id[contract["id"]] = contract
                if contract["nodeType"] != "ContractDefinition":
                    continue
                self._by_id[contract["id"]] = contract
                concrete = contract["contractKind"] == "contract" and not contract["abstract"]
                if concrete and source["absolutePath"].startswith("contracts/"):
                    self._own.append(contract)
                for member in contract["nodes"]:
                    self._by_id[member["id"]] = member
                    self._contract_of[member["id"]] = contract
                    for base in member.get("baseFunctions", ()):
                        self._overriding[base].append(member["id"])

    def external(self) -> Iterator[tuple[_Node, list[tuple[str, _Node]]]]:
        """Each contract with the state-changing functions that can be called from outside."""
        for contract in self._own:
            functions: dict[str, _Node] = {}
            for base in contract["linearizedBaseContracts"]:
                for member in self._by_id[base]["nodes"]:
                    if (
                        member["nodeType"] == "FunctionDefinition"
                        and member["visibility"] in ("external", "public")
                        and member["stateMutability"] in ("nonpayable", "payable")
                        and member["kind"] == "function"
                        and member["implemented"]
                    ):
                        functions.setdefault(member["name"], member)
            yield contract, sorted(functions.items())

    def errors(self, start: _Node) -> set[str]:
        """Names of the errors on all ways from `start`."""
        names, waiting, seen = set[str](), [start["id"]], set[int]()
        while waiting:
            current = waiting.pop()
            if current in seen or current not in self._by_id:
                continue
            seen.add(current)
            node = self._by_id[current]
            waiting += self._overriding.get(current, ())
            if node["nodeType"] == "ErrorDefinition":
                names.add(node["name"])
            elif node["nodeType"] in ("FunctionDefinition", "ModifierDefinition"):
                waiting += [r for r in _references(node) if r in self._by_id]
        return names


def _references(node: object) -> Iterator[int]:
    """Ids of the declarations that a function's code names: functions, modifiers and errors."""
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif isinstance(node, dict):
        found = node.get("referencedDeclaration")
        if isinstance(found, int):
            yield found
        for name, value in node.items():
            if name not in ("baseFunctions", "overrides", "documentation"):
                yield from _references(value)
