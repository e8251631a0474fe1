"""schemathesis against the daemon's own description: whatever fits the schema, and whatever does
not, is answered as described and never with a fault of ours."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    response_schema_conformance,
    status_code_conformance,
)

from chatd.net.http.openapi import public_path
from chatd.net.http.route import Route
from chatd.net.http.routes import ROUTES
from tests.daemon import Daemon

PROMISES = [not_a_server_error, status_code_conformance, response_schema_conformance]
BOUNDS = settings(
    max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


@pytest.fixture(scope="module")
def tokens(daemon: Daemon) -> dict[str, str | None]:
    _, body = daemon.http("POST", "/api/support/send-message", {"message": "x"})
    administrator = daemon.add_operator("fuzz", "Фазз", "admin")
    return {"anybody": None, "visitor": body["data"]["token"], "administrator": administrator}


@pytest.fixture(scope="module")
def schema(daemon: Daemon) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"http://{daemon.address}/openapi.json")


@pytest.mark.parametrize("who", ["anybody", "visitor", "administrator"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_operation_keeps_its_description(
    schema: schemathesis.BaseSchema, tokens: dict[str, str | None], route: Route, who: str
) -> None:
    if (who, route.path) == ("administrator", "/manager/logout"):
        who = "anybody"
    token = tokens[who]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    operation = schema[public_path(route)][route.method]

    @BOUNDS
    @given(case=operation.as_strategy())
    def called(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=PROMISES, headers=headers)

    called()
