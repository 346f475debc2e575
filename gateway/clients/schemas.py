"""The schemas of the OpenAPI document as Python types: pure text from plain JSON.

What only stands in requests is strict. What stands in answers takes new fields and new values of enumerations, which
may come within a version of the API.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
_AMOUNT = re.compile(r"\\\.\[0-9\]\{2\}\$$")
_NUMBER = re.compile(r"\(\\\.\[0-9\]\{1,9\}\)\?\$$")
_TAKEN = {"copy", "json", "dict", "schema", "validate", "construct"}
_FORMATS = {"date": "Date", "date-time": "DateTime", "binary": "Upload", "application/octet-stream": "Upload"}


def model_name(schema: str) -> str:
    """`Page_Loan_` is a `LoanPage`."""
    page = re.fullmatch(r"Page_(\w+)_", schema)
    return f"{page[1]}Page" if page else re.sub(r"\W|_", "", schema)


def field_name(name: str) -> str:
    """A property as an attribute: keywords and pydantic's own names get a `_` behind."""
    plain = re.sub(r"\W", "_", name)
    return f"{plain}_" if keyword.iskeyword(plain) or plain in _TAKEN else plain


def references(node: object) -> Iterator[str]:
    """Names of the schemas that a piece of the document refers to."""
    if isinstance(node, dict):
        found = node.get("$ref")
        if isinstance(found, str) and found.startswith("#/components/schemas/"):
            yield found.rsplit("/", 1)[1]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def closure(schemas: Json, roots: set[str]) -> set[str]:
    """`roots` and all that they refer to."""
    found, waiting = set[str](), list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(schemas[name])
    return found


def type_of(schema: Json, *, prefix: str = "", opened: bool = False) -> str:  # noqa: PLR0911 - one per kind of schema
    """The Python type of a schema. prefix: before models' names. opened: enumerations may grow."""
    if "$ref" in schema:
        return prefix + model_name(schema["$ref"].rsplit("/", 1)[1])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            kinds = [type_of(one, prefix=prefix, opened=opened) for one in schema[several]]
            return " | ".join(sorted(dict.fromkeys(kinds), key=lambda kind: kind == "None"))
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        literal = f"Literal[{', '.join(map(_literal, values))}]"
        return f"{literal} | str" if opened and all(isinstance(v, str) for v in values) else literal
    match schema.get("type"):
        case "array":
            return f"list[{type_of(schema.get('items', {}), prefix=prefix, opened=opened)}]"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return f"dict[str, {type_of(schema['additionalProperties'], prefix=prefix, opened=opened)}]"
        case "object":
            return "dict[str, Any]"
        case "string":
            return _text_type(schema)
        case "integer":
            return "int"
        case "number":
            return "float"
        case "boolean":
            return "bool"
        case "null":
            return "None"
    return "Any"


def _literal(value: object) -> str:
    """A value as Python source, with this project's quotes."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else repr(value)


def _text_type(schema: Json) -> str:
    pattern = str(schema.get("pattern", ""))
    if _AMOUNT.search(pattern):
        return "Amount"
    if _NUMBER.search(pattern):
        return "Number"
    return _FORMATS.get(str(schema.get("format", schema.get("contentMediaType", ""))), "str")


def models(schemas: Json, answered: set[str]) -> Iterator[str]:
    """The source of each model; `answered`: names of those that stand in answers."""
    for name in sorted(schemas, key=model_name):
        yield _model(name, schemas[name], opened=name in answered)


def _model(name: str, schema: Json, *, opened: bool) -> str:
    page = re.fullmatch(r"Page_(\w+)_", name)
    about = schema.get("description") or (f"A page of `{page[1]}`." if page else f"`{model_name(name)}`.")
    base = "Answer" if opened else "Request"
    lines = [f"class {model_name(name)}({base}):", *_docstring(about)]
    required = set(schema.get("required", ()))
    for wire, found in schema.get("properties", {}).items():
        lines += _field(wire, found, required=wire in required, opened=opened)
    return "\n".join(lines) + "\n"


def _field(wire: str, schema: Json, *, required: bool, opened: bool) -> list[str]:
    kind, name = type_of(schema, opened=opened), field_name(wire)
    default = "" if required else _default(schema)
    if not required and default == "None" and "None" not in kind.split(" | "):
        kind += " | None"
    alias = f'alias="{wire}"' if name != wire else ""
    value = ""
    if alias:
        value = f" = Field({alias})" if required else f" = Field(default={default}, {alias})"
    elif not required:
        value = " = Field(default_factory=list)" if default == "[]" else f" = {default}"
    lines = [f"    {name}: {kind}{value}"]
    if schema.get("description"):
        lines += _docstring(str(schema["description"]))
    return lines


def _default(schema: Json) -> str:
    default = schema.get("default")
    if isinstance(default, list) and not default:
        return "[]"
    if default is None or isinstance(default, dict | list) or type_of(schema) in ("Amount", "Number"):
        return "None"
    return _literal(default)


def _docstring(text: str) -> list[str]:
    flat = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    first, *rest = flat.split("\n")
    if not rest:
        return [f'    """{first}"""']
    return [f'    """{first}', *(f"    {line}".rstrip() for line in rest), '    """']
