"""Tampering with an audit log is found, and told where: every field, every kind of tampering, at random places."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.audit.encoding import FORMAT, NO_RECORD, LoggedRecord, hash_of, record_hash, text_of
from chain.audit.verification import Anchored, Damage, verify

FIELDS = [field.name for field in fields(LoggedRecord)]


def log(count: int) -> list[LoggedRecord]:
    records, previous = [], NO_RECORD
    for seq in range(1, count + 1):
        values = {
            "seq": seq,
            "time": f"2026-01-05T10:00:{seq % 60:02d}.000000+00:00",
            "request": f"r{seq // 2}",
            "actor": f"operator:{seq % 3}",
            "tenant": "seat",
            "action": "book_repayment",
            "subject": f'loan:0x"{seq}"',
            "decision": "accepted",
            "details": text_of({"amount": f"{seq}.00 CNY", "备注": "元"}),
            "transactions": text_of([f"t{seq}"]),
            "request_hash": f"{seq:064x}",
            "previous": previous,
        }
        previous = record_hash(**values)
        records.append(LoggedRecord(**values, hash=previous))
    return records


def rehashed(records: list[LoggedRecord], first: int) -> list[LoggedRecord]:
    """All hashes from index `first` on made to fit, as who rewrites a log would."""
    fitting = records[:first]
    for record in records[first:]:
        previous = fitting[-1].hash if fitting else NO_RECORD
        moved = replace(record, seq=len(fitting) + 1, previous=previous)
        fitting.append(replace(moved, hash=hash_of(moved)))
    return fitting


def other(record: LoggedRecord, name: str) -> LoggedRecord:
    value = getattr(record, name)
    return replace(record, **{name: value + 1000 if isinstance(value, int) else value + "0"})


def in_order(records: list[LoggedRecord]) -> list[LoggedRecord]:
    """As the database gives them."""
    return sorted(records, key=lambda record: record.seq)


def test_hash_is_sha256_of_the_documented_json_array():
    record = log(2)[1]
    texts = [getattr(record, n) for n in FIELDS if n not in ("seq", "previous", "hash")]
    array = [FORMAT, record.seq, record.previous, *texts]
    encoded = json.dumps(array, ensure_ascii=False, separators=(",", ":")).encode()
    assert record.hash == hashlib.sha256(encoded).hexdigest()


@given(st.text(), st.text())
def test_encoding_is_that_of_json_for_every_text(actor, details):
    try:
        (actor + details).encode()
    except UnicodeEncodeError:
        return  # a lone surrogate, which no record holds
    found = record_hash(7, NO_RECORD, "", "", actor, "", "", "", "", details, "", "")
    array = [FORMAT, 7, NO_RECORD, "", "", actor, "", "", "", "", details, "", ""]
    assert found == hashlib.sha256(json.dumps(array, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def test_whole_log_says_what_is_not_yet_anchored():
    records = log(10)
    verdict = verify(
        records, [Anchored(4, records[3].hash), Anchored(7, records[6].hash)], Anchored(10, records[9].hash)
    )
    assert (verdict.whole, verdict.length, verdict.anchors, verdict.anchored, verdict.unanchored) == (True, 10, 2, 7, 3)
    assert verdict.head == records[9].hash
    assert verify([], []).whole


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("place", [1, 5, 9])
def test_a_changed_field_is_found_at_its_record(name, place):
    records = log(9)
    records[place - 1] = other(records[place - 1], name)
    found = verify(in_order(records), []).broken
    assert found is not None
    assert found.first == place
    moved = name == "seq" and place < 9
    assert found.damage is (Damage.MOVED if name == "seq" else Damage.CHANGED), found
    assert moved or place in range(found.first, found.last + 1)


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in ("seq", "hash")])
def test_a_changed_record_whose_hash_was_made_to_fit_is_found_too(name):
    records = log(9)
    changed = other(records[4], name)
    records[4] = replace(changed, hash=hash_of(changed))
    found = verify(records, []).broken
    assert found is not None
    assert (found.damage, found.first, found.last) == (Damage.CHANGED, 5, 5)


def test_a_removed_record_is_named_also_if_the_others_close_ranks():
    records = log(9)
    del records[4]
    found = verify(records, []).broken
    assert (found.damage, found.first, found.last) == (Damage.REMOVED, 5, 5)
    renumbered = [replace(record, seq=number) for number, record in enumerate(records, 1)]
    found = verify(renumbered, []).broken
    assert (found.damage, found.first, found.last) == (Damage.REMOVED, 5, 5)


def test_an_inserted_record_is_named_whether_it_fits_or_not():
    records = log(9)
    forged = replace(records[4], actor="operator:nobody")
    fitting = replace(forged, hash=hash_of(forged))
    for insert in (forged, fitting):
        tampered = [*records[:4], insert, *records[4:]]
        tampered = [replace(record, seq=number) for number, record in enumerate(tampered, 1)]
        found = verify(tampered, []).broken
        assert found is not None
        assert (found.damage, found.first) == (Damage.INSERTED, 5), found


def test_swapped_records_are_named():
    records = log(9)
    records[3], records[6] = replace(records[6], seq=4), replace(records[3], seq=7)
    found = verify(records, []).broken
    assert (found.damage, found.first) == (Damage.MOVED, 4)


def test_a_cut_tail_is_found_by_the_anchor_behind_the_cut_and_by_the_noted_head():
    records = log(9)
    anchors = [Anchored(3, records[2].hash), Anchored(8, records[7].hash)]
    found = verify(records[:6], anchors).broken
    assert (found.damage, found.first, found.last) == (Damage.REMOVED, 7, 8)
    assert verify(records[:8], anchors).whole  # what no anchor reaches, only the database's own note shows
    found = verify(records[:8], anchors, Anchored(9, records[8].hash)).broken
    assert (found.damage, found.first, found.last) == (Damage.REMOVED, 9, 9)


@pytest.mark.parametrize("place", [1, 3, 4, 6, 8])
def test_a_log_rewritten_with_all_its_hashes_is_found_between_two_anchors(place):
    records = log(9)
    anchors = [Anchored(3, records[2].hash), Anchored(8, records[7].hash)]
    records[place - 1] = other(records[place - 1], "details")
    found = verify(rehashed(records, place - 1), anchors).broken
    assert found.damage is Damage.REWRITTEN
    assert (found.first, found.last) == ((1, 3) if place <= 3 else (4, 8))


KINDS = ("field", "field, hashed anew", "remove", "insert", "swap", "cut", "rewrite", "replay")


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(2, 25), st.sampled_from(KINDS))
def test_no_random_tampering_up_to_the_last_anchor_goes_unnoticed(data, count, kind):
    original = log(count)
    lengths = sorted(data.draw(st.sets(st.integers(1, count), min_size=1, max_size=4)))
    anchors = [Anchored(length, original[length - 1].hash) for length in lengths]
    place = data.draw(st.integers(0, lengths[-1] - 1))
    records = list(original)
    if kind.startswith("field"):
        names = FIELDS if kind == "field" else [name for name in FIELDS if name not in ("hash", "seq")]
        records[place] = other(records[place], data.draw(st.sampled_from(names)))
        if kind != "field":
            records[place] = replace(records[place], hash=hash_of(records[place]))
    elif kind == "remove":
        del records[place]
        if data.draw(st.booleans()):
            records = [replace(record, seq=number) for number, record in enumerate(records, 1)]
    elif kind in ("insert", "replay"):
        source = records[data.draw(st.integers(0, count - 1))] if kind == "replay" else other(records[place], "actor")
        records.insert(place, source)
        records = [replace(record, seq=number) for number, record in enumerate(records, 1)]
    elif kind == "swap":
        with_ = data.draw(st.integers(0, count - 1).filter(lambda n: n != place))
        records[place], records[with_] = records[with_], records[place]
        records = [replace(record, seq=number) for number, record in enumerate(records, 1)]
    elif kind == "cut":
        records = records[:place]
    else:
        records[place] = other(records[place], data.draw(st.sampled_from(["actor", "details", "decision", "time"])))
        records = rehashed(records, place)
    tampered = in_order(records)
    differs = [a != b for a, b in zip(tampered, original, strict=False)]
    touched = 1 + (differs.index(True) if True in differs else len(differs))
    verdict = verify(tampered, anchors)
    assert verdict.broken is not None, (kind, touched, lengths)
    # What is called whole is what was written, and the place named is the first that was touched; of a record and its
    # copy behind it, the first counts as the copy.
    assert tampered[: verdict.length] == original[: verdict.length]
    assert verdict.broken.first <= touched <= verdict.broken.last + (kind == "replay")
