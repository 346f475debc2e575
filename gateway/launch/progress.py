"""Showing on stderr how far bringing a network up has come: one line for each step, with its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from gateway.launch.bring_up import Report

STEPS: Final = {
    "keys": "Keys",
    "documents": "IPFS nodes",
    "nodes": "Chain nodes",
    "ledger": "Ledger",
    "gateways": "Gateways",
}


@contextmanager
def shown(console: Console) -> Iterator[Report]:
    """A report that shows itself on `console`: live on a terminal, one line for each event elsewhere."""
    if not console.is_terminal:
        began = time.monotonic()

        def say(step: str, event: str) -> None:
            console.print(f"{time.monotonic() - began:6.1f} s  {STEPS.get(step, step)}: {escape(event)}")

        yield say
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("[dim]{task.fields[event]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        tasks: dict[str, TaskID] = {}

        def update(step: str, event: str) -> None:
            for other, task in tasks.items():
                if other != step:
                    bar.update(task, total=1, completed=1)
            if step not in tasks:
                tasks[step] = bar.add_task(STEPS.get(step, step), total=None, event="")
            bar.update(tasks[step], event=escape(event))

        yield update
        for task in tasks.values():
            bar.update(task, total=1, completed=1)
