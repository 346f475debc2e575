"""`loan-ledger api`: the OpenAPI document and the clients that are made from it.

`write` makes them anew after routes have changed; `check` says what is stale; `breaking` what would break those who use
the API. Needs the development packages (ruff formats what is made); `write` needs the compiler of the contracts too.
"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from chain.errors import ExitCode

app = typer.Typer(help="The OpenAPI document and the clients made from it.", no_args_is_help=True)
_out = Console(stderr=True, highlight=False)


@app.command()
def write() -> None:
    """Make document and clients anew."""
    from gateway.clients import generate  # noqa: PLC0415 - the whole application; only who asks shall wait
    from gateway.openapi import reverts  # noqa: PLC0415

    if reverts.write():
        _out.print(f"{reverts.FILE.name} written")
    changed = generate.write()
    for path in changed:
        _out.print(f"{path.name} written")
    _out.print(f"{len(changed)} files changed" if changed else "nothing has changed")


@app.command()
def check() -> None:
    """Exit code 1 if document or clients are not what the routes' code gives."""
    from gateway.clients import generate  # noqa: PLC0415

    stale = generate.stale()
    for path in stale:
        _out.print(f"[red]{path.name} is stale[/red]")
    _out.print("run ./scripts/loan-ledger api write" if stale else "document and clients are up to date")
    raise typer.Exit(ExitCode.INVALID if stale else ExitCode.OK)


@app.command()
def breaking(
    against: Annotated[str, typer.Option("--against", help="The document of an earlier version.")],
) -> None:
    """What has changed since an earlier document in ways that the versioning policy forbids."""
    import json  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from gateway.clients import generate  # noqa: PLC0415
    from gateway.openapi.compatibility import breaks  # noqa: PLC0415

    found = breaks(json.loads(Path(against).read_text(encoding="utf-8")), generate.current())
    for line in found:
        _out.print(line)
    _out.print(
        f"{len(found)} changes break those who use the API" if found else "nothing that was promised has changed"
    )
    raise typer.Exit(ExitCode.INVALID if found else ExitCode.OK)
