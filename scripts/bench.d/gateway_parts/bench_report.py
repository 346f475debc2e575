"""The table that a person reads."""

from __future__ import annotations

from collections.abc import Mapping

from bench_runs import Result
from rich.console import Console
from rich.table import Table


def report(result: Result) -> None:
    """To stderr."""
    console = Console(stderr=True, width=150)
    table = Table(title=f"Repayments on a Clique devnet, gas limit {result.gas_limit:,}, {result.loans} loans")
    for column in (
        "window", "keys", "per second", "202 ms p50/95/99", "final s p50/95/99", "CPU ms: gateway", "nodes", "client",
        "memory MiB", "machine", "others",
    ):  # fmt: skip
        table.add_column(column, justify="left" if column == "window" else "right")
    for one in result.windows:
        table.add_row(
            one.name, str(one.keys), f"{one.rate:,.1f}", _three(one.accepted), _three(one.final),
            *(f"{one.cost[part]:.2f}" for part in ("gateway", "nodes", "client")), f"{one.memory_mib:,.0f}",
            f"{one.machine:.0%}", f"{one.others:.0%}",
        )  # fmt: skip
    console.print(table)
    for keys, ratio in result.ratios().items():
        console.print(f"R with {keys} key{'s' * (keys > 1)}: {ratio}")
    if found := result.batch():
        console.print(f"batched repayments / raw single ones: {found['ratio']}, by gas alone {found['by_gas']}")


def _three(found: Mapping[str, float]) -> str:
    return " / ".join(f"{found[p]:g}" for p in ("p50", "p95", "p99")) if "p50" in found else ""
