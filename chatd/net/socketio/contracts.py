"""What a session of Engine.IO goes by: its deadlines, what is said in it, and what all sessions of
a path have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from chatd.delivery.mailbox import Mailbox
from chatd.delivery.unsent import Unsent
from chatd.net.socketio.polling import PollQueue
from chatd.net.socketio.sids import Sids
from chatd.net.websocket import Heart

if TYPE_CHECKING:
    from chatd.net.socketio.link import EngineSession


class Deadlines(Struct, frozen=True, kw_only=True):
    """Caps and deadlines of a session; bytes and seconds."""

    ping_interval: float = 25.0
    ping_timeout: float = 20.0
    upgrade_timeout: float = 10.0
    close_timeout: float = 5.0
    max_message: int = 262_144
    queue_bytes: int = 4_194_304


class Application(Protocol):
    """What is said in a session."""

    def take(self, message: str | bytes) -> None:
        """A message that came, text or bytes."""

    def move(self, mailbox: Mailbox) -> None:
        """From now on its frames go there: the session goes on over a WebSocket."""

    def farewell(self, code: int, reason: str) -> bytes:
        """The session is about to be closed: its last packets, ready made."""

    def finish(self) -> None:
        """The session is over."""


class Owner(Protocol):
    """What all sessions of a path have in common."""

    deadlines: Deadlines
    sids: Sids
    heart: Heart
    unsent: Unsent
    no_queue: PollQueue

    def part(self, session: EngineSession) -> None:
        """Its client closed it while no poll waited."""

    def forget(self, session: EngineSession) -> None:
        """Takes a session that is over out of the table."""
