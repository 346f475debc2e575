"""From the bytes of a bank file to a tree that knows its line numbers, with everything dangerous refused unread.

Document types, entities and external references are refused by defusedxml before their content counts; size and depth
are limited. Knows nothing of ISO 20022. Raises only errors of `chain.bank.errors`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException, DTDForbidden, EntitiesForbidden
from defusedxml.ElementTree import DefusedXMLParser

from chain.bank.errors import FileTooLarge, ForbiddenXml, MalformedXml

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64


@dataclass(frozen=True)
class Tree:
    """A parsed file: its root and the line on which each element starts."""

    root: Element
    lines: dict[Element, int]

    def line(self, element: Element) -> int:
        """1-based line of the element's start tag."""
        return self.lines[element]


class _TooDeep(ValueError):
    pass


class _LinedBuilder(TreeBuilder):
    """Builds the tree and notes the parser's line at each start tag."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Element, int] = {}
        self.parser: DefusedXMLParser | None = None
        self._depth = 0

    def line(self) -> int:
        return int(self.parser.parser.CurrentLineNumber) if self.parser is not None else 1

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeep
        element = super().start(tag, attrs)
        self.lines[element] = self.line()
        return element

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def read_tree(data: bytes) -> Tree:
    """The tree of `data`. Raises FileTooLarge, ForbiddenXml or MalformedXml."""
    if len(data) > MAX_BYTES:
        raise FileTooLarge(size=len(data), limit=MAX_BYTES)
    builder = _LinedBuilder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    builder.parser = parser
    try:
        parser.feed(data)
        root = parser.close()
    except DefusedXmlException as refused:
        raise ForbiddenXml(line=builder.line(), construct=_construct(refused)) from None
    except _TooDeep:
        reason = f"elements nested deeper than {MAX_DEPTH}"
        raise MalformedXml(line=builder.line(), column=1, reason=reason) from None
    except ParseError as broken:
        line, column = broken.position
        raise MalformedXml(line=line, column=column + 1, reason=str(broken).split(":")[0]) from None
    except (LookupError, ValueError) as broken:  # an encoding that is unknown or not supported
        raise MalformedXml(line=builder.line(), column=1, reason=str(broken)) from None
    return Tree(root, builder.lines)


def children(element: Element, name: str) -> Iterator[Element]:
    """Child elements of that local name in the parent's own namespace."""
    return (child for child in element if child.tag == namespace(element) + name)


def namespace(element: Element) -> str:
    """The element's namespace in braces, or ''."""
    return element.tag[: element.tag.index("}") + 1] if element.tag.startswith("{") else ""


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.removeprefix(namespace(element))


def _construct(refused: DefusedXmlException) -> str:
    if isinstance(refused, DTDForbidden):
        return "a document type declaration"
    if isinstance(refused, EntitiesForbidden):
        return "an entity declaration"
    return "an external reference"
