"""The schedule and replay commands as a user calls them, and every command of docs/schedules.md."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from chain.errors import LedgerError
from chain.schedules.errors import ScheduleError
from chain.schedules.plan.offer_terms import OFFER_NAMES
from gateway.cli.replay import replay
from gateway.cli.schedule import schedule

DOCS = Path(__file__).parents[3] / "docs" / "schedules.md"
OFFER = {
    "principal": "100000.00",
    "annual_rate_percent": "4.35",
    "method": "equal_instalment",
    "instalments": 12,
    "start": "2026-01-31",
}

app = typer.Typer()
app.command()(schedule)
app.command()(replay)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command line in a folder of its own; errors of the product come back as exceptions."""
    monkeypatch.chdir(tmp_path)

    def call(line: str):
        result = CliRunner().invoke(app, shlex.split(line))
        if isinstance(result.exception, (LedgerError, ScheduleError)):
            raise result.exception
        return result

    return call


def write(name: str, value: object) -> None:
    Path(name).write_text(json.dumps(value), encoding="utf-8")


def test_every_command_of_the_docs_runs_on_the_files_of_the_docs(run):
    text = DOCS.read_text(encoding="utf-8")
    for name, content in re.findall(r"^`([\w.-]+\.json)`:\n\n```json\n(.*?)```", text, re.MULTILINE | re.DOTALL):
        Path(name).write_text(content, encoding="utf-8")
    commands = [
        line.removeprefix("loan-ledger ")
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
    ]
    assert len(commands) >= 5
    for command in commands:
        assert run(command).exit_code == 0, command
    assert json.loads(Path("tables.json").read_text())["plain"][1]["principal"] == "1250.0"
    assert [row["paid"] for row in json.loads(Path("lives-tables.json").read_text())["late"][1][1:]] == [
        "300.0", "100.0", "0.0", "0.0",
    ]  # fmt: skip


def test_the_python_of_the_docs_runs():
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    assert sum(row.principal for row in names["rows"]) == 100_000_00


def test_every_name_of_the_offer_form_is_in_the_docs():
    documented = set(re.findall(r"`([a-z_]+)`", DOCS.read_text(encoding="utf-8")))
    assert documented >= OFFER_NAMES


def test_json_is_one_object_on_stdout_with_rows_that_add_up_and_the_costs(run):
    write("offer.json", OFFER | {"lpr_percent": "3.0"})
    answer = json.loads(run("schedule offer.json --json").stdout)
    assert sum(Decimal(row["principal"]) for row in answer["rows"]) == Decimal("100000.00")
    assert answer["apr_percent"] == "4.4378"  # (1 + 0.0435 / 12) ** 12 - 1
    assert answer["cap"]["within"] is True


def test_the_table_goes_to_stderr_and_shows_the_costs(run):
    write("offer.json", OFFER)
    result = run("schedule offer.json")
    assert result.stdout == ""
    assert "实际年化利率" in result.stderr
    assert "8531.00" in result.stderr


def test_csv_has_the_rows_of_the_json(run):
    write("offer.json", OFFER)
    answer = json.loads(run("schedule offer.json --json --csv rows.csv").stdout)
    with open("rows.csv", encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream)) == answer["rows"]


def test_plot_draws_png_and_svg(run):
    write("offer.json", OFFER)
    run("schedule offer.json --plot schedule.png")
    run("schedule offer.json --plot schedule.svg")
    assert Path("schedule.png").read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse("schedule.svg").getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"principal": "100000.001"}, "principal"),
        ({"method": "guess"}, "method"),
        ({"start": "31.1.2026"}, "start"),
        ({"calendar": "moon"}, "calendar"),
        ({"instalments": 0}, "instalments"),
        ({"annual_rate_percent": True}, "annual_rate_percent"),
        ({"floating": {}}, "floating"),
    ],
)
def test_an_offer_that_cannot_be_computed_names_the_term(run, change, named):
    write("offer.json", OFFER | change)
    with pytest.raises(ScheduleError, match=named):
        run("schedule offer.json")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("schedule", "schedule.arguments_clash"),
        ("schedule offer.json --book cases.json --out r.json", "schedule.arguments_clash"),
        ("schedule --book cases.json", "schedule.arguments_clash"),
        ("schedule --book cases.json --out r.json --json", "schedule.arguments_clash"),
        ("schedule --actus cases.json --out r.json --csv r.csv", "schedule.arguments_clash"),
        ("schedule --actus cases.json --out r.json --plot r.png", "schedule.arguments_clash"),
        ("schedule nowhere.json", "schedule.offer_invalid"),
        ("schedule offer.json --plot picture.bmp", "schedule.plot_format_unknown"),
        ("schedule --book offer.json --out r.json", "schedule.book_unreadable"),
        ("replay nowhere.json --out r.json", "schedule.book_unreadable"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(run, line, code):
    write("offer.json", OFFER)
    with pytest.raises(LedgerError) as refused:
        run(line)
    assert refused.value.code == code
    assert sorted(os.listdir()) == ["offer.json"]


def test_a_case_that_is_not_supported_answers_with_its_error_and_exit_code_3(run):
    text = DOCS.read_text(encoding="utf-8")
    (cases,) = re.findall(r"^`schedules.json`:\n\n```json\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    good = json.loads(cases)[0]
    bad = {"id": "bad", "inputs": good["inputs"] | {"days_in_year": "DAYS_7"}}
    write("cases.json", [bad, good])
    Path("r.json").write_text("an older file")
    assert run("schedule --book cases.json --out r.json").exit_code == 3
    results = json.loads(Path("r.json").read_text())
    assert "days_in_year" in results["bad"]["error"]
    assert len(results["plain"]) == 8


def test_an_id_that_stands_twice_is_refused(run):
    write("cases.json", [{"id": "a"}, {"id": "a"}])
    with pytest.raises(LedgerError, match="id"):
        run("replay cases.json --out r.json")


def test_replay_writes_one_table_per_checkpoint_of_the_peer_lives(run, peer_data):
    source = peer_data / "fineract-lifecycle.json"
    assert run(f"replay {source} --out r.json").exit_code == 0
    results, cases = json.loads(Path("r.json").read_text()), json.loads(source.read_text())
    assert {case["id"]: len(case["checkpoints"]) for case in cases} == {
        key: len(tables) for key, tables in results.items()
    }
