"""The pages' words in English and Chinese, from `texts.toml`; a word that is missing is shown as its key."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from fastapi import Request, Response

from chain.errors import Language
from gateway.problems import language_of

COOKIE = "ledger_language"


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Key -> language -> text."""
    raw = tomllib.loads(files("gateway.look").joinpath("texts.toml").read_text("utf-8"))
    return {f"{group}.{name}": words for group, entries in raw.items() for name, words in entries.items()}


def speaker(language: Language) -> Callable[[str], str]:
    """The function that gives texts in `language`; what has no text (a name, a new kind) is shown as it is."""
    known = texts()

    def say(key: str) -> str:
        words = known.get(key)
        return key.partition(".")[2] if words is None else words[language]

    return say


def chosen_language(request: Request) -> Language:
    """The language asked for by `?lang=`, the cookie, or the browser."""
    for choice in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if choice in ("en", "zh"):
            return "zh" if choice == "zh" else "en"
    return language_of(request)


def remember_language(request: Request, response: Response) -> None:
    """Keeps a choice made by `?lang=`."""
    choice = request.query_params.get("lang")
    if choice in ("en", "zh"):
        response.set_cookie(COOKIE, choice, max_age=365 * 86400, path="/look", httponly=True, samesite="strict")
