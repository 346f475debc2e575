"""The OpenAPI document: every example is valid, every refusal a problem, and random requests find no crash."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from pydantic import BaseModel

import gateway
from gateway.authorisation.permissions import table


def _models() -> Iterator[type[BaseModel]]:
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        name = module.name
        if name.endswith((".schemas", ".endpoints", ".money", ".problems")) and "demo" not in name:
            for value in vars(importlib.import_module(name)).values():
                if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == name:
                    yield value


MODELS = sorted(set(_models()), key=lambda model: (model.__module__, model.__name__))


def test_there_are_examples():
    assert sum(bool((m.model_config.get("json_schema_extra") or {}).get("examples")) for m in MODELS) > 25


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_every_example_is_valid_and_every_request_is_strict(model):
    for example in (model.model_config.get("json_schema_extra") or {}).get("examples", []):
        model.model_validate_json(json.dumps(example))
    if model.__name__.endswith("Request"):
        assert model.model_config.get("extra") == "forbid"


@pytest.fixture(scope="module")
def document(ledger):
    return ledger.bank.http.get("/openapi.json").json()


def test_every_operation_says_what_it_does_and_how_it_refuses(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description") or operation.get("summary"), (method, path)
            assert operation["tags"], (method, path)
            if path.startswith("/v1/") and not table().rules[method.upper(), path].public:
                assert "auth.token_missing" in codes_of(document, operation, 401), (method, path)
                assert "request.invalid" in codes_of(document, operation, 422), (method, path)


def codes_of(document, operation, status):
    """The error codes that an operation names for an HTTP status."""
    answer = operation["responses"].get(str(status))
    if answer is None:
        return set()
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    return set(answer["content"].get("application/problem+json", {}).get("examples", ()))


def test_every_change_takes_an_idempotency_key(document):
    for path, operations in document["paths"].items():
        if "post" in operations and not path.endswith(":prepare"):
            if operations["post"]["tags"] == ["access"]:
                continue  # answers secrets, which are not kept to be answered again
            headers = {p["name"].lower() for p in operations["post"].get("parameters", []) if p["in"] == "header"}
            assert {"idempotency-key", "prefer"} <= headers, path


@pytest.mark.slow
def test_requests_that_fit_and_that_do_not_fit_never_crash_a_seat(ledger, document, monkeypatch):
    """A light run: the whole surface, few examples each. Nothing may answer 500, or break its own description."""
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    monkeypatch.setattr("gateway.access._INDEX_WAIT", 0.0)
    schema = schemathesis.openapi.from_dict(document)
    headers = {"Authorization": f"Bearer {ledger.platform.token}"}
    checks = [content_type_conformance, response_schema_conformance, status_code_conformance]
    operations = [operation.ok() for operation in schema.get_all_operations()]
    passing = {"index.behind", "documents.too_few_nodes"}  # this ledger's seats have no IPFS nodes
    failures = []
    for operation in operations:

        @settings(
            max_examples=6,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def run(case):
            response = case.call(base_url=ledger.platform.url, headers=headers)
            if response.status_code >= 500 and response.json()["code"] in passing:
                return
            case.validate_response(response, checks=[not_a_server_error, *checks])

        try:
            run()
        except Exception as failure:
            failures.append((operation.label, str(failure)[:1500]))
    assert failures == []
    assert len(operations) > 35
