"""Which differences between two OpenAPI documents break those who use the API, by the rules of docs/api.md.

Within a version an operation, a parameter, a property of an answer, a value that a request may have and an error code
under its status stay; what a request must hold does not grow; types stay. New things may come. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
_SUCCESSES = ("200", "201", "202", "204")


def breaks(before: Json, after: Json) -> list[str]:
    """One line for each break; what was marked as deprecated before may go."""
    return sorted(set(_breaks(before, after)))


def _breaks(before: Json, after: Json) -> Iterator[str]:
    old, new = _operations(before), _operations(after)
    for name, operation in old.items():
        if name not in new:
            if not operation.get("deprecated"):
                yield f"{name} has gone"
            continue
        if operation["operationId"] != new[name]["operationId"]:
            yield f"{name} is now called {new[name]['operationId']}, it was {operation['operationId']}"
        yield from _parameters(name, before, operation, after, new[name])
        yield from _requests(name, before, operation, after, new[name])
        yield from _answers(name, before, operation, after, new[name])


def _operations(document: Json) -> dict[str, Json]:
    return {
        f"{verb.upper()} {path}": operation
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    }


def _parameters(name: str, before: Json, old: Json, after: Json, new: Json) -> Iterator[str]:
    was = {(p["in"], p["name"].lower()): p for p in old.get("parameters", ())}
    now = {(p["in"], p["name"].lower()): p for p in new.get("parameters", ())}
    for place, parameter in now.items():
        if place not in was:
            if parameter.get("required"):
                yield f"{name} now requires {place[1]}"
        elif parameter.get("required") and not was[place].get("required"):
            yield f"{name} now requires {place[1]}"
    for place, parameter in was.items():
        if place not in now:
            yield f"{name} no longer takes {place[1]}"
        else:
            yield from _narrower(f"{name} {place[1]}", before, parameter["schema"], after, now[place]["schema"])


def _requests(name: str, before: Json, old: Json, after: Json, new: Json) -> Iterator[str]:
    was, now = old.get("requestBody", {}).get("content", {}), new.get("requestBody", {}).get("content", {})
    if now and not was:
        yield f"{name} now takes a body"
    for media_type, content in was.items():
        if media_type not in now:
            yield f"{name} no longer takes {media_type}"
        else:
            yield from _narrower(name, before, content.get("schema", {}), after, now[media_type].get("schema", {}))


def _answers(name: str, before: Json, old: Json, after: Json, new: Json) -> Iterator[str]:
    for status in _SUCCESSES:
        was = old["responses"].get(status, {}).get("content", {})
        if was and status not in new["responses"]:
            yield f"{name} no longer answers {status}"
            continue
        now = new["responses"].get(status, {}).get("content", {})
        for media_type, content in was.items():
            if media_type not in now:
                yield f"{name} no longer answers {media_type}"
            else:
                yield from _poorer(name, before, content.get("schema", {}), after, now[media_type].get("schema", {}))
    yield from _codes(name, before, old, after, new)


def _codes(name: str, before: Json, old: Json, after: Json, new: Json) -> Iterator[str]:
    """A code may go, but not move to another status."""
    was, now = _statuses(before, old), _statuses(after, new)
    for code, status in was.items():
        if code in now and now[code] != status:
            yield f"{name} answers {code} with {now[code]}, it was {status}"


def _statuses(document: Json, operation: Json) -> dict[str, str]:
    return {
        code: status
        for status, answer in operation["responses"].items()
        for code in _resolved(document, answer)
        .get("content", {})
        .get("application/problem+json", {})
        .get("examples", ())
    }


def _narrower(place: str, before: Json, old: Json, after: Json, new: Json, depth: int = 0) -> Iterator[str]:
    """How a request's schema takes less than it did."""
    old, new = _resolved(before, old), _resolved(after, new)
    if depth > 12:
        return
    if (was := _types(old)) and (now := _types(new)) and not was <= now:
        yield f"{place} no longer takes {', '.join(sorted(was - now))}"
    if "enum" in new and not set(map(str, old.get("enum", ("anything",)))) <= set(map(str, new["enum"])):
        yield f"{place} takes fewer values"
    if new.get("pattern") != old.get("pattern") and new.get("pattern"):
        yield f"{place} has another form"
    for required in set(new.get("required", ())) - set(old.get("required", ())):
        yield f"{place} now requires {required}"
    for wire, schema in old.get("properties", {}).items():
        if wire not in new.get("properties", {}):
            yield f"{place} no longer takes {wire}"
        else:
            yield from _narrower(f"{place}.{wire}", before, schema, after, new["properties"][wire], depth + 1)
    if "items" in old and "items" in new:
        yield from _narrower(f"{place}[]", before, old["items"], after, new["items"], depth + 1)


def _poorer(place: str, before: Json, old: Json, after: Json, new: Json, depth: int = 0) -> Iterator[str]:
    """How an answer's schema gives less, or other things, than it did. New values of an enumeration may come."""
    old, new = _resolved(before, old), _resolved(after, new)
    if depth > 12:
        return
    if (was := _types(old)) and (now := _types(new)) and not now <= was:
        yield f"{place} may now be {', '.join(sorted(now - was))}"
    for wire, schema in old.get("properties", {}).items():
        if wire not in new.get("properties", {}):
            yield f"{place} no longer has {wire}"
        else:
            yield from _poorer(f"{place}.{wire}", before, schema, after, new["properties"][wire], depth + 1)
    if "items" in old and "items" in new:
        yield from _poorer(f"{place}[]", before, old["items"], after, new["items"], depth + 1)


def _types(schema: Json) -> set[str]:
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return set().union(*(_types(one) for one in schema[several]))
    if "$ref" in schema:
        return {"object"}
    found = schema.get("type")
    return set() if found is None else {found} if isinstance(found, str) else set(found)


def _resolved(document: Json, node: Json) -> Json:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    for several in ("anyOf", "oneOf"):
        kinds = [one for one in node.get(several, ()) if one.get("type") != "null"]
        if len(kinds) == 1 and "$ref" in kinds[0]:
            return {**_resolved(document, kinds[0]), "type": sorted({"object"} | _types(node))}
    return node
