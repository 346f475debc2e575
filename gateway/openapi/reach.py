"""What a route's code can reach: the errors that it may raise and the calls on the ledger that it may make.

Follows a function's source through functions, methods and properties of this product, as far as annotations tell what
a name is; what is decided at run time (a builder looked up by its kind, the desk's work) is not seen. Reads code, runs
none of it.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import textwrap
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from chain.errors import LedgerError

_OURS = ("gateway.", "chain.")
_CALLS = "chain.ledger.calls"


@dataclass
class Reached:
    """errors: those that are built on the way. calls: contract and function."""

    errors: set[type[LedgerError]] = field(default_factory=set)
    calls: set[tuple[str, str]] = field(default_factory=set)


def reached(*starts: Callable[..., Any], named: Mapping[str, Callable[..., Any]] = MappingProxyType({})) -> Reached:
    """All that the functions `starts` can reach. named: functions that are looked up by a constant's text."""
    found, waiting, seen = Reached(), list(starts), set[object]()
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        step = _step(function)
        found.errors |= step.errors
        found.calls |= step.calls
        waiting += step.next
        waiting += [named[text] for text in step.texts if text in named]
    return found


@dataclass(frozen=True)
class _Step:
    errors: frozenset[type[LedgerError]]
    calls: frozenset[tuple[str, str]]
    next: tuple[types.FunctionType, ...]
    texts: frozenset[str]


@cache
def _step(function: Callable[..., Any]) -> _Step:
    plain = inspect.unwrap(function)
    if not isinstance(plain, types.FunctionType):
        return _Step(frozenset(), frozenset(), (), frozenset())
    reading = _Reading(plain)
    reading.read()
    calls = _own_calls(plain) if plain.__module__.startswith(_CALLS) else frozenset()
    return _Step(frozenset(reading.errors), calls, tuple(dict.fromkeys(reading.next)), frozenset(reading.texts))


def _own_calls(function: types.FunctionType) -> frozenset[tuple[str, str]]:
    """The `Call("Contract", "function", ...)` that a function of the facade builds."""
    found = set()
    for node in ast.walk(_tree(function)):
        match node:
            case ast.Call(func=ast.Name(id="Call"), args=[ast.Constant(str(contract)), ast.Constant(str(name)), *_]):
                found.add((contract, name))
    return frozenset(found)


class _Reading:
    """One function's source, with what its names stand for."""

    def __init__(self, function: types.FunctionType) -> None:
        self.errors: set[type[LedgerError]] = set()
        self.next: list[types.FunctionType] = []
        self.texts: set[str] = set()
        self._function = function
        self._names: dict[str, Any] = {}  # name -> type of the local value

    def read(self) -> None:
        hints = _hints(self._function)
        self._names = {name: _plain(hint) for name, hint in hints.items() if name != "return"}
        owner = _owner(self._function)
        if owner is not None:
            self._names.setdefault("self", owner)
        tree = _tree(self._function)
        for node in ast.walk(tree):
            self._bind(node)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name | ast.Attribute):
                self._note(self._value(node))
            elif isinstance(node, ast.Call):
                self._built(self._value(node.func))

    def _bind(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._names.setdefault(name, self._type(value))
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                self._names.setdefault(name, self._annotated(annotation))
            case ast.With(items=items):
                for item in items:
                    if isinstance(item.optional_vars, ast.Name):
                        self._names.setdefault(item.optional_vars.id, _element(self._type(item.context_expr)))
            case (
                ast.For(target=ast.Name(id=name), iter=iterated)
                | ast.comprehension(target=ast.Name(id=name), iter=iterated)
            ):
                self._names.setdefault(name, _element(self._type(iterated)))

    def _annotated(self, annotation: ast.expr) -> Any:
        value = self._value(annotation)
        return value if isinstance(value, type) else None

    def _note(self, value: Any) -> None:
        if isinstance(value, str):
            self.texts.add(value)
        if isinstance(value, property):
            value = value.fget
        elif isinstance(value, cached_property):
            value = value.func
        value = inspect.unwrap(value) if callable(value) and not isinstance(value, type) else value
        if isinstance(value, types.FunctionType) and value.__module__.startswith(_OURS):
            self.next.append(value)

    def _built(self, value: Any) -> None:
        """An error is raised, or will be; of another class, its making is followed."""
        if not (isinstance(value, type) and value.__module__.startswith(_OURS)):
            return
        if issubclass(value, LedgerError):
            self.errors.add(value)
            return
        for name in ("__init__", "__post_init__"):
            made = value.__dict__.get(name)
            if isinstance(made, types.FunctionType) and made.__module__ == value.__module__:
                self.next.append(made)

    def _value(self, node: ast.expr) -> Any:
        """The module, class or function that an expression names; None if that isn't known."""
        match node:
            case ast.Name(id=name):
                if name in self._names:
                    return None
                space: Mapping[str, Any] = self._function.__globals__
                return space.get(name, getattr(builtins, name, None))
            case ast.Attribute(value=owner, attr=name):
                holder = self._value(owner)
                if isinstance(holder, types.ModuleType | type):
                    return inspect.getattr_static(holder, name, None)
                kind = self._type(owner)
                return None if kind is None else _member(kind, name)
        return None

    def _type(self, node: ast.expr) -> Any:  # noqa: PLR0911 - one per kind of expression
        """The class of an expression's value, or its generic form; None if that isn't known."""
        match node:
            case ast.Name(id=name):
                if name in self._names:
                    return self._names[name]
                value = self._function.__globals__.get(name)
                return None if isinstance(value, type | types.ModuleType | types.FunctionType) else type(value)
            case ast.Attribute(value=owner, attr=name):
                kind = self._type(owner)
                return None if kind is None else _attribute(kind, name)
            case ast.Call(func=func):
                value = self._value(func)
                if isinstance(value, type):
                    return value
                value = inspect.unwrap(value) if callable(value) else value
                return _plain(_hints(value).get("return")) if isinstance(value, types.FunctionType) else None
            case ast.Subscript(value=owner):
                return _element(self._type(owner))
            case ast.IfExp(body=body) | ast.Await(value=body):
                return self._type(body)
            case ast.BoolOp(values=[first, *_]):
                return self._type(first)
        return None


def _member(kind: Any, name: str) -> Any:
    origin = typing.get_origin(kind) or kind
    value = inspect.getattr_static(origin, name, None) if isinstance(origin, type) else None
    return value.__func__ if isinstance(value, staticmethod | classmethod) else value


@cache
def _attribute(kind: Any, name: str) -> Any:
    """The type of an instance's attribute: annotated, a property's, or as `__init__` sets it."""
    origin = typing.get_origin(kind) or kind
    if not isinstance(origin, type):
        return None
    for base in origin.__mro__:
        value = base.__dict__.get(name)
        getter = value.fget if isinstance(value, property) else getattr(value, "func", None)
        if isinstance(getter, types.FunctionType):
            return _plain(_hints(getter).get("return"))
        with suppress(Exception):
            hint = typing.get_type_hints(base).get(name)
            if hint is not None:
                return _plain(hint)
        made = base.__dict__.get("__init__")
        if isinstance(made, types.FunctionType) and base.__module__.startswith(_OURS):
            with suppress(OSError, TypeError):
                return _set_in(made, name)
    return None


def _set_in(made: types.FunctionType, name: str) -> Any:
    reading = _Reading(made)
    reading._names = {n: _plain(h) for n, h in _hints(made).items()}
    for node in ast.walk(_tree(made)):
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attr)], value=value) if attr == name:
                return reading._type(value)
            case ast.AnnAssign(target=ast.Attribute(attr=attr), annotation=annotation) if attr == name:
                return reading._annotated(annotation)
    return None


def _plain(hint: Any) -> Any:
    """A hint without what is around it: Annotated, Optional."""
    while typing.get_origin(hint) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return _plain(kinds[0]) if kinds else None
    return hint


def _element(kind: Any) -> Any:
    """What comes out of a container or a context."""
    arguments = [a for a in typing.get_args(kind) if a is not Ellipsis]
    return _plain(arguments[-1]) if arguments else kind if isinstance(kind, type) else None


@cache
def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    with suppress(Exception):
        return typing.get_type_hints(function, include_extras=True)
    return {}


def _owner(function: types.FunctionType) -> type | None:
    """The class that a method is defined in."""
    parts = function.__qualname__.split(".")
    if len(parts) < 2 or "<locals>" in parts:
        return None
    found = getattr(sys.modules[function.__module__], parts[-2], None)
    return found if isinstance(found, type) else None


@cache
def _tree(function: types.FunctionType) -> ast.AST:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return ast.Module(body=[], type_ignores=[])


def dependencies(dependant: Any) -> Iterator[Callable[..., Any]]:
    """The functions of a route and of all that it depends on."""
    if dependant.call is not None:
        yield dependant.call
    for inner in dependant.dependencies:
        yield from dependencies(inner)
