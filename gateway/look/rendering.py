"""Renders a template into a response that no browser lets load or run anything from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from gateway.look.texts import chosen_language, remember_language, speaker
from gateway.money import Money
from gateway.seat import Seat

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gateway.look"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(money=_money, short=_short, moment=_moment, is_money=_is_money, percent=_percent)
    return environment


def page(request: Request, seat: Seat, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
    """The rendered page, in the language that the reader chose."""
    language = chosen_language(request)
    other = request.url.include_query_params(lang="en" if language == "zh" else "zh")
    text = (
        _environment()
        .get_template(template)
        .render(
            **values,
            t=speaker(language),
            language=language,
            other_language=f"{other.path}?{other.query}" if request.method == "GET" else None,
            seat_name=seat.settings.seat,
            network=seat.consortium.name,
            engine=seat.consortium.engine,
        )
    )
    response = Response(text, status_code=status, media_type="text/html; charset=utf-8", headers=_HEADERS)
    response.headers["Content-Language"] = language
    remember_language(request, response)
    return response


def _money(value: Money) -> str:
    """With thousands set apart: 1,234,567.89 CNY."""
    whole, _, part = value.amount.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}.{part} {value.currency}"


def _percent(rate: str) -> str:
    """A rate as a percentage: 0.0525 is 5.25 %."""
    return f"{(Decimal(rate) * 100).normalize():f} %"


def _is_money(value: object) -> bool:
    return isinstance(value, Money) or (isinstance(value, dict) and set(value) == {"amount", "currency"})


def _short(value: str, head: int = 10, tail: int = 6) -> str:
    """A hash or address cut in the middle; the whole of it stands in the title."""
    return value if len(value) <= head + tail + 1 else f"{value[:head]}…{value[-tail:]}"


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S UTC")
