"""The operations of the OpenAPI document as Python methods: pure text from plain JSON.

Each operation is written three times: as a function that builds its call, and as a method of either client that sends
it. Lists get an iterator besides, over the items of all pages.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.clients.schemas import field_name, model_name, type_of

Json = Mapping[str, Any]
_WIDTH = 116
# Any operation may answer these.
_COMMON = ("access.", "auth.", "database.", "idempotency.", "internal", "request.")
_YIELD = "            yield from page.items"


@dataclass(frozen=True)
class Argument:
    """A parameter of a method. default: as source; None if it must be given."""

    name: str
    kind: str
    default: str | None = None

    @property
    def source(self) -> str:
        """As it stands in a signature."""
        return f"{self.name}: {self.kind}" + ("" if self.default is None else f" = {self.default}")


@dataclass(frozen=True)
class Method:
    """An operation. before: arguments by place; after: by name. build: the lines that make its call."""

    name: str
    about: str
    before: Sequence[Argument]
    after: Sequence[Argument]
    answer: str
    build: Sequence[str]
    item: str | None = None

    @property
    def signature(self) -> str:
        """All arguments."""
        parts = [a.source for a in self.before]
        return ", ".join([*parts, "*", *(a.source for a in self.after)] if self.after else parts)

    @property
    def passed(self) -> str:
        """The same arguments, handed on."""
        return ", ".join([*(a.name for a in self.before), *(f"{a.name}={a.name}" for a in self.after)])


def methods(document: Json) -> Iterator[Method]:
    """Every operation, by its id."""
    found = [
        _method(document, path, verb, operation)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    ]
    yield from sorted(found, key=lambda method: method.name)


def _method(document: Json, path: str, verb: str, operation: Json) -> Method:
    parameters = [_resolved(document, parameter) for parameter in operation.get("parameters", ())]
    inside = [p for p in parameters if p["in"] == "path"]
    query = [p for p in parameters if p["in"] == "query"]
    headers = {p["name"] for p in parameters if p["in"] == "header"}
    before = [Argument(field_name(p["name"]), type_of(p["schema"], prefix="models.")) for p in inside]
    after: list[Argument] = []
    sent: list[str] = []
    body, given = _body(operation)
    for argument in body:
        (before if argument.default is None else after).append(argument)
    sent += given
    after += [_optional(p["name"], p["schema"], required=bool(p.get("required"))) for p in query]
    if query:
        sent.append(f"params=wire.params_of({_by_name(p['name'] for p in query)}),")
    if "Idempotency-Key" in headers:
        after += [Argument("idempotency_key", "str | None", "None"), Argument("wait", "float | None", "None")]
        sent += ["headers=wire.change_headers(idempotency_key, wait),", "wait=wait or 0.0,"]
    elif "Ledger-Min-Block" in headers:
        after.append(Argument("min_block", "int | None", "None"))
        sent.append('headers=wire.params_of(**{"Ledger-Min-Block": min_block}),')
    answer, read = _answer(operation)
    build = [
        "return wire.Call(",
        f'    "{verb.upper()}",',
        f"    {_path(path, inside)},",
        f"    {read},",
        *(f"    {line}" for line in sent),
        ")",
    ]
    paged = answer.endswith("Page") and any(p["name"] == "cursor" for p in query)
    item = f"models.{answer.removeprefix('models.').removesuffix('Page')}" if paged else None
    return Method(operation["operationId"], _about(document, operation), before, after, answer, build, item)


def _path(path: str, inside: Sequence[Json]) -> str:
    if not inside:
        return f'"{path}"'
    return f'wire.path_of("{path}", {_by_name(p["name"] for p in inside)})'


def _by_name(names: Iterable[str]) -> str:
    """Arguments handed on under their names on the wire."""
    return ", ".join(f"{name}={field_name(name)}" for name in names)


def _optional(name: str, schema: Json, *, required: bool) -> Argument:
    kind = type_of(schema, prefix="models.")
    if required:
        return Argument(field_name(name), kind)
    return Argument(field_name(name), kind if "None" in kind.split(" | ") else f"{kind} | None", "None")


def _resolved(document: Json, node: Json) -> Json:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def _body(operation: Json) -> tuple[list[Argument], list[str]]:
    content = operation.get("requestBody", {}).get("content", {})
    for media_type, found in content.items():
        schema = found["schema"]
        if media_type == "application/json":
            name = model_name(schema["$ref"].rsplit("/", 1)[1]) if "$ref" in schema else None
            if name is None:
                return [], []
            kind = f"models.{name} | Mapping[str, Any]"
            lines = [f"content=wire.body_of(models.{name}, body),"]
            return [Argument("body", kind)], lines
        if media_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
            return _form(found["resolved"])
        return [Argument("body", "bytes")], ["content=body,", f'media_type="{media_type}",']
    return [], []


def _form(schema: Json) -> tuple[list[Argument], list[str]]:
    required = set(schema.get("required", ()))
    arguments: list[Argument] = []
    files: list[str] = []
    values: list[str] = []
    for name, found in schema["properties"].items():
        argument = _optional(name, found, required=name in required)
        arguments.append(argument)
        (files if "Upload" in argument.kind else values).append(argument.name)
    arguments.sort(key=lambda argument: argument.default is not None)
    lines = [f"data=wire.params_of({_by_name(values)}),"] if values else []
    for name in files:
        optional = any(a.name == name and a.default is not None for a in arguments)
        lines.append(f'files={{"{name}": {name}}}' + (f" if {name} is not None else None," if optional else ","))
    return arguments, lines


def _answer(operation: Json) -> tuple[str, str]:
    for status in ("200", "201", "202"):
        content = operation["responses"].get(status, {}).get("content", {})
        for media_type, found in content.items():
            if media_type != "application/json":
                return "bytes", "wire.bytes_of"
            schema = found.get("schema", {})
            if "$ref" in schema:
                name = f"models.{model_name(schema['$ref'].rsplit('/', 1)[1])}"
                return name, f"wire.json_of({name})"
            return "Any", "wire.anything_of"
    return "None", "wire.nothing_of"


def _about(document: Json, operation: Json) -> str:
    codes: list[str] = []
    for answer in operation["responses"].values():
        content = _resolved(document, answer).get("content", {}).get("application/problem+json", {})
        codes += content.get("examples", {})
    text = operation.get("description", operation["summary"]).strip()
    own = sorted(code for code in codes if not code.startswith(_COMMON))
    listed = textwrap.wrap("Problems of its own: " + ", ".join(own) + ".", _WIDTH - 8) if own else []
    return "\n".join([text, *(["", *listed] if listed else [])])


def call_source(method: Method) -> str:
    """The function that builds the call."""
    lines = [f"def {method.name}({method.signature}) -> wire.Call[{method.answer}]:"]
    return "\n".join([*lines, *(f"    {line}" for line in method.build)]) + "\n"


def client_source(method: Method, *, asynchronous: bool) -> str:
    """The method of a client, and the iterator over a list's items."""
    word, wait = ("async ", "await ") if asynchronous else ("", "")
    lines = [
        f"    {word}def {method.name}({', '.join(filter(None, ['self', method.signature]))}) -> {method.answer}:",
        *_documented(method.about),
        f"        return {wait}self.send(calls.{method.name}({method.passed}))",
    ]
    if method.item is not None:
        after = [a for a in method.after if a.name != "cursor"]
        whole = Method(method.name, "", method.before, after, "", ())
        iterator = f"{'Async' if asynchronous else ''}Iterator[{method.item}]"
        passed = ", ".join([*(a.name for a in method.before), "cursor=cursor", *(f"{a.name}={a.name}" for a in after)])
        lines += [
            "",
            f"    {word}def every_{method.name.removeprefix('list_').removeprefix('get_')}"
            f"({', '.join(filter(None, ['self', whole.signature]))}) -> {iterator}:",
            f'        """The items of all pages of `{method.name}`."""',
            "        cursor: str | None = None",
            "        while True:",
            f"            page = {wait}self.{method.name}({passed})",
            *(["            for item in page.items:", "                yield item"] if asynchronous else [_YIELD]),
            "            cursor = page.next_cursor",
            "            if cursor is None:",
            "                return",
        ]
    return "\n".join(lines) + "\n"


def _documented(text: str) -> list[str]:
    first, *rest = text.replace("\\", "\\\\").split("\n")
    if not rest:
        return [f'        """{first}"""']
    return [f'        """{first}', *(f"        {line}".rstrip() for line in rest), '        """']
