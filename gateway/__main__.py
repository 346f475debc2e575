"""`python -m gateway serve|token|key|migrate`: what a supervisor starts, and how an operator makes tokens and keys."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
import uvicorn

from chain.errors import LedgerError
from gateway import garbage
from gateway.auth.service import issue_token
from gateway.auth.tls import uvicorn_options
from gateway.check.command import check, require_configured
from gateway.database import open_database
from gateway.intake.protocol import BoundedHeads
from gateway.logs import configure_logging
from gateway.migrations import standing, upgrade
from gateway.migrations.errors import SchemaBehind
from gateway.settings import load_settings, seat_folder, wait_for_settings
from gateway.signing.command import app as key_commands

app = typer.Typer(
    help="Serve one seat, or make a bearer token.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(key_commands, name="key")
app.command("check")(check)
State = Annotated[Path, typer.Option(help="The network's state folder.", envvar="LOAN_LEDGER_STATE")]
SETTINGS_SECONDS = 180.0
GRACE_SECONDS = 5  # that requests have to end once no more are taken
SeatName = Annotated[str, typer.Option(help="Which seat.")]


@app.command()
def serve(
    state: State,
    seat: SeatName,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for settings and consortium file to be written.")] = False,
) -> None:
    """Serve one seat until SIGTERM or SIGINT."""
    from gateway.app import create_app  # noqa: PLC0415 - loads for seconds
    from gateway.work import WorkProcess  # noqa: PLC0415

    if wait:
        wait_for_settings(state, seat, SETTINGS_SECONDS)
    settings = load_settings(state, seat)
    configure_logging(settings.log_level)
    require_configured(settings, seat_folder(state, seat).absolute())
    application = create_app(state, settings)
    worker = WorkProcess(state, seat) if settings.duties == "apart" else None
    if worker is not None:
        worker.start()
    server = _Server(
        uvicorn.Config(
            application,
            host=settings.host,
            port=settings.port,
            http=BoundedHeads,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            server_header=False,
            proxy_headers=False,
            **uvicorn_options(settings),
        )
    )
    server.ending = application.state.seat.outbox.close
    garbage.spare()
    try:
        server.run()
    finally:
        if worker is not None:
            worker.stop()
    if not server.started:
        sys.exit(3)


class _Server(uvicorn.Server):
    """Lets those who wait for a transaction go as soon as it is told to end: they are answered with what is so far."""

    ending: Callable[[], None]

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.ending()
        super().handle_exit(sig, frame)


@app.command(hidden=True)
def work(state: State, seat: SeatName) -> None:
    """Do the seat's duties; `serve` starts this where the settings say `duties = "apart"`."""
    from gateway.work import work as do_work  # noqa: PLC0415

    settings = load_settings(state, seat)
    configure_logging(settings.log_level)
    do_work(state, settings)


@app.command()
def token(
    state: State,
    seat: SeatName,
    principal: Annotated[str, typer.Option(help="Whose token; its old one stops working.")],
) -> None:
    """Make a bearer token and print it as JSON."""
    print(json.dumps({"seat": seat, "principal": principal, "token": issue_token(state, seat, principal)}))


@app.command()
def migrate(
    state: State,
    seat: SeatName,
    check: Annotated[bool, typer.Option("--check", help="Only say how it stands; exit 1 if it is behind.")] = False,
) -> None:
    """Bring the seat's database to the tables of this version, as starting the gateway does too."""
    database = open_database(load_settings(state, seat))
    try:
        before = standing(database) if check else upgrade(database)
    finally:
        database.close()
    report = {"seat": seat, "database": database.name, "found": before.found, "needed": before.needed}
    print(json.dumps({**report, "changed": not check and not before.done}))
    if check and not before.done:
        raise SchemaBehind(name=database.name, found=before.found, known=before.needed)


def main() -> None:
    """Runs the command; errors go to stderr with their exit code."""
    try:
        app()
    except LedgerError as error:
        print(error.message(), file=sys.stderr)
        sys.exit(int(error.exit_code))


if __name__ == "__main__":
    main()
