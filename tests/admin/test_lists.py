"""Lists are whole for programs; people are told of how many they see the first."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from chatd.admin.verbs import VERBS
from tests.admin.terminal import Terminal
from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon

TICKETS, MESSAGES = 420, 430
MANY = 55  # more than the first page that people are shown of what has pages
ROOMS = [f"r{number}" for number in range(MANY)]
# On a terminal: of what the first page is shown, and what is always whole.
PAGED = {
    "transcript",
    *("queue", "tickets", "show", "history", "audit"),
    *("rooms", "bans", "connections", "operator list", "operator sessions"),
    *("report queue", "report operators", "report sites", "report tickets", "token list"),
    *("report departments", "report tags", "report rating", "report targets", "board", "hours"),
    *("errands", "webhook deliveries", "mail deliveries", "files", "user list", "calls"),
    *("search", "customer", "canned list", "visitors", "site list", "department list", "role list"),
}
WHOLE = {
    "operator passkeys",
    "site show",
    "department show",
    "view list",
    "log-levels",
    "doctor",
    "doctor turn",
    "webhook list",
}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Daemon:
    """A daemon with more of everything than a page holds."""
    daemon = Daemon(
        tmp_path_factory.mktemp("full"),
        {"store": {"sync": False}, "rooms": {"lobby": {}, "tea": {}}},
    ).start()
    for number in range(TICKETS):
        assert daemon.http("POST", "/manager/request", {"message": f"{number}"})[0] == 201
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        for number in range(1, MESSAGES + 1):
            anna.say("lobby", f"m{number}")
    return daemon


@pytest.fixture(autouse=True, scope="module")
def stopped(full: Daemon) -> object:
    """Stops it behind the last test."""
    yield full
    assert full.stop() == 0


def test_a_list_of_tickets_is_whole_in_every_format_for_programs(full: Daemon) -> None:
    waiting = ("tickets", "--status", "waiting")
    ids = full.admin(*waiting, "-q").stdout.split()
    assert len(ids) == len(set(ids)) == TICKETS
    assert len(full.admin(*waiting).stdout.splitlines()) == TICKETS
    assert len(full.admin(*waiting, "--jsonl").stdout.splitlines()) == TICKETS
    told = json.loads(full.admin(*waiting, "--json").stdout)
    assert [one["id"] for one in told["tickets"]] == ids and told["cursor"] is None


@pytest.mark.parametrize("limit", [1, 50, 200, 201, 410])
def test_a_limit_is_kept_however_many_pages_it_takes(full: Daemon, limit: int) -> None:
    ids = full.admin("tickets", "-q").stdout.split()
    given = ("--limit", str(limit))
    assert full.admin("tickets", "-q", *given).stdout.split() == ids[:limit]
    rows = full.admin_json("history", "lobby", *given)["messages"]
    assert [row["seq"] for row in rows] == list(range(MESSAGES - limit + 1, MESSAGES + 1))


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_that_is_none_is_refused(full: Daemon, limit: str) -> None:
    done = full.admin("tickets", "--limit", limit)
    assert done.returncode == 2 and "limit" in done.stderr and done.stdout == ""


def test_a_conversation_is_whole_for_programs_and_goes_on_behind_a_number(full: Daemon) -> None:
    rows = full.admin_json("history", "lobby")["messages"]
    assert [row["content"] for row in rows] == [f"m{seq}" for seq in range(1, MESSAGES + 1)]
    rows = full.admin_json("history", "lobby", "--after", "7")["messages"]
    assert [row["seq"] for row in rows] == list(range(8, MESSAGES + 1))


def test_on_a_terminal_a_page_says_of_how_many_it_is(full: Daemon) -> None:
    long = full.http("POST", "/manager/request", {"message": "long"})[1]["data"]["ticket_id"]
    assert full.admin(stdin=f"system {long} more\n" * 210).returncode == 0
    count = TICKETS + 1
    messages = len(full.admin("show", long).stdout.splitlines())
    assert messages > 210
    for given, said in (
        (("queue",), f"200 of {count}; "),
        (("show", long), f"200 of {messages}; "),
        (("tickets", "--status", "waiting"), f"50 of {count}; "),
        (("tickets",), f"50 of {count}; "),
        (("tickets", "--limit", "5"), f"5 of {count}; "),
        (("history", "lobby"), f"50 of {MESSAGES}; "),
    ):
        with Terminal("admin", "--socket", str(full.socket), *given) as shown:
            status, text = shown.ends()
            assert status == 0 and said in text, text[-300:]
    with Terminal("admin", "--socket", str(full.socket), "tickets", "--status", "bot") as shown:
        assert " of " not in shown.ends()[1]
    assert full.admin("close", long).returncode == 0


def test_every_list_is_whole_or_says_of_how_many_it_is() -> None:
    assert {verb.name for verb in VERBS if verb.rows} == PAGED | WHOLE
    assert {verb.name for verb in VERBS if verb.paged or verb.most} == PAGED
    bounded = {verb.name for verb in VERBS if "limit" in verb.command.__struct_fields__}
    assert not bounded & WHOLE


def test_what_fits_into_a_page_is_whole_on_a_terminal(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"store": {"sync": False}, "rooms": {name: {} for name in ROOMS}})
    script = "".join(f"ban 192.0.2.{number}\n" for number in range(1, MANY + 1))
    assert daemon.admin(stdin=script).returncode == 0
    with ExitStack() as guests:
        for number in range(MANY):
            client = guests.enter_context(Client(daemon.address))
            client.hello(name=f"n{number}")
        for verb in ("rooms", "bans", "connections"):
            ids = daemon.admin(verb, "-q").stdout.split()
            assert len(ids) == MANY, verb
            with Terminal("admin", "--socket", str(daemon.socket), verb) as shown:
                status, text = shown.ends()
            assert status == 0 and [id for id in ids if id not in text] == [], verb


def test_the_audit_is_whole_for_programs_and_counted_for_people(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"store": {"sync": False}})
    script = "".join(f"log-level rooms {('info', 'debug')[n % 2]}\n" for n in range(130))
    assert daemon.admin(stdin=script).returncode == 0
    assert len(daemon.admin("audit").stdout.splitlines()) == 130
    assert len(daemon.admin_json("audit")["entries"]) == 130
    assert len(daemon.admin("audit", "--limit", "7").stdout.splitlines()) == 7
    with Terminal("admin", "--socket", str(daemon.socket), "audit") as shown:
        assert "100 of 130; --limit N" in shown.ends()[1]


def test_all_that_a_list_names_can_be_closed(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"store": {"sync": False}})
    for number in range(60):
        assert daemon.http("POST", "/manager/request", {"message": f"{number}"})[0] == 201
    ids = daemon.admin("tickets", "--status", "waiting", "-q").stdout
    done = daemon.admin("close", "-", stdin=ids)
    assert done.returncode == 0 and done.stderr.count("OK: closed") == 60
    assert daemon.admin("tickets", "--status", "waiting").stdout == ""


def test_a_message_is_deleted_and_its_place_stays(full: Daemon) -> None:
    assert full.admin("say", "tea", "by mistake").returncode == 0
    row = full.admin_json("history", "tea", "--limit", "1")["messages"][0]
    done = full.admin("delete", row["id"])
    assert (done.returncode, done.stderr) == (0, f"OK: deleted {row['id']}\n")
    after = full.admin_json("history", "tea", "--after", str(row["seq"] - 1))["messages"]
    assert [(one["seq"], one["content"]) for one in after] == [(row["seq"], "")]
    assert full.admin("delete", row["id"]).returncode == 6
    assert full.admin("delete", "tea:99999").returncode == 5
    assert full.admin("delete", "nowhere:1").returncode == 5
