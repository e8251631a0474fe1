"""Which nodes are there: who has said goodbye is gone for good, whatever of theirs comes late."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatd.delivery.broker.bus import Notice, Receive
from chatd.delivery.broker.exchange import Exchange


class Bus:
    """What is heard is what the test says."""

    node = "here"

    def attach(self, receive: Receive, interrupted: Callable[[], None]) -> None:
        """Whom it tells."""
        self.hear = receive

    def send(self, text: str) -> None:
        """To nobody."""


class Listener:
    """What it was told of nodes."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def hear(self, node: str, text: str) -> None:
        self.told.append(f"{node} says {text}")

    def note_arrival(self, node: str) -> None:
        self.told.append(f"{node} comes")

    def note_loss(self, node: str) -> None:
        self.told.append(f"of {node} something was lost")

    def note_end(self, node: str) -> None:
        self.told.append(f"{node} goes")


def test_who_has_said_goodbye_is_not_there_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, listener = Bus(), Listener()
    exchange = Exchange(bus)
    exchange.join("x", listener)
    bus.hear(Notice("a", 1, "x one"))
    bus.hear(Notice("b", 1, "x two"))
    bus.hear(Notice("a", 2, "goodbye "))
    told = ["a comes", "a says one", "b comes", "b says two", "a goes"]
    assert exchange.nodes == ["b"] and listener.told == told
    for late in (Notice("a", 2, ""), Notice("a", 3, "x late"), Notice("a", 2, "goodbye ")):
        bus.hear(late)
    assert exchange.nodes == ["b"] and listener.told == told
    assert exchange.figures() == {"nodes_others": 1, "nodes_sent": 0, "nodes_heard": 1}
    bus.hear(Notice("a-again", 1, "x three"))
    assert exchange.nodes == ["a-again", "b"], "who is started again has another name"
    monkeypatch.setattr("chatd.delivery.broker.exchange.SILENT_S", -1.0)
    exchange.tend()
    assert exchange._ended == {}, "nothing of theirs comes so late"
