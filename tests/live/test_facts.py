"""What each node tells of itself, also to who comes later or missed some, until it is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import gevent
import pytest

from chatd.delivery.broker import exchange
from chatd.domain.principal import Principal
from chatd.live.shared.drafts import Drafts
from chatd.live.shared.presence import Presence
from chatd.store.postgres import notices
from tests.live.implementations import person
from tests.nodes import Node, Nodes, wait_until

ANNA, BORIS = person("p-1", "Anna"), person("p-2", "Boris")
ANOTHER = """
from gevent import monkey
monkey.patch_all()
import sys, gevent
from tests.live.implementations import person
from tests.live.test_facts import Place
from tests.nodes import Nodes
place = Place(Nodes(sys.argv[1]).node())
place.presence.enter("lobby", person("p-2", "Boris"), "c-1")
print("entered", flush=True)
while True:
    place.node.exchange.tend()
    gevent.sleep(0.1)
"""


class Place:
    """A node with who is on it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.told: list[tuple[str, str, bool]] = []
        self.presence = Presence(node.exchange, self.note_ends)

    def note_ends(self, people: Iterator[tuple[str, Principal]], back: bool) -> None:
        """Keeps it."""
        self.told += [(dialog_id, who.name, back) for dialog_id, who in people]

    @property
    def names(self) -> list[str]:
        """Who is in the lobby."""
        return [one.name for one in self.presence.within("lobby")]

    def sees(self, *names: str) -> None:
        """Waits until it does."""
        wait_until(lambda: sorted(self.names) == sorted(names))


def test_who_comes_later_is_told_who_is_there(nodes: Nodes) -> None:
    first = Place(nodes.node())
    first.presence.enter("lobby", ANNA, "c-1")
    first.presence.set_away("p-1", True)
    second = Place(nodes.node())
    second.presence.enter("lobby", BORIS, "c-1")
    for place in (first, second):
        place.sees("Anna", "Boris")
    wait_until(lambda: second.presence.status("p-1") == "away")


def test_one_participant_on_two_nodes_is_there_until_the_last_has_left(nodes: Nodes) -> None:
    first, second = Place(nodes.node()), Place(nodes.node())
    assert first.presence.enter("lobby", ANNA, "c-1")
    second.sees("Anna")
    assert not second.presence.enter("lobby", ANNA, "c-1"), "the same name for another connection"
    wait_until(lambda: len(first.presence._facts.all()) == 2)
    assert not first.presence.leave("lobby", "p-1", "c-1") and first.names == ["Anna"]
    wait_until(lambda: len(second.presence._facts.all()) == 1)
    assert second.presence.leave("lobby", "p-1", "c-1")
    first.sees()


def test_a_name_and_who_is_back_are_known_everywhere_whoever_says_so(nodes: Nodes) -> None:
    first, second = Place(nodes.node()), Place(nodes.node())
    first.presence.enter("lobby", ANNA, "c-1")
    first.presence.set_away("p-1", True)
    second.sees("Anna")
    wait_until(lambda: second.presence.status("p-1") == "away")
    assert first.presence.rename("lobby", person("p-1", "Anja"))
    second.sees("Anja")
    assert second.presence.set_away("p-1", False)
    wait_until(lambda: first.presence.status("p-1") == "online")
    third = Place(nodes.node())
    third.sees("Anja")
    assert third.presence.status("p-1") == "online"


def test_of_a_draft_that_goes_on_on_another_node_the_latest_is_known(nodes: Nodes) -> None:
    first, second = nodes.node(), nodes.node()
    here, there = Drafts(first.exchange), Drafts(second.exchange)

    def texts(drafts: Drafts) -> list[str]:
        return [draft.text for _, draft in drafts.within("lobby")]

    here.reset("lobby", ANNA, 5, "begun", connection="c-1")
    wait_until(lambda: texts(there) == ["begun"])
    there.reset("lobby", ANNA, 1, "gone on", connection="c-1")
    wait_until(lambda: texts(here) == ["gone on"] and not here._facts.own)
    late = Drafts(nodes.node().exchange)
    wait_until(lambda: texts(late) == ["gone on"])
    assert not here.clear("lobby", "p-1", "c-1"), "it is another connection's by now"
    assert here.clear("lobby", "p-1"), "it became a message"
    wait_until(lambda: not texts(there) and not texts(late))
    assert not there.clear("lobby", "p-1")


def test_what_was_lost_is_asked_for(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Place(nodes.node()), Place(nodes.node())
    first.presence.enter("lobby", ANNA, "c-1")
    second.sees("Anna")
    monkeypatch.setattr(notices, "MOST_BYTES", 0)
    first.presence.enter("lobby", BORIS, "c-2")
    first.presence.leave("lobby", "p-1", "c-1")
    monkeypatch.undo()
    second.sees("Boris")


def start_another(dsn: str) -> subprocess.Popen[str]:
    """A process in which Boris is."""
    command = [sys.executable, "-c", ANOTHER, dsn]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_who_was_on_a_node_that_is_gone_is_not_there_until_it_is_back(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr(exchange, "SILENT_S", 3.0)
    here = Place(nodes.node())
    here.presence.enter("lobby", ANNA, "c-1")

    def tend() -> None:
        while True:
            here.node.exchange.tend()
            gevent.sleep(0.1)

    tending = gevent.spawn(tend)
    with start_another(nodes.dsn) as another:
        try:
            here.sees("Anna", "Boris")
            assert len(here.node.exchange.nodes) == 1
            os.kill(another.pid, number)
            here.sees("Anna")
            assert not here.node.exchange.nodes
            if number == signal.SIGSTOP:
                os.kill(another.pid, signal.SIGCONT)
                here.sees("Anna", "Boris")
        finally:
            another.kill()
            tending.kill()
