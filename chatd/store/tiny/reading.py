"""The reading half of the store: what is asked for, what is durable, and the files, as one."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from chatd.domain.conversation import Conversation
from chatd.domain.message import Cursor, Message
from chatd.domain.ticket import Ticket
from chatd.errors import Damaged
from chatd.store.base import NAMES, D, farthest_of
from chatd.store.tiny.datafiles import DataFiles
from chatd.store.tiny.naming import OPEN, SMALL, bucket, seconds_in
from chatd.store.tiny.state import Asked, Changes, ConversationState

RECENT = 4_096


class StoreReads:
    """Every change lives in one of five places, looked at in this order: *asked* (queued, not
    durable), *active* (durable in the journal), *frozen* (being written to the files), *left* (its
    file is damaged), the files. Open tickets are in memory as well: they are asked for all the
    time. What is damaged is not answered with what happens to be known of it. ``counts_from``:
    smaller numbers of changes were told before data was set back, and some of them mean something
    that is gone.
    """

    def __init__(self, datafiles: DataFiles, counts_from: int = 0) -> None:
        self._datafiles = datafiles
        self._counts_from = counts_from
        self._asked = Asked()
        self._active = Changes()
        self._frozen = Changes()
        self._left = Changes()
        self._recent: OrderedDict[str, Any] = OrderedDict()
        self._open_damaged: Damaged | None = None
        self._open: dict[str, Ticket] = {}
        try:
            self._open.update(datafiles.documents("tickets", OPEN))
        except Damaged as error:
            self._open_damaged = error

    def get(self, kind: type[D], id: str) -> D | None:
        name = NAMES[kind]
        key = name, id
        for layer in (self._asked, self._active, self._frozen, self._left):
            if key in layer.documents:
                found: D | None = layer.documents[key]
                return found
        if name == "tickets":
            if id in self._open:
                return self._open[id]  # type: ignore[return-value]
            if self._open_damaged:
                raise self._open_damaged
        stored: D | None = (
            self._participant(id) if name == "participants" else self._datafiles.document(name, id)
        )
        return stored

    def _participant(self, id: str) -> Any | None:
        """Who is here is asked for with every command, and their files are too many to keep."""
        found = self._recent.pop(id, None) or self._datafiles.document("participants", id)
        if found is not None:
            self._recent[id] = found
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        return found

    def all(self, kind: type[D], *, after: str | None = None, limit: int = 1000) -> Sequence[D]:
        name = NAMES[kind]
        if name not in SMALL:
            raise ValueError(f"{name} are too many to list")
        merged = self._list_documents(name, bucket(name, "")) | self._overlay(name)
        ids = sorted(id for id, one in merged.items() if one and (after is None or id > after))
        return [merged[id] for id in ids[:limit]]

    def _overlay(self, name: str) -> dict[str, Any | None]:
        """What is not in the files yet, of one kind."""
        found: dict[str, Any | None] = {}
        for layer in (self._left, self._frozen, self._active, self._asked):
            found |= {id: one for (kind, id), one in layer.documents.items() if kind == name}
        return found

    def _list_documents(self, kind: str, name: str) -> dict[str, Any]:
        """The documents of a file, for a list: none of one that is damaged."""
        try:
            return self._datafiles.documents(kind, name)
        except Damaged:
            return {}

    def tickets(
        self,
        *,
        statuses: frozenset[str] | None = None,
        site: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[Ticket]:
        found: list[Ticket] = []
        for ticket in self._list_newest(before, open_only="closed" not in (statuses or "closed")):
            fits = (statuses is None or ticket.status in statuses) and site in (None, ticket.site)
            if fits:
                found.append(ticket)
            if len(found) == limit:
                break
        return found

    def _list_newest(self, before: str | None, *, open_only: bool) -> Iterator[Ticket]:
        end = seconds_in(before) if before else None
        loose: dict[str, Any] = {**self._open, **self._overlay("tickets")}
        at_hand = sorted(filter(None, loose.values()), key=by_id, reverse=True)
        stored = iter(()) if open_only else self._stored_tickets(before, loose)
        for ticket in heapq.merge(at_hand, stored, key=by_id, reverse=True):
            in_page = end is None or (seconds_in(ticket.id) or 0) < end
            if in_page and self._in_service(ticket.id):
                yield ticket

    def _stored_tickets(self, before: str | None, but: Container[str]) -> Iterator[Ticket]:
        """From the files, newest first, but those that there is something newer of; files are
        read as far as somebody asks on."""
        for name in reversed(self._datafiles.buckets("tickets")):
            if before is None or name <= bucket("tickets", before):
                documents = self._list_documents("tickets", name)
                found = (one for id, one in documents.items() if id not in but)
                yield from sorted(found, key=by_id, reverse=True)

    def open_tickets(self) -> Sequence[Ticket]:
        asked = {id: one for (kind, id), one in self._asked.documents.items() if kind == "tickets"}
        found = [one for one in (self._open | asked).values() if one and one.open]
        if self._datafiles.damaged:
            return [ticket for ticket in found if self._in_service(ticket.id)]
        return found

    def _in_service(self, dialog_id: str) -> bool:
        try:
            self._datafiles.check(dialog_id)
        except Damaged:
            return False
        return True

    def conversation(self, dialog_id: str) -> Conversation:
        return self._state(dialog_id).view()

    def _state(self, dialog_id: str) -> ConversationState:
        if self._datafiles.damaged:
            self._datafiles.check(dialog_id)
        return (
            self._active.conversations.get(dialog_id)
            or self._frozen.conversations.get(dialog_id)
            or self._datafiles.document("conversations", dialog_id)
            or ConversationState(dialog_id)
        )

    def _changing(self, dialog_id: str) -> ConversationState:
        """A state that shares nothing that changes with one that is being written or cached; where
        the file is damaged, one that only knows what came since."""
        active = self._active
        if dialog_id in active.conversations:
            return active.conversations[dialog_id]
        try:
            state = active.conversations[dialog_id] = self._state(dialog_id).copy()
        except Damaged:
            return active.partial.setdefault(dialog_id, ConversationState(dialog_id))
        return state

    def readers(self, dialog_id: str, *, limit: int, also: str) -> Mapping[str, Cursor]:
        return farthest_of(self._state(dialog_id).receipts, limit=limit, also=also)

    def is_behind(self, dialog_id: str, participant_id: str) -> bool:
        state = self._state(dialog_id)
        cursor = state.receipts.get(participant_id)
        return (cursor.read if cursor else 0) < state.last_seq

    def message(self, dialog_id: str, seq: int) -> Message | None:
        self._datafiles.check(dialog_id)
        for changes in (self._active, self._frozen):
            found = changes.messages.get(dialog_id, {}).get(seq)
            if found is not None:
                return with_rev(found)
        if not 0 < seq <= self._state(dialog_id).last_seq:
            return None
        return with_rev(self._datafiles.message(dialog_id, seq))

    def message_asked(self, dialog_id: str, seq: int) -> Message | None:
        return self._asked.messages.get((dialog_id, seq)) or self.message(dialog_id, seq)

    def find_sent(self, dialog_id: str, sender_id: str, client_id: str) -> Message | None:
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
        last = self._state(dialog_id).last_seq
        if after is not None:
            first, end = max(1, after + 1), min(last, after + limit)
        else:
            end = last if before is None else min(last, before - 1)
            first = max(1, end - limit + 1)
        layers = (self._active.messages.get(dialog_id), self._frozen.messages.get(dialog_id))
        newer = [layer for layer in layers if layer]
        return [self._durable(dialog_id, seq, newer) for seq in range(first, end + 1)]

    def _durable(self, dialog_id: str, seq: int, newer: Sequence[Mapping[int, Message]]) -> Message:
        """A message that is there; ``newer``: those that the files do not have yet."""
        for layer in newer:
            if seq in layer:
                return with_rev(layer[seq])
        return with_rev(self._datafiles.message(dialog_id, seq))

    def list_changed(
        self, dialog_id: str, *, rev: int, seq: int, limit: int
    ) -> Sequence[Message] | None:
        """See the contract. What is newer than ``rev`` was changed after it, which is kept in mind,
        or is new since: these are the last ones, down to the first that is not newer."""
        state = self._state(dialog_id)
        changed = state.changed_since(rev)
        if changed is None or rev < self._counts_from < state.last_rev:
            return None
        found = {one for one in changed if one <= seq}
        for one in range(min(seq, state.last_seq), 0, -1):
            message = self.message(dialog_id, one)
            if len(found) > limit or message is None or message.rev <= rev:
                break
            found.add(one)
        if len(found) > limit:
            return None
        messages = (self.message(dialog_id, one) for one in sorted(found))
        return [message for message in messages if message]


def with_rev(message: Message) -> Message:
    """A message from before there was a ``rev`` has the number that it came with."""
    return message if message.rev else replace(message, rev=message.seq)


def by_id(ticket: Ticket) -> tuple[int, str]:
    """The order in which ids are given."""
    return len(ticket.id), ticket.id
