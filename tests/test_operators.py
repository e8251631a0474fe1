"""Operators' business: sessions that end, absences, offers, what is theirs to answer."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import Connect, MakeDaemon
from tests.daemon import PASSWORD, Daemon, eventually


@pytest.fixture(scope="module")
def olga(daemon: Daemon) -> str:
    return daemon.add_operator("olga", "Ольга")


def open_ticket(daemon: Daemon, text: str = "help") -> tuple[str, str]:
    """A new customer's ticket and token, over HTTP."""
    status, body = daemon.http("POST", "/api/support/send-message", {"message": text})
    assert status == 201, body
    return body["data"]["ticket_id"], body["data"]["token"]


def status_of(daemon: Daemon, username: str) -> str:
    """What the shell says of an operator."""
    operators = daemon.admin_json("operator", "list")["operators"]
    status: str = next(one["status"] for one in operators if one["username"] == username)
    return status


def queued(daemon: Daemon) -> list[str]:
    """The ids in the queue."""
    return [one["id"] for one in daemon.admin_json("queue")["tickets"]]


@pytest.mark.parametrize("over", ["http", "websocket"])
def test_logging_out_ends_the_connections_of_that_session_only(
    daemon: Daemon, connect: Connect, olga: str, over: str
) -> None:
    token = daemon.login("olga")
    leaving, staying = connect(), connect()
    leaving.hello(token=token), staying.hello(token=olga)
    if over == "http":
        status, body = daemon.http("POST", "/manager/logout", {}, token=token)
        assert status == 200 and body["data"]["ended"] == 1
    else:
        assert leaving.ask("operator:logout")["ended"] == 1
    assert leaving.close_code() == 4003
    assert daemon.http("GET", "/manager/me", token=token)[0] == 401
    assert staying.ask("operator:me")["operator"]["username"] == "olga"


def test_logging_out_everywhere_leaves_nobody_on_line(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    token = daemon.add_operator("vera", "Вера")
    daemon.http("GET", "/manager/queue", token=token)
    assert status_of(daemon, "vera") == "online"
    status, _ = daemon.http("POST", "/manager/logout", {"everywhere": True}, token=token)
    assert status == 200
    eventually(lambda: status_of(daemon, "vera") == "offline")


def test_the_tickets_of_a_disabled_operator_go_back_to_the_queue(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"tickets": {"grace_seconds": 0.2}})
    daemon.add_operator("alla", "Алла")
    ticket_id, _ = open_ticket(daemon)
    assert daemon.admin("accept", ticket_id, "--as", "alla").returncode == 0
    assert daemon.admin("operator", "disable", "alla").returncode == 0
    eventually(lambda: queued(daemon) == [ticket_id])
    assert status_of(daemon, "alla") == "offline"


def test_all_the_tickets_of_an_absent_operator_go_back_though_others_change_meanwhile(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"tickets": {"grace_seconds": 0.2}})
    token = daemon.add_operator("alla", "Алла")
    ids = [open_ticket(daemon)[0] for _ in range(12)]
    with Client(daemon.address) as alla:
        alla.hello(token=token)
        for id in ids:
            alla.ask("ticket:accept", ticket_id=id)
    closed = ids[::3]
    for id in closed:
        daemon.admin("close", id)
    eventually(lambda: set(queued(daemon)) == set(ids) - set(closed))
    assert "failed, and will be tried again" not in daemon.logged()


def test_a_returned_ticket_is_offered_to_somebody_else_first(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"tickets": {"assignment": "auto", "answer_seconds": 60.0}})
    tokens = [daemon.add_operator(name, name) for name in ("alla", "boris")]
    with Client(daemon.address) as alla, Client(daemon.address) as boris:
        alla.hello(token=tokens[0]), boris.hello(token=tokens[1])
        alla.ask("queue:watch")
        ticket_id, _ = open_ticket(daemon)
        assert alla.expect("queue:update", change="offered")["ticket"]["offered_to"] == "alla"
        assert alla.ask("ticket:mine")["tickets"] == [], "an offer is nobody's own yet"
        alla.ask("ticket:accept", ticket_id=ticket_id)
        assert [one["id"] for one in alla.ask("ticket:mine")["tickets"]] == [ticket_id]
        alla.ask("ticket:return", ticket_id=ticket_id)
        assert alla.expect("queue:update", change="offered")["ticket"]["offered_to"] == "boris"


def test_opening_a_ticket_over_http_shows_the_customer_that_it_was_read(
    daemon: Daemon, connect: Connect, olga: str
) -> None:
    customer = connect("Клиент")
    ticket_id = customer.ask("ticket:open", content="прочтите")["ticket"]["id"]
    customer.join(ticket_id)
    status, body = daemon.http("GET", f"/api/admin/support/ticket/{ticket_id}", token=olga)
    assert status == 200
    receipt = customer.expect("receipt:update", participant_id=daemon.signature("olga"))
    assert receipt["read"] == body["data"]["messages"][-1]["seq"]


def test_a_deleted_message_is_not_shown_as_the_last_one(
    daemon: Daemon, connect: Connect, olga: str
) -> None:
    customer = connect("Клиент")
    ticket_id = customer.ask("ticket:open", content="?")["ticket"]["id"]
    secret = customer.say(ticket_id, "пароль 12345")
    customer.ask("message:edit", message_id=secret["id"], content="пароль 54321")
    assert last_text(daemon, ticket_id) == "пароль 54321"
    customer.ask("message:delete", message_id=secret["id"])
    assert last_text(daemon, ticket_id) == ""


def last_text(daemon: Daemon, ticket_id: str) -> str:
    """What the list of tickets shows of the last message."""
    rows = daemon.admin_json("tickets", "--limit", "200")["tickets"]
    text: str = next(one["last_message"]["text"] for one in rows if one["id"] == ticket_id)
    return text


@pytest.mark.parametrize("cursor", ["zzz", "%00", "TKT-", "TKT-1x", "-1", "TKT-" + "9" * 30])
def test_a_cursor_that_none_was_given_is_refused(daemon: Daemon, olga: str, cursor: str) -> None:
    path = f"/api/admin/support/tickets?cursor={cursor}"
    status, body = daemon.http("GET", path, token=olga)
    assert status == 422 and body["error"]["field"] == "cursor"


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("/api/support/send-message", {"message": " "}, "message"),
    ("/api/support/send-message", {}, "message"),
    ("/manager/request", {"message": ""}, "message"),
    ("/api/admin/support/reply", {"ticket_id": "ID", "message": ""}, "message"),
    ("/api/admin/support/reply", {"message": "x"}, "ticket_id"),
    ("/api/admin/support/system-message", {"ticket_id": "ID", "message": " "}, "message"),
    ("/api/admin/support/system-message", {"message": "x"}, "ticket_id"),
    ("/api/admin/support/system-message", {"ticket_id": 5, "message": "x"}, "ticket_id"),
    ("/api/messages/dialog/lobby", {"content": ""}, "content"),
    ("/api/messages/dialog/lobby", {}, "content"),
    ("/manager/auth", {"username": "olga"}, "password"),
]


@pytest.mark.parametrize(("path", "body", "field"), WRONG)
def test_what_is_wrong_is_named_as_the_request_named_it(
    daemon: Daemon, olga: str, path: str, body: dict[str, Any], field: str
) -> None:
    ticket_id, _ = open_ticket(daemon)
    body = {name: ticket_id if value == "ID" else value for name, value in body.items()}
    customers = path.startswith(("/api/support", "/manager/request"))
    status, answer = daemon.http("POST", path, body, token=None if customers else olga)
    assert status == 422 and answer["error"]["field"] == field, answer
    if field not in body:
        said = f"needs '{field}'" if customers else f"'{field}' is missing"
        assert answer["error"]["message"].endswith(f": {said}"), answer


def test_a_crowd_that_logs_in_keeps_no_message_waiting(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon(start=False).start(anew=True)
    daemon.add_operator("olga", "Ольга")
    begun = threading.Barrier(13)

    def attempt(number: int) -> int:
        begun.wait(20)
        login = {"username": "olga", "password": f"wrong-password-{number}"}
        return daemon.http("POST", "/manager/auth", login)[0]

    with Client(daemon.address) as anna, ThreadPoolExecutor(12) as pool:
        anna.hello(name="Аня")
        logins = [pool.submit(attempt, number) for number in range(12)]
        begun.wait(20)
        wait(logins, return_when=FIRST_COMPLETED)
        said = 0
        while not all(login.done() for login in logins):
            anna.say("lobby", "и всё же")
            said += 1
        assert said >= 3, "a message does not queue behind passwords"
        assert {login.result() for login in logins} == {401}


def test_login_works_with_the_password_only(daemon: Daemon, olga: str) -> None:
    login = {"username": "OLGA", "password": PASSWORD}
    assert daemon.http("POST", "/manager/auth", login)[0] == 200
    assert daemon.http("POST", "/manager/auth", {**login, "password": PASSWORD[:-1]})[0] == 401


def test_a_repeated_reply_is_the_first_one_even_when_the_ticket_was_closed_since(
    daemon: Daemon, olga: str
) -> None:
    ticket_id, _ = open_ticket(daemon)
    reply = {"ticket_id": ticket_id, "message": "да", "client_id": "r-1"}
    first = daemon.http("POST", "/api/admin/support/reply", reply, token=olga)
    assert first[0] == 201
    assert daemon.admin("close", ticket_id).returncode == 0
    assert daemon.http("POST", "/api/admin/support/reply", reply, token=olga) == first


@pytest.mark.parametrize("length", [8_001, 70_000, 300_000])
def test_a_text_that_is_too_long_is_too_large_however_long(
    daemon: Daemon, olga: str, length: int
) -> None:
    ticket_id, token = open_ticket(daemon)
    bodies: list[tuple[str, dict[str, Any], str]] = [
        ("/api/support/send-message", {"ticket_id": ticket_id}, token),
        ("/api/admin/support/reply", {"ticket_id": ticket_id}, olga),
        ("/api/admin/support/system-message", {"ticket_id": ticket_id}, olga),
    ]
    for path, body, who in bodies:
        status, answer = daemon.http("POST", path, {**body, "message": "x" * length}, token=who)
        assert (status, answer["error"]["code"]) == (413, "too_large")
        in_bytes = "bytes" in answer["error"]["message"]
        assert in_bytes == (length > 100_000), "of what is refused unread, bytes are what is known"
        assert answer["error"]["limit"] < length and (in_bytes or answer["error"]["limit"] == 8_000)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"sites": ["nowhere"]}, "sites"),
        ({"sites": ["default"], "role": "admin"}, "sites"),
        ({"display_name": "\u202e \u200b"}, "display_name"),
    ],
)
def test_an_operator_who_makes_no_sense_is_not_created(
    daemon: Daemon, fields: dict[str, Any], field: str
) -> None:
    boss = (
        daemon.login("boss")
        if "boss" in known(daemon)
        else daemon.add_operator("boss", "Босс", "admin")
    )
    new = {"username": "vera", "password": PASSWORD, "display_name": "Вера", **fields}
    status, body = daemon.http("POST", "/manager/create", new, token=boss)
    assert status == 422 and body["error"]["field"] == field
    assert "vera" not in known(daemon)


def known(daemon: Daemon) -> list[str]:
    """The user names that there are."""
    return [one["username"] for one in daemon.admin_json("operator", "list")["operators"]]
