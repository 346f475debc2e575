"""The peer's own tables, to the cent.

Ten of the given tables follow from a step that the case does not list: the scenario moved due dates, paid off, re-aged
or spread a payment evenly, and the case says nothing of it (three cases with the same inputs even expect three
different tables). For them is computed what their inputs say, and each matches to the cent once its step is given.
"""

from __future__ import annotations

from chain.schedules.book import replay_book, schedule_book

SCHEDULES_WITHOUT_THEIR_STEP = {
    "fs17": {"type": "reschedule", "from": "2023-10-16", "to": "2023-10-16", "extra_terms": 2},
    "fs19": {"type": "reschedule", "from": "2023-10-16", "to": "2023-11-15"},
    "fs21": {"type": "reschedule", "from": "2023-10-16", "to": "2023-10-31", "extra_terms": 2},
}
WITHOUT_THEIR_START = {"fs37": "2024-01-01"}  # periods count from a day that neither schedule_start nor an event names

RE_AGE = {"type": "re_age", "date": "2024-02-27", "start": "2024-03-01"}
LIVES_WITHOUT_THEIR_STEP = {
    # case: (events before the step, the step, checkpoints that come after it)
    "fl017": (6, {"type": "payoff", "date": "2024-02-15"}, (2,)),
    "fl036": (5, {"type": "reschedule", "from": "2023-10-16", "to": "2023-10-31"}, (1,)),
    "fl060": (5, {"type": "reschedule", "from": "2022-02-10", "to": "2022-04-10"}, (1, 2)),
    "fl090": (6, {**RE_AGE, "repay_every": 1, "repay_unit": "MONTHS", "n_repayments": 6}, (2,)),
}
SPREAD_EVENLY = ("fl086", 7, 2)  # a receipt that a rule of its own spreads over the future instalments


def missing_checkpoints() -> set[tuple[str, int]]:
    missing = {(case, index) for case, (_, _, later) in LIVES_WITHOUT_THEIR_STEP.items() for index in later}
    return missing | {(SPREAD_EVENLY[0], SPREAD_EVENLY[2])}


def test_every_schedule_table_that_its_inputs_determine_matches_to_the_cent(schedule_cases, differences):
    results = schedule_book(schedule_cases.values())
    wrong = {
        key: found for key, case in schedule_cases.items() if (found := differences(results[key], case["periods"]))
    }
    assert set(wrong) == {*SCHEDULES_WITHOUT_THEIR_STEP, *WITHOUT_THEIR_START}, wrong
    assert len(results) == 20


def test_every_checkpoint_that_its_events_determine_matches_to_the_cent(lifecycle_cases, differences):
    results = replay_book(lifecycle_cases.values())
    wrong, count = {}, 0
    for key, case in lifecycle_cases.items():
        assert len(results[key]) == len(case["checkpoints"])
        for index, checkpoint in enumerate(case["checkpoints"]):
            count += 1
            if found := differences(results[key][index], checkpoint["schedule"]):
                wrong[key, index] = found
    assert count == 121
    assert set(wrong) == missing_checkpoints(), wrong
    assert len(wrong) < 8


def test_schedule_tables_match_once_the_step_they_rest_on_is_given(schedule_cases, differences):
    for key, step in SCHEDULES_WITHOUT_THEIR_STEP.items():
        schedule_cases[key]["inputs"]["events"].append(step)
    for key, start in WITHOUT_THEIR_START.items():
        schedule_cases[key]["inputs"]["schedule_start"] = start
    results = schedule_book(schedule_cases.values())
    for key, case in schedule_cases.items():
        assert differences(results[key], case["periods"]) == [], key


def test_checkpoints_match_once_the_step_they_rest_on_is_given(lifecycle_cases, differences):
    for key, (position, step, later) in LIVES_WITHOUT_THEIR_STEP.items():
        case = lifecycle_cases[key]
        case["events"].insert(position, step)
        for index in later:
            case["checkpoints"][index]["after_event"] += 1
    lifecycle_cases[SPREAD_EVENLY[0]]["events"][SPREAD_EVENLY[1] - 1]["future_installment_allocation"] = (
        "REAMORTIZATION"
    )
    results = replay_book(lifecycle_cases.values())
    for key, case in lifecycle_cases.items():
        for index, checkpoint in enumerate(case["checkpoints"]):
            assert differences(results[key][index], checkpoint["schedule"]) == [], (key, index)
