"""`loan-ledger approvals`: what waits for a second person at a seat, in words, and that person's approval.

Speaks to the seat's gateway over HTTP with the person's own token. Approves exactly what it has shown: if the operation
has changed since, the gateway refuses and it has to be looked at again.
"""

from __future__ import annotations

import json
import secrets
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from chain.errors import ExitCode, LedgerError

app = typer.Typer(help="Show and approve what needs a second person.", no_args_is_help=True)
Gateway = Annotated[
    str, typer.Option("--gateway", envvar="LOAN_LEDGER_GATEWAY", help="The seat's gateway, http://host:port.")
]
Token = Annotated[str, typer.Option("--token", envvar="LOAN_LEDGER_TOKEN", help="Your own bearer token.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Id = Annotated[str, typer.Argument(help="The proposal's id.")]
_talk = Console(stderr=True, highlight=False)
_SECONDS = 90.0


class GatewayRefused(LedgerError):
    code = "cli.gateway_refused"
    exit_code = ExitCode.INVALID
    en = "The gateway refuses: {reason} ({problem_code})."
    zh = "网关拒绝：{reason}（{problem_code}）。"


class GatewaySilent(LedgerError):
    code = "cli.gateway_silent"
    exit_code = ExitCode.ENVIRONMENT
    en = "The gateway at {url} does not answer: {reason}."
    zh = "网关 {url} 无响应：{reason}。"


@app.command("list")
def list_proposals(gateway: Gateway, token: Token, as_json: AsJson = False) -> None:
    """Operations that wait for a second person."""
    found = _ask(gateway, token, "GET", "/v1/proposals?status=proposed&limit=200")
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for proposal in found["items"]:
        _talk.print(f"[bold]{proposal['id']}[/bold]  {escape(proposal['kind'])}  proposed by {proposal['proposer']}")
    if not found["items"]:
        _talk.print("Nothing waits for a second person.")


@app.command()
def show(proposal: Id, gateway: Gateway, token: Token, as_json: AsJson = False) -> None:
    """One operation in words and figures."""
    found = _ask(gateway, token, "GET", f"/v1/proposals/{proposal}")
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    _show(found)


@app.command()
def approve(
    proposal: Id,
    gateway: Gateway,
    token: Token,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show an operation, and approve it once you say so."""
    found = _ask(gateway, token, "GET", f"/v1/proposals/{proposal}")
    _show(found)
    if found["call"] is None:
        raise GatewayRefused(reason=found["problem"] or f"it is {found['status']}", problem_code="proposal.decided")
    if not yes and not typer.confirm("Approve exactly this?", err=True):
        raise typer.Exit(ExitCode.INVALID)
    body = {"proposal": proposal, "action": found["call"]["action"]}
    accepted = _ask(gateway, token, "POST", "/v1/approvals", body)
    if as_json:
        print(json.dumps(accepted, ensure_ascii=False))
    else:
        _talk.print(", ".join(f"{t['function']}: {t['status']}" for t in accepted["transactions"]))


def _show(found: dict[str, Any]) -> None:
    _talk.print(f"[bold]{found['id']}[/bold]  {found['status']}, proposed by {found['proposer']}")
    for name, text in found["readable"].items():
        _talk.print(f"  {escape(name):16} {escape(text)}", soft_wrap=True)
    if found["call"] is not None:
        _talk.print(f"  {'action':16} {found['call']['action']}", soft_wrap=True)
    if found["problem"]:
        _talk.print(f"  [red]{escape(found['problem'])}[/red]", soft_wrap=True)


def _ask(gateway: str, token: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    if method == "POST":
        headers |= {"Idempotency-Key": secrets.token_hex(16), "Prefer": "wait=60"}
    try:
        answer = httpx.request(
            method, gateway.rstrip("/") + path, headers=headers, json=body, timeout=_SECONDS, trust_env=False
        )
    except httpx.HTTPError as error:
        raise GatewaySilent(url=gateway, reason=type(error).__name__) from error
    if answer.is_success:
        return dict(answer.json())
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    raise GatewayRefused(
        reason=problem.get("detail", answer.text[:200]), problem_code=problem.get("code", str(answer.status_code))
    )
