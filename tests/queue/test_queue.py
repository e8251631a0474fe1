"""The queue as its people meet it: offers, absences, waits, reopening; what a long one costs."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually

CONNECTED = "operator_connected"
HELD_S = 0.02
FIELDS = {"presence:set": {"status": "online"}}
SITTING_DOWN = (
    *("presence:set", "queue:watch", "ticket:mine", "operator:list", "canned:list", "ticket:list"),
)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes clients at the end of a test."""
    with ExitStack() as clients:
        yield clients


def customer(daemon: Daemon, stack: ExitStack, site: str | None = None) -> Client:
    """A new visitor, of a site."""
    client = stack.enter_context(Client(daemon.address))
    client.hello(name="Клиент", **({"site": site} if site else {}))
    return client


def seated(daemon: Daemon, stack: ExitStack, username: str, role: str = "operator") -> Client:
    """A new operator at a console, who watches the queue."""
    client = stack.enter_context(Client(daemon.address))
    client.hello(token=daemon.add_operator(username, username.title(), role))
    client.ask("queue:watch")
    return client


def open_ticket(client: Client) -> str:
    """A new ticket of a customer."""
    return str(client.ask("ticket:open", content="?")["ticket"]["id"])


def kinds(daemon: Daemon, ticket_id: str) -> Counter[str]:
    """The system messages of a ticket, by kind."""
    messages = daemon.admin_json("show", ticket_id)["messages"]
    return Counter(one["meta"]["kind"] for one in messages if "kind" in one["meta"])


def test_places_and_counters_are_the_sites_own(make_daemon: MakeDaemon, stack: ExitStack) -> None:
    daemon = make_daemon({"sites": {"shop": {}, "bank": {}}})
    for _ in range(4):
        open_ticket(customer(daemon, stack, "shop"))
    first = customer(daemon, stack, "bank").ask("ticket:open", content="?")
    assert (first["position"], first["operators_online"]) == (1, 0)
    body = {"site": "bank", "message": "?"}
    second = daemon.http("POST", "/manager/request", body)[1]["data"]
    assert (second["position"], second["expected_wait_s"]) == (2, None)
    rows = daemon.admin_json("queue")["tickets"]
    assert [(one["site"], one["position"]) for one in rows] == [
        *[("shop", n) for n in range(1, 5)],
        *[("bank", n) for n in (1, 2)],
    ]


def test_the_wait_is_null_when_nobody_serves_and_else_grows_while_nothing_moves(
    make_daemon: MakeDaemon, stack: ExitStack
) -> None:
    daemon = make_daemon()
    olga = seated(daemon, stack, "olga")
    for _ in range(5):
        olga.ask("ticket:accept", ticket_id=open_ticket(customer(daemon, stack)))
    waiting = customer(daemon, stack)
    opened = waiting.ask("ticket:open", content="?")
    id, first = opened["ticket"]["id"], opened["expected_wait_s"]
    assert 0 < first < 60

    def grown() -> bool:
        shown = daemon.admin_json("show", id)["ticket"]
        return bool(shown["expected_wait_s"] > first + 1)

    eventually(grown)
    olga.ws.close()
    told = waiting.expect("dialog:update", change="position", operators_online=0)
    assert told["expected_wait_s"] is None and told["position"] == 1


def test_offers_go_around_among_those_who_are_as_busy(
    make_daemon: MakeDaemon, stack: ExitStack
) -> None:
    daemon = make_daemon({"tickets": {"assignment": "auto"}})
    operators = {name: seated(daemon, stack, name) for name in ("alla", "boris", "vera")}
    offered = []
    for _ in range(6):
        id = open_ticket(customer(daemon, stack))
        told = operators["alla"].expect("queue:update", change="offered")["ticket"]
        assert told["id"] == id
        offered.append(told["offered_to"])
        operators[offered[-1]].ask("ticket:accept", ticket_id=id)
        assert daemon.admin("close", id).returncode == 0
    assert Counter(offered) == {"alla": 2, "boris": 2, "vera": 2}
    assert offered[:3] == offered[3:] and set(offered[:3]) == set(operators)


def test_who_transfers_to_somebody_absent_is_told_and_the_ticket_comes_back(
    make_daemon: MakeDaemon, stack: ExitStack
) -> None:
    daemon = make_daemon({"tickets": {"grace_seconds": 5.0}})
    alla = seated(daemon, stack, "alla")
    daemon.add_operator("boris", "Борис")
    eventually(lambda: "operator alla is on line" in daemon.logged())
    id = open_ticket(customer(daemon, stack))
    alla.ask("ticket:accept", ticket_id=id)
    alla.ask("ping")
    listed = {one["username"]: one for one in alla.ask("operator:list")["operators"]}
    assert listed["boris"]["status"] == "offline", "told before"
    told = alla.ask("ticket:transfer", ticket_id=id, operator="boris")
    assert (told["operator_status"], told["returns_in_s"]) == ("offline", 5.0)
    assert told["ticket"]["operator"] == "boris"
    back = alla.expect("queue:update", change="returned")["ticket"]
    assert (back["id"], back["operator"]) == (id, None)
    told = alla.ask("ticket:transfer", ticket_id=id, operator="alla")
    assert (told["operator_status"], told["returns_in_s"]) == ("online", None)
    done = daemon.admin("transfer", id, "boris")
    assert "who is off line: it waits again in 5 s unless they come" in done.stderr
    boris = stack.enter_context(Client(daemon.address))
    boris.hello(token=daemon.login("boris"))
    daemon.add_operator("vera", "Вера")
    other = open_ticket(customer(daemon, stack))
    alla.ask("ticket:accept", ticket_id=other)
    alla.ask("ticket:transfer", ticket_id=other, operator="vera")
    back = alla.expect("queue:update", change="returned")["ticket"]
    assert back["id"] == other, "who came within the period of grace keeps theirs"
    assert daemon.admin_json("show", id)["ticket"]["operator"] == "boris"


def test_a_clock_set_back_keeps_no_ticket_with_who_is_gone(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"tickets": {"grace_seconds": 1.0}}, start=False).start(fault="clock")
    token = daemon.add_operator("alla", "Алла")
    with Client(daemon.address) as client, Client(daemon.address) as alla:
        client.hello(name="Клиент")
        id = open_ticket(client)
        alla.hello(token=token)
        alla.ask("ticket:accept", ticket_id=id)
    assert daemon.process
    daemon.process.send_signal(signal.SIGUSR1)
    eventually(lambda: daemon.admin_json("show", id)["ticket"]["status"] == "waiting")
    (row,) = daemon.admin_json("queue")["tickets"]
    assert 0 <= row["waited_s"] < 60


def test_announced_once_per_episode_and_nothing_is_erased(
    make_daemon: MakeDaemon, stack: ExitStack
) -> None:
    daemon = make_daemon()
    olga, client = seated(daemon, stack, "olga"), customer(daemon, stack)
    id = open_ticket(client)
    olga.ask("ticket:accept", ticket_id=id)
    olga.join(id, connect=True)
    olga.say(id, "здравствуйте")
    first = olga.ask("ticket:close", ticket_id=id)["ticket"]
    assert kinds(daemon, id)[CONNECTED] == 1
    client.say(id, "ещё вопрос")
    again = daemon.admin_json("show", id)["ticket"]
    assert (again["status"], again["accepted_at"], again["closed_at"]) == ("waiting", None, None)
    assert (again["episode"], len(again["past"])) == (2, 1)
    past = again["past"][0]
    for field in ("requested_at", "accepted_at", "closed_at", "closed_by", "operator"):
        assert past[field] == first[field] and past[field], field
    for _ in range(2):
        daemon.http("GET", f"/api/admin/support/ticket/{id}", token=olga.token)
    olga.ask("ticket:accept", ticket_id=id)
    olga.say(id, "снова здравствуйте")
    assert kinds(daemon, id)[CONNECTED] == 2
    olga.ask("ticket:close", ticket_id=id)
    olga.ask("ticket:reopen", ticket_id=id)
    olga.say(id, "и снова")
    assert kinds(daemon, id)[CONNECTED] == 3
    shown = olga.ask("ticket:get", ticket_id=id)["ticket"]
    assert (shown["episode"], shown["operator"], len(shown["past"])) == (3, "olga", 2)
    assert "past" not in client.join(id)["dialog"], "that is the house's business"


@pytest.mark.parametrize("assignment", ["manual", "auto"])
def test_it_comes_back_first_to_who_had_it(
    make_daemon: MakeDaemon, stack: ExitStack, assignment: str
) -> None:
    daemon = make_daemon({"tickets": {"assignment": assignment, "answer_seconds": 1.0}})
    client = customer(daemon, stack)
    olga, boris = seated(daemon, stack, "olga"), seated(daemon, stack, "boris")
    id = open_ticket(client)
    olga.ask("ticket:accept", ticket_id=id)
    for _ in range(2):  # so that somebody else has fewer
        olga.ask("ticket:accept", ticket_id=open_ticket(customer(daemon, stack)))
    olga.ask("ticket:close", ticket_id=id)
    client.say(id, "ещё вопрос")
    told = boris.expect("queue:update", change="reopened")["ticket"]
    assert (told["id"], told["offered_to"]) == (id, "olga")
    boris.expect("queue:update", change="offer_ended")
    boris.ask("ticket:accept", ticket_id=id)
    boris.ask("ticket:close", ticket_id=id)
    boris.ask("presence:set", status="away")
    client.say(id, "и ещё")
    told = olga.expect("queue:update", change="reopened", seconds=20)
    told = olga.expect("queue:update", change="reopened")["ticket"]
    assert told["offered_to"] is None, "not to who is away"


def test_it_does_not_come_back_to_who_has_no_room(
    make_daemon: MakeDaemon, stack: ExitStack
) -> None:
    daemon = make_daemon({"tickets": {"capacity": 1}})
    client, olga = customer(daemon, stack), seated(daemon, stack, "olga")
    id = open_ticket(client)
    olga.ask("ticket:accept", ticket_id=id)
    olga.ask("ticket:close", ticket_id=id)
    olga.ask("ticket:accept", ticket_id=open_ticket(customer(daemon, stack)))
    client.say(id, "ещё вопрос")
    assert olga.expect("queue:update", change="reopened")["ticket"]["offered_to"] is None


def test_three_thousand_who_wait_cost_by_what_is_shown(
    make_daemon: MakeDaemon, stack: ExitStack
) -> None:
    daemon = make_daemon({"store": {"sync": False}, "tickets": {"open_per_visitor": 3_000}})
    crowd = customer(daemon, stack)
    for _ in range(30):
        numbers = [crowd.give("ticket:open", content="?") for _ in range(100)]
        for number in numbers:
            crowd.answer(number)
    olga = seated(daemon, stack, "olga", "admin")
    pages: list[dict[str, Any]] = [olga.ask("queue:get")]
    assert pages[0]["waiting"] == 3_000 and len(pages[0]["tickets"]) == 200
    while cursor := pages[-1]["cursor"]:
        pages.append(olga.ask("queue:get", cursor=cursor))
    rows = [row for page in pages for row in page["tickets"]]
    assert [row["position"] for row in rows] == list(range(1, 3_001))
    assert len({row["id"] for row in rows}) == 3_000 and pages[-1]["cursor"] is None
    assert len(daemon.admin("queue", "-q").stdout.splitlines()) == 3_000
    assert len(olga.ask("queue:watch", limit=5)["tickets"]) == 5
    for event in ("queue:get", "queue:watch", "ticket:list", "ticket:mine", "operator:list"):
        best = min(held_s(daemon, [olga], (event,)) for _ in range(5))
        assert best < HELD_S, f"{event} takes {best:.3f} s of the daemon"
    consoles = [stack.enter_context(Client(daemon.address)) for _ in range(20)]
    token = olga.token
    for number, console in enumerate(consoles):
        console.hello(token=token, device=f"d{number}")
    best = min(held_s(daemon, consoles, SITTING_DOWN) for _ in range(3))
    assert best < HELD_S, f"a console that comes back takes {best:.3f} s of the daemon"
    for console in (crowd, olga, *consoles):
        console.settle()  # who has read everything closes at once


def held_s(daemon: Daemon, clients: list[Client], asked: tuple[str, ...]) -> float:
    """The processor time of the daemon's loop that all of this takes per client, whoever else has
    the machine."""
    before = loop_s(daemon)
    numbers = [
        (client, client.give(event, **FIELDS.get(event, {})))
        for client in clients
        for event in asked
    ]
    for client, number in numbers:
        client.answer(number)
    return (loop_s(daemon) - before) / len(clients)


def loop_s(daemon: Daemon) -> float:
    """The processor time that a daemon's main thread has used."""
    assert daemon.process
    return int(Path(f"/proc/{daemon.process.pid}/schedstat").read_text().split()[0]) / 1e9
