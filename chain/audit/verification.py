"""Whether an audit log is whole, record by record, and whether it leads to what was anchored on chain. Pure.

Found is: a field changed, a record removed, inserted, copied or put elsewhere, a tail cut off after an anchor, and a
log that was rewritten with all its hashes, as far back as an anchor reaches. The first place at which the log departs
from what was written is named. What came after the last anchor is chained, but whoever holds the database could have
written it anew: it is told apart as not yet anchored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from chain.audit.encoding import NO_RECORD, LoggedRecord, hash_of
from chain.errors import Language

_NEAR = 10_000  # how far from where it stands a displaced record is looked for by its number


class Damage(StrEnum):
    """What was done to the log, as far as can be told."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    MOVED = "re-ordered"
    REWRITTEN = "rewritten"


_ZH: Final = {
    Damage.CHANGED: "被更改",
    Damage.REMOVED: "被删除",
    Damage.INSERTED: "系插入",
    Damage.MOVED: "次序被打乱",
    Damage.REWRITTEN: "之中有记录被改写并重新计算哈希",
}


@dataclass(frozen=True)
class Anchored:
    """A head that the chain keeps: the hash of record number `length`."""

    length: int
    head: str


@dataclass(frozen=True)
class Break:
    """The first place at which the log is not what was written: records `first` to `last`."""

    damage: Damage
    first: int
    last: int
    reason: str

    def message(self, language: Language = "en") -> str:
        """What was done to which records."""
        if language == "zh":
            return f"第 {self.first} 至 {self.last} 条记录{_ZH[self.damage]}"
        records = f"record {self.first}" if self.first == self.last else f"records {self.first} to {self.last}"
        return f"{self.damage} {records}: {self.reason}"


@dataclass(frozen=True)
class Verdict:
    """What a log shows.

    length: of the part that is whole. head: its hash; '' if something was found. anchors: how many lead to records of
    that part. anchored: length of the last such anchor; what is above it up to `length` is not yet anchored.
    """

    length: int
    head: str
    anchors: int
    anchored: int
    broken: Break | None

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return self.broken is None

    @property
    def unanchored(self) -> int:
        """Records that are chained, but not anchored yet."""
        return self.length - self.anchored


def verify(records: Iterable[LoggedRecord], anchors: Sequence[Anchored], noted: Anchored | None = None) -> Verdict:
    """Recomputes the log, given in the order in which it is stored, and compares it with all its anchors.

    noted: length and head that the database itself notes, which shows a tail cut off by who overlooked it.
    """
    heads = {anchor.length: anchor.head for anchor in anchors}
    length, head, anchored = 0, NO_RECORD, 0
    source = iter(records)
    broken = None
    for record in source:
        if record.seq != length + 1 or record.previous != head or hash_of(record) != record.hash:
            broken = _explain(length + 1, head, record, list(source))
            break
        if heads.get(record.seq, record.hash) != record.hash:
            broken = _rewritten(anchored + 1, record.seq)
            break
        length, head = record.seq, record.hash
        if length in heads:
            anchored = length
    if broken is None:
        broken = _cut(length, max(heads, default=0), "the chain") or _differs(length, head, noted)
    if broken is not None:
        length, head = min(length, broken.first - 1), ""
    reached = [anchor for anchor in heads if anchor <= length]
    return Verdict(length, head, len(reached), max(reached, default=0), broken)


def _cut(length: int, longest: int, where: str) -> Break | None:
    if longest <= length:
        return None
    reason = f"the log ends with record {length}, but {where} knows it with {longest}"
    return Break(Damage.REMOVED, length + 1, longest, reason)


def _differs(length: int, head: str, noted: Anchored | None) -> Break | None:
    if noted is None:
        return None
    if noted.length < length:
        reason = f"the database notes a log of {noted.length} records, there are {length}"
        return Break(Damage.INSERTED, noted.length + 1, length, reason)
    if noted.length == length and noted.head != head:
        return Break(Damage.CHANGED, length, length, f"record {length} is not the head that the database notes")
    return _cut(length, noted.length, "the database")


def _rewritten(first: int, last: int) -> Break:
    reason = f"record {last} does not have the hash that is anchored; one of records {first} to {last} was rewritten"
    return Break(Damage.REWRITTEN, first, last, reason)


def _explain(place: int, head: str, record: LoggedRecord, rest: Sequence[LoggedRecord]) -> Break:
    """What was done at `place`, where `record` stands, which doesn't continue the log that ends in `head`."""
    if record.seq < place:
        return Break(Damage.INSERTED, place, place, f"record {record.seq} is there more than once")
    number = _number_of(record)
    if record.previous == head and number == place:
        return Break(Damage.MOVED, place, place, f"record {place} was renumbered as {record.seq}")
    if any(later.previous == head and _is(later, place) for later in rest):
        return _displaced(place, number)
    if record.seq > place:
        last = record.seq - 1
        return Break(Damage.REMOVED, place, last, f"records {place} to {last} are missing")
    if number is None:
        return Break(Damage.CHANGED, place, place, f"record {place} does not have the content that it was hashed with")
    return _renumbered(place, number) or _link_broken(place, record, rest)


def _displaced(place: int, number: int | None) -> Break:
    """The record that belongs at `place` is there, further down."""
    if number is not None and number > place:
        return Break(Damage.MOVED, place, place, f"what was record {number} stands where {place} belongs")
    return Break(Damage.INSERTED, place, place, f"what stands at {place} is not what followed record {place - 1}")


def _renumbered(place: int, number: int) -> Break | None:
    """At `place` stands what was hashed as record `number`."""
    if number > place:
        reason = f"what was record {number} stands at {place}; what was before it is missing"
        return Break(Damage.REMOVED, place, number - 1, reason)
    if number < place:
        reason = f"what was record {number} stands at {place}; something was put in before it"
        return Break(Damage.INSERTED, number, place - 1, reason)
    return None


def _link_broken(place: int, record: LoggedRecord, rest: Sequence[LoggedRecord]) -> Break:
    """The record is sound in itself, and follows another than the one before it."""
    before = place - 1
    if not rest:
        reason = f"record {place} does not follow record {before}: one of them was changed and hashed anew"
        return Break(Damage.CHANGED, max(before, 1), place, reason)
    if rest[0].previous == record.hash and before:
        reason = f"record {before} is not the one that record {place} follows: it was changed and hashed anew"
        return Break(Damage.CHANGED, before, before, reason)
    return Break(Damage.CHANGED, place, place, f"record {place} was changed and hashed anew")


def _is(record: LoggedRecord, number: int) -> bool:
    return hash_of(replace(record, seq=number)) == record.hash


def _number_of(record: LoggedRecord) -> int | None:
    """The number with which the record was hashed; None if its content was changed."""
    if _is(record, record.seq):
        return record.seq
    for step in range(1, _NEAR):
        for number in (record.seq - step, record.seq + step):
            if number > 0 and _is(record, number):
                return number
    return None
