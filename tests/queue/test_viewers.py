"""Operators who have the same ticket open see each other; the customer sees who is announced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client import Client
from tests.conftest import Connect, MakeDaemon
from tests.daemon import Daemon


class Scene:
    """A customer's ticket that Artem answers, and Boris who only looks."""

    def __init__(self, daemon: Daemon, connect: Connect) -> None:
        tokens = [daemon.add_operator(name, name.title()) for name in ("artem", "boris")]
        self.customer, self.artem, self.boris = connect("Аня"), connect(), connect()
        self.ticket = self.customer.ask("ticket:open", content="?")["ticket"]["id"]
        self.customer.join(self.ticket)
        self.artem.hello(token=tokens[0]), self.boris.hello(token=tokens[1], device="a")
        self.again = connect()
        self.again.hello(token=tokens[1], device="b")
        self.artem.ask("ticket:accept", ticket_id=self.ticket)

    def join(self, client: Client, *, connect: bool = False) -> set[str]:
        """Opens the ticket; whom one sees there."""
        joined = client.join(self.ticket, connect=connect)
        return {one["id"] for one in joined["participants"]}

    def moves(self, client: Client) -> list[tuple[str, str]]:
        """Who came and went, as a client was told."""
        events = [one["data"] for one in client.settle() if one["event"] == "presence:update"]
        return [(one["participant"]["id"], one["participant"]["status"]) for one in events]


@pytest.fixture
def scene(make_daemon: MakeDaemon) -> Iterator[Scene]:
    daemon = make_daemon()
    clients: list[Client] = []

    def connect(name: str | None = None) -> Client:
        clients.append(Client(daemon.address))
        if name:
            clients[-1].hello(name=name)
        return clients[-1]

    yield Scene(daemon, connect)
    for client in clients:
        client.ws.close()


def test_both_see_each_other_and_the_customer_neither_until_announced(scene: Scene) -> None:
    artem, boris, customer = scene.artem, scene.boris, scene.customer
    assert artem.id in scene.join(artem)
    assert {artem.id, boris.id} <= scene.join(boris), "who comes later sees both"
    assert scene.moves(artem) == [(boris.id, "online")], "and who was there is told"
    boris.ask("presence:set", status="away")
    assert scene.moves(artem) == [(boris.id, "away")]
    boris.ask("presence:set", status="online")
    boris.ask("dialog:leave", dialog_id=scene.ticket)
    assert scene.moves(artem) == [(boris.id, "online"), (boris.id, "offline")]
    assert scene.moves(customer) == [], "who only looks is not shown to the customer, ever"
    assert scene.join(customer) == {customer.id}


def test_a_connection_that_breaks_looks_no_longer(scene: Scene) -> None:
    scene.join(scene.artem)
    scene.join(scene.boris)
    scene.moves(scene.artem)
    scene.boris.ws.close()
    told = scene.artem.expect("presence:update")
    assert told["participant"]["id"] == scene.boris.id
    assert told["participant"]["status"] == "offline"


def test_who_is_announced_and_still_looks_on_another_screen_stays(scene: Scene) -> None:
    scene.join(scene.artem)
    scene.join(scene.again)
    scene.join(scene.boris, connect=True)
    assert (scene.boris.id, "online") in scene.moves(scene.customer)
    scene.moves(scene.artem)
    scene.boris.ask("dialog:leave", dialog_id=scene.ticket)
    assert scene.moves(scene.customer) == [(scene.boris.id, "offline")]
    assert scene.moves(scene.artem)[-1] == (scene.boris.id, "online")
    scene.again.ask("dialog:leave", dialog_id=scene.ticket)
    assert scene.moves(scene.artem) == [(scene.boris.id, "offline")]
