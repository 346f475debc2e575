"""The OpenAPI document: what the framework derives from the routes, and all that a client's author needs besides.

Adds the headers of requests and answers, for every operation each error that it can give with an example, the contract
functions that it sends and the seats that may, and what the groups of operations are for. The same for every seat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from chain.error_registry import RegisteredError, registered
from gateway.authorisation.permissions import table
from gateway.error_modules import ERROR_MODULES
from gateway.openapi import samples
from gateway.openapi.operations import Operation, operations
from gateway.problems import Problem

TITLE: Final = "Loan ledger gateway"
VERSION: Final = "1"
Json = dict[str, Any]

TAGS: Final[Mapping[str, str]] = {
    "health": "Whether the seat works. Open to all who reach it.",
    "network": "The ledger as this seat sees it: members, contracts, business date, error codes.",
    "regime profiles": "Limits that the regulator sets for new loans.",
    "parties": "Borrowers, lenders and payees: their signing addresses, as the bank has checked them.",
    "loans": "A loan from its terms to its end.",
    "payments": "Paying from a party's custody tokens: at once, by mandate, or early.",
    "positions": "What lenders hold, and its sale.",
    "exposures": "What is lent and not yet repaid, by platform and by borrower.",
    "working days": "Calendars that due dates move by.",
    "corrections": "Reversals and insertions: proposed by one person, approved by another.",
    "approvals": "What waits for a second person, or for another organisation.",
    "documents": "Encrypted documents: kept, committed to a loan, granted to readers, verified.",
    "transactions": "What this seat sends to the ledger and what became of it.",
    "custody": "Custody tokens against the money at the bank.",
    "bank": "The depository bank's day: account statements in, payment orders out, day-end.",
    "events": "What happened, in one order: page by page, or as a stream.",
    "webhooks": "Events delivered to addresses of your own.",
    "audit": "Who did, and who was refused, what at this seat: chained by hash, anchored on chain.",
    "withdrawals": "Paying custody tokens out to their holder's bank account.",
    "access": "Who calls: machine clients, people and parties, their sign-ins, sessions and roles.",
}
_HEADERS: Final[Mapping[str, Json]] = {
    "Location": {"description": "The resource that the change is about.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` if this is the first answer again: nothing was done a second time.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Preference-Applied": {"description": "How long the answer was waited for.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds after which to ask again.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to say who asks.", "schema": {"type": "string"}},
    "Content-Language": {"description": "The language of `detail`.", "schema": {"type": "string"}},
}
_CHANGED: Final = ("Location", "Idempotency-Replayed", "Preference-Applied")
_ASK_AGAIN: Final = (409, 429, 503)
_PROBLEM: Final = "application/problem+json"


def document(app: FastAPI) -> Json:
    """The document of all of `app`'s operations."""
    made = get_openapi(
        title=TITLE,
        version=VERSION,
        description=app.description,
        routes=app.routes,
        separate_input_output_schemas=app.separate_input_output_schemas,
    )
    errors = registered(ERROR_MODULES)
    used: set[str] = set()
    refusals: Json = {}
    for operation in operations(app):
        found = made["paths"][operation.path][operation.method.lower()]
        _describe(found, operation)
        _answer(found, operation)
        _refuse(found, [errors[code] for code in sorted(operation.codes)], refusals)
        used |= operation.codes
    components = made["components"]
    components["securitySchemes"] |= _machine_clients()
    components["headers"] = dict(_HEADERS)
    components["responses"] = {name: refusals[name] for name in sorted(refusals)}
    components["examples"] = {code: _example(errors[code]) for code in sorted(used)}
    components["schemas"]["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    samples.complete(components["schemas"])
    named = {tag for methods in made["paths"].values() for found in methods.values() for tag in found["tags"]}
    made["tags"] = [{"name": tag, "description": TAGS[tag]} for tag in TAGS if tag in named]
    made["tags"] += [{"name": tag} for tag in sorted(named - set(TAGS))]
    return made


def _describe(found: Json, operation: Operation) -> None:
    """The first sentence is the summary; the seats that may are those whom the role table gives what is sent."""
    text = str(found.get("description", found["summary"]))
    found["summary"] = text.split("\n", 1)[0].removesuffix(".")
    found["description"] = text
    for parameter in found.get("parameters", ()):
        _PARAMETERS.get(parameter["name"], _as_it_is)(parameter)
    found["security"] = [] if operation.public else [*found.get("security", ()), {"OAuth2": []}]
    if operation.permissions:
        found["x-permissions"] = list(operation.permissions)
    if operation.functions:
        found["x-ledger-functions"] = sorted(".".join(function) for function in operation.functions)
        found["x-seats"] = [role.value.lower() for role in operation.seats]


def _machine_clients() -> Json:
    """How an organisation's machine client gets a token; its roles are the scopes."""
    scopes = {name: role.en for name, role in table().roles.items()}
    flow = {"tokenUrl": "/v1/oauth/token", "scopes": scopes}
    text = "A machine client's access token, by its secret or bound to its certificate (RFC 8705). Scopes are roles."
    return {"OAuth2": {"type": "oauth2", "description": text, "flows": {"clientCredentials": flow}}}


def _as_it_is(_: Json) -> None:
    """Other parameters are described where they are declared."""


def _idempotency_key(parameter: Json) -> None:
    parameter["name"], parameter["required"] = "Idempotency-Key", True
    parameter["schema"] = {"type": "string", "pattern": "^[!-~]{1,200}$", "examples": ["5f1c9a2e8d4b4f6fa0c3"]}


def _prefer(parameter: Json) -> None:
    parameter["name"] = "Prefer"
    parameter["schema"] = {"type": "string", "examples": ["wait=30"]}


def _min_block(parameter: Json) -> None:
    parameter["name"] = "Ledger-Min-Block"
    parameter["schema"] = {"type": "integer", "minimum": 0, "maximum": 2**53, "examples": [1042]}


_PARAMETERS: Final[Mapping[str, Callable[[Json], None]]] = {
    "idempotency-key": _idempotency_key,
    "prefer": _prefer,
    "ledger-min-block": _min_block,
}


def _answer(found: Json, operation: Operation) -> None:
    """A change answers 202 at once, 200 once it is final, 201 if it sends nothing; all with the same headers."""
    responses: Json = found["responses"]
    if "202" in responses:
        now = responses["202"] | {"description": "Stored for good; the transactions follow by themselves."}
        responses["202"] = now
        responses["200"] = now | {"description": "Final, as `Prefer: wait=N` asked for."}
    if _is_change(found):
        for good in ("200", "201", "202"):
            if good in responses:
                _head(responses[good], _CHANGED)


def _is_change(found: Json) -> bool:
    return any(p["name"].lower() == "idempotency-key" for p in found.get("parameters", ()))


def _refuse(found: Json, errors: Iterable[RegisteredError], refusals: Json) -> None:
    """Every error under its status, with its example; what several operations refuse alike is kept once."""
    responses: Json = found["responses"]
    for stale in [name for name, answer in responses.items() if "x-codes" in answer or name == "422"]:
        del responses[stale]
    by_status: dict[int, list[RegisteredError]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    for status, some in sorted(by_status.items()):
        if str(status) in responses:
            continue  # it answers this status in a form of its own
        answer: Json = {
            "description": "\n".join([f"{HTTPStatus(status).phrase}:", *(f"- `{error.code}`" for error in some)]),
            "content": {
                _PROBLEM: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {error.code: {"$ref": f"#/components/examples/{error.code}"} for error in some},
                }
            },
        }
        again = ("Retry-After",) if status in _ASK_AGAIN else ()
        _head(answer, ("Content-Language", *again, *(("WWW-Authenticate",) if status == 401 else ())))
        codes = ",".join(error.code for error in some)
        name = f"{HTTPStatus(status).name.title().replace('_', '')}.{sha256(codes.encode()).hexdigest()[:6]}"
        refusals[name] = answer
        responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
    found["responses"] = {status: responses[status] for status in sorted(responses)}


def _head(answer: Json, names: Iterable[str]) -> None:
    answer["headers"] = answer.get("headers", {}) | {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _example(error: RegisteredError) -> Json:
    """A problem document of the error, its text as a template: the values in braces stand in `params`."""
    return {
        "summary": error.en,
        "value": {
            "type": f"/v1/errors#{error.code}",
            "title": HTTPStatus(error.status).phrase,
            "detail": error.en,
            "status": error.status,
            "code": error.code,
            "params": {},
            "instance": "/v1/...",
        },
    }
