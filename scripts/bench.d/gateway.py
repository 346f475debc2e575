"""Measures confirmed transactions per second through the bank's gateway against raw pre-signed ones, in one run.

A real Clique devnet (four geth nodes, a block a second), the same repayments (`LoanEscrow.collect` of independent
running loans), the same number of keys, one after the other: raw transactions that were signed before, handed to the
bank's node in batches; and single repayments over HTTP to the bank's gateway. R is the second rate divided by the
first, both by blocks' own times. The bench's own processor time (the client) is counted apart. With the whole run also:
8 keys, many repayments in one request, and a database of 100,000 stored transactions. The table goes to stderr, one
JSON object to stdout (and to --out).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# This folder has a gateway.py of its own: what is measured must come first.
sys.path[0] = str(ROOT)
sys.path.insert(1, str(Path(__file__).resolve().parent / "gateway_parts"))

import uvloop  # noqa: E402
from bench_report import report  # noqa: E402
from bench_runs import Bench, Result  # noqa: E402

R_WANTED = 0.9


def main() -> int:
    """Exit 0 if R is at least the one wanted with every number of keys measured at 30M gas; 1 if not."""
    parser = argparse.ArgumentParser(prog="scripts/bench gateway", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one key, short windows: about a minute and a half")
    parser.add_argument("--keys", type=int, nargs="+", help="numbers of booking keys to measure with (1 and 8)")
    parser.add_argument("--seconds", type=float, help="length of each window (30; with --quick 12)")
    parser.add_argument("--loans", type=int, help="independent loans (2500; with --quick 500)")
    parser.add_argument(
        "--gas-limit", type=int, default=30_000_000, help="of a block; 300000000 binds on the processor"
    )
    parser.add_argument("--stored", type=int, help="transactions stored before the last window (100000; --quick: 0)")
    parser.add_argument("--no-batch", action="store_true", help="leave the many-in-one-request window out")
    parser.add_argument("--duties", choices=["here", "apart"], default="here", help="the gateway's setting (here)")
    parser.add_argument("--state", type=Path, help="the network's folder; must not exist")
    parser.add_argument("--out", type=Path, help="also write the JSON here")
    arguments = parser.parse_args()
    quick = arguments.quick
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {what}", file=sys.stderr, flush=True)

    bench = Bench(
        state=arguments.state,
        gas_limit=arguments.gas_limit,
        keys=arguments.keys or ([1] if quick else [1, 8]),
        seconds=arguments.seconds or (12 if quick else 30),
        loans=arguments.loans or (500 if quick else 2500),
        stored=arguments.stored if arguments.stored is not None else 0 if quick else 100_000,
        batches=not arguments.no_batch,
        duties=arguments.duties,
        say=say,
    )
    result: Result = (
        asyncio.run(bench.run(), loop_factory=uvloop.new_event_loop)
        if sys.version_info >= (3, 12)
        else (uvloop.install() or asyncio.run(bench.run()))
    )
    text = json.dumps(result.as_json(), indent=2)
    if arguments.out is not None:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    report(result)
    print(text)
    return 0 if all(ratio >= R_WANTED for ratio in result.ratios().values()) else 1


if __name__ == "__main__":
    sys.exit(main())
