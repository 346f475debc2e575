"""The demo's result for people: a table per loan, the custody account, and what is off. Prints to a console only."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chain.bank.amounts import text_from_minor
from gateway.demo.book.expectation import Closed, Unfunded
from gateway.demo.book.load import Book
from gateway.demo.seats import Wallets
from gateway.demo.verdict import LoanVerdict, Verdict

WIDTH = 100
"""Columns, where there is no terminal to fit into."""


def print_result(console: Console, book: Book, verdict: Verdict, wallets: Wallets) -> None:
    """Everything, ending with `all reconciled` or one line for each thing that is off."""
    if not console.is_terminal:
        console.width = WIDTH
    for loan in verdict.loans:
        console.print(_loan_table(book, loan, wallets))
    console.print(_custody_table(book, verdict))
    console.print("the observer's node says the same" if verdict.observer_equal else "[red]the observer's node differs")
    if verdict.reconciled:
        console.print("[green]all reconciled")
    for line in verdict.errors:
        console.print(f"[red]{escape(line)}", soft_wrap=True)


def _loan_table(book: Book, loan: LoanVerdict, wallets: Wallets) -> Table:
    application, figures, expected = loan.course.loan.application, loan.figures, loan.course.loan.expected
    status = "Refused" if figures is None else figures.state.name.capitalize()
    title = f"{loan.course.ref} {application.contract_number}: {status}"
    mark = "[red]off" if loan.off else "[green]reconciled"
    why = escape(application.why.en)
    heading = f"{title}, {mark}[/]\n[dim]{why}[/]"
    table = Table("what", "found", "expected", title=heading, title_justify="left", min_width=60)
    table.columns[1].justify = table.columns[2].justify = "right"
    table.add_row(
        f"principal ({book.header.custody_account.currency})", *_pair(application.principal, expected.principal)
    )
    if figures is None:
        table.add_row("refusal", loan.course.refusal or "none", getattr(expected, "error", "none"))
        return table
    if isinstance(expected, Closed):
        table.add_row("paid", *_pair(figures.paid, expected.paid))
        table.add_row("interest", *_pair(figures.interest, expected.interest))
        table.add_row("penalties", *_pair(figures.penalties, expected.penalties))
        for fee in expected.fees:
            found_fee = sum(v for a, v in figures.fees.items() if wallets.alias_of[a] == fee.payee)
            table.add_row(f"fees of {fee.payee}", *_pair(found_fee, fee.received))
        if expected.overpaid:
            table.add_row("paid back to the borrower", *_pair(figures.released, expected.overpaid))
        table.add_row("dust to the risk reserve", *_pair(figures.dust, expected.dust))
    wanted: dict[str, int] = {}
    if isinstance(expected, Closed):
        wanted = {one.lender: one.received for one in expected.lenders}
    elif isinstance(expected, Unfunded):
        wanted = {one.lender: one.amount for one in expected.refunds}
    found = {wallets.alias_of[a]: v for a, v in (figures.refunded or figures.received).items()}
    verb = "refunded to" if figures.refunded else "received by"
    for lender in sorted({*wanted, *found}):
        table.add_row(f"{verb} {lender}", *_pair(found.get(lender, 0), wanted.get(lender, 0)))
    table.add_row("documents", loan.documents, "verified")
    return table


def _custody_table(book: Book, verdict: Verdict) -> Table:
    found, expected = verdict.custody, book.expected.custody
    table = Table("custody", "found", "expected", title="Custody account", title_justify="left", min_width=60)
    table.columns[1].justify = table.columns[2].justify = "right"
    table.add_row("tokens on the ledger", *_pair(found.tokens, expected.tokens))
    table.add_row("suspense", *_pair(found.suspense, expected.suspense))
    table.add_row("the bank's booked balance", *_pair(found.bank, expected.bank))
    return table


def _pair(found: int, expected: int) -> tuple[str, str]:
    shown = text_from_minor(found)
    return (shown if found == expected else f"[red]{shown}[/red]", text_from_minor(expected))
