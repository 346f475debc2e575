"""What a key does not sign for its limits, whoever asks, and what counts towards them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from eth_account import Account

from chain.ledger import calls
from chain.ledger.errors import ContractError
from chain.ledger.roles import Role, Scope
from chain.ledger.structs import BankEntry, Receipt
from gateway.approvals.tables import ProposalRow
from gateway.database import Database, now
from gateway.indexer.tables import IndexedEvent
from gateway.signing.errors import FeeCapReached, LimitExceeded
from gateway.signing.held_key import HeldKey
from gateway.signing.limits import KeyLimits
from gateway.signing.policy import Policy, SeatKey
from gateway.signing.signer import PolicySigner, Unsigned

SECRET = b"\x21" * 32
ADDRESS = HeldKey(SECRET).address
GWEI = 10**9


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "gateway.db")
    opened.create_tables()
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request, tmp_path):
    """One after the other, both kinds of database."""
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        opened = Database(postgres.url, postgres.password)
    else:
        opened = Database(tmp_path / "both.db")
    opened.create_tables()
    yield opened
    opened.close()


@pytest.fixture
def make(deployed):
    def signer(role=Role.BANK, **limits):
        key = SeatKey("booking", ADDRESS, frozenset(Scope), KeyLimits(**limits))
        return PolicySigner(Policy("bank", role, 1337, deployed, (key,)), key, HeldKey(SECRET))

    return signer


@pytest.fixture
def unsigned(deployed):
    def make(call, nonce=0, gas=100_000, price=GWEI):
        return Unsigned(1337, nonce, deployed.address(call.contract), deployed.encode(call), gas, {"gasPrice": price})

    return make


def _credit(amount, entry=1):
    return calls.credit("0x" + "77" * 20, amount, BankEntry(1, entry, b"\1" * 32))


def _collect(*amounts):
    receipts = [Receipt(b"\1" * 32, 1, a, date(2026, 1, 5), BankEntry(1, n, b"\2" * 32)) for n, a in enumerate(amounts)]
    return calls.collect(receipts)


def _index(database, event, key, block=1, /, **values):
    with database.write() as session:
        position = f"{block:012d}.000000"
        row = IndexedEvent(
            position=position, contract="", event=event, key=key, values=values, block=block, tx="0x" + "00" * 32
        )
        session.add(row)


def _close_day(database, day, block):
    _index(database, "DayClosed", str(day - 1), block, through=day - 1, businessDate=day)


def _sign(database, signer, transaction):
    with database.write() as session:
        return signer.sign(transaction, session)


# --- one call


def test_a_call_up_to_the_limit_is_signed_and_one_above_is_not(make, unsigned, database):
    signer = make(per_call=500)
    assert Account.recover_transaction(_sign(database, signer, unsigned(_credit(500))).raw) == ADDRESS
    with pytest.raises(LimitExceeded, match="501 minor units, at most 500"):
        _sign(database, signer, unsigned(_credit(501)))


def test_receipts_of_one_call_count_together(make, unsigned, database):
    signer = make(per_call=500)
    _sign(database, signer, unsigned(_collect(250, 250)))
    with pytest.raises(LimitExceeded):
        _sign(database, signer, unsigned(_collect(250, 250, 1)))


def test_the_amount_is_read_from_the_bytes_not_from_what_the_caller_says(make, unsigned, database):
    signer = make(per_call=500)
    with pytest.raises(LimitExceeded):
        _sign(database, signer, replace(unsigned(_credit(10**9)), reference="credit of 5"))


def test_a_payout_whose_amount_is_not_known_here_is_not_signed_by_a_limited_key(make, unsigned, database):
    call = calls.instruct_withdrawal(b"\5" * 32, b"\6" * 32)
    with pytest.raises(LimitExceeded, match="not known"):
        _sign(database, make(per_call=500), unsigned(call))
    _sign(database, make(), unsigned(call))


def test_a_withdrawals_amount_comes_from_the_index(make, unsigned, database):
    key = "0x" + "05" * 32
    _index(database, "WithdrawalMoved", key, id=key, payout=1, holder="0x" + "77" * 20, amount="600")
    call = calls.instruct_withdrawal(b"\5" * 32, b"\6" * 32)
    with pytest.raises(LimitExceeded, match="600 minor units"):
        _sign(database, make(per_call=599), unsigned(call))
    _sign(database, make(per_call=600), unsigned(call))


def test_limits_never_trap_what_the_ledger_alone_decides(make, unsigned, database):
    signer = make(role=Role.PLATFORM, per_call=0, per_business_date=0, two_keys_above=0)
    _sign(database, signer, unsigned(calls.claim(b"\1" * 32, 3, ["0x" + "77" * 20])))
    _sign(database, signer, unsigned(calls.expire(b"\1" * 32, 3)))


def test_a_key_with_limits_signs_nothing_without_the_books(make, unsigned):
    with pytest.raises(LimitExceeded):
        make(per_business_date=500).sign(unsigned(_credit(1)))


# --- one business date


def test_a_days_calls_count_together_until_the_business_date_moves(make, unsigned, both):
    signer = make(per_business_date=1000)
    _close_day(both, 20500, 1)
    _sign(both, signer, unsigned(_credit(600), 0))
    with pytest.raises(LimitExceeded, match="500 minor units after 600, at most 1000"):
        _sign(both, signer, unsigned(_credit(500), 1))
    _sign(both, signer, unsigned(_credit(400), 1))
    _close_day(both, 20501, 2)
    _sign(both, signer, unsigned(_credit(1000), 2))


def test_functions_count_by_themselves(make, unsigned, database):
    signer = make(per_business_date=1000)
    _sign(database, signer, unsigned(_credit(1000), 0))
    _sign(database, signer, unsigned(_collect(1000), 1))


def test_sums_outlive_the_process(make, unsigned, database, tmp_path):
    before = Database(tmp_path / "gateway.db")
    _sign(before, make(per_business_date=1000), unsigned(_credit(1000), 0))
    before.close()
    again = Database(tmp_path / "gateway.db")
    with pytest.raises(LimitExceeded):
        _sign(again, make(per_business_date=1000), unsigned(_credit(1), 1))
    again.close()


def test_what_was_not_stored_does_not_count(make, unsigned, database):
    signer = make(per_business_date=1000)

    def crash():
        with database.write() as session:
            signer.sign(unsigned(_credit(1000)), session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    _sign(database, signer, unsigned(_credit(1000)))


def test_a_batch_counts_what_it_signed_before_and_only_once(make, unsigned, both):
    signer = make(per_business_date=1000)
    with both.read() as session:
        batch = signer.batch(session)
        batch.sign(unsigned(_credit(600), 0))
        with pytest.raises(LimitExceeded):
            batch.sign(unsigned(_credit(600), 1))
    with both.write() as session:
        batch.keep(session)
    with pytest.raises(LimitExceeded):
        _sign(both, signer, unsigned(_credit(401), 1))
    _sign(both, signer, unsigned(_credit(400), 1))


def test_raising_a_price_counts_the_amount_once(make, unsigned, both):
    signer = make(per_business_date=1000)
    _sign(both, signer, unsigned(_credit(1000), 0))
    _sign(both, signer, unsigned(_credit(1000), 0, price=2 * GWEI))
    with pytest.raises(LimitExceeded):
        _sign(both, signer, unsigned(_credit(1), 1))


def test_another_call_with_a_nonce_that_came_back_counts_for_what_it_is_more(make, unsigned, database):
    signer = make(per_business_date=1000)
    _sign(database, signer, unsigned(_credit(700), 0))
    with pytest.raises(LimitExceeded):
        _sign(database, signer, unsigned(_credit(1001), 0))
    _sign(database, signer, unsigned(_credit(900), 0))
    with pytest.raises(LimitExceeded):
        _sign(database, signer, unsigned(_credit(101), 1))


# --- two keys


@pytest.fixture
def dual(make, unsigned, database, deployed):
    """Signs a credit of 501 with a key that needs a second person above 500, today being day 20500."""
    _close_day(database, 20500, 1)
    call = _credit(501)
    action = "0x" + deployed.action(call).hex()
    signer = make(two_keys_above=500)

    def attempt():
        return _sign(database, signer, unsigned(call))

    return attempt, action


def test_an_amount_above_needs_a_second_person(dual, make, unsigned, database):
    attempt, action = dual
    _sign(database, make(two_keys_above=500), unsigned(_credit(500)))
    with pytest.raises(ContractError) as refused:
        attempt()
    assert (refused.value.code, refused.value.params["action"]) == ("contract.ApprovalMissing", action)


def _approve(database, action, block=2, by="0x" + "99" * 20, member=2, through=20507):
    _index(database, "Approved", action, block, action=action, by=by, member=member, validThrough=through)


def test_an_approval_on_the_ledger_by_another_key_suffices(dual, database):
    attempt, action = dual
    _approve(database, action)
    assert Account.recover_transaction(attempt().raw) == ADDRESS


@pytest.mark.parametrize("case", ["own", "other call", "other role", "expired", "used", "withdrawn", "revoked key"])
def test_an_approval_that_does_not_fit_does_not_suffice(dual, database, case):
    attempt, action = dual
    other = "0x" + "99" * 20
    match case:
        case "own":
            _approve(database, action, by=ADDRESS)
        case "other call":
            _approve(database, "0x" + "12" * 32)
        case "other role":
            _approve(database, action, member=1)
        case "expired":
            _approve(database, action, through=20499)
        case "revoked key":
            _approve(database, action)
            _index(database, "KeyRevoked", "", 3, member=2, key=other)
        case _:
            _approve(database, action)
            event = "ApprovalUsed" if case == "used" else "ApprovalWithdrawn"
            _index(database, event, action, 3, action=action, by=other, sender=ADDRESS)
    with pytest.raises(ContractError):
        attempt()


def _propose(database, action, /, **changes):
    values = {
        "id": "1" * 32, "kind": "large_booking", "request": {}, "status": "approved", "proposer": "an",
        "approver": "bo", "action": action, "created_at": now(),
    } | changes  # fmt: skip
    with database.write() as session:
        session.add(ProposalRow(**values))


def test_a_proposal_that_another_person_approved_suffices(dual, database):
    attempt, action = dual
    _propose(database, action)
    attempt()


@pytest.mark.parametrize(
    "changes",
    [
        {"approver": "an"},
        {"approver": None},
        {"status": "proposed"},
        {"status": "withdrawn"},
        {"action": "0x" + "12" * 32},
    ],
    ids=json.dumps,
)
def test_a_proposal_that_nobody_else_approved_as_shown_does_not_suffice(dual, database, changes):
    attempt, action = dual
    _propose(database, action, **changes)
    with pytest.raises(ContractError):
        attempt()


# --- fees


@pytest.mark.parametrize(
    ("limits", "changes", "reason"),
    [
        ({"max_gas": 99_999}, {}, "100000 gas"),
        ({"max_gas_price": GWEI}, {"price": GWEI + 1}, "1000000001 wei"),
        ({}, {"gas": 10**9}, "1000000000 gas"),
        ({}, {"price": 10**15}, "at most 100000000000"),
    ],
    ids=["gas", "price", "default gas", "default price"],
)
def test_a_lying_node_cannot_make_the_key_pay_more(make, unsigned, database, limits, changes, reason):
    with pytest.raises(FeeCapReached, match=reason) as reached:
        _sign(database, make(**limits), unsigned(_credit(1), **changes))
    assert reached.value.status == 503


def test_a_days_fees_count_together_by_their_most(make, unsigned, database):
    signer = make(max_fee_per_day=2 * 100_000 * GWEI)
    _sign(database, signer, unsigned(_credit(1), 0))
    _sign(database, signer, unsigned(_credit(2), 1))
    with pytest.raises(FeeCapReached, match="today"):
        _sign(database, signer, unsigned(_credit(3), 2))


def test_a_raised_price_counts_for_what_it_is_more(make, unsigned, both):
    signer = make(max_fee_per_day=3 * 100_000 * GWEI)
    _sign(both, signer, unsigned(_credit(1), 0))
    _sign(both, signer, unsigned(_credit(1), 0, price=2 * GWEI))
    _sign(both, signer, unsigned(_credit(2), 1))
    with pytest.raises(FeeCapReached):
        _sign(both, signer, unsigned(_credit(3), 2))


def test_the_caller_is_given_the_first_key_that_signs_the_amount(deployed):
    small = SeatKey("small", ADDRESS, frozenset(Scope), KeyLimits(per_call=500))
    large = SeatKey("large", "0x" + "33" * 20, frozenset(Scope), KeyLimits(per_call=5000))
    policy = Policy("bank", Role.BANK, 1337, deployed, (small, large))
    assert [policy.check_call(_credit(amount)).name for amount in (500, 501, 5001)] == ["small", "large", "small"]
