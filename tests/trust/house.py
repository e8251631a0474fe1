"""A whole daemon in the test's own process, without its listeners, and with a clock of its own."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import gevent
import msgspec

from chatd.config.settings import Config
from chatd.daemon.app import App
from chatd.daemon.assembly import FAMILIES
from chatd.delivery.mailbox import Mailbox
from chatd.dispatch.dispatcher import Dispatcher
from chatd.dispatch.registry import merge
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.live.connections import Connection
from chatd.protocol.commands import Command, Hello
from chatd.service.context import Caller
from chatd.store.base import Put

DAY = 86_400
SHELL = Principal(kind="shell", id="shell", name="root", role="act")


class Box(Mailbox):
    """A mailbox that keeps nothing."""

    def append(self, frame: bytes, frames: int = 1) -> None:
        """Nothing."""

    def append_droppable(self, frame: bytes, key: Any) -> None:
        """Nothing."""


class Bare:
    """A codec whose frames are the data alone."""

    def event(self, name: str, data: bytes) -> bytes:
        """The data."""
        return data


class House:
    """``now`` is what time it is in it."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.directory = directory
        self.settings = settings
        self.now = 1_800_000_000.0
        self._numbers = itertools.count()
        self.open()

    def open(self) -> None:
        """Opens the data directory."""
        config = convert_config({"data_dir": str(self.directory), **self.settings})
        self.app = App(config, None, {})
        self.services = self.app.services
        self.services.now = lambda: self.now
        self.store = self.services.store
        self._dispatcher = Dispatcher(self.services, merge(FAMILIES))

    def close(self) -> None:
        """As a daemon stops."""
        self.services.tasks.stop()
        self.store.close()
        self.services.search.stop()

    def reopen(self) -> None:
        """Stops and starts."""
        self.close()
        self.open()

    def later(self, days: float) -> None:
        """Time goes by."""
        self.now += days * DAY

    def connect(self, address: str = "192.0.2.1") -> Connection:
        """A connection on which nobody is identified yet; ``closed`` keeps how it was closed."""
        closed: list[int] = []
        connection = Connection(
            id=f"c-{next(self._numbers)}",
            transport="websocket",
            address=address,
            since="",
            codec=Bare(),
            mailbox=Box(),
            close=lambda code, reason: closed.append(code),
            agent="",
        )
        self.services.connections.add(connection)
        CLOSED[connection.id] = closed
        return connection

    def ask(self, connection: Connection, command: Command) -> Any:
        """A command given on a connection."""
        caller = Caller(connection.principal, connection.address, connection)
        try:
            return self._dispatcher.carry_out(caller, command)
        finally:
            self.services.hub.release(connection)

    def shell(self, command: Command) -> Any:
        """A command given at the machine."""
        return self._dispatcher.carry_out(Caller(SHELL, "unix"), command)

    def hello(self, address: str = "192.0.2.1", **fields: Any) -> tuple[Connection, str]:
        """Somebody says hello; the connection and the token."""
        connection = self.connect(address)
        token: str = self.ask(connection, Hello(**fields)).token
        return connection, token

    def settle(self) -> None:
        """What was begun is done."""
        gevent.sleep(0)
        while len(self.services.tasks):
            gevent.sleep(0.001)

    def operator(self, username: str = "artem") -> Operator:
        """An account whose password nobody knows."""
        account = Operator(id=username, name=username.title(), password_hash="-", created_at="")
        self.store.commit(Put(account))
        return account


CLOSED: dict[str, list[int]] = {}


def closed_with(connection: Connection) -> list[int]:
    """The codes that a connection was closed with."""
    return CLOSED[connection.id]


def convert_config(settings: dict[str, Any]) -> Config:
    """A configuration."""
    return msgspec.convert(settings, Config)
