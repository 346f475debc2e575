"""The file form of the ACTUS engine: what is written, what is refused, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chain.errors import ExitCode
from gateway.cli.schedule_actus import CasesUnreadable, run_actus

TERMS = {
    "contractType": "PAM",
    "contractID": "one",
    "contractRole": "RPA",
    "currency": "USD",
    "statusDate": "2012-12-30T00:00:00",
    "initialExchangeDate": "2013-01-01T00:00:00",
    "maturityDate": "2013-03-01T00:00:00",
    "notionalPrincipal": " 3000",
    "nominalInterestRate": 0.1,
    "dayCountConvention": "A365",
    "cycleAnchorDateOfInterestPayment": "2013-01-01T00:00:00",
    "cycleOfInterestPayment": "P1ML0",
}


def file_of(folder: Path, **terms_by_id: dict[str, object]) -> Path:
    path = folder / "cases.json"
    path.write_text(json.dumps({name: {"identifier": name, "terms": terms} for name, terms in terms_by_id.items()}))
    return path


def test_results_are_written_by_case_id_with_every_digit(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    out.write_text("what was there before")
    assert run_actus(file_of(tmp_path, pam01=TERMS), out) == ExitCode.OK
    results = json.loads(out.read_text())
    assert list(results) == ["pam01"]
    assert results["pam01"][0] == {
        "eventDate": "2013-01-01T00:00:00",
        "eventType": "IED",
        "payoff": "-3000",
        "currency": "USD",
        "notionalPrincipal": "3000",
        "nominalInterestRate": "0.1",
        "accruedInterest": "0",
    }
    assert results["pam01"][2]["payoff"].startswith("25.479452054794520547945205479452")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_case_out_of_reach_is_named_and_the_others_stand(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    cases = file_of(tmp_path, good=TERMS, bad={**TERMS, "dayCountConvention": "B252"})
    assert run_actus(cases, out) == ExitCode.PARTIAL
    results = json.loads(out.read_text())
    assert len(results["good"]) == 5
    assert "dayCountConvention" in results["bad"]["error"]


def test_decimals_in_the_file_never_pass_through_a_float(tmp_path: Path) -> None:
    path = file_of(tmp_path, one=TERMS)
    path.write_text(path.read_text().replace('" 3000"', "3000.000000000000000000000001"))
    run_actus(path, tmp_path / "results.json")
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["one"][0]["notionalPrincipal"] == "3000.000000000000000000000001"


NO_CASES = [
    b"",
    b"{",
    b"[]",
    b'{"a": {}, "a": {}}',
    b'{"a": {"terms": {"feeRate": NaN}}}',
    b'{"a": "\xff"}',
]


@pytest.mark.parametrize("content", NO_CASES)
def test_what_is_no_object_of_cases_is_refused_and_the_old_results_stay(tmp_path: Path, content: bytes) -> None:
    cases, out = tmp_path / "cases.json", tmp_path / "results.json"
    cases.write_bytes(content)
    out.write_text("old")
    with pytest.raises(CasesUnreadable) as caught:
        run_actus(cases, out)
    assert caught.value.exit_code == ExitCode.INVALID
    assert out.read_text() == "old"


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CasesUnreadable, match="nowhere"):
        run_actus(tmp_path / "nowhere.json", tmp_path / "results.json")


def test_any_case_id_can_be_written(tmp_path: Path) -> None:
    cases, out = tmp_path / "cases.json", tmp_path / "results.json"
    cases.write_bytes(b'{"\\ud800 \xe8\xb4\xb7": 1}')
    assert run_actus(cases, out) == ExitCode.PARTIAL
    assert list(json.loads(out.read_text())) == ["\ud800 贷"]
