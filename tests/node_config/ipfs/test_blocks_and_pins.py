"""What the node promises of content: it comes over from peers, survives crashes, really goes, and damage shows."""

from __future__ import annotations

import contextlib
import random
import threading
import time

import httpx
import pytest

BIG = random.Random(7).randbytes(3 * 256 * 1024 + 5)


def _leaves(node, root: str) -> list[str]:
    keys = node.post("pin/ls?type=indirect").json()["Keys"]
    return sorted(cid for cid in keys if cid != root)


def test_content_added_at_one_node_is_pinned_at_the_other(pair):
    first, second = pair
    cid = first.add(BIG)
    assert second.post(f"pin/add?arg={cid}").json() == {"Pins": [cid]}
    assert second.post(f"cat?arg={cid}&offline=true").content == BIG
    assert second.post(f"pin/ls?arg={cid}&type=recursive").json()["Keys"][cid] == {"Type": "recursive"}


@pytest.mark.parametrize(
    ("offset", "length"), [(0, 5), (262_143, 2), (len(BIG) - 1, 10), (len(BIG), 1), (len(BIG) + 99, 1), (5, 0)]
)
def test_cat_gives_the_range_asked_for(swarm, offset, length):
    node = swarm.node()
    cid = node.add(BIG)
    assert node.post(f"cat?arg={cid}&offset={offset}&length={length}").content == BIG[offset : offset + length]


def test_pins_and_blocks_survive_kill_9(pair):
    first, second = pair
    cid = first.add(BIG)
    second.post(f"pin/add?arg={cid}")
    for node in pair:
        node.kill()
        node.start()
        assert node.post(f"pin/ls?arg={cid}&type=recursive").status_code == 200
        assert node.post(f"cat?arg={cid}&offline=true").content == BIG


def test_unfinished_writes_of_a_killed_node_are_cleared_at_start(swarm):
    node = swarm.node()
    shard = node.block_file(node.add(b"content")).parent
    node.kill()
    (shard / ".put-123").write_bytes(b"half a bl")
    node.start()
    assert not (shard / ".put-123").exists()


def test_gc_deletes_unpinned_blocks_from_the_disk_and_keeps_the_pinned(swarm):
    node = swarm.node()
    kept, gone = node.add(BIG), node.add(BIG[::-1])
    assert len(node.block_files()) == 10  # 4 leaves and a root each
    node.post(f"pin/rm?arg={gone}")
    assert node.block_file(gone).exists()
    assert len(node.post("repo/gc").text.splitlines()) == 5
    assert not node.block_file(gone).exists()
    assert len(node.block_files()) == 5
    assert node.post("repo/stat").json()["NumObjects"] == 5
    assert node.post(f"cat?arg={kept}&offline=true").content == BIG
    missing = node.post(f"cat?arg={gone}&offline=true")
    assert missing.status_code == 500
    assert gone in missing.json()["Message"]


def test_gc_deletes_nothing_when_a_pinned_node_cannot_be_read(swarm, damage):
    node = swarm.node()
    root = node.add(BIG)
    node.add(b"not pinned", "cid-version=1&pin=false")
    damage(node.block_file(root))
    answer = node.post("repo/gc")
    assert answer.status_code == 500
    assert "nothing deleted" in answer.json()["Message"]
    assert root in answer.json()["Message"]
    assert len(node.block_files()) == 6


@pytest.mark.parametrize("call", ["cat?arg={root}", "cat?arg={root}&offline=true", "pin/add?arg={root}"])
def test_one_byte_changed_in_a_stored_block_is_an_error_that_names_the_block(pair, damage, call):
    first, second = pair
    root = first.add(BIG)
    second.post(f"pin/add?arg={root}")
    leaf = _leaves(second, root)[2]
    damage(second.block_file(leaf))
    # The peer has a whole copy, yet the damage must show.
    answer = second.post(call.format(root=root))
    assert answer.status_code == 500
    assert f"block {leaf} is corrupt on disk" in answer.json()["Message"]
    assert second.post(f"block/get?arg={leaf}").status_code == 500
    # The pin stands: a failed repair must not open the way for the garbage collector.
    assert second.post(f"pin/ls?arg={root}&type=recursive").status_code == 200
    assert first.post(f"cat?arg={root}&offline=true").content == BIG


def test_damaged_block_is_never_served_to_a_peer(pair, damage):
    first, second = pair
    cid = first.add(b"single block")
    damage(first.block_file(cid))
    answer = second.post(f"cat?arg={cid}&timeout=2s")
    assert answer.status_code == 500
    assert not second.block_file(cid).exists()


def test_damage_is_repaired_by_adding_again_or_by_fetching_again(pair, damage):
    first, second = pair
    root = first.add(BIG)
    second.post(f"pin/add?arg={root}")
    leaf = _leaves(second, root)[0]
    damage(first.block_file(leaf))
    assert first.add(BIG) == root
    assert first.post(f"cat?arg={root}&offline=true").content == BIG
    damage(second.block_file(leaf))
    second.block_file(leaf).unlink()
    assert second.post(f"pin/add?arg={root}").status_code == 200
    assert second.post(f"cat?arg={root}&offline=true").content == BIG


def test_stranger_without_the_swarm_key_cannot_connect(pair, swarm):
    first, second = pair
    stranger = swarm.stranger()
    cid = first.add(b"for members only")
    answer = stranger.post(f"swarm/connect?arg={first.runtime.swarm[0]}")
    assert answer.status_code == 500
    assert stranger.client().connected_peers() == frozenset()
    assert first.client().connected_peers() == frozenset({second.runtime.peer_id})
    assert stranger.post(f"cat?arg={cid}&timeout=1s").status_code == 500


def test_peers_find_each_other_again_after_kill_9(pair, wait_connected):
    first, second = pair
    first.kill()
    first.start()
    wait_connected(second, first)


def test_damage_deep_in_a_large_file_breaks_the_answer_and_a_range_tells_the_block(swarm, damage):
    node = swarm.node()
    content = random.Random(9).randbytes(12 << 20)
    root = node.add(content)
    leaf = node.add(content[11 << 20 : (11 << 20) + 262_144])  # a single leaf has the file's own CID
    damage(node.block_file(leaf))
    with pytest.raises(httpx.RemoteProtocolError):
        node.post(f"cat?arg={root}")
    answer = node.post(f"cat?arg={root}&offset={8 << 20}&length={4 << 20}")
    assert answer.status_code == 500
    assert f"block {leaf} is corrupt on disk" in answer.json()["Message"]


def test_kill_9_in_the_middle_of_adding_leaves_only_whole_pins(swarm):
    node = swarm.node()
    contents = [random.Random(i).randbytes(2 << 20) for i in range(40)]
    answered = []

    def add_all() -> None:
        with contextlib.suppress(httpx.HTTPError):
            for content in contents:
                answered.append((node.add(content), content))

    adding = threading.Thread(target=add_all)
    adding.start()
    while len(answered) < 3:
        time.sleep(0.01)
    node.kill()
    adding.join()
    node.start()
    assert answered
    pinned = node.post("pin/ls?type=recursive").json()["Keys"]
    for cid, content in answered:
        assert cid in pinned
        assert node.post(f"cat?arg={cid}&offline=true").content == content
    for cid in pinned:
        assert node.post(f"cat?arg={cid}&offline=true").status_code == 200
