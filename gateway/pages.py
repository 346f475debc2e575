"""Lists by keyset: a page and an opaque cursor to the next, stable while new items are added."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import CursorInvalid

T = TypeVar("T", bound=BaseModel)
R = TypeVar("R")

Limit = Annotated[int, Query(ge=1, le=200, description="Items per page.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]


class Page(BaseModel, Generic[T]):
    """Some items of a list, in its order."""

    model_config = ConfigDict(extra="forbid")

    items: list[T]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null at the end.")


def encode_cursor(position: str | int) -> str:
    """A position as a cursor."""
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def text_cursor(cursor: str | None) -> str:
    """The position in a cursor; '' for none. Raises CursorInvalid."""
    if cursor is None:
        return ""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise CursorInvalid(cursor=cursor) from None


def number_cursor(cursor: str | None) -> int | None:
    """The number in a cursor; None for none. Raises CursorInvalid."""
    if cursor is None:
        return None
    text = text_cursor(cursor)
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise CursorInvalid(cursor=cursor)
    return int(text)


def page(rows: Sequence[R], limit: int, show: Callable[[R], T], position: Callable[[R], str | int]) -> Page[T]:
    """The page of `rows`, which were read with one more than `limit`."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(items=[show(row) for row in shown], next_cursor=encode_cursor(position(shown[-1])) if more else None)
