"""Operators' accounts: changed and removed while they work, and who takes tickets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.admin.terminal import Terminal
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon, eventually


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    config = {
        "sites": {"shop": {"origins": ["self"]}, "bank": {"origins": ["https://bank.example"]}},
        "rooms": {"lobby": {}, "vault": {"sites": ["bank"]}},
    }
    daemon = Daemon(tmp_path_factory.mktemp("house"), config).start()
    yield daemon
    assert daemon.stop() == 0 and "incident" not in daemon.logged(), daemon.logged()


def listed(daemon: Daemon, username: str) -> dict[str, Any]:
    """An operator as the shell lists them."""
    rows: list[dict[str, Any]] = daemon.admin_json("operator", "list")["operators"]
    return next(one for one in rows if one["username"] == username)


def seated(daemon: Daemon, username: str) -> Client:
    """A new operator's connection."""
    token = daemon.add_operator(username, username.title())
    client = Client(daemon.address)
    client.hello(token=token)
    return client


def ticket(daemon: Daemon, site: str) -> str:
    """A waiting ticket of a site."""
    body = {"message": "help", "site": site}
    status, answer = daemon.http("POST", "/api/support/send-message", body)
    assert status == 201, answer
    return str(answer["data"]["ticket_id"])


def test_what_is_named_is_changed_and_the_rest_stays(house: Daemon) -> None:
    house.add_operator("olga", "Ольга")
    done = house.admin(
        *("operator", "set", "olga", "--name", "Оля", "--capacity", "3", "--site", "bank"),
        *("--site", "shop", "--no-tickets"),
    )
    assert (done.returncode, done.stderr) == (0, "OK: changed operator olga\n")
    one = listed(house, "olga")
    assert (one["display_name"], one["capacity"], one["sites"]) == ("Оля", 3, ["bank", "shop"])
    assert (one["takes_tickets"], one["role"]) == (False, "operator")
    assert house.admin("operator", "set", "olga", "--takes-tickets").returncode == 0
    one = listed(house, "olga")
    assert one["takes_tickets"] and (one["display_name"], one["capacity"]) == ("Оля", 3)
    assert house.admin("operator", "set", "olga", "--all-sites", "--usual-capacity").returncode == 0
    one = listed(house, "olga")
    assert one["sites"] == [] and one["capacity"] == 5
    assert house.admin("operator", "set", "olga", "--site", "bank").returncode == 0
    assert house.admin("operator", "set", "olga", "--role", "admin").returncode == 0
    assert (listed(house, "olga")["role"], listed(house, "olga")["sites"]) == ("admin", [])


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["nobody", "--name", "x"], 5, "no such operator 'nobody'"),
        (["vera"], 2, "nothing to change was named"),
        (["vera", "--site", "moon"], 2, "no such site 'moon'; allowed: shop, bank"),
        (["vera", "--role", "king"], 2, "no such role 'king'; allowed: operator, admin"),
        (["vera", "--role", "admin", "--site", "shop"], 2, "an administrator serves every site"),
        (["vera", "--capacity", "0"], 2, "capacity"),
        (["vera", "--name", "\u200b"], 2, "a name needs a visible character"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    house: Daemon, words: list[str], status: int, said: str
) -> None:
    if "vera" not in [one["username"] for one in house.admin_json("operator", "list")["operators"]]:
        house.add_operator("vera", "Вера")
    before = listed(house, "vera")
    done = house.admin("operator", "set", *words)
    assert done.returncode == status and said in done.stderr, done.stderr
    assert listed(house, "vera") == before


def test_changed_sites_hold_at_once_on_a_live_connection(house: Daemon) -> None:
    with seated(house, "kira") as kira:
        own, other = ticket(house, "bank"), ticket(house, "shop")
        for id in (own, other):
            kira.ask("ticket:accept", ticket_id=id)
            kira.join(id)
        kira.join("vault")
        kira.ask("queue:watch")
        assert house.admin("operator", "set", "kira", "--site", "shop").returncode == 0
        kira.settle()
        for dialog_id in (own, "vault"):
            with pytest.raises(Refused) as refused:
                kira.ask("history:get", dialog_id=dialog_id)
            assert refused.value.code == "not_found"
        assert [one["id"] for one in kira.ask("ticket:mine")["tickets"]] == [other]
        shown = house.admin_json("show", own)["ticket"]
        assert (shown["status"], shown["operator"]) == ("waiting", None)
        assert house.admin("say", "vault", "psst").returncode == 0
        assert house.admin("close", own).returncode == 0
        again = ticket(house, "bank")
        seen = ticket(house, "shop")
        told = kira.expect("queue:update", change="opened")
        assert told["ticket"]["id"] == seen, "the queue of the sites of now"
        assert "message:new" not in [event["event"] for event in kira.settle()]
        for id in (again, seen, other):
            assert house.admin("close", id).returncode == 0


def test_a_new_name_is_told_where_the_operator_is(house: Daemon) -> None:
    with seated(house, "lena") as lena, Client(house.address) as anna:
        anna.hello(name="Аня")
        anna.join("lobby")
        lena.join("lobby", connect=True)
        anna.settle()
        assert house.admin("operator", "set", "lena", "--name", "Елена").returncode == 0
        told = anna.expect("presence:update")["participant"]
        assert (told["id"], told["name"]) == (lena.id, "Елена")
        assert lena.say("lobby", "привет")["sender_name"] == "Елена"


def test_who_is_removed_is_out_and_their_tickets_wait_again(house: Daemon) -> None:
    with seated(house, "igor") as igor:
        id = ticket(house, "shop")
        igor.ask("ticket:accept", ticket_id=id)
        done = house.admin("operator", "remove", "igor")
        assert (done.returncode, done.stderr) == (0, "OK: removed operator igor\n")
        assert igor.close_code() == 4003
    shown = house.admin_json("show", id)["ticket"]
    assert (shown["status"], shown["operator"]) == ("waiting", None)
    login = {"username": "igor", "password": PASSWORD}
    assert house.http("POST", "/manager/auth", login)[0] == 401
    assert house.http("GET", "/manager/queue", token=igor.token)[0] == 401
    assert house.admin("operator", "remove", "igor").returncode == 5
    token = house.add_operator("igor", "Игорь")
    assert house.http("GET", "/manager/queue", token=token)[0] == 200, "the name is free again"
    assert house.admin("close", id).returncode == 0


def test_nobody_removes_themselves_and_only_administrators_change(house: Daemon) -> None:
    boss, clerk = house.add_operator("boss", "Босс", "admin"), house.add_operator("clerk", "Клерк")
    with Client(house.address) as line, Client(house.address) as other:
        line.hello(token=boss), other.hello(token=clerk)
        with pytest.raises(Refused) as refused:
            line.ask("operator:remove", username="boss")
        assert refused.value.code == "conflict"
        for event in ("operator:remove", "operator:set"):
            with pytest.raises(Refused) as refused:
                other.ask(event, username="boss", display_name="x")
            assert refused.value.code == "forbidden"
        line.ask("operator:set", username="clerk", display_name="Писарь")
        assert line.ask("operator:remove", username="clerk") == {"username": "clerk"}
        assert other.close_code() == 4003


@pytest.mark.parametrize(("typed", "has"), [("abc", "3"), ("x" * 257, "257")])
def test_a_password_that_is_none_is_refused_in_words(house: Daemon, typed: str, has: str) -> None:
    said = f"a password has 8 to 256 characters; this one has {has}"
    for verb in (("add", "peter"), ("passwd", "peter")):
        done = house.admin("operator", *verb, "--password-stdin", stdin=f"{typed}\n")
        assert (done.returncode, done.stderr) == (2, f"chatd admin: {said}\n")
    boss = house.login("root1") if "root1" in names(house) else adm(house, "root1")
    form = {"username": "peter", "password": typed, "display_name": "Пётр"}
    status, answer = house.http("POST", "/manager/create", form, boss)
    assert status == 422 and answer["error"]["field"] == "password"
    assert answer["error"]["message"] == "a password has 8 to 256 characters"
    assert "peter" not in names(house)


def names(daemon: Daemon) -> list[str]:
    """The user names that there are."""
    return [one["username"] for one in daemon.admin_json("operator", "list")["operators"]]


def adm(daemon: Daemon, username: str) -> str:
    """A new administrator's token."""
    return daemon.add_operator(username, username, "admin")


def test_at_a_terminal_it_is_refused_before_it_is_asked_for_again(house: Daemon) -> None:
    words = ("admin", "--socket", str(house.socket), "operator", "add", "roma")
    with Terminal(*words) as terminal:
        terminal.shows("Password: ")
        terminal.types("abc\n")
        assert "Again" not in terminal.shows("this one has 3")
        assert terminal.ends()[0] == 2


def test_only_who_takes_tickets_and_is_available_is_offered_one(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"tickets": {"assignment": "auto"}})
    monitor = daemon.add_operator("monitor", "Монитор", "admin")
    for _ in range(3):
        assert daemon.http("GET", "/manager/queue", token=monitor)[0] == 200
    id = ticket(daemon, "default")
    assert daemon.admin("operator", "set", "monitor", "--no-tickets").returncode == 0
    with Client(daemon.address) as program, Client(daemon.address) as olga:
        program.hello(token=monitor)
        program.ask("queue:watch")
        assert not listed(daemon, "monitor")["available"]
        olga.hello(token=daemon.add_operator("olga", "Ольга"))
        told = program.expect("queue:update", change="offered")["ticket"]
        assert (told["id"], told["offered_to"]) == (id, "olga"), "a request makes nobody available"
        assert listed(daemon, "olga")["available"]
        olga.ask("presence:set", status="away")
        program.expect("queue:update", change="offer_ended")
        assert not listed(daemon, "olga")["available"]


def test_the_shell_s_table_shows_who_takes_tickets_and_who_is_available(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon()
    with Client(daemon.address) as olga:
        olga.hello(token=daemon.add_operator("olga", "Ольга"))
        daemon.add_operator("petr", "Пётр")
        assert daemon.admin("operator", "set", "petr", "--no-tickets").returncode == 0
        rows = [line.split("\t") for line in daemon.admin("operator", "list").stdout.splitlines()]
        shown = {row[0]: (row[4], row[5]) for row in rows}
        assert shown == {"olga": ("true", "true"), "petr": ("false", "false")}
        with Terminal("admin", "--socket", str(daemon.socket), "operator", "list") as terminal:
            status, text = terminal.ends()
        head, *table = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
        assert status == 0 and re.search("STATUS +TAKES TICKETS +AVAILABLE", head)
        assert [line.split()[4:6] for line in table] == [["yes", "yes"], ["no", "no"]]


def test_over_http_one_is_available_by_saying_so(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"tickets": {"assignment": "auto"}})
    token = daemon.add_operator("olga", "Ольга")
    id = ticket(daemon, "default")
    assert daemon.http("GET", "/manager/queue", token=token)[0] == 200
    assert listed(daemon, "olga")["status"] == "online" and not listed(daemon, "olga")["available"]
    assert daemon.http("POST", "/manager/presence", {"status": "online"}, token)[0] == 200
    assert listed(daemon, "olga")["available"]
    eventually(lambda: daemon.admin_json("show", id)["ticket"]["offered_to"] == "olga")
    assert daemon.http("POST", "/manager/presence", {"status": "away"}, token)[0] == 200
    assert not listed(daemon, "olga")["available"]
