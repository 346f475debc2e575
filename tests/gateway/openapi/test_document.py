"""The document as committed: up to date, whole, and changed only as the versioning policy allows."""

from __future__ import annotations

import copy
import difflib
import json
import subprocess

import jsonschema_rs
import pytest

from chain.toolchain import layout
from gateway.clients import generate
from gateway.openapi.compatibility import breaks


@pytest.fixture(scope="module")
def document():
    return json.loads(json.dumps(generate.current()))


def test_the_committed_document_and_clients_are_what_the_routes_give():
    made = generate.files()
    stale = [path for path, content in made.items() if not path.is_file() or path.read_text("utf-8") != content]
    shown = []
    for path in stale:
        old = path.read_text("utf-8").splitlines() if path.is_file() else []
        shown += [f"{path.name} is stale; run ./scripts/loan-ledger api write"]
        shown += list(difflib.unified_diff(old, made[path].splitlines(), "committed", "now", lineterm="", n=1))[:40]
    assert not stale, "\n".join(shown)


def test_nothing_has_changed_since_the_last_commit_that_breaks_those_who_use_the_api(document):
    name = generate.DOCUMENT.relative_to(layout.checkout()).as_posix()
    last = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=layout.checkout(), capture_output=True, check=False)
    if last.returncode != 0:
        pytest.skip("no commit to compare with")
    assert breaks(json.loads(last.stdout), document) == []


def _schema(document, name):
    return document["components"]["schemas"][name]


def _drop_operation(document):
    del document["paths"]["/v1/custody"]


def _rename_operation(document):
    document["paths"]["/v1/custody"]["get"]["operationId"] = "custody"


def _require_field(document):
    _schema(document, "StepRequest")["required"] = ["expected_history_length", "reason"]
    _schema(document, "StepRequest")["properties"]["reason"] = {"type": "string"}


def _drop_answer_field(document):
    del _schema(document, "Loan")["properties"]["overpaid"]


def _other_type(document):
    _schema(document, "BusinessDate")["properties"]["simulated"] = {"type": "string"}


def _fewer_values(document):
    _schema(document, "PartyRequest")["properties"]["kind"]["enum"] = ["PERSON"]


def _move_code(document):
    responses = document["paths"]["/v1/loans/{loan_id}"]["get"]["responses"]
    responses["410"] = responses.pop("404")


def _drop_parameter(document):
    document["paths"]["/v1/loans"]["get"]["parameters"] = []


BREAKS = {
    _drop_operation: "GET /v1/custody has gone",
    _rename_operation: "GET /v1/custody is now called custody, it was get_custody",
    _require_field: "POST /v1/loans/{loan_id}/close now requires reason",
    _drop_answer_field: "GET /v1/loans/{loan_id} no longer has overpaid",
    _other_type: "GET /v1/business-date.simulated may now be string",
    _fewer_values: "POST /v1/parties.kind takes fewer values",
    _move_code: "GET /v1/loans/{loan_id} answers resource.not_found with 410, it was 404",
    _drop_parameter: "GET /v1/loans no longer takes limit",
}


@pytest.mark.parametrize("change", BREAKS, ids=lambda change: change.__name__)
def test_a_change_that_breaks_is_named(document, change):
    changed = copy.deepcopy(document)
    change(changed)
    assert BREAKS[change] in breaks(document, changed)


def test_what_a_version_may_gain_breaks_nothing(document):
    changed = copy.deepcopy(document)
    changed["paths"]["/v1/new"] = {"get": {"operationId": "get_new", "responses": {}}}
    _schema(changed, "Loan")["properties"]["colour"] = {"type": "string"}
    _schema(changed, "StepRequest")["properties"]["note"] = {"type": "string"}
    _schema(changed, "Loan")["properties"]["state"].setdefault("enum", []).append("Dreaming")
    listing = changed["paths"]["/v1/loans"]["get"]
    listing["parameters"].append({"name": "colour", "in": "query", "schema": {"type": "string"}})
    assert breaks(document, changed) == []


def test_what_was_deprecated_may_go(document):
    before, after = copy.deepcopy(document), copy.deepcopy(document)
    before["paths"]["/v1/custody"]["get"]["deprecated"] = True
    del after["paths"]["/v1/custody"]
    assert breaks(before, after) == []


def test_every_operation_has_an_id_a_summary_a_group_and_examples(document):
    seen = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            place = f"{method} {path}"
            assert operation["operationId"] not in seen, place
            seen.add(operation["operationId"])
            assert operation["summary"], place
            assert operation["description"], place
            assert operation["tags"], place
            _has_examples(document, operation, place)
    named = {tag["name"]: tag.get("description") for tag in document["tags"]}
    assert all(named.values()), named
    assert len(seen) > 100


def _has_examples(document, operation, place):
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is not None:
        assert _example(document, content), f"{place}: no example of its request"
    for status in ("200", "201", "202"):
        answer = operation["responses"].get(status, {}).get("content", {}).get("application/json")
        if answer is not None and "$ref" in answer.get("schema", {}):
            assert _example(document, answer), f"{place}: no example of its answer {status}"


def _example(document, content):
    if "example" in content or "examples" in content:
        return True
    schema = content["schema"]
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return bool(schema.get("examples"))


def test_every_example_fits_its_own_schema(document):
    """What is made up for objects without examples fits as well as what is declared."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        checker = jsonschema_rs.validator_for(
            {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}, validate_formats=False
        )
        for example in schema.get("examples", ()):
            problems = [f"{list(error.instance_path)}: {error.message}" for error in checker.iter_errors(example)]
            assert not problems, f"{name}: {problems[:3]}"


def test_every_change_to_the_ledger_takes_a_key_and_says_who_may(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "x-ledger-functions" in operation and method == "post":
                required = {p["name"] for p in operation["parameters"] if p.get("required")}
                assert "Idempotency-Key" in required, path
                assert operation["x-seats"], path
                headers = operation["responses"]["202"]["headers"]
                assert {"Location", "Idempotency-Replayed", "Preference-Applied"} <= set(headers), path
