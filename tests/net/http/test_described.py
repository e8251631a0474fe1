"""``/openapi.json`` and the table behind it: what requests take, what they give, who may ask."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatd.net.http.openapi import FAILURES, document
from chatd.net.http.routes import ROUTES

DOCUMENT = json.loads(document())
PATHS = DOCUMENT["paths"]
NEW = {
    *("/api/support/send-message", "/api/admin/support/reply", "/api/admin/support/system-message"),
    *("/manager/create", "/manager/request", "/api/auth/register"),
    *("/api/dialogs", "/api/dialogs/{dialog_id}/link", "/api/messages/dialog/{dialog_id}"),
}
OPEN = {
    *("/api/support/send-message", "/manager/auth", "/manager/request", "/api/site", "/api/rooms"),
    *("/api/auth/register", "/api/auth/login"),
    *("/manager/passkey", "/manager/passkey/auth"),
}


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, how, one) for path, some in PATHS.items() for how, one in some.items()]


def body(path: str) -> dict[str, Any]:
    """What a POST takes."""
    found: dict[str, Any] = PATHS[path]["post"]["requestBody"]
    return found | found["content"]["application/json"]["schema"]


def parameters(path: str) -> dict[str, Any]:
    """Those of a GET, by their names."""
    return {one["name"]: one for one in PATHS[path]["get"]["parameters"]}


def answers(path: str, how: str, status: str = "200") -> dict[str, Any]:
    found: dict[str, Any] = PATHS[path][how]["responses"][status]["content"]
    return found


def data(path: str, how: str, status: str = "200") -> dict[str, Any]:
    found: dict[str, Any] = answers(path, how, status)["application/json"]["schema"]
    assert found["required"] == ["success", "data"]
    assert found["properties"]["success"] == {"const": True}
    given: dict[str, Any] = found["properties"]["data"]
    return given


def test_every_route_is_described_once() -> None:
    assert len(operations()) == len(ROUTES)
    assert len({one["operationId"] for _, _, one in operations()}) == len(ROUTES)
    assert not any(":" in path for path in PATHS)
    for path, how, one in operations():
        assert ("requestBody" in one) == (how == "post"), path


def test_what_is_made_is_told_by_its_status_and_what_may_fail_by_another() -> None:
    failures = {str(status) for status in (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)}
    assert {str(status) for status in FAILURES} == failures
    for path, how, one in operations():
        made = "201" if how == "post" and path in NEW else "200"
        assert set(one["responses"]) == {made} | failures, path
        refused = answers(path, how, "404")["application/json"]["schema"]["properties"]
        assert refused["success"] == {"const": False} and "error" in refused


def test_who_is_nobody_may_ask_no_more_than_these() -> None:
    for path, _, one in operations():
        assert one["security"][-2:] == [{"token": []}, {"session": []}]
        assert ({} in one["security"]) == (path in OPEN), path


def test_what_stands_in_a_path_is_no_field_besides() -> None:
    for path, _, one in operations():
        in_path = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        told = {found["name"] for found in one["parameters"] if found["in"] == "path"}
        assert told == in_path
        assert all(found["required"] for found in one["parameters"] if found["in"] == "path")
        asked = {found["name"] for found in one["parameters"] if found["in"] == "query"}
        taken = one.get("requestBody", {"content": {"application/json": {"schema": {}}}})
        fields = taken["content"]["application/json"]["schema"].get("properties", {})
        assert not in_path & (asked | set(fields)), path
    [ticket, *_] = PATHS["/api/admin/support/ticket/{ticket_id}"]["get"]["parameters"]
    assert ticket["schema"]["maxLength"] == 64
    asked = {
        one["name"] for one in PATHS["/api/admin/support/ticket/{ticket_id}"]["get"]["parameters"]
    }
    assert "limit" in asked and "connect" not in asked, "to look at a ticket this way is to be seen"


def test_a_body_is_needed_where_a_field_of_it_is() -> None:
    assert body("/api/messages/read/{dialog_id}")["required"] == ["seq"]
    assert PATHS["/api/messages/read/{dialog_id}"]["post"]["requestBody"]["required"] is True
    assert PATHS["/api/auth/logout"]["post"]["requestBody"]["required"] is False
    assert set(body("/api/admin/support/system-message")["properties"]) == {"ticket_id", "message"}
    assert body("/api/admin/support/system-message")["required"] == ["ticket_id", "message"]


def test_what_may_be_left_out_of_a_query_is_said() -> None:
    found = {
        one["name"]: one for one in PATHS["/api/messages/dialog/{dialog_id}"]["get"]["parameters"]
    }
    assert not found["limit"]["required"] and found["limit"]["schema"]["maximum"] == 200


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("/api/admin/reports/{report}", ["application/json", "text/csv"]),
        ("/api/admin/reports/tickets", ["application/json", "text/csv"]),
        (
            "/api/admin/tickets/{ticket_id}/transcript",
            ["application/json", "text/html", "text/plain"],
        ),
        (
            "/api/support/transcript/{ticket_id}",
            ["application/json", "text/html", "text/plain"],
        ),
        ("/api/rooms", ["application/json"]),
    ],
)
def test_some_is_also_told_as_people_read_it(path: str, kinds: list[str]) -> None:
    assert sorted(answers(path, "get")) == kinds


def test_messages_are_shown_as_http_has_them_and_everything_named_is_there() -> None:
    known = DOCUMENT["components"]["schemas"]
    assert "MessageView" in known and "Message" not in known
    text = json.dumps(DOCUMENT)
    named = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(known) and "\\\\Z" not in text
    said = data("/api/messages/dialog/{dialog_id}", "post", "201")
    assert said == {"$ref": "#/components/schemas/MessageView"}


def test_a_page_that_asks_for_a_cookie_is_given_no_token() -> None:
    assert "token" not in data("/manager/auth", "post")["required"]
    assert data("/manager/auth", "post")["required"] == ["device", "operator"]
    assert data("/api/auth/login", "post") == {"$ref": "#/components/schemas/PersonLoggedIn"}
    assert "token" in DOCUMENT["components"]["schemas"]["PersonLoggedIn"]["required"]
