"""Security items of requests and answers: nothing unknown is taken, nothing secret given, no request crashes a seat."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
from collections import Counter

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable

FULL = os.environ.get("LOAN_LEDGER_TEST_TIER") == "full"
# This ledger's seats have no IPFS nodes, and no index has the blocks that a generator asks for.
PASSING = {"index.behind", "documents.too_few_nodes"}
# What is shown once, to whom it belongs: access and refresh tokens, new secrets, enrolments.
SHOWN_ONCE = re.compile(r"^(TokenResource|ClientResource|InvitationResource|Enrolment\w*|Webhook\w*|EnrolmentOffer)\.")
SECRET_NAME = re.compile(
    r"(^|_)(password|passphrase|secret|private|mnemonic|seed|token|api_?key|credential|totp)s?($|_)", re.IGNORECASE
)


def _requests(document):
    """Every operation with a JSON body, and a body that fits."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None:
                continue
            schema = content["schema"]
            while "$ref" in schema:
                schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
            examples = schema.get("examples") or [content.get("example")]
            if isinstance(examples[0], dict):
                yield method.upper(), path, examples[0]


def _path(path, rough):
    """A path that exists, or one of the right form."""
    known = {"loan_id": rough.loan, "name": rough.borrower, "party": rough.borrower, "calendar": "1", "statement": "1"}
    known |= {"entry": "1", "proposal_id": "ab" * 16, "reader": "bank", "day": "2026-01-05", "number": "1"}
    known |= {"instruction_id": "PO-20260105-abcdefabcdef", "name_or_id": "test-regime"}
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], "0x" + "ab" * 32), path)


def test_security_18_extra_fields_are_422(rough, document, askers):
    tried = 0
    for asker in askers:
        with httpx.Client(base_url=asker.url, headers=asker.headers, trust_env=False, timeout=30) as http:
            for method, path, example in _requests(document):
                headers = {"Idempotency-Key": f"extra-{tried}"}
                body = copy.deepcopy(example) | {"is_admin": True}
                answer = http.request(method, _path(path, rough), json=body, headers=headers)
                place = f"{asker.seat}: {method} {path}: {answer.text[:300]}"
                if answer.status_code in (401, 403):  # not this caller's at all
                    continue
                tried += 1
                assert answer.status_code == 422, place
                assert answer.json()["code"] == "request.invalid", place
                assert "is_admin" in json.dumps(answer.json()["errors"]), place
    assert tried > 100


def test_security_18_extra_fields_within_a_request_are_422(rough):
    terms = rough.terms("EXTRA", "B", "1000.00")
    for place in ("text", "pricing", "schedule", "principal"):
        wrong = copy.deepcopy(terms)
        wrong[place]["is_admin"] = True
        answer = rough.platform.http.post("/v1/loans:prepare", json={"terms": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), place


def _properties(document):
    for name, schema in document["components"]["schemas"].items():
        for wire in schema.get("properties", {}):
            yield f"{name}.{wire}"


def test_security_18_responses_name_no_secrets(document):
    answered, waiting = set(), []
    for operations in document["paths"].values():
        for operation in operations.values():
            waiting.append(operation["responses"])
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found = node.get("$ref", "")
            name = found.rsplit("/", 1)[-1]
            if found.startswith("#/components/schemas/") and name not in answered:
                answered.add(name)
                waiting.append(document["components"]["schemas"][name])
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    given = [place for place in _properties(document) if place.split(".")[0] in answered]
    secret = [place for place in given if SECRET_NAME.search(place.split(".")[1]) and not SHOWN_ONCE.match(place)]
    harmless = {"Loan.token", "token_type", "Custody.tokens"}
    counted = re.compile(r"\.(tokens|token_type|secrets|\w*_expires_at|\w+_id)$")  # amounts, labels and times
    assert [place for place in secret if place not in harmless and not counted.search(place)] == []
    assert len(given) > 300


def _secrets(rough, askers):
    """Values that no answer may hold: keys, passphrases, tokens, the secrets in the seats' folders."""
    found = {asker.token for asker in askers} | {client.token for client in rough.clients.values()}
    found |= {rough.key(name)[2:] for name in ("platform", "bank", "regulator", rough.borrower, rough.lender)}
    for path in rough.state.rglob("*"):
        private = re.search(r"secret|passphrase|password|token|reader|\.key$|keystore", path.name)
        if not (path.is_file() and private and path.stat().st_size < 10_000):
            continue
        with contextlib.suppress(UnicodeDecodeError):
            text = path.read_text("utf-8").strip()
            found |= {word for word in re.findall(r"[0-9A-Za-z+/=_-]{24,}", text) if not word.startswith("0x")}
    public = (rough.state / "consortium.json").read_text("utf-8") + "".join(
        path.read_text("utf-8") for path in rough.state.glob("*/settings.toml")
    )
    return {value for value in found if value not in public}


def test_security_18_answers_hold_no_secrets(rough, document, askers):
    secrets = _secrets(rough, askers)
    assert len(secrets) > 12
    answers = 0
    for asker in askers:
        with httpx.Client(base_url=asker.url, headers=asker.headers, trust_env=False, timeout=30) as http:
            for path, operations in document["paths"].items():
                answer_types = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
                if "get" not in operations or "text/event-stream" in answer_types or "stream" in path:
                    continue
                answer = http.get(_path(path, rough))
                answers += answer.status_code == 200
                text = answer.text + json.dumps(dict(answer.headers))
                held = [secret for secret in secrets if secret in text]
                assert not held, f"{asker.seat}: GET {path} holds {[secret[:6] for secret in held]}"
    assert answers > 80


def _code(response):
    with contextlib.suppress(ValueError):
        found = response.json()
        return found.get("code") if isinstance(found, dict) else None
    return None


@pytest.mark.slow
def test_security_23_schemathesis_over_the_whole_api_clean(rough, document, askers, monkeypatch):
    """All operations, at all four seats, with data that fits and data that doesn't. No crash, no answer that the
    document does not describe, and no error code that the operation does not name."""
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    monkeypatch.setattr("gateway.access._INDEX_WAIT", 0.0)
    checks = [content_type_conformance, response_schema_conformance, status_code_conformance]
    schema = schemathesis.openapi.from_dict(document)
    operations = [operation.ok() for operation in schema.get_all_operations()]
    failures, tried = [], Counter()
    examples = 25 if FULL else 1

    def check(operation, asker, case):
        case.headers.pop("Prefer", None)  # waits for the chain; the answers are the same
        response = case.call(base_url=asker.url, headers=asker.headers, timeout=20)
        tried[response.status_code] += 1
        code = _code(response) if response.status_code >= 400 else None
        if response.status_code >= 500 and (code in PASSING or operation.path == "/health/ready"):
            return  # a seat that isn't ready says so by 503
        if code is not None and "problem+json" in response.headers["content-type"][0]:
            named = _codes(document, operation, response.status_code)
            assert code in named, f"{code} is not among {sorted(named)} for {response.status_code}"
        case.validate_response(response, checks=[not_a_server_error, *checks])

    def trial(operation, mode, seats):
        @seed(0)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case):
            for asker in seats:
                try:
                    check(operation, asker, case)
                except (Exception, BaseExceptionGroup) as failure:
                    failures.append(f"{asker.seat}, {mode.value}, {operation.label}: {str(failure)[:900]}")

        return run

    for place, operation in enumerate(operations):
        if "stream" in operation.path:
            continue  # never ends; its own tests read it
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            with contextlib.suppress(Unsatisfiable):  # what takes nothing can't be given anything wrong
                # Without --full, wrong data goes to one seat in turn: all seats run the same code for it.
                one = askers[place % len(askers)]
                trial(operation, mode, askers if FULL or mode is GenerationMode.POSITIVE else [one])()
    assert failures == [], f"{len(failures)} failures\n" + "\n\n".join(failures[:12])
    assert sum(tried.values()) > 500
    assert tried[200] + tried[201] + tried[202] > 50


def _codes(document, operation, status):
    answer = document["paths"][operation.path][operation.method.lower()]["responses"].get(str(status), {})
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    return set(answer.get("content", {}).get("application/problem+json", {}).get("examples", ()))
