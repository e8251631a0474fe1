"""People with accounts over sockets, HTTP and the shell: in several places at once, and again after
a restart. What each command does is in tests/handlers/test_people.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.daemon import PASSWORD, Daemon
from tests.socketio import SocketIoClient

KICKED, SAY_HELLO = 4003, 4002


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon where everybody may make an account, with anna's and boris's."""
    sites = {"shop": {"registration": "open"}}
    daemon = Daemon(tmp_path_factory.mktemp("people"), {"sites": sites})
    daemon.start()
    for username, name in (("anna", "Анна"), ("boris", "Борис")):
        words = ("user", "add", username, "--name", name, "--password-stdin")
        done = daemon.admin(*words, stdin=PASSWORD)
        assert done.returncode == 0, done.stderr
    yield daemon
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged(), daemon.logged()


def log_in(daemon: Daemon, username: str = "anna") -> str:
    """The token of a new session."""
    body = {"username": username, "password": PASSWORD}
    status, answer = daemon.http("POST", "/api/auth/login", body)
    assert status == 200, answer
    token: str = answer["data"]["token"]
    return token


@pytest.fixture(scope="module")
def tokens(house: Daemon) -> dict[str, str]:
    """A session of each."""
    return {name: log_in(house, name) for name in ("anna", "boris")}


def status_of(daemon: Daemon, token: str) -> int:
    """Whether a token is good."""
    return daemon.http("GET", "/api/auth/me", token=token)[0]


def contents(events: list[dict[str, Any]]) -> dict[int, str]:
    """The messages that were told, by number; each was told once."""
    told = [one["data"] for one in events if one["event"] == "message:new"]
    seen = {one["seq"]: one["content"] for one in told}
    assert len(seen) == len(told)
    return seen


def test_two_people_in_two_tabs_each_get_everything_and_one_comes_back(
    house: Daemon, tokens: dict[str, str]
) -> None:
    with (
        Client(house.address) as a1,
        SocketIoClient(house.address, "upgrade") as a2,
        Client(house.address) as b1,
        SocketIoClient(house.address, "polling") as b2,
    ):
        everybody = (a1, a2, b1, b2)
        for client, name in zip(everybody, ("anna", "anna", "boris", "boris"), strict=True):
            client.hello(token=tokens[name])
            client.join("lobby")
        assert a1.id == a2.id != b1.id == b2.id
        for client in everybody:
            client.settle()
        for turn in range(10):
            for number, client in enumerate(everybody):
                client.give("message:send", dialog_id="lobby", content=f"{turn} {number}")
        wanted: dict[int, str] = {}
        heard: dict[Client, dict[int, str]] = {client: {} for client in everybody}
        for client in everybody:
            while len(heard[client]) < 40:
                heard[client] |= contents([{"event": "message:new", "data": told(client)}])
        page = a1.ask("history:get", dialog_id="lobby", limit=40)["messages"]
        wanted = {one["seq"]: one["content"] for one in page}
        assert all(heard[client] == wanted for client in everybody)
        b2.close()
        last = a2.say("lobby", "пока тебя нет")
        for client in (a1, a2, b1):
            assert client.expect("message:new")["id"] == last["id"]
        with Client(house.address) as again:
            again.hello(token=tokens["boris"])
            page = again.join("lobby", after_seq=last["seq"] - 1)["messages"]
            assert [one["content"] for one in page] == ["пока тебя нет"]
        people = a1.join("lobby")["participants"]
        assert {one["name"] for one in people} == {"Анна", "Борис"}


def told(client: Client) -> dict[str, Any]:
    """The next message that comes."""
    return client.expect("message:new")


def test_over_http_a_visitor_makes_an_account_and_logs_out(house: Daemon) -> None:
    with Client(house.address) as guest:
        guest.hello(name="Гостья")
        body = {"username": "vera", "password": PASSWORD, "display_name": "Вера"}
        status, answer = house.http("POST", "/api/auth/register", body, guest.token)
        assert (status, answer["data"]["person"]["id"]) == (201, guest.id)
        assert guest.close_code() == SAY_HELLO
    assert house.http("POST", "/api/auth/register", body)[0] == 409
    token = answer["data"]["token"]
    assert status_of(house, token) == 200 and status_of(house, guest.token) == 401
    with SocketIoClient(house.address) as line:
        line.hello(token=token)
        assert line.ask("person:me")["person"]["display_name"] == "Вера"
        status, answer = house.http("POST", "/api/auth/logout", {}, token)
        assert (status, answer["data"]["ended"]) == (200, 1)
        assert line.close_code()
    assert status_of(house, token) == 401
    wrong = {"username": "vera", "password": "a wrong password"}
    assert house.http("POST", "/api/auth/login", wrong)[0] == 401


def test_the_shell_invites_lists_and_shuts_out(house: Daemon, tokens: dict[str, str]) -> None:
    invited = house.admin("user", "invite", "--uses", "2")
    assert invited.returncode == 0 and "for 2 accounts on shop" in invited.stdout + invited.stderr
    listed = house.admin_json("user", "list")["people"]
    assert {"anna", "boris"} <= {one["username"] for one in listed}
    words = ("user", "add", "olga", "--password-stdin")
    assert house.admin(*words, stdin=PASSWORD).returncode == 0
    with Client(house.address) as olga:
        olga.hello(token=log_in(house, "olga"))
        assert house.admin("user", "disable", "olga").returncode == 0
        assert olga.close_code() == KICKED
    assert house.admin("user", "enable", "olga").returncode == 0
    assert house.admin("user", "passwd", "olga", "--password-stdin", stdin="another long one")
    assert house.admin("user", "remove", "olga").returncode == 0
    assert house.admin("user", "remove", "olga").returncode == 5
    with Client(house.address) as visitor, pytest.raises(Refused) as refused:
        visitor.hello(name="Гость")
        visitor.ask("user:list")
    assert refused.value.code == "forbidden"


def test_who_was_logged_in_still_is_after_a_restart(house: Daemon, tokens: dict[str, str]) -> None:
    house.stop()
    house.start()
    assert status_of(house, tokens["anna"]) == 200
    with Client(house.address) as anna:
        anna.hello(token=tokens["anna"])
        assert anna.ask("person:me")["person"]["status"] == "online"
