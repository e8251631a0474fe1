"""Plain HTTP as wire.md has it: paths, bodies, statuses, envelopes, sessions, health."""

from __future__ import annotations

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import Connect
from tests.daemon import PASSWORD, Daemon, eventually

SEND = "/api/support/send-message"


@pytest.fixture(scope="module")
def admin_token(daemon: Daemon) -> str:
    return daemon.add_operator("artem", "Артём", "admin")


@pytest.fixture(scope="module")
def operator_token(daemon: Daemon) -> str:
    return daemon.add_operator("olga", "Ольга")


def test_the_first_message_makes_ticket_and_token_and_polling_follows(daemon: Daemon) -> None:
    status, body = daemon.http("POST", SEND, {"message": "привет", "name": "Аня"})
    assert status == 201 and body["success"] is True
    data = body["data"]
    assert re.fullmatch(r"TKT-\d+", data["ticket_id"]) and data["token"]
    record = data["message"]
    assert record["message"] == "привет" and record["sender_type"] == "customer"
    assert record["sender_name"] == "Аня" and record["ticket_id"] == data["ticket_id"]
    assert {"id", "seq", "type", "meta", "created_at"} <= record.keys()
    path = f"/api/support/messages/{data['ticket_id']}"
    status, body = daemon.http("GET", f"{path}?after={record['seq'] - 1}", token=data["token"])
    assert status == 200 and body["data"]["messages"] == [record]
    assert body["data"]["ticket"]["status"] == "waiting"
    status, body = daemon.http("GET", f"{path}?after={record['seq']}", token=data["token"])
    assert body["data"]["messages"] == []
    status, body = daemon.http("GET", f"{path}?limit=1", token=data["token"])
    assert [one["id"] for one in body["data"]["messages"]] == [record["id"]]


def test_a_second_message_needs_the_bearer_and_a_retry_is_one(daemon: Daemon) -> None:
    data = daemon.http("POST", SEND, {"message": "1"})[1]["data"]
    again = {"message": "2", "ticket_id": data["ticket_id"], "client_id": "c-2"}
    assert daemon.http("POST", SEND, again)[0] == 401
    first = daemon.http("POST", SEND, again, token=data["token"])
    second = daemon.http("POST", SEND, again, token=data["token"])
    assert first[0] == second[0] == 201
    assert first[1]["data"]["message"] == second[1]["data"]["message"]


def test_a_newcomer_s_first_message_sent_again_makes_no_second_ticket(daemon: Daemon) -> None:
    first = {"message": "Где заказ?", "name": "Анна", "client_id": "c-7f3a9be1d04c2256"}
    data = daemon.http("POST", SEND, first)[1]["data"]
    assert daemon.http("POST", SEND, first)[1]["data"] == data, "the answer was lost on its way"
    others = ({"message": "Другое"}, {"name": "Ольга"}, {"client_id": "c-7f3a9be1d04c2257"})
    tokens = {daemon.http("POST", SEND, {**first, **other})[1]["data"]["token"] for other in others}
    assert len(tokens | {data["token"]}) == 4, "whose request is another is somebody else"
    short = {**first, "client_id": "c-1"}
    tokens = {daemon.http("POST", SEND, short)[1]["data"]["token"] for _ in range(2)}
    assert len(tokens) == 2, "an id that can be guessed gives nobody's token away"


def test_a_newcomer_s_first_message_sent_many_times_at_once_makes_one_ticket(
    tmp_path: Path,
) -> None:
    daemon = Daemon(tmp_path).start(fault="disk")
    first = {"message": "Где заказ?", "name": "Анна", "client_id": "c-7f3a9be1d04c9999"}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: daemon.http("POST", SEND, first), range(10)))
    assert {status for status, _ in answers} == {201}
    assert all(answer["data"] == answers[0][1]["data"] for _, answer in answers)
    assert len(daemon.admin_json("queue")["tickets"]) == 1
    assert daemon.stop() == 0


def test_messages_over_http_reach_the_connected_at_once(daemon: Daemon, connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    boris.join("lobby")
    body = {"content": "по HTTP", "type": "text", "meta": {"a": 1}, "client_id": "h-1"}
    status, answer = daemon.http("POST", "/api/messages/dialog/lobby", body, token=anna.token)
    assert status == 201 and answer["data"]["message"] == "по HTTP"
    assert answer["data"]["dialog_id"] == "lobby"
    got = boris.expect("message:new", id=answer["data"]["id"])
    assert got["content"] == "по HTTP" and got["meta"] == {"a": 1}


def test_manager_request_queue_sessions(daemon: Daemon, operator_token: str) -> None:
    status, body = daemon.http("POST", "/manager/request", {"name": "Клиент"})
    assert status == 201 and body["data"]["position"] >= 1
    assert body["data"]["expected_wait_s"] is None and body["data"]["token"]
    ticket_id = body["data"]["ticket_id"]
    data = daemon.http("GET", "/manager/queue", token=operator_token)[1]["data"]
    assert data["waiting"] == len(data["tickets"]) and data["operators_online"] >= 1
    assert ticket_id in [ticket["id"] for ticket in data["tickets"]]
    accept = f"/api/admin/support/accept/{ticket_id}"
    assert daemon.http("POST", accept, {}, token=operator_token)[0] == 200
    own = daemon.http("GET", "/manager/sessions", token=operator_token)[1]["data"]["tickets"]
    assert ticket_id in [ticket["id"] for ticket in own]


def test_tickets_are_listed_in_pages_with_counts(daemon: Daemon, operator_token: str) -> None:
    made = [daemon.http("POST", SEND, {"message": "x"})[1]["data"]["ticket_id"] for _ in range(5)]
    path = "/api/admin/support/tickets?status=waiting&limit=2"
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        query = f"{path}&cursor={cursor}" if cursor else path
        data = daemon.http("GET", query, token=operator_token)[1]["data"]
        assert all(one["unread"] > 0 and one["last_message"] for one in data["tickets"])
        seen += [ticket["id"] for ticket in data["tickets"]]
        cursor = data["cursor"]
    assert len(seen) == len(set(seen)) and seen == sorted(seen, reverse=True)
    assert set(made) <= set(seen)


def test_only_administrators_create_operators(
    daemon: Daemon, admin_token: str, operator_token: str
) -> None:
    new = {"username": "vera", "password": PASSWORD, "display_name": "Вера"}
    assert daemon.http("POST", "/manager/create", new)[0] == 401
    assert daemon.http("POST", "/manager/create", new, token=operator_token)[0] == 403
    status, body = daemon.http("POST", "/manager/create", new, token=admin_token)
    assert status == 201 and body["data"]["operator"]["display_name"] == "Вера"
    assert "password" not in json.dumps(body)
    assert daemon.http("POST", "/manager/create", new, token=admin_token)[0] == 409
    bad = {**new, "username": "BAD NAME"}
    status, body = daemon.http("POST", "/manager/create", bad, token=admin_token)
    assert status == 422 and body["error"]["field"] == "username"


def test_login_says_the_same_for_unknown_and_mistyped(daemon: Daemon, admin_token: str) -> None:
    answers = [
        daemon.http("POST", "/manager/auth", {"username": name, "password": "wrong-password"})
        for name in ("artem", "nobody")
    ]
    assert answers[0] == answers[1] and answers[0][0] == 401


def test_a_cookie_session_is_safe_from_scripts_and_foreign_pages(
    daemon: Daemon, admin_token: str
) -> None:
    login = {"username": "artem", "password": PASSWORD, "cookie": True}
    status, headers, _ = daemon.http_full("POST", "/manager/auth", login)
    cookie = headers["Set-Cookie"]
    assert status == 200 and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    kept = {"Cookie": cookie.partition(";")[0]}
    assert daemon.http("GET", "/manager/me", headers=kept)[0] == 200
    assert daemon.http("POST", "/manager/logout", {}, headers=kept)[0] == 403
    proven = {**kept, "X-Chatd-Csrf": "1", "Origin": f"http://{daemon.address}"}
    foreign = {**proven, "Origin": "https://evil.example"}
    assert daemon.http("POST", "/manager/logout", {}, headers=foreign)[0] == 403
    assert daemon.http("POST", "/manager/logout", {}, headers=proven)[0] == 200
    assert daemon.http("GET", "/manager/me", headers=kept)[0] == 401


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "malformed"),
        (b"[1]", {}, 400, "malformed"),
        (b'{"message": NaN}', {}, 400, "malformed"),
        (b'{"message": "\\ud800"}', {}, 400, "malformed"),
        (b"[" * 20_000, {}, 400, "malformed"),
        (b'{"message": 5}', {}, 422, "invalid"),
        (b'{"message": ""}', {}, 422, "invalid"),
        (b"{}", {}, 422, "invalid"),
        (b'{"message": "x"}', {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"message": "' + b"x" * 9000 + b'"}', {}, 413, "too_large"),
        (b'{"message": "' + b"x" * 2_000_000 + b'"}', {}, 413, "too_large"),
        (b'{"message": "x", "site": "nowhere"}', {}, 422, "invalid"),
        (b'{"message": "x"}', {"Authorization": "Basic eDp5"}, 401, "unauthenticated"),
        (b'{"message": "x"}', {"Authorization": "Bearer nonsense"}, 401, "unauthenticated"),
    ],
)
def test_bad_requests_get_the_fitting_status_and_a_clear_error(
    daemon: Daemon, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    got, answer = daemon.http("POST", SEND, body, headers=headers)
    assert (got, answer["success"], answer["error"]["code"]) == (status, False, code)
    assert answer["error"]["message"] and "Traceback" not in json.dumps(answer)


def test_unknown_paths_and_methods_are_refused_in_the_envelope(daemon: Daemon) -> None:
    assert daemon.http("GET", "/nowhere")[1]["error"]["code"] == "not_found"
    status, body = daemon.http("DELETE", SEND)
    assert status == 405 and body["success"] is False
    for path in ("/assets/../config.py", "/assets/%2e%2e/config.py", "/assets//etc/passwd"):
        assert daemon.http("GET", path)[0] == 404


def test_too_much_is_429_with_retry_after(make_daemon: Any) -> None:
    daemon = make_daemon({"limits": {"logins_per_account": "3/minute"}})
    for _ in range(3):
        login = {"username": "x", "password": "y"}
        assert daemon.http("POST", "/manager/auth", login)[0] == 401
    status, headers, body = daemon.http_full("POST", "/manager/auth", login)
    assert status == 429 and 1 <= int(headers["Retry-After"]) <= 60
    assert json.loads(body)["error"]["retry_after"] == int(headers["Retry-After"])


def test_preflights_are_answered_for_our_sites_only(make_daemon: Any) -> None:
    daemon = make_daemon({"sites": {"shop": {"origins": ["https://shop.example"]}}})
    ask = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    status, headers, _ = daemon.http_full("OPTIONS", SEND, headers=ask)
    assert status == 204 and headers["Access-Control-Allow-Origin"] == "https://shop.example"
    ask["Origin"] = "https://evil.example"
    _, headers, _ = daemon.http_full("OPTIONS", SEND, headers=ask)
    assert "Access-Control-Allow-Origin" not in headers


def test_health_readiness_and_metrics(daemon: Daemon, connect: Connect) -> None:
    assert daemon.http("GET", "/healthz")[0] == 200
    assert daemon.http("GET", "/readyz")[1]["data"]["status"] == "ready"
    connect("Аня").say("lobby", "counted")
    _, headers, body = daemon.http_full("GET", "/metrics")
    text = body.decode()
    assert headers["Content-Type"].startswith("text/plain")
    for name in (
        "chatd_connections ",
        "chatd_messages_total",
        "chatd_queue_waiting",
        "chatd_queue_oldest_wait_seconds",
        "chatd_accept_seconds_bucket",
        "chatd_commit_seconds_count",
        "chatd_outbox_dropped_total",
        "chatd_loop_lag_seconds_count",
    ):
        assert name in text, name
    buckets = re.findall(r'chatd_commit_seconds_bucket{le="(\S+)"} (\S+)', text)
    counts = [float(count) for _, count in buckets]
    assert buckets[-1][0] == "+Inf" and counts == sorted(counts) and counts[-1] >= 1
    assert f"chatd_commit_seconds_count {counts[-1]}" in text
    assert re.search(r'chatd_commands_total{outcome="done"} [1-9]', text)


def test_connection_stats_are_for_operators(
    daemon: Daemon, connect: Connect, operator_token: str
) -> None:
    anna = connect("Аня")
    path = "/api/debug/websocket-stats"
    assert daemon.http("GET", path)[0] == 401
    assert daemon.http("GET", path, token=anna.token)[0] == 403
    data = daemon.http("GET", path, token=operator_token)[1]["data"]
    own = next(one for one in data["connections"] if one["participant"] == anna.id)
    assert own["transport"] == "websocket" and own["address"] == "127.0.0.1"
    assert own["in_bytes"] > 0 and own["since"] and data["by_transport"]["websocket"] >= 1


def test_a_64_of_ipv6_addresses_is_limited_as_one(make_daemon: Any) -> None:
    daemon = make_daemon(
        {
            "server": {"trusted_proxies": ["127.0.0.1"]},
            "limits": {"logins_per_address": "2/minute"},
        }
    )

    def login(address: str) -> int:
        said = {"username": "nobody", "password": "wrong"}
        return daemon.http("POST", "/manager/auth", said, headers={"X-Forwarded-For": address})[0]

    assert [login(f"2001:db8:1:2::{host}") for host in (1, 2, 3)] == [401, 401, 429]
    assert login("2001:db8:1:3::1") == 401


def test_a_forwarded_address_counts_from_trusted_proxies_only(make_daemon: Any) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    for proxies, seen in (([], "127.0.0.1"), (["127.0.0.0/8"], "198.51.100.7")):
        daemon = make_daemon({"server": {"trusted_proxies": proxies}})
        with Client(daemon.address, additional_headers=forwarded) as client:
            client.hello(name="x")
            (one,) = daemon.admin_json("connections")["connections"]
            assert one["address"] == seen


def test_half_a_request_is_not_waited_for_for_ever(make_daemon: Any) -> None:
    daemon = make_daemon({"websocket": {"header_seconds": 0.3}})
    host, _, port = daemon.address.partition(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(50)]
    for one in slow:
        one.sendall(b"GET /ws HTTP/1.1\r\nHost: localhost\r\n")
        one.settimeout(10)
    assert all(one.recv(100) == b"" for one in slow)
    for one in slow:
        one.close()
    assert daemon.http("GET", "/healthz")[0] == 200


def test_openapi_describes_every_route(daemon: Daemon) -> None:
    document = daemon.http("GET", "/openapi.json")[1]
    from chatd.net.http.openapi import public_path
    from chatd.net.http.routes import ROUTES

    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert described == {(route.method, public_path(route)) for route in ROUTES}


def test_an_operator_who_polls_counts_as_on_line(make_daemon: Any) -> None:
    daemon = make_daemon()
    token = daemon.add_operator("alla", "Алла")
    assert daemon.admin_json("operator", "list")["operators"][0]["status"] == "offline"
    daemon.http("GET", "/manager/queue", token=token)
    eventually(lambda: daemon.admin_json("operator", "list")["operators"][0]["status"] == "online")
