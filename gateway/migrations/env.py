"""What alembic runs: the steps, on the connection that it was given, within that one's transaction."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Integer

from gateway.database import Amount, Table


def _render(kind: str, thing: object, _: AutogenContext) -> str | Literal[False]:
    """Steps say what a column is, not how this version reads it."""
    if kind == "type" and isinstance(thing, Amount):
        return f"sa.String(length={thing.impl.length})"
    return "Integer" if kind == "type" and type(thing) is Integer else False  # see script.py.mako


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    compare_type=True,
    render_item=_render,
)
context.run_migrations()
