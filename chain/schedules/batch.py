"""Whole books of ACTUS cases at once, spread over the processor's cores.

Answers come in the order of the cases. A case that can't be computed answers with its error and stops no other. Small
batches stay in this process, where starting others would cost more than it gives.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from multiprocessing.context import BaseContext
from typing import TypeVar

from chain.schedules.actus import Event, as_json, evaluate
from chain.schedules.errors import ScheduleError, TermInvalid

Outcome = list[Event] | ScheduleError
T = TypeVar("T")

WORTH_SPREADING = 2_000
"""Fewer cases than this are computed in the calling process."""

_PIECES_PER_PROCESS = 4


def evaluate_many(cases: Iterable[object], processes: int | None = None) -> list[Outcome]:
    """The events, or the error, of each case. processes: None for one per available core, 1 for this process only.

    Handing events between processes costs about as much as computing them, so this gains little from more cores;
    `result_texts` gains from all of them.
    """
    given, workers = list(cases), _workers(processes)
    if workers == 1 or len(given) < WORTH_SPREADING:
        return [outcome(case) for case in given]
    return [_unpacked(packed) for packed in _spread(_packed, given, workers)]


def result_texts(cases: Iterable[object], processes: int | None = None) -> list[str]:
    """The JSON text of each case's result: an array of events, or an object `{"error": ...}` that names the term."""
    given, workers = list(cases), _workers(processes)
    if workers == 1 or len(given) < WORTH_SPREADING:
        return [result_text(case) for case in given]
    return _spread(result_text, given, workers)


def outcome(case: object) -> Outcome:
    """The events of one case, or the error that says why there are none."""
    try:
        if not isinstance(case, Mapping):
            raise TermInvalid(term="case", reason="it must be an object with terms")
        return evaluate(case)
    except ScheduleError as error:
        return error


def result_text(case: object) -> str:
    """The JSON text of one case's result."""
    answer = outcome(case)
    if isinstance(answer, ScheduleError):
        return json.dumps({"error": answer.message("en")})
    return json.dumps([as_json(event) for event in answer])


def _packed(case: object) -> str | ScheduleError:
    """An outcome as one text, which travels between processes several times faster than its decimals would."""
    answer = outcome(case)
    if isinstance(answer, ScheduleError):
        return answer
    return "\n".join(["\t".join(map(str, event)) for event in answer])


def _unpacked(packed: str | ScheduleError) -> Outcome:
    if isinstance(packed, ScheduleError):
        return packed
    rows = [line.split("\t") for line in packed.split("\n")] if packed else []
    return [
        Event(date, kind, Decimal(payoff), currency, Decimal(notional), Decimal(rate), Decimal(accrued))
        for date, kind, payoff, currency, notional, rate, accrued in rows
    ]


def _spread(answer: Callable[[object], T], cases: Sequence[object], workers: int) -> list[T]:
    piece = -(-len(cases) // (workers * _PIECES_PER_PROCESS))
    with ProcessPoolExecutor(max_workers=workers, mp_context=_start_method()) as pool:
        return list(pool.map(answer, map(_without_results, cases), chunksize=piece))


def _start_method() -> BaseContext:
    """A fork starts at once, but may hang in a process that has threads; there the workers start afresh."""
    forks = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    return multiprocessing.get_context("fork" if forks else "spawn")


def _without_results(case: object) -> object:
    """The case less the results it may carry, which nothing reads and which are its largest part."""
    if isinstance(case, Mapping):
        return {name: part for name, part in case.items() if name != "results"}
    return case


def _workers(processes: int | None) -> int:
    if processes is not None:
        return max(processes, 1)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
