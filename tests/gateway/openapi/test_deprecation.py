"""What is to go says so, in the document and in its answers, and not too late."""

from __future__ import annotations

from datetime import date

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from gateway.openapi.deprecation import Announcements, deprecated


def test_a_deprecated_route_names_both_days_and_its_successor():
    app = FastAPI()
    app.add_middleware(Announcements)

    @app.get("/old", deprecated=True, dependencies=[deprecated(date(2027, 1, 1), date(2028, 1, 1), "/v1/new")])
    def old() -> Response:
        """Old."""
        return JSONResponse({})

    @app.get("/new")
    def new() -> Response:
        """New."""
        return JSONResponse({})

    answer = TestClient(app).get("/old")
    assert answer.headers["deprecation"] == "@1798761600"
    assert answer.headers["sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert answer.headers["link"] == '</v1/new>; rel="successor-version"'
    assert "deprecation" not in TestClient(app).get("/new").headers
    assert app.openapi()["paths"]["/old"]["get"]["deprecated"]


def test_a_notice_of_less_than_a_year_is_refused():
    with pytest.raises(ValueError, match="365 days"):
        deprecated(date(2027, 1, 1), date(2027, 12, 31), "/v1/new")
