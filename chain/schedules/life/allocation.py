"""Payment allocation by timing: past due, due and in advance, in the order that the terms give.

HORIZONTAL meets one instalment whole before the next; VERTICAL meets one kind over all instalments before the next.
Source of the rules: Apache Fineract, AdvancedPaymentScheduleTransactionProcessor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from chain.schedules.errors import TermInvalid
from chain.schedules.life.instalments import Instalment, Kind


class Timing(Enum):
    """Where an instalment stands on the day of the payment."""

    PAST_DUE = "PAST_DUE"
    DUE = "DUE"
    IN_ADVANCE = "IN_ADVANCE"

    def holds(self, line: Instalment, day: date) -> bool:
        """Whether the instalment has this timing on `day`."""
        if self is Timing.PAST_DUE:
            return line.due < day
        return line.due == day if self is Timing.DUE else line.due > day


class Processing(Enum):
    """The direction in which a payment goes through the schedule."""

    HORIZONTAL = "HORIZONTAL"
    VERTICAL = "VERTICAL"


class Future(Enum):
    """Which instalments money in advance meets first."""

    NEXT_INSTALLMENT = "NEXT_INSTALLMENT"
    LAST_INSTALLMENT = "LAST_INSTALLMENT"
    REAMORTIZATION = "REAMORTIZATION"  # spread evenly over all that are left


@dataclass(frozen=True, slots=True)
class AllocationStep:
    """One entry of the order of the terms, such as past-due interest."""

    timing: Timing
    kind: Kind

    @staticmethod
    def parse(text: str) -> AllocationStep:
        """`PAST_DUE_INTEREST` as a step; TermInvalid for anything else."""
        for timing in Timing:
            rest = text.removeprefix(timing.value + "_")
            if rest != text and rest in Kind.__members__:
                return AllocationStep(timing, Kind[rest])
        raise TermInvalid(term="payment_allocation_order", reason=f"{text} is not a timing and a kind")


@dataclass(frozen=True, slots=True)
class Allocation:
    """The order of the terms, with its direction and its rule for money in advance."""

    steps: tuple[AllocationStep, ...]
    processing: Processing
    future: Future = Future.NEXT_INSTALLMENT

    def pay(self, instalments: tuple[Instalment, ...], amount: int, day: date) -> tuple[tuple[Instalment, ...], int]:
        """The instalments after a payment, and what was left over (more than everything owed)."""
        lines, left = list(instalments), amount
        for timing, kinds in self.passes():
            order = self.turn(lines, timing, day)
            if timing is Timing.IN_ADVANCE and self.future is Future.REAMORTIZATION:
                left = _spread(lines, order, kinds, left, day)
                continue
            for index in order:
                lines[index], used = lines[index].pay(kinds, left, day)
                left -= used
        return tuple(lines), left

    def passes(self) -> list[tuple[Timing, tuple[Kind, ...]]]:
        """The rounds of a payment. HORIZONTAL: one pass per timing with all its kinds; VERTICAL: one pass per step."""
        if self.processing is Processing.VERTICAL:
            return [(step.timing, (step.kind,)) for step in self.steps]
        timings = list(dict.fromkeys(step.timing for step in self.steps))
        return [(timing, tuple(step.kind for step in self.steps if step.timing is timing)) for timing in timings]

    def turn(self, lines: Sequence[Instalment], timing: Timing, day: date) -> list[int]:
        """The indexes of the instalments of one timing, in the order in which money meets them."""
        indexes = [index for index, line in enumerate(lines) if timing.holds(line, day)]
        backwards = timing is Timing.IN_ADVANCE and self.future is Future.LAST_INSTALLMENT
        return sorted(indexes, key=lambda index: lines[index].due, reverse=backwards)


def _spread(lines: list[Instalment], order: list[int], kinds: tuple[Kind, ...], amount: int, day: date) -> int:
    """Equal parts over the instalments that still owe these kinds, the remainder of the division on the last; what one
    can't take goes round again. Returns what nobody could take."""
    left = amount
    while left:
        takers = [index for index in order if any(lines[index].outstanding(kind) > 0 for kind in kinds)]
        if not takers:
            break
        part = left // len(takers)
        for index in takers:
            lines[index], used = lines[index].pay(kinds, left if index == takers[-1] else part, day)
            left -= used
    return left
