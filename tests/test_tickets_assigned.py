"""Tickets that the daemon gives out, takes back, and offers in turn."""

from __future__ import annotations

from typing import Any

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, eventually
from tests.test_tickets import open_ticket


def auto(**tickets: Any) -> dict[str, Any]:
    """A configuration with automatic assignment."""
    return {"tickets": {"assignment": "auto", **tickets}}


def test_automatic_assignment_takes_the_least_loaded_then_the_next(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon(auto(capacity=1, answer_seconds=60.0))
    tokens = [daemon.add_operator(name, name) for name in ("alla", "boris")]
    with Client(daemon.address) as alla, Client(daemon.address) as boris:
        alla.hello(token=tokens[0]), boris.hello(token=tokens[1])
        alla.ask("queue:watch")
        first, _ = open_ticket(daemon)
        offer = alla.expect("queue:update", change="offered")
        assert offer["ticket"]["id"] == first and offer["ticket"]["offered_to"] == "alla"
        second, _ = open_ticket(daemon)
        offer = alla.expect("queue:update", change="offered")
        assert (offer["ticket"]["id"], offer["ticket"]["offered_to"]) == (second, "boris")
        boris.ask("ticket:accept", ticket_id=second)
        alla.ask("presence:set", status="away")
        ended = alla.expect("queue:update", change="offer_ended")
        assert ended["ticket"]["id"] == first


def test_an_unanswered_offer_goes_to_the_next_operator(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon(auto(answer_seconds=0.5))
    tokens = [daemon.add_operator(name, name) for name in ("alla", "boris")]
    with Client(daemon.address) as alla, Client(daemon.address) as boris:
        alla.hello(token=tokens[0]), boris.hello(token=tokens[1])
        alla.ask("queue:watch")
        open_ticket(daemon)
        offered = [
            alla.expect("queue:update", change="offered")["ticket"]["offered_to"] for _ in range(3)
        ]
        assert offered[0] == "alla" and offered[1] == "boris"


def test_tickets_of_an_operator_who_stays_away_go_back(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"tickets": {"grace_seconds": 0.5}})
    token = daemon.add_operator("alla", "Алла")
    ticket_id, _ = open_ticket(daemon)
    with Client(daemon.address) as alla:
        alla.hello(token=token)
        alla.ask("ticket:accept", ticket_id=ticket_id)
    eventually(lambda: [t["id"] for t in daemon.admin_json("queue")["tickets"]] == [ticket_id])


def test_a_disabled_operator_is_out_at_once(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    token = daemon.add_operator("alla", "Алла")
    with Client(daemon.address) as alla:
        alla.hello(token=token)
        assert daemon.admin("operator", "disable", "alla").returncode == 0
        assert alla.close_code() == 4003
    assert daemon.http("GET", "/manager/queue", token=token)[0] == 401
    login = {"username": "alla", "password": PASSWORD}
    assert daemon.http("POST", "/manager/auth", login)[0] == 401
    assert daemon.admin("operator", "enable", "alla").returncode == 0
    assert daemon.http("POST", "/manager/auth", login)[0] == 200
