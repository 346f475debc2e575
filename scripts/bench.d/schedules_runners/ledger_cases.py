"""Runs ACTUS cases through chain.schedules and answers in JSON lines: first which it could run,
then, for each line `{names, seconds}` on stdin, how many contracts per second.

Called as `ledger_cases.py FILE...`, the twin of jactus_cases.py: one process, warm, loading excluded and the
reading of the terms included.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from chain.schedules.actus import evaluate
from chain.schedules.errors import ScheduleError


def rate(names: list[str], cases: dict[str, object], seconds: float) -> float:
    """Contracts per second, over as many whole passes as fill `seconds`."""
    start, done, passed = time.perf_counter(), 0, 0.0
    while passed < seconds:
        for name in names:
            evaluate(cases[name])
        done += len(names)
        passed = time.perf_counter() - start
    return done / passed


def main() -> None:
    cases = {}
    for path in sys.argv[1:]:
        cases.update(json.loads(Path(path).read_text(encoding="utf-8")))
    ran, refused = [], {}
    for name, case in cases.items():
        try:
            evaluate(case)
            ran.append(name)
        except ScheduleError as error:
            refused[name] = f"{type(error).__name__}: {error}"
    print(json.dumps({"ran": ran, "refused": refused}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps({"per_second": rate(order["names"], cases, order["seconds"])}), flush=True)


if __name__ == "__main__":
    main()
