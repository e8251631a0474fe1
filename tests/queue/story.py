"""A ticket's story: who does what in it, and what is kept of that."""

from __future__ import annotations

from typing import Any

from chatd.domain.episode import Episode
from chatd.domain.participant import Operator
from chatd.domain.principal import of_operator
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.live.connections import Connection
from chatd.protocol.commands import SendMessage
from chatd.protocol.support import OpenTicket
from chatd.service import episodes, presence
from tests.trust.house import House


class Story:
    """A customer, an operator and a second one, a second between any two things that they do."""

    def __init__(self, house: House, *, away: bool = False) -> None:
        self.house = house
        self.customer, self.token = house.hello(name="Аня")
        for username in ("olga", "boris"):
            if not away:
                self.seat(username)
        opened = house.ask(self.customer, OpenTicket(content="помогите", client_id="first"))
        self.id: str = opened.ticket.id
        self.opened_at = self.tick()

    def seat(self, username: str) -> Connection:
        """An operator who is on line."""
        connection = self.house.connect()
        account = self.house.store.get(Operator, username) or self.house.operator(username)
        who = of_operator(account)
        self.house.services.connections.identify(connection, who, username)
        presence.connect_operator(self.house.services, username, connection)
        setattr(self, username, connection)
        return connection

    def tick(self) -> str:
        """What time it was; then a second passes."""
        at = to_text(self.house.now)
        self.house.now += 1
        return at

    def does(self, name: str, command: Any) -> str:
        """Somebody does something; when."""
        self.house.ask(getattr(self, name), command)
        return self.tick()

    def says(self, name: str, text: str = "…", **more: Any) -> str:
        return self.does(name, SendMessage(dialog_id=self.id, content=text, **more))

    @property
    def ticket(self) -> Ticket:
        found = self.house.store.get(Ticket, self.id)
        assert found
        return found

    @property
    def episode(self) -> Episode:
        """As it is shown."""
        return next(episodes.newest_first(self.house.services, self.ticket))

    @property
    def stored(self) -> Episode:
        return self.kept(self.ticket.episode_id)

    def kept(self, id: str) -> Episode:
        found = self.house.store.get(Episode, id)
        assert found
        return found
