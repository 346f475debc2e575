"""What the parts cost the machine: processor time and memory of the gateway's processes, the nodes and the client."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Cost:
    """Processor seconds used so far."""

    gateway: float
    nodes: float
    client: float

    def __sub__(self, before: Cost) -> Cost:
        return Cost(self.gateway - before.gateway, self.nodes - before.nodes, self.client - before.client)

    def per(self, transactions: int) -> dict[str, float]:
        """Milliseconds for each of so many transactions."""
        count = max(1, transactions)
        parts = {"gateway": self.gateway, "nodes": self.nodes, "client": self.client}
        return {name: round(seconds * 1000 / count, 3) for name, seconds in parts.items()}


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def cost(gateway: Sequence[psutil.Process], nodes: Sequence[psutil.Process]) -> Cost:
    """As of now."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return Cost(_used(gateway), _used(nodes), own.ru_utime + own.ru_stime)


def memory(processes: Sequence[psutil.Process]) -> int:
    """Resident bytes, shared pages counted once for each process."""
    return sum(process.memory_info().rss for process in processes if process.is_running())


def busy() -> float:
    """Processor seconds that the whole machine has spent, on whatever."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _used(processes: Sequence[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        if process.is_running():
            times = process.cpu_times()
            total += times.user + times.system
    return total
