"""What carries notices between the nodes, and what it promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct


class Notice(Struct, frozen=True):
    """What one node tells all others: of its notices the ``number``-th, from 1 on. ``node`` is
    another one whenever it is started. ``text`` is JSON."""

    node: str
    number: int
    text: str


Receive = Callable[[Notice], None]


class Bus(Protocol):
    """Carries notices to every other node that is there, in the order of each one's numbers.

    One may come twice, and one may never come; who receives finds that out by the numbers. A notice
    without text says only how many there have been: it comes about once a second, so that the last
    one is missed, too.
    """

    node: str

    def attach(self, receive: Receive, interrupted: Callable[[], None]) -> None:
        """Sets who is told of what the others send, and that the line to them was cut and is back:
        neither waits. Once, before anything else."""

    def send(self, text: str) -> None:
        """To all others, soon; never waits, never raises. More than is kept, while it cannot be
        sent, is dropped with its number."""
