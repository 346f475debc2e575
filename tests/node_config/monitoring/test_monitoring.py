"""The rules that wake an operator ask only for figures that a gateway gives, and the page names them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from gateway.health.metrics import RequestFigures, SeatFigures

FOLDER = Path(__file__).parents[3] / "node-config" / "monitoring"
FIGURE = re.compile(r"loan_ledger_[a-z_]+")


def _figures() -> set[str]:
    source = Path(SeatFigures.__init__.__code__.co_filename).read_text(encoding="utf-8")
    named = {f"loan_ledger_{name}" for name in re.findall(r'_gauge\(\s*"([a-z_]+)"', source)}
    requests = RequestFigures()
    requests.note("GET", "/x", 200, 0.1)
    text = generate_latest(requests.registry).decode()
    return named | {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


@pytest.fixture(scope="module")
def rules():
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_rule_asks_for_figures_that_exist(rules):
    figures = _figures()
    asked = {name for rule in rules for name in FIGURE.findall(rule["expr"])}
    assert asked <= figures
    assert len(asked) >= 8


def test_every_rule_says_what_to_do_in_both_languages(rules):
    assert len(rules) >= 10
    for rule in rules:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert len(rule["annotations"]["summary"]) > 30
        assert re.search(r"[\u4e00-\u9fff]", rule["annotations"]["summary_zh"])


def test_the_page_names_every_figure():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    families = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name in _figures()}
    families -= {"loan_ledger_request_seconds_created"}
    assert {name for name in families if name not in page} == set()


def test_prometheus_reads_the_rules_that_are_here():
    settings = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    assert settings["rule_files"] == ["alerts.yml"]
    assert settings["scrape_configs"][0]["metrics_path"] == "/metrics"
