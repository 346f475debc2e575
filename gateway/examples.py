"""Examples of wire forms for the OpenAPI document; a test holds every one of them valid."""

from __future__ import annotations

from typing import cast

from pydantic import JsonValue
from pydantic.config import JsonDict


def examples(*values: object) -> JsonDict:
    """`json_schema_extra` with these examples; each must be plain JSON."""
    return {"examples": cast(list[JsonValue], list(values))}
