"""The log explains: from it alone, what happened to a ticket, why a page could not connect, who
did what. It never tells what people wrote."""

from __future__ import annotations

import json
import re
import socket
from typing import Any

import pytest

from chatd.admin.verbs import VERBS
from chatd.dispatch.commandlog import AREAS, NOTED, area_of
from chatd.domain import policy
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon, eventually

SECRET = "nobody-may-read-this"
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


def entries(daemon: Daemon, **wanted: Any) -> list[dict[str, Any]]:
    """The JSON lines of the log that have these fields."""
    lines = [json.loads(line) for line in daemon.logged().splitlines() if line.startswith("{")]
    return [one for one in lines if wanted.items() <= one.items()]


@pytest.fixture
def told(make_daemon: MakeDaemon) -> Daemon:
    """A daemon that logs everything, as JSON."""
    log = {"log": {"format": "json", "level": "debug"}}
    return make_daemon({**log, "sites": {"default": {"origins": ["https://shop.example"]}}})


def test_the_log_tells_a_tickets_whole_story(told: Daemon) -> None:
    artem = told.add_operator("artem", "Артём")
    told.add_operator("rita", "Рита")
    body = {"message": SECRET, "name": "Ольга"}
    id = told.http("POST", "/api/support/send-message", body)[1]["data"]["ticket_id"]
    told.http("POST", "/api/admin/support/reply", {"ticket_id": id, "message": SECRET}, artem)
    assert told.admin("transfer", id, "rita").returncode == 0
    assert told.admin("reply", "--as", "rita", id, SECRET).returncode == 0
    assert told.admin("return", id).returncode == 0
    assert told.admin("accept", id, "--as", "rita").returncode == 0
    assert told.admin("close", id).returncode == 0
    assert told.admin("close", id).returncode == 6
    story = [
        (one["change"], one["status"], one.get("operator"), one["by"].partition(":")[0])
        for one in entries(told, level="info", area="tickets", ticket=id)
    ]
    visitor = entries(told, change="opened", ticket=id)[0]["by"]
    assert visitor.startswith("p-") and visitor == entries(told, ticket=id)[0]["customer"]
    assert story == [
        ("opened", "waiting", None, visitor),
        ("accepted", "active", "artem", "operator"),
        ("transferred", "active", "rita", "shell"),
        ("connected", "active", "rita", "shell"),
        ("returned", "waiting", None, "shell"),
        ("accepted", "active", "rita", "shell"),
        ("closed", "closed", "rita", "shell"),
    ]
    (refused,) = entries(told, level="info", command="ticket:close", outcome="conflict")
    assert refused["dialog"] == id and "closed" in refused["message"]
    assert SECRET not in told.logged() and PASSWORD not in told.logged()


def test_each_command_is_one_line_with_its_fields(told: Daemon) -> None:
    with Client(told.address) as anna:
        anna.hello(name="Аня")
        anna.join("lobby")
        anna.say("lobby", SECRET)
        anna.give("typing:start", dialog_id="lobby")
        with pytest.raises(Refused):
            anna.join("nowhere")
        id = anna.id
    lines = [one for one in entries(told, level="debug") if "command" in one]
    own = [(one["area"], one["command"], one.get("dialog"), one["outcome"]) for one in lines]
    assert own == [
        ("connections", "hello", None, "done"),
        ("rooms", "dialog:join", "lobby", "done"),
        ("rooms", "message:send", "lobby", "done"),
        ("rooms", "typing:start", "lobby", "done"),
        ("rooms", "dialog:join", "nowhere", "not_found"),
    ]
    assert {one["principal"] for one in lines[1:]} == {id}
    for one in lines:
        assert one["ms"] >= 0 and one["connection"].startswith("c-") and one["address"]
    (denied,) = entries(told, level="info", refusal="not_found")
    assert "dialog:join nowhere" in denied["message"] and id in denied["message"]
    assert SECRET not in told.logged()


def test_a_connection_is_a_line_when_it_begins_and_one_when_it_ends(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"log": {"format": "json"}})
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        (opened,) = entries(daemon, message="connection opened")
        assert opened["address"] == "127.0.0.1" and opened["area"] == "connections"
    closed = eventually(lambda: entries(daemon, message="connection closed"))
    (end,) = closed
    assert end["connection"] == opened["connection"] and end["principal"] == anna.id
    assert end["code"] == 1000 and end["commands"] == 1 and 0 <= end["seconds"] < 60


def test_a_connection_s_end_says_why_and_its_beginning_which_page(make_daemon: MakeDaemon) -> None:
    config = {"sites": {"shop": {"origins": ["https://shop.example"]}}}
    daemon = make_daemon({**config, "websocket": {"hello_seconds": 1.5}})
    with Client(daemon.address, origin="https://shop.example") as anna, Client(daemon.address):
        anna.hello(name="Аня")
        assert " page=https://shop.example" in daemon.logged()
        (listed,) = (
            one["id"]
            for one in daemon.admin_json("connections")["connections"]
            if one["participant"] == anna.id
        )
        assert daemon.admin("kick", listed, "--reason", "spam").returncode == 0
        assert anna.close_code() == 4003
        closed = eventually(lambda: ends(daemon) if len(ends(daemon)) == 2 else [])
    assert any("site=shop code=4003 reason=spam" in line for line in closed), closed
    assert any(re.search("code=4002 reason=.no hello in time", line) for line in closed), closed
    with Client(daemon.address) as boris:
        boris.hello(name="Борис")
        boris.ws.close(1000, "what a peer says is not ours")
        (*_, last) = eventually(lambda: ends(daemon) if len(ends(daemon)) == 3 else [])
    assert "reason=" not in last and "not ours" not in daemon.logged()


def ends(daemon: Daemon) -> list[str]:
    """The lines of connections that have ended."""
    return [line for line in daemon.logged().splitlines() if "connection closed" in line]


def test_a_page_that_says_what_cannot_be_understood_is_told(told: Daemon) -> None:
    with Client(told.address) as old, pytest.raises(Refused):
        old.ask("hello", name=5)
    with Client(told.address) as old, pytest.raises(Refused):
        old.ask("greet", name=SECRET)
    with Client(told.address) as strange:
        strange.ws.send(SECRET)
        strange.ask("ping")
    said = [one["message"] for one in entries(told, level="info") if "refusal" in one]
    assert [line for line in said if "hello: 'name' must be" in line], said
    assert [line for line in said if "unknown command 'greet'" in line], said
    assert [line for line in said if "not a command envelope" in line], said
    assert SECRET not in told.logged()


def test_who_is_kept_out_is_told_by_which_ban(told: Daemon) -> None:
    with Client(told.address) as anna:
        anna.hello(name="Аня")
        id, token = anna.id, anna.token
    assert told.admin("ban", id).returncode == 0
    with Client(told.address) as again, pytest.raises(Refused) as refused:
        again.hello(token=token)
    assert id not in str(refused.value.error)
    (line,) = entries(told, refusal="ban")
    assert f"by the ban on {id}" in line["message"]


def test_what_was_counted_is_told_when_the_daemon_stops(told: Daemon) -> None:
    for _ in range(3):
        with Client(told.address) as old, pytest.raises(Refused):
            old.ask("greet")
    assert told.stop() == 0
    assert [one for one in entries(told, refusal="malformed") if "; 2 more from" in one["message"]]


@pytest.mark.parametrize(
    ("request_line", "given", "told_of"),
    [
        ("GET /ws HTTP/1.1", "", "without 'Upgrade: websocket'; a proxy on the way has to pass"),
        ("GET /chat/ws HTTP/1.1", UPGRADE, "the WebSocket is at /ws, not at /chat/ws; somebody"),
        ("GET /a%1b%5b2Jb HTTP/1.1", UPGRADE, "the WebSocket is at /ws, not at /a"),
        ("GET /ws HTTP/1.0", UPGRADE, "a WebSocket opens with GET, HTTP/1.1 and Connection: Upg"),
    ],
)
def test_what_a_proxy_did_to_a_page_that_cannot_connect_is_told(
    told: Daemon, request_line: str, given: str, told_of: str
) -> None:
    host, _, port = told.address.rpartition(":")
    with socket.create_connection((host, int(port)), 10) as page:
        page.settimeout(10)
        page.sendall(f"{request_line}\r\nHost: {told.address}\r\n{given}\r\n".encode())
        assert page.recv(1000).split()[1] in (b"426", b"404", b"400")
    eventually(lambda: [e for e in entries(told, refusal="malformed") if told_of in e["message"]])
    assert "\x1b" not in told.logged()


def test_a_page_of_a_site_that_there_is_not_is_told(told: Daemon) -> None:
    with Client(told.address) as page, pytest.raises(Refused):
        page.hello(site="shoop")
    (line,) = entries(told, refusal="invalid", command="hello", address="127.0.0.1")
    assert "hello no such site 'shoop'" in line["message"]


def test_what_a_line_is_about_is_a_field_of_its_own(told: Daemon) -> None:
    token = told.add_operator("vera", "Вера")
    told.http("GET", "/manager/queue", token=token)
    assert told.admin("operator", "set", "vera", "--name", "Вера П.").returncode == 0
    assert told.admin("operator", "remove", "vera").returncode == 0
    lines = [one["message"] for one in entries(told, account="vera", level="info")]
    for said in (
        "operator vera is on line",
        "operator vera changed: name",
        "operator vera removed",
    ):
        assert said in lines
    with Client(told.address) as anna:
        anna.hello(name="Аня")
        with pytest.raises(Refused):
            anna.join("TKT-1")
    assert entries(told, refusal="not_found", command="dialog:join", dialog="TKT-1", by=anna.id)
    with pytest.raises(Exception, match="403"):
        Client(told.address, origin="https://evil.example")
    assert entries(told, refusal="origin", origin="https://evil.example")


def test_log_ins_and_pages_that_may_not_connect_are_told(told: Daemon) -> None:
    told.add_operator("artem", "Артём")
    bad = {"username": "artem", "password": "wrong-wrong"}
    assert told.http("POST", "/manager/auth", bad)[0] == 401
    (done,) = entries(told, account="artem", level="info")
    assert done["message"] == "artem logged in" and done["address"] == "127.0.0.1"
    assert [one for one in entries(told, account="artem") if "not" in one["message"]]
    head = (
        f"GET /ws HTTP/1.1\r\nHost: {told.address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Origin: https://other.example\r\n\r\n"
    )
    host, _, port = told.address.rpartition(":")
    with socket.create_connection((host, int(port)), 10) as page:
        page.sendall(head.encode())
        assert b"403" in page.recv(1000)
    told_of = [one for one in entries(told, level="info") if "https://other.example" in str(one)]
    assert told_of and told_of[0]["refusal"] == "origin"
    assert "https://other.example is not among sites.NAME.origins" in told_of[0]["message"]


def test_every_command_has_an_area_and_calls_have_their_own() -> None:
    assert {event.partition(":")[0] for event in policy.RULES} <= AREAS.keys()
    assert area_of("call:start", False) == area_of("voice:join", False) == "calls"


def test_who_changed_the_daemon_or_somebodys_access_is_told(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"log": {"format": "json"}})
    daemon.add_operator("rita", "Рита")
    for words in (("operator", "disable", "rita"), ("ban", "192.0.2.1"), ("unban", "192.0.2.1")):
        assert daemon.admin(*words).returncode == 0
    told = [
        (one["command"], one["target"], one["principal"].partition(":")[0])
        for one in entries(daemon, level="info", outcome="done")
    ]
    assert told == [
        ("operator:create", "rita", "shell"),
        ("operator:disable", "rita", "shell"),
        ("ban:add", "192.0.2.1", "shell"),
        ("ban:remove", "192.0.2.1", "shell"),
    ]
    rare = {"people", "operators", "daemon", "errands"}
    acts = {verb.command.event for verb in VERBS if verb.acts and verb.group in rare}
    assert {event for event in acts if not event.startswith("ticket:")} <= NOTED


def test_a_room_that_comes_or_goes_is_told(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"rooms": {"lobby": {}, "tea": {}}, "log": {"format": "json"}})
    daemon.write_config({"rooms": {"lobby": {}, "coffee": {}}, "log": {"format": "json"}})
    assert daemon.admin("reload").returncode == 0
    told = {one["message"] for one in entries(daemon, area="rooms")}
    assert told == {"coffee opened", "tea retired"}


@pytest.mark.parametrize("access", [True, False])
def test_the_access_log_is_there_when_it_is_wanted(make_daemon: MakeDaemon, access: bool) -> None:
    daemon = make_daemon({"log": {"format": "json", "access": access}})
    daemon.http("GET", f"/healthz?token={SECRET}")
    daemon.http("GET", "/nowhere")
    wanted = [("GET /healthz", 200, "127.0.0.1"), ("GET /nowhere", 404, "127.0.0.1")]

    def told() -> list[tuple[str, int, str]]:
        lines = entries(daemon, area="http")
        return [(one["request"], one["status"], one["address"]) for one in lines]

    if access:
        eventually(lambda: told() == wanted)
    assert told() == (wanted if access else []) and SECRET not in daemon.logged()
    if not access:
        assert daemon.admin("log-level", "http", "debug").returncode == 0
        daemon.http("GET", "/healthz")
        eventually(lambda: entries(daemon, area="http", request="GET /healthz", level="debug"))


def test_a_proxy_that_is_not_trusted_is_told_once(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    for _ in range(3):
        daemon.http("GET", "/healthz", headers={"X-Forwarded-For": "198.51.100.7"})
    assert daemon.logged().count("127.0.0.1 sends the headers of a proxy") == 1


def test_levels_are_shown(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"log": {"level": "warning", "areas": {"tickets": "debug"}}})
    rows = dict(line.split("\t") for line in daemon.admin("log-level").stdout.splitlines())
    assert rows["tickets"] == "debug" and rows["all"] == rows["rooms"] == "warning"
    assert daemon.admin("log-level", "rooms", "trace").returncode == 0
    rows = dict(line.split("\t") for line in daemon.admin("log-levels").stdout.splitlines())
    assert (rows["rooms"], rows["tickets"]) == ("trace", "debug")
    assert daemon.admin("log-level", "tickets").stdout == "tickets\tdebug\n", "of one area: that"
    assert len(daemon.admin("log-level", "all").stdout.splitlines()) == len(rows)
