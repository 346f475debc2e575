"""Checks a parsed file against an ISO 20022 message type, with the line of each violation.

The schema is what pyiso20022 states in its dataclasses: names, namespaces, required and repeatable elements,
attributes, enumerations, patterns, lengths, digits and dates. Choices and the order of elements are not stated
there and not checked here; whoever reads a value must take exactly one alternative. Raises only SchemaViolation.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from decimal import Decimal, InvalidOperation
from enum import Enum
from xml.etree.ElementTree import Element

from xsdata.models.datatype import XmlDate, XmlDateTime, XmlDuration, XmlPeriod, XmlTime

from chain.bank.errors import SchemaViolation
from chain.bank.xml_tree import Tree, local_name

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_BOOLEANS = frozenset(("true", "false", "1", "0"))
_DATES = (XmlDate, XmlDateTime, XmlDuration, XmlPeriod, XmlTime)


@dataclasses.dataclass(frozen=True)
class _Field:
    """One element, attribute or text of a message component, as pyiso20022 states it."""

    name: str
    kind: str  # Element, Attribute, Wildcard or Text
    content: type
    required: bool
    repeats: bool
    limits: typing.Mapping[str, object]


def check_schema(tree: Tree, element: Element, component: type) -> None:
    """`element` and all below it must fit the pyiso20022 dataclass `component`. Raises SchemaViolation."""
    _check(tree, element, component, local_name(element))


def _check(tree: Tree, element: Element, component: type, path: str) -> None:
    line = tree.line(element)
    fields = _fields(component)
    space = element.tag[: -len(local_name(element))]
    _check_attributes(element, fields, line, path)
    text = fields.get("#text")
    if text is not None:
        _check_value(element, text.content, text.limits, line, path)
        return
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        raise SchemaViolation(line=line, path=path, reason="text between elements")
    if "#any" in fields:
        return
    seen: dict[str, int] = {}
    for child in element:
        name = local_name(child)
        below = f"{path}/{name}"
        known = fields.get(name)
        if known is None or known.kind != "Element" or child.tag != space + name:
            raise SchemaViolation(line=tree.line(child), path=below, reason="not allowed here")
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1 and not known.repeats:
            raise SchemaViolation(line=tree.line(child), path=below, reason="given more than once")
        if dataclasses.is_dataclass(known.content):
            _check(tree, child, known.content, below)
        else:
            if child.attrib:
                raise SchemaViolation(line=tree.line(child), path=below, reason="has attributes")
            _check_value(child, known.content, known.limits, tree.line(child), below)
    for known in fields.values():
        if known.kind == "Element" and known.required and known.name not in seen:
            raise SchemaViolation(line=line, path=path, reason=f"lacks {known.name}")


def _check_attributes(element: Element, fields: typing.Mapping[str, _Field], line: int, path: str) -> None:
    attributes = {name: value for name, value in element.attrib.items() if not name.startswith(_XSI)}
    known = {field.name: field for field in fields.values() if field.kind == "Attribute"}
    for name, value in attributes.items():
        if name not in known:
            raise SchemaViolation(line=line, path=path, reason=f"attribute {name} not allowed")
        _check_text(value, known[name].content, known[name].limits, line, f"{path}/@{name}")
    for name, field in known.items():
        if field.required and name not in attributes:
            raise SchemaViolation(line=line, path=path, reason=f"lacks attribute {name}")


def _check_value(element: Element, content: type, limits: typing.Mapping[str, object], line: int, path: str) -> None:
    if len(element):
        raise SchemaViolation(line=line, path=path, reason="must hold text only")
    _check_text(element.text or "", content, limits, line, path)


def _check_text(text: str, content: type, limits: typing.Mapping[str, object], line: int, path: str) -> None:
    reason = _text_fault(text, content, limits)
    if reason is not None:
        raise SchemaViolation(line=line, path=path, reason=reason)


def _text_fault(text: str, content: type, limits: typing.Mapping[str, object]) -> str | None:  # noqa: PLR0911
    if content is not str:
        text = text.strip(" \t\r\n")
    if issubclass(content, Enum):
        return None if text in {member.value for member in content} else f"{text!r} is no allowed code"
    if content is bool:
        return None if text in _BOOLEANS else f"{text!r} is neither true nor false"
    if content is Decimal:
        return _decimal_fault(text, limits)
    if content in _DATES:
        return _date_fault(text, content)
    pattern = limits.get("pattern")
    if isinstance(pattern, str) and re.fullmatch(pattern, text) is None:
        return f"{text!r} does not match {pattern}"
    shortest, longest = limits.get("min_length"), limits.get("max_length")
    if isinstance(shortest, int) and len(text) < shortest:
        return "is empty"
    if isinstance(longest, int) and len(text) > longest:
        return f"is longer than {longest} characters"
    return None


def _decimal_fault(text: str, limits: typing.Mapping[str, object]) -> str | None:
    """Digits only: signs and decimals of amounts are refused by their reader, which can name the entry."""
    try:
        value = Decimal(text) if _DECIMAL.fullmatch(text) else None
    except InvalidOperation:
        value = None
    if value is None:
        return f"{text!r} is no decimal number"
    total = limits.get("total_digits")
    if isinstance(total, int) and sum(character.isdigit() for character in text.lstrip("+-0")) > total:
        return f"has more than {total} digits"
    if limits.get("fraction_digits") == 0 and value != value.to_integral_value():
        return f"{text} is no whole number"
    return None


def _date_fault(text: str, content: type) -> str | None:
    try:
        content.from_string(text) if hasattr(content, "from_string") else content(text)
    except (ValueError, OverflowError):
        return f"{text!r} is no valid {content.__name__.removeprefix('Xml')}"
    return None


@functools.lru_cache(maxsize=4096)
def _fields(component: type) -> typing.Mapping[str, _Field]:
    hints = typing.get_type_hints(component)
    found: dict[str, _Field] = {}
    for field in dataclasses.fields(component):
        kind = str(field.metadata.get("type", "Text"))
        content, repeats = _content(hints[field.name])
        name = str(field.metadata.get("name", field.name))
        limits = {key: value for key, value in field.metadata.items() if key not in ("name", "type", "namespace")}
        required = bool(limits.get("required")) or int(limits.get("min_occurs", 0)) > 0
        key = {"Text": "#text", "Wildcard": "#any", "Attribute": f"@{name}"}.get(kind, name)
        found[key] = _Field(name, kind, content, required, repeats, limits)
    return types.MappingProxyType(found)


def _content(hint: object) -> tuple[type, bool]:
    """(type of one value, may it repeat) of a field's type hint."""
    if typing.get_origin(hint) is list:
        return _content(typing.get_args(hint)[0])[0], True
    for alternative in typing.get_args(hint):
        if alternative is not type(None):
            return _content(alternative)
    return (hint if isinstance(hint, type) else object), False
