"""The reading half of the store: what is asked for, what is durable, and the files, as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chatd.domain.conversation import Conversation
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.store.base import NAMES, D
from chatd.store.shelves import OPEN, SMALL, Shelves, bucket, seconds_in
from chatd.store.state import Asked, Changes, ConversationState

SEARCHED = 20_000


class Layers:
    """Every change lives in one of four places, looked at in this order: *asked* (queued, not
    durable), *active* (durable in the journal), *frozen* (being written to the files), the files.
    Open tickets are in memory as well: they are asked for all the time.
    """

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._asked = Asked()
        self._active = Changes()
        self._frozen = Changes()
        self._open: dict[str, Ticket] = dict(shelves.documents("tickets", OPEN))

    def get(self, kind: type[D], id: str) -> D | None:
        """See the contract."""
        name = NAMES[kind]
        for changes in (self._asked.documents, self._active.documents, self._frozen.documents):
            if (name, id) in changes:
                found: D | None = changes[name, id]
                return found
        if name == "tickets" and id in self._open:
            return self._open[id]  # type: ignore[return-value]
        stored: D | None = self._shelves.document(name, id)
        return stored

    def all(self, kind: type[D], *, after: str | None = None, limit: int = 1000) -> Sequence[D]:
        """See the contract."""
        name = NAMES[kind]
        if name not in SMALL:
            raise ValueError(f"{name} are too many to list")
        merged = self._shelves.documents(name, bucket(name, "")) | self._overlay(name)
        ids = sorted(id for id, one in merged.items() if one and (after is None or id > after))
        return [merged[id] for id in ids[:limit]]

    def _overlay(self, name: str) -> dict[str, Any | None]:
        """What is not in the files yet, of one kind."""
        found: dict[str, Any | None] = {}
        for changes in (self._frozen.documents, self._active.documents, self._asked.documents):
            found.update({id: one for (kind, id), one in changes.items() if kind == name})
        return found

    def tickets(
        self,
        *,
        statuses: frozenset[str] | None = None,
        site: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[Ticket]:
        """See the contract."""
        found: list[Ticket] = []
        for ticket in self._newest_first(before, open_only="closed" not in (statuses or "closed")):
            fits = (statuses is None or ticket.status in statuses) and site in (None, ticket.site)
            if fits:
                found.append(ticket)
            if len(found) == limit:
                break
        return found

    def _newest_first(self, before: str | None, *, open_only: bool) -> Iterator[Ticket]:
        end = seconds_in(before) if before else None
        overlay: dict[str, Any] = {**self._open, **self._overlay("tickets")}
        names = {bucket("tickets", id) for id in overlay}
        if not open_only:
            names |= set(self._shelves.buckets("tickets"))
        for name in sorted(names, reverse=True):
            if end is not None and name > bucket("tickets", before or ""):
                continue
            stored = {} if open_only else self._shelves.documents("tickets", name)
            merged = stored | {
                id: one for id, one in overlay.items() if bucket("tickets", id) == name
            }
            for ticket in sorted(merged.values(), key=lambda one: one.id, reverse=True):
                if end is None or (seconds_in(ticket.id) or 0) < end:
                    yield ticket

    def open_tickets(self) -> Sequence[Ticket]:
        """See the contract."""
        asked = {id: one for (kind, id), one in self._asked.documents.items() if kind == "tickets"}
        return [one for one in (self._open | asked).values() if one and one.open]

    def conversation(self, dialog_id: str) -> Conversation:
        """See the contract."""
        return self._state(dialog_id).view()

    def _state(self, dialog_id: str) -> ConversationState:
        return (
            self._active.conversations.get(dialog_id)
            or self._frozen.conversations.get(dialog_id)
            or self._shelves.document("conversations", dialog_id)
            or ConversationState(dialog_id)
        )

    def _changing(self, dialog_id: str) -> ConversationState:
        state = self._state(dialog_id)
        self._active.conversations[dialog_id] = state
        return state

    def message(self, dialog_id: str, seq: int) -> Message | None:
        """See the contract."""
        for changes in (self._active, self._frozen):
            found = changes.messages.get(dialog_id, {}).get(seq)
            if found is not None:
                return found
        if not 0 < seq <= self._state(dialog_id).last_seq:
            return None
        return self._shelves.message(dialog_id, seq)

    def sent(self, dialog_id: str, sender_id: str, client_id: str) -> Message | None:
        """See the contract."""
        seq = self._state(dialog_id).sent_seq(sender_id, client_id)
        return self.message(dialog_id, seq) if seq else None

    def _sent_seq(self, dialog_id: str, sender_id: str, client_id: str) -> int | None:
        asked = self._asked.sent.get((dialog_id, sender_id, client_id))
        return asked or self._state(dialog_id).sent_seq(sender_id, client_id)

    def history(
        self,
        dialog_id: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[Message]:
        """See the contract."""
        last = self._state(dialog_id).last_seq
        if after is not None:
            first, end = after + 1, min(last, after + limit)
        else:
            end = last if before is None else min(last, before - 1)
            first = max(1, end - limit + 1)
        found = (self.message(dialog_id, seq) for seq in range(first, end + 1))
        return [message for message in found if message]

    def search(
        self, text: str, *, dialog_ids: Sequence[str] | None = None, limit: int = 50
    ) -> Sequence[Message]:
        """See the contract."""
        wanted, found = text.casefold(), []
        for dialog_id in dialog_ids or ():
            last = self._state(dialog_id).last_seq
            for seq in range(last, max(0, last - SEARCHED), -1):
                message = self.message(dialog_id, seq)
                if message and wanted in message.content.casefold():
                    found.append(message)
                if len(found) == limit:
                    return found
        return found
