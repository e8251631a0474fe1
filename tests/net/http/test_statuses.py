"""Every status of the interface, from the failures that it stands for; routes for the pages."""

from __future__ import annotations

import resource
import signal
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon, eventually
from tests.net.http.raw import Wire
from tests.net.raw import RawClient

SEND = "/api/support/send-message"
ADMIN = "/api/admin/support"


@pytest.fixture(scope="module")
def operator(daemon: Daemon) -> str:
    return daemon.add_operator("olga", "Ольга")


@pytest.fixture
def ticket(daemon: Daemon) -> dict[str, Any]:
    data: dict[str, Any] = daemon.http("POST", SEND, {"message": "x"})[1]["data"]
    return data


def test_strangers_learn_nothing_of_a_ticket(daemon: Daemon, ticket: dict[str, Any]) -> None:
    path = f"/api/support/messages/{ticket['ticket_id']}"
    other = daemon.http("POST", SEND, {"message": "y"})[1]["data"]["token"]
    assert daemon.http("GET", path)[0] == 401
    there = daemon.http("GET", path, token=other)
    absent = daemon.http("GET", "/api/support/messages/TKT-1", token=other)
    assert there == absent and there[0] == 404
    write = {"message": "z", "ticket_id": ticket["ticket_id"]}
    assert daemon.http("POST", SEND, write, token=other)[0] == 404
    assert daemon.http("POST", "/manager/request", write, token=other)[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{ADMIN}/tickets"),
        ("GET", f"{ADMIN}/ticket/TKT-1"),
        ("POST", f"{ADMIN}/reply"),
        ("POST", f"{ADMIN}/system-message"),
        ("POST", f"{ADMIN}/close/TKT-1"),
        ("POST", f"{ADMIN}/open/TKT-1"),
        ("POST", f"{ADMIN}/accept/TKT-1"),
        ("POST", f"{ADMIN}/return/TKT-1"),
        ("GET", "/manager/queue"),
        ("GET", "/manager/sessions"),
        ("GET", "/manager/me"),
        ("GET", "/manager/canned"),
        ("POST", "/manager/canned"),
        ("POST", "/manager/canned/remove"),
        ("GET", "/manager/operators"),
        ("POST", "/manager/logout"),
        ("GET", "/api/debug/websocket-stats"),
    ],
)
def test_the_desk_is_401_for_nobody_and_403_or_404_for_visitors(
    daemon: Daemon, ticket: dict[str, Any], method: str, path: str
) -> None:
    path = path.replace("TKT-1", ticket["ticket_id"])
    fields = {"ticket_id": ticket["ticket_id"], "message": "x", "name": "x", "text": "x"}
    body = fields if method == "POST" else None
    assert daemon.http(method, path, body)[0] == 401
    assert daemon.http(method, path, body, token=ticket["token"])[0] in (403, 404)
    other = daemon.http("POST", SEND, {"message": "y"})[1]["data"]["token"]
    assert daemon.http(method, path, body, token=other)[0] in (403, 404)


def test_closing_twice_is_a_conflict_that_says_by_whom(
    daemon: Daemon, ticket: dict[str, Any], operator: str
) -> None:
    path = f"{ADMIN}/close/{ticket['ticket_id']}"
    status, body = daemon.http("POST", path, {}, token=operator)
    assert status == 200 and body["data"]["ticket"]["status"] == "closed"
    status, body = daemon.http("POST", path, {}, token=operator)
    assert (status, body["error"]["code"], body["error"]["by"]) == (409, "conflict", "olga")
    again = daemon.http("POST", path.replace("close", "open"), token=operator)
    assert again[0] == 200 and again[1]["data"]["ticket"]["status"] == "active"


def test_a_ticket_is_handed_on_and_back(
    daemon: Daemon, ticket: dict[str, Any], operator: str
) -> None:
    daemon.add_operator("petr", "Пётр")
    assert daemon.http("POST", f"{ADMIN}/accept/{ticket['ticket_id']}", token=operator)[0] == 200
    path = f"{ADMIN}/transfer/{ticket['ticket_id']}"
    status, body = daemon.http("POST", path, {"operator": "petr"}, token=operator)
    assert status == 200 and body["data"]["ticket"]["operator"] == "petr"
    assert daemon.http("POST", path, {"operator": "nobody"}, token=operator)[0] == 404
    path = f"{ADMIN}/return/{ticket['ticket_id']}"
    status, body = daemon.http("POST", path, token=operator)
    assert status == 200 and body["data"]["ticket"]["status"] == "waiting"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("limit=", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("status=odd", "status"),
    ],
)
def test_a_bad_query_is_422_and_names_the_field(
    daemon: Daemon, operator: str, path: str, field: str
) -> None:
    status, body = daemon.http("GET", f"{ADMIN}/tickets?{path}", token=operator)
    assert (status, body["error"]["field"]) == (422, field)


def test_an_after_that_is_not_there_yet_is_a_conflict(
    daemon: Daemon, ticket: dict[str, Any]
) -> None:
    path = f"/api/support/messages/{ticket['ticket_id']}"
    assert daemon.http("GET", f"{path}?after=-1", token=ticket["token"])[0] == 422
    status, body = daemon.http("GET", f"{path}?after=999", token=ticket["token"])
    assert status == 409 and body["error"]["last_seq"] >= 1


def test_a_failing_disk_is_503_with_retry_after_while_reading_goes_on(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon()
    first = daemon.http("POST", SEND, {"message": "before"})[1]["data"]
    path = f"/api/support/messages/{first['ticket_id']}"
    again = {"message": "x" * 5000, "ticket_id": first["ticket_id"]}
    assert daemon.process is not None
    pid, before = daemon.process.pid, resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        status, headers, _ = daemon.http_full("POST", SEND, again, token=first["token"])
        assert status == 503 and int(headers["Retry-After"]) >= 1
        status, headers, body = daemon.http_full("GET", "/readyz")
        assert status == 503 and int(headers["Retry-After"]) >= 1 and b"unavailable" in body
        assert daemon.http("GET", path, token=first["token"])[0] == 200
        assert daemon.http("GET", "/healthz")[0] == 200
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    eventually(lambda: daemon.http("POST", SEND, again, token=first["token"])[0] == 201)
    assert eventually(lambda: daemon.http("GET", "/readyz")[0] == 200)


def test_a_stopping_daemon_says_that_it_is_not_ready(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"drain_seconds": 5.0}})
    deaf = RawClient(daemon.address)
    deaf.send("hello", name="does not say goodbye")
    assert deaf.next()["event"] == "ack"
    with Wire(daemon.address) as wire:
        wire.send("GET /readyz")
        assert wire.answer()[0] == 200
        assert daemon.process is not None
        daemon.process.send_signal(signal.SIGTERM)

        def ready() -> tuple[int, dict[str, str], Any]:
            wire.send("GET /readyz")
            return wire.answer()

        status, headers, body = eventually(lambda: (got := ready())[0] != 200 and got)
        assert (status, body["error"]["code"]) == (503, "unavailable")
        assert int(headers["retry-after"]) >= 1
    deaf.sock.close()
    assert daemon.stop() == 0


def test_a_site_says_what_its_pages_show(make_daemon: MakeDaemon) -> None:
    sites = {
        "shop": {
            "title": "Лавка",
            "origins": ["https://shop.example"],
            "accent": "#2f6fed",
            "texts": {"greeting": "Здравствуйте!", "own": "своё"},
            "canned": {"hours": "С 9 до 18"},
        },
        "blog": {"origins": ["self"], "language": "en", "canned": {"hi": "Hello"}},
    }
    daemon = make_daemon({"sites": sites})
    shop = {"Origin": "https://shop.example"}
    data = daemon.http("GET", "/api/site", headers=shop)[1]["data"]
    assert (data["site"], data["title"], data["accent"]) == ("shop", "Лавка", "#2f6fed")
    assert data["greeting"] == data["texts"]["greeting"] == "Здравствуйте!"
    assert data["texts"]["own"] == "своё" and "ticket_closed" not in data["texts"]
    assert data["operators_online"] == 0 and "canned" not in data
    assert daemon.http("GET", "/api/site?site=blog", headers=shop)[0] == 403
    assert daemon.http("GET", "/api/site?site=none", headers=shop)[0] == 422
    assert daemon.http("GET", "/api/site?site=blog")[1]["data"]["language"] == "en"
    token = daemon.add_operator("olga", "Ольга")
    canned = daemon.http("GET", "/manager/canned", token=token)[1]["data"]["canned"]
    assert canned == [
        {"site": "shop", "name": "hours", "text": "С 9 до 18"},
        {"site": "blog", "name": "hi", "text": "Hello"},
    ]
    one = daemon.http("GET", "/manager/canned?site=blog", token=token)[1]["data"]["canned"]
    assert one == canned[1:]
    new, path = (
        {"name": "bye", "text": "До встречи, {customer}!", "site": "shop"},
        "/manager/canned",
    )
    assert daemon.http("POST", path, new, token=token)[0] == 403, "for administrators"
    boss = daemon.add_operator("boss", "Босс", role="admin")
    status, told = daemon.http("POST", path, new, token=boss)
    assert (status, told["data"]["answer"]["by"]) == (200, "operator:boss")
    assert daemon.http("POST", path, new | {"version": 0}, token=boss)[0] == 409
    assert daemon.http("POST", path, new | {"text": "{odd}"}, token=boss)[0] == 422
    gone = {"name": "bye", "site": "shop"}
    assert daemon.http("POST", f"{path}/remove", gone, token=token)[0] == 403
    assert daemon.http("POST", f"{path}/remove", gone, token=boss)[1]["data"] == gone
    assert daemon.http("POST", f"{path}/remove", gone, token=boss)[0] == 404
    assert daemon.http("GET", "/api/site")[1]["data"]["operators_online"] == 0, "only programs"
    with Client(daemon.address) as olga:
        olga.hello(token=token)
        assert daemon.http("GET", "/api/site")[1]["data"]["operators_online"] == 1


def test_rooms_and_notes_are_read_and_written_over_http(
    daemon: Daemon, ticket: dict[str, Any], operator: str
) -> None:
    path = "/api/messages/dialog/lobby"
    said = daemon.http("POST", path, {"content": "привет"}, token=ticket["token"])[1]["data"]
    page = daemon.http("GET", f"{path}?limit=1", token=ticket["token"])[1]["data"]
    assert page["messages"] == [said] and said["dialog_id"] == "lobby"
    notes = f"/api/messages/dialog/{ticket['ticket_id']}/notes"
    status, body = daemon.http("POST", notes, {"content": "между нами"}, token=operator)
    assert status == 201 and body["data"]["dialog_id"] == f"{ticket['ticket_id']}/notes"
    assert daemon.http("GET", notes, token=operator)[1]["data"]["messages"] == [body["data"]]
    assert daemon.http("GET", notes, token=ticket["token"])[0] == 404
    assert daemon.http("POST", notes, {"content": "x"}, token=ticket["token"])[0] == 404


def test_a_password_is_answered_nowhere(daemon: Daemon, operator: str) -> None:
    for path in ("/manager/me", "/manager/operators", f"{ADMIN}/tickets"):
        _, _, body = daemon.http_full("GET", path, token=operator)
        assert b"password" not in body and PASSWORD.encode() not in body


def test_who_polls_says_what_they_have_received_and_read(
    daemon: Daemon, ticket: dict[str, Any], operator: str
) -> None:
    id, token = ticket["ticket_id"], ticket["token"]
    reply = {"ticket_id": id, "message": "слушаю"}
    said = daemon.http("POST", f"{ADMIN}/reply", reply, token=operator)[1]["data"]["message"]
    path, seq = f"/api/messages/{{}}/{id}", said["seq"]
    status, body = daemon.http("POST", path.format("delivered"), {"seq": seq}, token=token)
    assert status == 200 and body["data"]["receipt"]["delivered"] == seq
    assert body["data"]["receipt"]["read"] < seq
    read = daemon.http("POST", path.format("read"), {"seq": seq}, token=token)[1]["data"]
    assert (read["receipt"]["dialog_id"], read["receipt"]["read"]) == (id, seq)
    status, body = daemon.http("POST", path.format("read"), {"seq": seq + 1}, token=token)
    assert (status, body["error"]["field"]) == (422, "seq")
    stranger = daemon.http("POST", SEND, {"message": "чужой"})[1]["data"]["token"]
    assert daemon.http("POST", path.format("read"), {"seq": 1}, token=stranger)[0] == 404
    assert daemon.http("POST", path.format("read"), {"seq": 1})[0] == 401
