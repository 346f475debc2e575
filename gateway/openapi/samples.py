"""Examples for objects that declare none: made of those that their parts declare, and of plain values that fit.

Pure; the same schemas give the same examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Json = Mapping[str, Any]
_DEPTH: Final = 8
_BY_FORMAT: Final = {
    "date": "2026-01-05",
    "date-time": "2026-01-05T02:00:00Z",
    "uri": "https://example.org/",
    "password": "...",
}
_BY_PATTERN: Final = {
    r"^0x[0-9a-fA-F]{64}$": "0x" + "ab" * 32,
    r"^0x[0-9a-fA-F]{40}$": "0x" + "11" * 20,
    r"^0x([0-9a-fA-F]{2}){65,2048}$": "0x" + "cd" * 65,
    r"^0x([0-9a-fA-F]{2})+$": "0x" + "ef" * 4,
    r"^0x[0-9a-f]{160}$": "0x" + "ab" * 80,
    r"^b[a-z2-7]{20,99}$": "bafybeib" + "a" * 51,
    r"^[0-9a-f]{32}$": "ab" * 16,
    r"^[A-Z]{3}$": "CNY",
    r"^[A-Z0-9-]{2,20}$": "CN-ID",
    r"^[A-Za-z0-9-]{4,40}$": "110101199001011234",
    r"^[A-Za-z0-9]{4,34}$": "6222020200112233445",
    r"^[A-Z]{2}$": "CN",
    r"^-?(0|[1-9][0-9]{0,37})\.[0-9]{2}$": "5000.00",
    r"^(0|[1-9][0-9]{0,15})\.[0-9]{2}$": "5000.00",
    r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,9})?$": "0.05",
}
_BY_NAME: Final = {
    "id": "ab" * 16, "loan": "0x" + "ab" * 32, "number": "L01", "href": "/v1/loans/0x" + "ab" * 32,
    "cid": "bafybeib" + "a" * 51,
    "created_at": "2026-01-05T02:00:00.000000+00:00", "posted_at": "2026-01-05T02:00:03.000000+00:00",
    "lender": "0x" + "11" * 20, "payer": "0x" + "11" * 20, "holder": "0x" + "11" * 20, "subject": "0x" + "0a" * 32,
    "public_key": "ab" * 32, "hash": "0x" + "cd" * 32, "head": "0x" + "0e" * 32, "payload": "0x",
    "tx": "0x" + "cd" * 32,
    "digest": "0x" + "0d" * 32, "action": "0x" + "ac" * 32, "actor": "0x" + "44" * 20, "target": "0x" + "22" * 20,
    "contract": "LoanEscrow", "function": "subscribe", "seat": "platform", "reader": "bank", "kind": "CONTRACT_TEXT",
    "platform": "platform", "document_id": "0x" + "0d" * 32, "regime": "0x" + "5e" * 32, "code": "resource.not_found",
    "en": "There is no {resource} '{id}'.", "zh": "不存在 {resource}“{id}”。", "status": "live",
}  # fmt: skip


def complete(schemas: dict[str, Any]) -> None:
    """Gives every object without examples one of its own, and every example its nulls, which the framework drops."""
    for schema in schemas.values():
        if "examples" in schema:
            schema["examples"] = [_with_nulls(schemas, schema, example) for example in schema["examples"]]
    for name in sorted(schemas):
        schema = schemas[name]
        if schema.get("type") == "object" and not schema.get("examples") and "properties" in schema:
            schema["examples"] = [sample(schemas, schema)]


def sample(schemas: Json, schema: Json, name: str = "", depth: int = 0) -> Any:  # noqa: PLR0911 - one per kind
    """A value that fits `schema`. name: of the property that has it."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return sample(schemas, schemas[schema["$ref"].rsplit("/", 1)[1]], name, depth + 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            kinds = [one for one in schema[several] if one.get("type") != "null"]
            return sample(schemas, kinds[0], name, depth) if kinds and depth < _DEPTH else None
    match schema.get("type"):
        case "object":
            return _object(schemas, schema, depth)
        case "array":
            least = int(schema.get("minItems", 0))
            shown = [] if depth >= _DEPTH else [sample(schemas, schema.get("items", {}), name, depth + 1)]
            return shown * max(least, 1)
        case "string":
            return _text(schema, name)
        case "integer":
            return max(1, int(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)))
        case "number":
            return 1.0
        case "boolean":
            return True
    return None


def _with_nulls(schemas: Json, schema: Json, value: Any) -> Any:
    """`value` with null for every property that must be there and is not."""
    if "$ref" in schema:
        return _with_nulls(schemas, schemas[schema["$ref"].rsplit("/", 1)[1]], value)
    for several in ("anyOf", "oneOf"):
        for one in schema.get(several, ()):
            if isinstance(value, dict | list) and one.get("type") != "null":
                return _with_nulls(schemas, one, value)
    if isinstance(value, list):
        return [_with_nulls(schemas, schema.get("items", {}), item) for item in value]
    if not isinstance(value, dict):
        return value
    parts = schema.get("properties", {})
    whole = {name: _with_nulls(schemas, parts.get(name, {}), item) for name, item in value.items()}
    return whole | {name: None for name in schema.get("required", ()) if name not in whole}


def _object(schemas: Json, schema: Json, depth: int) -> dict[str, Any]:
    if depth >= _DEPTH:
        return {}
    found = {name: sample(schemas, part, name, depth + 1) for name, part in schema.get("properties", {}).items()}
    if "next_cursor" in found:
        found["next_cursor"] = None
    return found


def _text(schema: Json, name: str) -> str:
    if "pattern" in schema:
        return _BY_PATTERN.get(schema["pattern"], _BY_NAME.get(name, "abc"))
    text = _BY_FORMAT.get(schema.get("format", ""), _BY_NAME.get(name, name or "text"))
    return text[: int(schema.get("maxLength", 200))].ljust(int(schema.get("minLength", 0)), "x")
