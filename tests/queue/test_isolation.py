"""An operator sees what they serve and nothing else, whatever they ask, on every transport."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon

SITES = ("bank", "blog", "shop")
OPERATORS = {
    "obank": ("bank",),
    "oshop": ("shop",),
    "oboth": ("blog", "shop"),
    "oall": (),
}
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("room:list", {}),
    ("ticket:list", {}),
    *(("ticket:list", {"status": status}) for status in ("bot", "waiting", "active", "closed")),
    *(("ticket:list", {"site": site}) for site in SITES),
    ("ticket:mine", {}),
    ("mention:list", {}),
    ("queue:get", {}),
    ("queue:watch", {}),
    ("operator:list", {}),
    ("operator:me", {}),
    ("connection:stats", {}),
    ("stats:get", {}),
    ("canned:list", {}),
    ("hours:list", {}),
    *(("canned:list", {"site": site}) for site in SITES),
]
PATHS = [
    *("/api/rooms", "/api/debug/websocket-stats", "/manager/queue", "/manager/operators"),
    *("/manager/sessions", "/manager/canned", "/manager/me", "/api/admin/support/tickets"),
]


def served(operator: str) -> set[str]:
    """The sites of an operator."""
    return set(OPERATORS[operator] or SITES)


class World:
    """A daemon with three sites. Everything of a site bears its mark, ``mark-SITE``: its rooms,
    customers, tickets, messages, canned answers; of each one ticket waits and one is active."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.devices = itertools.count()
        self.tokens = {name: self.hire(name, sites) for name, sites in OPERATORS.items()}
        self.boss = daemon.add_operator("boss", "Босс", "admin")
        self.office = self.connect(self.boss)
        self.customers = {site: self.customer(site) for site in SITES}
        self.tickets = {site: self.ticket(site, self.customers[site]) for site in SITES}
        self.lines = {name: self.connect(token) for name, token in self.tokens.items()}

    def hire(self, name: str, sites: tuple[str, ...]) -> str:
        """An operator's token; who serves one site only bears its mark."""
        options = [word for site in sites for word in ("--site", site)]
        title = f"mark-{sites[0]}" if len(sites) == 1 else "of several"
        done = self.daemon.admin(
            *("operator", "add", name, "--name", title, *options, "--password-stdin"),
            stdin=f"{PASSWORD}\n",
        )
        assert done.returncode == 0, done.stderr
        return self.daemon.login(name)

    def connect(self, token: str) -> Client:
        """A connection of an operator's."""
        client = Client(self.daemon.address)
        client.hello(token=token, device=f"d{next(self.devices)}")
        return client

    def customer(self, site: str) -> Client:
        """A customer who is on line, from a page of the site."""
        client = Client(self.daemon.address, origin=f"https://{site}.example")
        client.hello(name=f"mark-{site}")
        return client

    def ticket(self, site: str, customer: Client) -> str:
        """A waiting ticket; another one is active and a third one closed."""
        ids = [customer.ask("ticket:open", content=f"mark-{site}")["ticket"]["id"] for _ in "abc"]
        reply = {"ticket_id": ids[1], "message": f"mark-{site}"}
        assert self.daemon.http("POST", "/api/admin/support/reply", reply, self.boss)[0] == 201
        assert self.daemon.admin("close", ids[2]).returncode == 0
        return str(ids[0])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    config = {
        "sites": {
            site: {
                "origins": [f"https://{site}.example"],
                "canned": {f"mark-{site}": f"mark-{site}"},
            }
            for site in SITES
        },
        "rooms": {
            "lobby": {},
            **{f"r{site}": {"sites": [site], "title": f"mark-{site}"} for site in SITES},
        },
    }
    daemon = Daemon(tmp_path_factory.mktemp("sites"), config).start()
    world = World(daemon)
    yield world
    for client in [world.office, *world.customers.values(), *world.lines.values()]:
        client.ws.close()
    assert daemon.stop() == 0 and "incident" not in daemon.logged()


def marks(answer: Any) -> set[str]:
    """The sites that something bears the mark of, or names."""
    text = json.dumps(answer, ensure_ascii=False)
    return {site for site in SITES if f"mark-{site}" in text or f'"{site}"' in text}


@pytest.mark.parametrize("operator", sorted(OPERATORS))
@pytest.mark.parametrize(("event", "data"), ASKED, ids=lambda value: str(value))
def test_no_answer_names_another_site(
    world: World, operator: str, event: str, data: dict[str, Any]
) -> None:
    assert marks(world.lines[operator].ask(event, **data)) <= served(operator)


@pytest.mark.parametrize("operator", sorted(OPERATORS))
@pytest.mark.parametrize("path", PATHS)
def test_no_path_names_another_site(world: World, operator: str, path: str) -> None:
    status, body = world.daemon.http("GET", path, token=world.tokens[operator])
    assert status == 200 and marks(body["data"]) <= served(operator)


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_what_they_serve_they_see(world: World, operator: str) -> None:
    line, own = world.lines[operator], served(operator)
    for event in ("room:list", "ticket:list", "queue:get", "connection:stats", "canned:list"):
        assert marks(line.ask(event)) == own, event


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_counters_count_their_sites_only(world: World, operator: str) -> None:
    line, own = world.lines[operator], served(operator)
    queue, figures = line.ask("queue:get"), line.ask("stats:get")
    colleagues = [name for name in OPERATORS if served(name) & own] + ["boss"]
    assert queue["waiting"] == figures["queue_waiting"] == len(queue["tickets"]) == len(own)
    assert {one["position"] for one in queue["tickets"]} == {1}, "a place is one's site's"
    assert queue["operators_online"] == figures["operators_online"] == len(colleagues)
    assert figures["tickets_open"] == 2 * len(own)
    assert figures.keys() == {
        *("tickets_open", "queue_waiting", "queue_oldest_wait_s", "operators_online")
    }
    listed = {one["username"]: one for one in line.ask("operator:list")["operators"]}
    assert listed.keys() == {*colleagues}
    assert listed["boss"]["active"] == len(own), "of a colleague's load, what they may see"
    stats = line.ask("connection:stats")
    mine = [one for one in stats["connections"] if one["kind"] == "operator"]
    assert {one["participant"] for one in mine} == {line.id}
    assert stats["total"] == len(stats["connections"]) == len(own) + len(mine)
    assert not {"opened", "replaced"} & stats.keys()


def test_an_administrator_sees_all_of_it(world: World) -> None:
    with world.connect(world.boss) as line:
        assert marks(line.ask("connection:stats")) == marks(line.ask("queue:get")) == set(SITES)
        assert "memory_bytes" in line.ask("stats:get")
        assert {"opened", "replaced"} <= line.ask("connection:stats").keys()
        names = [one["username"] for one in line.ask("operator:list")["operators"]]
        assert names == sorted([*OPERATORS, "boss"])


@pytest.mark.parametrize("operator", sorted(OPERATORS))
@pytest.mark.parametrize("site", SITES)
def test_what_is_of_another_site_is_not_there(world: World, operator: str, site: str) -> None:
    line = world.lines[operator]
    for dialog_id in (f"r{site}", world.tickets[site], f"{world.tickets[site]}/notes"):
        for event in ("dialog:join", "history:get", "message:send", "typing:start", "dialog:leave"):
            if site in served(operator):
                if event != "message:send":  # which would take the ticket
                    line.ask(event, dialog_id=dialog_id)
                continue
            with pytest.raises(Refused) as refused:
                line.ask(event, dialog_id=dialog_id, content="mark")
            missing = dialog_id.replace(site, "none").replace("TKT-", "TKT-9")
            with pytest.raises(Refused) as unknown:
                line.ask(event, dialog_id=missing, content="mark")
            assert refused.value.code == unknown.value.code == "not_found"
            told = refused.value.error["message"].replace(dialog_id, missing)
            assert told == unknown.value.error["message"]


def test_whom_one_does_not_serve_with_one_cannot_name(world: World) -> None:
    ticket_id = world.tickets["shop"]
    answers = []
    for name in ("obank", "nobody"):
        body = {"operator": name}
        path = f"/api/admin/support/transfer/{ticket_id}"
        status, answer = world.daemon.http("POST", path, body, world.tokens["oshop"])
        answers.append((status, answer["error"]["message"].replace(name, "X")))
    assert answers[0] == answers[1] and answers[0][0] == 404


@pytest.mark.parametrize("moved", SITES)
def test_events_reach_only_those_who_serve_the_site(world: World, moved: str) -> None:
    for line in world.lines.values():
        line.ask("queue:watch")
        line.settle()
    customer = world.customers[moved]
    opened = customer.ask("ticket:open", content=f"mark-{moved}")["ticket"]["id"]
    with world.connect(world.tokens["obank"]):
        pass
    for operator, line in world.lines.items():
        events = [one["data"] for one in line.settle() if one["event"] == "queue:update"]
        tickets = {one["ticket"]["id"] for one in events if one["ticket"]}
        assert tickets == ({opened} if moved in served(operator) else set())
        for data in events:
            assert marks(data) <= served(operator)
            waiting = len(line.ask("queue:get")["tickets"])
            assert data["waiting"] == waiting, "the counters are those of all that one serves"
    assert world.daemon.admin("close", opened).returncode == 0


def test_a_reload_puts_out_operators_who_no_longer_serve_the_room(make_daemon: MakeDaemon) -> None:
    sites: dict[str, Any] = {"shop": {}, "bank": {}}
    daemon = make_daemon({"sites": sites, "rooms": {"r": {"sites": ["shop"]}}})
    words = ("operator", "add", "olga", "--site", "shop", "--password-stdin")
    assert daemon.admin(*words, stdin=f"{PASSWORD}\n").returncode == 0
    with Client(daemon.address) as line:
        line.hello(token=daemon.login("olga"))
        line.join("r")
        daemon.write_config({"sites": sites, "rooms": {"r": {"sites": ["bank"]}}})
        assert daemon.admin("reload").returncode == 0
        assert line.expect("dialog:update", dialog_id="r")["dialog"] is None
        assert daemon.admin("say", "r", "mark").returncode == 0
        assert "message:new" not in [event["event"] for event in line.settle()]
        assert line.ask("room:list")["rooms"] == []
