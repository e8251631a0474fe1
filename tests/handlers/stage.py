"""People in a whole daemon in the test's own process: what each asks, is answered, and hears."""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import bcrypt
import gevent
from msgspec.structs import replace

from chatd.config.limits import LimitSettings
from chatd.delivery.mailbox import Mailbox
from chatd.dispatch.dispatcher import Dispatcher
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.handlers import logins
from chatd.live.connections import Connection
from chatd.protocol.commands import Command, Hello, JoinDialog, SendMessage
from chatd.protocol.support import OpenTicket
from chatd.service import assignment, crowds, identity, people, presence
from chatd.service.context import Caller, Context
from chatd.service.rooms import apply_changes
from chatd.store.base import Put
from tests.daemon import PASSWORD, RELAXED
from tests.trust.house import House, closed_with, convert_config
from tests.waiting import Waiting, move_away

SETTINGS: dict[str, Any] = {
    **RELAXED,
    "store": {"sync": False},
    "sites": {
        "shop": {"canned": {"hello": "of the shop"}},
        "bank": {"canned": {"hello": "of the bank"}},
    },
    "rooms": {
        "lobby": {},
        "news": {"read_only": True},
        "small": {"capacity": 1},
        "quiet": {"live_typing": "off"},
        "flags": {"live_typing": "indicator"},
        "vault": {"sites": ["bank"]},
        "brief": {"max_message_chars": 5},
    },
}


class Named:
    """Events with their names."""

    def event(self, name: str, data: bytes) -> bytes:
        """A pair."""
        return b'["%b",%b]' % (name.encode(), data)


NAMED = Named()


class Heard(Mailbox):
    """A mailbox that keeps all of it."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def append(self, frame: bytes, frames: int = 1) -> None:
        """Keeps frames that may be joined."""
        self.frames.append(frame)

    def append_droppable(self, frame: bytes, key: Hashable) -> None:
        """Keeps a frame."""
        self.frames.append(frame)

    def take(self) -> list[tuple[str, Any]]:
        """Names and data of all that came since."""
        text = b"".join(self.frames).decode()
        self.frames.clear()
        decoder, at, found = json.JSONDecoder(), 0, []
        while at < len(text):
            (name, data), at = decoder.raw_decode(text, at)
            found.append((name, data))
        return found


class Person:
    """Somebody on a connection of their own."""

    def __init__(self, stage: Stage, connection: Connection, token: str) -> None:
        self.stage, self.connection, self.token = stage, connection, token

    @property
    def id(self) -> str:
        """As what the others know them."""
        return self.connection.principal.id

    @property
    def closed(self) -> list[int]:
        """The codes that their connection was closed with."""
        return closed_with(self.connection)

    def ask(self, command: Command) -> Any:
        """The answer."""
        return self.stage.ask(self.connection, command)

    def join(self, dialog_id: str, **fields: Any) -> Any:
        """Follows a dialog."""
        return self.ask(JoinDialog(dialog_id=dialog_id, **fields))

    def say(self, dialog_id: str, content: str, **fields: Any) -> Any:
        """The message as stored."""
        return self.ask(SendMessage(dialog_id=dialog_id, content=content, **fields)).message

    def open_ticket(self, content: str = "help", *, waits: bool = True) -> str:
        """The id of a new ticket."""
        asked = OpenTicket(content=content, wants_person=waits)
        return str(self.ask(asked).ticket.id)

    def heard(self, event: str | None = None) -> list[Any]:
        """The data of all events of a name that came since they were last asked for, else the names
        of all events."""
        self.stage.turn()
        mailbox: Any = self.connection.mailbox
        came = mailbox.take()
        return [data for name, data in came if name == event] if event else [n for n, _ in came]


class Stage(House):
    """A house with people in it; of one that is ``far`` store and memory wait a millisecond for
    each read."""

    def __init__(self, directory: Path, *, far: bool = False, **settings: Any) -> None:
        self.clock = time.monotonic()
        self._far = far
        super().__init__(directory, **{**SETTINGS, **settings})

    def open(self) -> None:
        """With clocks that stand still, but for :meth:`round`."""
        super().open()
        clock = lambda: self.clock  # noqa: E731
        self.services.operators._clock = self.services.waiting._clock = clock  # type: ignore[attr-defined]
        if self._far:
            self.services.store = self.store = cast(Any, Waiting(self.store))
            move_away(self.services)

    def round(self, *, after: float = 0.0) -> None:
        """What the queue does by itself, so many seconds later."""
        self.clock += after
        self.now += after
        assignment.turn(self.services)
        self.turn()

    def connect(self, address: str = "192.0.2.1") -> Connection:
        """A connection whose mailbox keeps what comes."""
        connection = super().connect(address)
        connection.codec, connection.mailbox = NAMED, Heard()
        return connection

    def visitor(self, name: str = "Anna", site: str = "shop", **fields: Any) -> Person:
        """Somebody who was not here before."""
        connection = self.connect(fields.pop("address", "192.0.2.1"))
        token: str = self.ask(connection, Hello(name=name, site=site, **fields)).token
        return Person(self, connection, token)

    def again(self, token: str, **fields: Any) -> Person:
        """One more connection, by a token."""
        connection = self.connect()
        self.ask(connection, Hello(token=token, **fields))
        return Person(self, connection, token)

    def staff(self, username: str = "artem", **fields: Any) -> Person:
        """An operator at work."""
        account = Operator(
            id=username,
            name=username.title(),
            password_hash=fields.pop("password_hash", "-"),
            created_at="",
            alias=f"alias-{username}",
            **fields,
        )
        self.store.commit(Put(account))
        return self.again(self.session(username))

    def session(self, username: str) -> str:
        """The token of one more session of theirs."""
        account = self.store.get(Operator, username)
        assert account
        return identity.new_session(self.services, account)

    def person(self, username: str = "anna", site: str = "shop", **fields: Any) -> Person:
        """Somebody with an account, logged in."""
        name = fields.pop("name", username.title())
        password = logins.digestible(PASSWORD)
        hashed = bcrypt.hashpw(password, bcrypt.gensalt(logins.ROUNDS)).decode()
        account, who = people.make(self.services, username, name, site, hashed)
        self.store.commit(Put(account), Put(who))
        return self.again(identity.new_session(self.services, account), **fields)

    def leave(self, person: Person) -> None:
        """Their connection ends."""
        presence.disconnect(self.services, person.connection)
        self.turn()

    def over_http(self, person: Person, command: Command, **fields: Any) -> Any:
        """A command as a request gives it, without a connection."""
        principal = identity.identify(self.services, person.token, "192.0.2.1")
        caller = Caller(principal, "192.0.2.1", token=person.token, **fields)
        return self._dispatcher.carry_out(caller, command)

    def surroundings(self, who: Principal, address: str = "192.0.2.1") -> Context:
        """What a handler is given with a command of theirs."""
        return Context(self.services, Caller(who, address), who, self._dispatcher.carry_out)

    def furnish(self, **rooms: dict[str, Any]) -> None:
        """Other rooms, as after a reload."""
        before, services = self.services.rooms, self.services
        config = convert_config({**self.settings, "data_dir": str(self.directory), "rooms": rooms})
        services.rooms = config.room_table()
        apply_changes(services, before)
        self.turn()

    @property
    def dispatcher(self) -> Dispatcher:
        """What carries out commands here."""
        return self._dispatcher

    def limits(self, **limits: str) -> LimitSettings:
        """All of them, with these."""
        return replace(self.services.config.limits, **limits)

    def ask_from_page(self, connection: Connection, command: Command) -> Any:
        """A command given by a page of the connection's sites."""
        caller = Caller(
            connection.principal,
            connection.address,
            connection,
            connection.sites,
            agent=connection.agent,
        )
        try:
            return self._dispatcher.carry_out(caller, command)
        finally:
            self.services.hub.release(connection)

    @contextmanager
    def refusing_commits(self) -> Iterator[None]:
        """The disk takes nothing meanwhile."""
        journal: Any = self.app.store._committer.journal  # type: ignore[attr-defined]
        append = journal.append

        def refuse(commits: Any) -> None:
            raise OSError(errno.EIO, "the disk fails")

        journal.append = refuse
        try:
            yield
        finally:
            journal.append = append
            self.app.store._committer._recover()  # type: ignore[attr-defined]

    def crowds(self) -> None:
        """Crowds are told how many they are."""
        crowds.turn(self.services)
        self.turn()

    def hook(self, webhooks: dict[str, Any]) -> None:
        """Other webhooks, as after a reload."""
        given = {**self.settings, "data_dir": str(self.directory), "webhooks": webhooks}
        self.services.config = convert_config(given)

    def turn(self) -> None:
        """What was announced has arrived."""
        self.settle()
        gevent.sleep(0.001)
