"""Where places are looked for, and what the configuration says of all of one kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from chatd.domain.dialog import Dialog
from chatd.domain.principal import Principal
from chatd.domain.room import LiveTyping, Room
from chatd.domain.ticket import Ticket


class Terms(Protocol):
    """What the configuration says of all tickets: characters of a message, who sees whom type."""

    @property
    def max_message_chars(self) -> int: ...

    @property
    def customer_drafts(self) -> LiveTyping: ...

    @property
    def operator_drafts(self) -> LiveTyping: ...


class DialogTerms(Protocol):
    """What the configuration says of all dialogs of people."""

    @property
    def max_message_chars(self) -> int: ...

    @property
    def live_typing(self) -> LiveTyping: ...


class House(Protocol):
    """Where places are looked for."""

    @property
    def rooms(self) -> Mapping[str, Room]: ...

    @property
    def terms(self) -> Terms: ...

    @property
    def dialog_terms(self) -> DialogTerms: ...

    def ticket_for(self, who: Principal, ticket_id: str) -> Ticket | None: ...

    def has_entered(self, who: Principal, room: Room) -> bool: ...

    def dialog_for(self, who: Principal, dialog_id: str) -> Dialog | None: ...
