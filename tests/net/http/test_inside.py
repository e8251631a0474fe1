"""Requests as commands, asked in the tests' own process: bodies, queries, headers, first words."""

from __future__ import annotations

from typing import Any

import pytest
from loguru import logger

from chatd.errors import Unavailable
from chatd.net.http.bodies import BODY_SECONDS, decode_json
from chatd.net.http.health import is_here
from chatd.protocol.bounds import most_bytes
from chatd.protocol.support import CloseTicket, OpenTicket
from tests.net.http.inside import OWN, PAGE, Inside

SEND = "/api/support/send-message"
REQUEST = "/manager/request"
GUESSED, UNGUESSED = "x" * 15, "x" * 16


def send(inside: Inside, data: bytes, **headers: str) -> tuple[int, str]:
    """A body as it is given; the status, and what is said."""
    answer = inside.raw("POST", SEND, data, **{"Content_Type": "application/json", **headers})
    told = answer.json
    return answer.status_code, told["error"]["message"] if "error" in told else ""


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 201),
        ("APPLICATION/JSON ; charset=utf-8", 201),
        ("text/plain", 415),
        ("application/jsonp", 415),
        ("", 415),
    ],
)
def test_a_body_is_json_and_says_so(inside: Inside, kind: str, status: int) -> None:
    assert send(inside, b'{"message": "x"}', Content_Type=kind)[0] == status


def test_no_body_is_an_empty_object_and_no_other_json_is_one(inside: Inside) -> None:
    assert send(inside, b"") == (422, "send-message: needs 'message'")
    assert send(inside, b"", Content_Type="text/plain")[0] == 422
    for data in (b"[]", b"null", b'"message"', b"1"):
        assert send(inside, data) == (400, "the body is a JSON object")


def test_a_body_has_so_many_bytes_and_not_one_more(inside: Inside) -> None:
    config = inside.stage.services.config
    limit = most_bytes(OpenTicket, config.longest_text)
    assert limit < config.server.max_body_bytes
    assert send(inside, b'{"message": "x"}'.ljust(limit))[0] == 201
    status, said = send(inside, b'{"message": "x"}'.ljust(limit + 1))
    assert (status, said) == (413, f"a body holds at most {limit} bytes")
    assert send(inside, b"", Content_Length=str(10**9))[0] == 413


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1, "a": 1}',
        b'{"b": [{"a": 1, "a": 2}]}',
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"-1e999",
        b'"\\udc00"',
        b"\xff",
        b"{",
        b"",
    ],
)
def test_json_that_two_could_read_as_two_things_is_none(data: bytes) -> None:
    with pytest.raises(Exception, match="the body is not JSON"):
        decode_json(data)


def test_json_is_read_as_it_stands() -> None:
    assert decode_json(b'{"a": [1, 2.5, -1e3, null, true, "\\u0416"], "b": {"a": {}}}') == {
        "a": [1, 2.5, -1000.0, None, True, "Ж"],
        "b": {"a": {}},
    }
    assert BODY_SECONDS == 10.0


def test_a_query_names_a_field_once_and_only_fields(inside: Inside) -> None:
    token = inside.account()
    path = "/api/admin/support/tickets"
    assert inside.ask("GET", f"{path}?limit=5", token=token).status_code == 200
    assert inside.refusal("GET", f"{path}?limit=5&limit=5", token=token) == (
        422,
        "'limit' is given twice",
    )
    assert inside.refusal("GET", f"{path}?limit=", token=token)[0] == 422
    assert inside.refusal("GET", f"{path}?status=waiting,closed", token=token)[0] == 422
    status, said = inside.refusal("GET", f"{path}?{'y' * 80}=1&{'y' * 80}=1", token=token)
    assert status == 422 and said == f"'{'y' * 64}' is given twice"


def test_a_path_says_which_ticket_whatever_else_is_said(inside: Inside) -> None:
    token = inside.account()
    one, other = inside.write(), inside.write()
    body = {"ticket_id": other["ticket_id"]}
    told = inside.ask("POST", f"/api/admin/support/close/{one['ticket_id']}", body, token=token)
    assert told.json["data"]["ticket"]["id"] == one["ticket_id"]
    path = f"/api/admin/support/ticket/{one['ticket_id']}?ticket_id={other['ticket_id']}"
    assert inside.ask("GET", path, token=token).json["data"]["ticket"]["id"] == one["ticket_id"]
    ending = f"/api/admin/support/ticket/{one['ticket_id']}/"
    assert inside.ask("GET", ending, token=token).status_code == 200


def connected(inside: Inside, ticket: str) -> list[str]:
    """Who is announced in a ticket."""
    told = inside.stage.store.history(ticket, limit=100)
    return [one.content for one in told if one.meta.get("kind") == "operator_connected"]


@pytest.mark.parametrize(
    ("method", "headers", "query", "announced"),
    [
        ("GET", {}, "", 1),
        ("GET", {}, "?connect=false", 1),
        ("HEAD", {}, "", 0),
        ("HEAD", {}, "?connect=true", 0),
    ],
)
def test_to_look_announces_who_means_it(
    inside: Inside, method: str, headers: dict[str, str], query: str, announced: int
) -> None:
    token, ticket = inside.account(), inside.write()["ticket_id"]
    path = f"/api/admin/support/ticket/{ticket}{query}"
    assert inside.ask(method, path, token=token, **headers).status_code == 200
    assert len(connected(inside, ticket)) == announced


def test_a_field_is_called_as_the_path_calls_it(inside: Inside) -> None:
    token, ticket = inside.account(), inside.write()["ticket_id"]
    path = "/api/admin/support/system-message"
    body = {"ticket_id": ticket, "message": "from the house"}
    told = inside.ask("POST", path, body, token=token)
    assert told.status_code == 201 and told.json["data"]["message"]["ticket_id"] == ticket
    status, said = inside.refusal("POST", path, {**body, "ticket_id": 5}, token=token)
    assert status == 422 and "'ticket_id'" in said and "dialog_id" not in said


def test_nobody_is_told_more_than_that_they_are_nobody(inside: Inside) -> None:
    assert inside.raw("POST", "/manager/create", b"{", Content_Type="nonsense").status_code == 401
    assert inside.ask("POST", "/manager/auth", {}).status_code == 422


def test_first_words_make_a_ticket_and_the_next_ones_go_into_it(inside: Inside) -> None:
    first = inside.write(name="Anna", site="bank")
    assert first["message"]["message"] == "help"
    assert first["message"]["ticket_id"] == first["ticket_id"]
    assert "dialog_id" not in first["message"] and "edited_at" not in first["message"]
    second = inside.ask(
        "POST", SEND, {"message": "more", "ticket_id": first["ticket_id"]}, token=first["token"]
    ).json["data"]
    assert (second["ticket_id"], second["token"]) == (first["ticket_id"], first["token"])
    third = inside.ask("POST", SEND, {"message": "other"}, token=first["token"]).json["data"]
    assert third["token"] == first["token"] and third["ticket_id"] != first["ticket_id"]
    assert third["message"]["sender_id"] == first["message"]["sender_id"]
    assert third["message"]["sender_name"] == "Anna"


@pytest.mark.parametrize("path", [SEND, REQUEST])
def test_a_ticket_that_exists_is_written_to_by_who_has_a_token(inside: Inside, path: str) -> None:
    ticket = inside.write()["ticket_id"]
    told = inside.refusal("POST", path, {"message": "x", "ticket_id": ticket})
    assert told == (401, "the visitor's bearer token is needed for a ticket that exists")
    mine = inside.write()["token"]
    assert inside.refusal("POST", path, {"message": "x", "ticket_id": ticket}, token=mine)[0] == 404


@pytest.mark.parametrize("path", [SEND, REQUEST])
def test_an_operator_opens_no_ticket(inside: Inside, path: str) -> None:
    told = inside.refusal("POST", path, {"message": "x"}, token=inside.account())
    assert told == (422, "an operator opens no ticket of their own")


def test_what_is_wrong_with_a_text_is_wrong_with_the_message(inside: Inside) -> None:
    for path in (SEND, REQUEST):
        for wrong in (" ", 5):
            answer = inside.ask("POST", path, {"message": wrong})
            assert answer.status_code == 422, answer.json
            assert answer.json["error"]["field"] == "message"
    answer = inside.ask("POST", SEND, {"message": "x", "site": "nowhere"})
    assert answer.status_code == 422 and answer.json["error"]["field"] == "site"


def waiting(inside: Inside, **body: Any) -> dict[str, Any]:
    """Somebody asks for a person."""
    answer = inside.ask("POST", REQUEST, body)
    assert answer.status_code == 201, answer.json
    data: dict[str, Any] = answer.json["data"]
    return data


def test_who_asks_for_a_person_is_in_line_by_then(inside: Inside) -> None:
    first = waiting(inside)
    second = waiting(inside, message="help")
    assert (first["position"], second["position"]) == (1, 2)
    assert first["operators_online"] == 0
    said = inside.stage.store.history(second["ticket_id"], limit=9)
    assert [one.content for one in said if one.sender_type == "customer"] == ["help"]
    assert not [
        one
        for one in inside.stage.store.history(first["ticket_id"], limit=9)
        if one.sender_type == "customer"
    ]
    body = {"ticket_id": second["ticket_id"], "message": "please"}
    again = inside.ask("POST", REQUEST, body, token=second["token"]).json["data"]
    assert (again["ticket_id"], again["token"]) == (second["ticket_id"], second["token"])
    assert again["position"] == 2
    inside.stage.shell(CloseTicket(ticket_id=first["ticket_id"]))
    del body["message"]
    assert inside.ask("POST", REQUEST, body, token=second["token"]).json["data"]["position"] == 1
    said = inside.stage.store.history(second["ticket_id"], limit=9)
    assert [one.content for one in said if one.sender_type == "customer"] == ["help", "please"]


@pytest.mark.parametrize("path", [SEND, REQUEST])
@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"client_id": UNGUESSED}, {}, True),
        ({"client_id": GUESSED}, {}, False),
        ({}, {}, False),
        ({"client_id": UNGUESSED}, {"message": "other"}, False),
        ({"client_id": UNGUESSED}, {"name": "Vera"}, False),
    ],
)
def test_a_newcomer_who_asks_once_more_is_the_same_by_what_nobody_guesses(
    inside: Inside, path: str, first: dict[str, str], second: dict[str, str], same: bool
) -> None:
    body = {"message": "help", **first}
    one = inside.ask("POST", path, body).json["data"]
    two = inside.ask("POST", path, {**body, **second}).json["data"]
    assert (one["token"] == two["token"]) is same
    assert (one["ticket_id"] == two["ticket_id"]) is same


def test_from_elsewhere_the_same_words_are_somebody_elses(inside: Inside) -> None:
    body = {"message": "help", "client_id": UNGUESSED}
    tokens = {
        inside.ask("POST", SEND, body, peer=peer).json["data"]["token"]
        for peer in ("192.0.2.1", "198.51.100.1")
    }
    assert len(tokens) == 2


def test_a_preflight_says_what_a_page_of_a_site_may_send(inside: Inside) -> None:
    told = inside.ask("OPTIONS", SEND, Origin=PAGE)
    assert (told.status_code, told.headers["access-control-allow-origin"]) == (204, PAGE)
    assert told.headers["access-control-allow-methods"] == "GET, POST"
    assert told.headers["access-control-max-age"] == "600"
    assert told.headers["access-control-expose-headers"] == "Retry-After"
    files = inside.ask("OPTIONS", "/api/files", Origin=PAGE)
    assert "PATCH" in files.headers["access-control-allow-methods"]
    assert "Upload-Offset" in files.headers["access-control-expose-headers"]
    evil = inside.ask("OPTIONS", SEND, Origin="https://evil.example")
    assert evil.status_code == 403 and "access-control-allow-origin" not in evil.headers
    own = inside.ask("OPTIONS", "/manager/me", Origin=OWN)
    assert own.status_code != 403
    plain = inside.ask("OPTIONS", SEND)
    assert "access-control-allow-methods" not in plain.headers


def test_only_of_a_site_a_foreign_page_may_read_that_it_is_not_let_in(inside: Inside) -> None:
    for path, readable in (("/api/site", True), ("/api/rooms", False), ("/api/site/x", False)):
        told = inside.ask("GET", path, Origin="https://evil.example")
        assert told.status_code in (403, 404)
        assert ("access-control-allow-origin" in told.headers) is readable
        assert told.headers["vary"] == "Origin"


def test_a_page_has_a_policy_of_its_own_and_all_else_the_strictest(inside: Inside) -> None:
    strict = "default-src 'none'; frame-ancestors 'none'"
    for path in ("/api/rooms", "/nowhere", "/healthz"):
        headers = inside.ask("GET", path).headers
        assert headers["content-security-policy"] == strict
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    page = inside.ask("GET", "/console").headers
    assert page["content-security-policy"] != strict and page["cache-control"] == "no-cache"


def test_a_refusal_says_when_to_come_again_where_that_helps(inside: Inside) -> None:
    inside.stage.services.limiter.apply(inside.stage.limits(tickets_per_address="1/minute"))
    inside.write()
    told = inside.ask("POST", SEND, {"message": "x"})
    assert told.status_code == 429 and 0 < int(told.headers["retry-after"]) <= 60
    gone = inside.ask("GET", "/nowhere")
    assert gone.status_code == 404 and "retry-after" not in gone.headers
    assert gone.json["error"] == {"code": "not_found", "message": "no such path"}
    missing = inside.ask("DELETE", "/healthz")
    assert missing.status_code == 405 and "GET" in missing.headers["allow"]
    assert "www-authenticate" not in missing.headers
    assert missing.json["error"]["code"] == "method_not_allowed"


def test_who_is_refused_is_noted_with_where_they_come_from(inside: Inside) -> None:
    said: list[str] = []
    sink = logger.add(said.append, format="{message}")
    inside.ask("GET", "/api/rooms", Origin="https://evil.example", peer="198.51.100.77")
    logger.remove(sink)
    assert [line for line in said if "refused (origin)" in line and "198.51.100.77" in line]


def test_a_fault_of_ours_is_told_without_what_it_was(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise KeyError("secret")

    monkeypatch.setattr(inside.stage.services.control, "problem", fail)
    incidents = inside.figure("chatd_incidents_total")
    told = inside.ask("GET", "/readyz")
    assert told.status_code == 500 and "secret" not in told.text
    assert told.json["error"]["code"] == "internal" and told.json["error"]["incident"]
    assert inside.figure("chatd_incidents_total") == incidents + 1


def test_it_is_ready_unless_it_says_why_not(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = inside.stage.services.control
    alive, ready = inside.ask("GET", "/healthz").json, inside.ask("GET", "/readyz").json
    assert alive == {"success": True, "data": {"status": "alive"}}
    assert ready == {"success": True, "data": {"status": "ready"}}
    monkeypatch.setattr(control, "list_impairments", lambda: ["a file is damaged"])
    data = {"status": "degraded", "impaired": ["a file is damaged"]}
    assert inside.ask("GET", "/readyz").json["data"] == data
    monkeypatch.setattr(control, "problem", lambda: "the disk is full")
    told = inside.ask("GET", "/readyz")
    assert told.status_code == Unavailable.status == 503
    assert told.json["error"]["message"] == "the disk is full"
    assert told.headers["retry-after"] == "1"
    assert inside.ask("GET", "/healthz").status_code == 200


@pytest.mark.parametrize(
    ("environ", "here"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, True),
        ({"REMOTE_ADDR": "127.8.9.1"}, True),
        ({"REMOTE_ADDR": "::1"}, True),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, True),
        ({"REMOTE_ADDR": ""}, True),
        ({}, True),
        ({"REMOTE_ADDR": "192.0.2.1"}, False),
        ({"REMOTE_ADDR": "unknown"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": ""}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=x"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_VIA": "1.1 x"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "x"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_CF_RAY": "x"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_OTHER": "x"}, True),
    ],
)
def test_who_asks_from_here_asks_for_themselves(environ: dict[str, str], here: bool) -> None:
    assert is_here(environ) is here


def test_figures_are_told_here_and_to_the_listener_for_them(inside: Inside) -> None:
    assert inside.ask("GET", "/metrics", peer="127.0.0.1").status_code == 200
    assert inside.refusal("GET", "/metrics")[0] == 403
    apart = inside.ask("GET", "/metrics", env={"chatd.apart": True})
    assert apart.status_code == 200 and "chatd_" in apart.text


def test_without_an_upgrade_the_websocket_is_none(inside: Inside) -> None:
    for method in ("GET", "HEAD"):
        told = inside.ask(method, "/ws")
        assert (told.status_code, told.headers["upgrade"]) == (426, "websocket")
        assert told.headers["connection"] == "Upgrade"


def test_a_page_of_one_message_shows_it_as_http_does(inside: Inside) -> None:
    token = inside.account()
    said = inside.ask("POST", "/api/messages/dialog/lobby", {"content": "alone"}, token=token)
    assert said.status_code == 201, said.json
    page = inside.ask("GET", "/api/messages/dialog/lobby", token=token).json["data"]
    assert page["messages"] == [said.json["data"]] and said.json["data"]["message"] == "alone"
