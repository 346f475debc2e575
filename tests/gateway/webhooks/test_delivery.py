"""Delivery: in order, each event at least once, past no failure, and nobody waits for anybody else."""

from __future__ import annotations

import time
from base64 import b64decode

import pytest
from waiting import until

from gateway.database import Table
from gateway.webhooks.verification import Verifier


def _unique(told):
    return list(dict.fromkeys(told))


def test_events_arrive_signed_in_their_order_as_pages_show_them(hooks, receiver):
    taker = receiver()
    hook = hooks.make(taker.url)
    told = [text for _ in range(5) for text in hooks.publisher.publish(4)]
    until(lambda: len(taker.requests) >= 20)
    assert taker.told == told
    page = hooks.client.get("/v1/events", params={"after": hook["cursor"], "type": "webhook.test"})
    assert taker.events == page["items"]
    verifier = Verifier(hook["secret"])
    for headers, body in taker.requests:
        with verifier.received(headers, body) as event:
            assert event["id"] == headers["webhook-id"]
    shown = until(lambda: (now := hooks.get(hook))["delivered"] == 20 and now)
    assert (shown["status"], shown["behind"], shown["problem"]) == ("active", 0, None)
    assert shown["cursor"] == page["next_cursor"]


def test_the_secret_is_shown_once_and_the_same_request_makes_one_webhook(hooks, receiver):
    body = {"url": receiver().url}
    first = hooks.client.post("/v1/webhooks", body, key="once-and-only", wait=None)
    again = hooks.client.post("/v1/webhooks", body, key="once-and-only", wait=None)
    assert first.json()["secret"].startswith("whsec_")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json() | {"secret": None}
    assert hooks.get(first.json())["secret"] is None
    assert len(hooks.client.get("/v1/webhooks")["items"]) == 1


def test_no_secret_is_readable_in_the_database(hooks, receiver):
    secret = hooks.make(receiver().url)["secret"].removeprefix("whsec_")
    with hooks.publisher.database.read() as session:
        for table in Table.metadata.tables.values():
            for value in (value for row in session.execute(table.select()) for value in row):
                held = value if isinstance(value, bytes) else str(value).encode()
                assert secret.encode() not in held, table.name
                assert b64decode(secret) not in held, table.name


def test_only_what_was_asked_for_is_delivered(hooks, receiver):
    loans, everything = receiver(), receiver()
    hooks.make(loans.url, types=["loan.*"])
    hooks.make(everything.url, types=[], after="start")
    hooks.publisher.publish(2)
    until(lambda: len(everything.told) >= 2)
    assert loans.requests == []


def test_while_a_secret_is_exchanged_both_sign(hooks, receiver):
    taker = receiver()
    hook = hooks.make(taker.url)
    fresh = hooks.do(hook, "secrets", {"old_secret_seconds": 3600})["secret"]
    hooks.publisher.publish()
    until(lambda: taker.requests)
    for secret in (hook["secret"], fresh):
        assert Verifier(secret).verified(*taker.requests[0])
    newest = hooks.do(hook, "secrets", {"old_secret_seconds": 0})["secret"]
    hooks.publisher.publish()
    until(lambda: len(taker.requests) == 2)
    assert len(taker.requests[1][0]["webhook-signature"].split(" ")) == 1
    assert Verifier(newest).verified(*taker.requests[1])


def test_a_paused_webhook_loses_nothing_and_a_deleted_one_gets_nothing(hooks, receiver):
    taker = receiver()
    hook = hooks.make(taker.url)
    hooks.do(hook, "pause")
    time.sleep(1.5)  # a delivery that was about to begin may still be made
    told = hooks.publisher.publish(3)
    time.sleep(0.7)
    assert taker.requests == []
    hooks.do(hook, "resume")
    until(lambda: len(taker.requests) == 3)
    assert taker.told == told
    hooks.end()
    time.sleep(1.5)
    hooks.publisher.publish()
    time.sleep(0.7)
    assert len(taker.requests) == 3
    answer = hooks.client.post(f"/v1/webhooks/{hook['id']}/resume", wait=None)
    assert (answer.status_code, answer.json()["code"]) == (409, "webhook.deleted")


def test_a_replay_delivers_again_with_the_same_ids(hooks, receiver):
    taker = receiver()
    hook = hooks.make(taker.url)
    told = hooks.publisher.publish(5)
    until(lambda: len(taker.requests) == 5)
    second = taker.events[1]["id"]
    hooks.do(hook, "replay", {"after": second})
    until(lambda: len(taker.requests) == 8)
    assert taker.told == told + told[2:]
    assert [event["id"] for event in taker.events[5:]] == [event["id"] for event in taker.events[2:5]]
    until(lambda: hooks.get(hook)["behind"] == 0)


def test_what_fails_is_tried_again_before_anything_newer(hooks, receiver):
    taker = receiver()
    failures = iter([500, 503, 200, 404, 200])
    taker.answer = lambda event: next(failures, 200)
    hook = hooks.make(taker.url)
    told = hooks.publisher.publish(4)
    until(lambda: len(taker.requests) == 7)
    assert taker.told == [told[0]] * 3 + [told[1]] * 2 + told[2:]
    moments = [headers["webhook-id"] for headers, _ in taker.requests]
    assert len(set(moments)) == 4  # a repeated try has the same id
    assert hooks.dead(hook) == []


def test_security_15_dead_letter_isolates(hooks, receiver):
    """One receiver fails on one event, one hangs, one is gone: their own later events and all others' arrive."""
    good, picky, hanging, absent = receiver(), receiver(), receiver(), receiver()
    absent.close()
    release = []
    hanging.answer = lambda event: until(lambda: release, 60) and 200
    webhooks = {name: hooks.make(one.url) for name, one in
                (("good", good), ("picky", picky), ("hanging", hanging), ("absent", absent))}  # fmt: skip
    told = hooks.publisher.publish(6)
    picky.answer = lambda event: 500 if event["data"]["webhook"] == told[2] else 200
    began = time.monotonic()
    until(lambda: len(good.told) >= 6)
    assert time.monotonic() - began < 10
    assert good.told == told
    until(lambda: len(_unique(picky.told)) == 6)
    assert _unique(picky.told) == told
    assert picky.told.count(told[2]) == 3
    [letter] = until(lambda: hooks.dead(webhooks["picky"]))
    ids = {event["data"]["webhook"]: event["id"] for event in good.events}
    assert (letter["event"], letter["attempts"], letter["problem"]) == (ids[told[2]], 3, "status 500")
    # Those behind the dead letter were not held up, and it can be delivered again.
    shown = until(lambda: (now := hooks.get(webhooks["picky"]))["behind"] == 0 and now)
    assert shown["status"] == "active"
    picky.answer = lambda event: 200
    hooks.do(webhooks["picky"], "dead-letters/redeliveries", {"events": [letter["event"]]})
    until(lambda: hooks.dead(webhooks["picky"]) == [])
    assert picky.told[-1] == told[2]
    # All the while the others go on failing, and nobody notices.
    until(lambda: len(hooks.dead(webhooks["absent"])) == 6)
    more = hooks.publisher.publish(3)
    until(lambda: good.told[6:] == more, 10)
    assert until(lambda: hooks.get(webhooks["hanging"])["attempts"] or hooks.dead(webhooks["hanging"]))
    release.append(True)


def test_what_fails_again_stays_a_dead_letter(hooks, receiver):
    taker = receiver()
    taker.answer = lambda event: 500
    hook = hooks.make(taker.url)
    hooks.publisher.publish(2)
    until(lambda: len(hooks.dead(hook)) == 2)
    hooks.do(hook, "dead-letters/redeliveries", {})
    letters = until(lambda: [one for one in hooks.dead(hook) if one["attempts"] == 4 and one["status"] == "dead"])
    assert letters
    until(lambda: [one["attempts"] for one in hooks.dead(hook)] == [4, 4])


def test_a_webhook_that_is_to_hold_waits_for_its_owner(hooks, receiver):
    taker = receiver()
    taker.answer = lambda event: 500
    hook = hooks.make(taker.url, on_failure="hold")
    told = hooks.publisher.publish(3)
    held = until(lambda: (now := hooks.get(hook))["status"] == "held" and now)
    assert (held["problem"], held["attempts"], held["dead_letters"]) == ("status 500", 3, 0)
    time.sleep(0.5)
    assert taker.told == [told[0]] * 3
    taker.answer = lambda event: 200
    hooks.do(hook, "resume")
    until(lambda: taker.told[3:] == told)


def test_a_receiver_that_is_gone_is_not_asked_again(hooks, receiver):
    taker = receiver()
    taker.answer = lambda event: 410
    hook = hooks.make(taker.url)
    hooks.publisher.publish(2)
    until(lambda: hooks.get(hook)["status"] == "held")
    assert len(taker.requests) == 1


def test_a_test_says_at_once_what_came_of_it(hooks, receiver):
    taker = receiver()
    hook = hooks.make(taker.url)
    tested = hooks.do(hook, "test")
    assert (tested["delivered"], tested["status"], tested["problem"]) == (True, 200, None)
    assert Verifier(hook["secret"]).verified(*taker.requests[0])["id"] == tested["id"]
    taker.answer = lambda event: 418
    assert hooks.do(hook, "test")["problem"] == "status 418"


def test_an_endless_answer_and_a_slow_one_end(hooks, receiver):
    """No more than a little of an answer is read, and no longer than the time that a delivery may take."""
    taker = receiver()
    taker.body = b"x" * (4 << 20)
    hook = hooks.make(taker.url)
    began = time.monotonic()
    hooks.publisher.publish(2)
    until(lambda: len(taker.told) == 2)
    until(lambda: hooks.get(hook)["delivered"] == 2)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_killed_process_skips_nothing_and_keeps_the_order(
    make_ledger, gateway_process, publisher_for, hooks_of, receiver, delivering, request, kind
):
    """kill -9 in the middle of deliveries, twice: each event arrives at least once, first arrivals are in order."""
    made = request.getfixturevalue("postgres") if kind == "postgresql" else None
    patient = delivering.replace("attempts = 3", "attempts = 1000").replace("seconds = 1.5", "seconds = 10")
    ledger = make_ledger(extra=f"{patient}\n{made.settings() if made else ''}")
    process = gateway_process(ledger, "observer")
    hooks = hooks_of(process.start(), publisher_for(ledger, made.password if made else None))
    taker, flaky = receiver(), receiver()
    tries = {}

    def sometimes(event):
        tries[event["id"]] = tries.get(event["id"], 0) + 1
        return 200 if len(event["id"]) % 2 or tries[event["id"]] > 1 else 500

    taker.answer = lambda event: time.sleep(0.01) or 200
    flaky.answer = sometimes
    for one in (taker, flaky):
        hooks.make(one.url)
    told = []
    for stop in (40, 90):
        told += [text for _ in range(50) for text in hooks.publisher.publish()]
        until(lambda stop=stop: len(_unique(taker.told)) >= stop)
        process.kill()
        process.start()
    told += hooks.publisher.publish(5)
    until(lambda: len(_unique(taker.told)) == len(_unique(flaky.told)) == 105, 60)
    assert _unique(taker.told) == told
    assert _unique(flaky.told) == told
    repeated = len(taker.told) - 105
    assert repeated < 80, repeated
