"""A store in memory: what the contract means without a disk; for tests, and for trying things."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gevent.lock import BoundedSemaphore

from chatd.domain.conversation import Conversation
from chatd.domain.errand import Errand
from chatd.domain.message import Cursor, Message
from chatd.domain.ticket import Ticket, id_of
from chatd.errors import NotFound, race_lost
from chatd.store.base import (
    KINDS,
    NAMES,
    Advance,
    Append,
    Change,
    Committed,
    D,
    Expect,
    Forget,
    Put,
    Remove,
    Replace,
    Touch,
    X,
    expected_version,
    farthest_of,
)
from chatd.store.tiny.naming import seconds_in
from chatd.store.tiny.numbering import count_on, counts_in, give_count
from chatd.store.tiny.state import (
    ConversationState,
    answer_of,
    carrying,
    check_follows,
    give_numbers,
    key,
    raises_rev_of,
)


class MemoryStore:
    """See :class:`chatd.store.base.Store`. Durable as long as the process."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, Any]] = {name: {} for name in KINDS}
        self._messages: dict[str, list[Message]] = {}
        self._states: dict[str, ConversationState] = {}
        self._last_ticket = 0
        self._announcing = BoundedSemaphore()

    def confirm(self) -> None:
        """No other process keeps anything from becoming durable."""

    def commit(
        self, *changes: Change, then: Callable[[Committed], None] | None = None
    ) -> Committed:
        for change in changes:
            if repeated := self._find_repeat(change):
                return Committed((repeated,), repeated=True)
        for change in changes:
            self._check(change)
        wanted = tuple(one for one in changes if not isinstance(one, Expect))
        done = answer_of(self._apply_all(wanted))
        if then:
            with self._announcing:  # whoever comes first is let in first
                then(done)
        return done

    def _apply_all(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        made = tuple(self._apply(self._number(change)) for change in changes)
        whole = carrying(changes, made)
        for change in whole:
            if isinstance(change, Put) and isinstance(change.document, Errand):
                self._apply(change)
        return whole

    def _find_repeat(self, change: Change) -> Message | None:
        if not isinstance(change, Append) or not change.message.client_id:
            return None
        message = change.message
        return self.find_sent(message.dialog_id, message.sender_id, message.client_id or "")

    def _check(self, change: Change) -> None:
        if isinstance(change, Put | Remove | Expect):
            self._check_version(change)
        if isinstance(change, Replace):
            message = change.message
            known = self.message(message.dialog_id, message.seq)
            if known is None:
                raise NotFound(f"no message {message.seq} in {message.dialog_id}")
            check_follows(message, known)

    def _check_version(self, change: Put | Remove | Expect) -> None:
        wanted = expected_version(change)
        if wanted is None:
            return
        kind, id = key(change)
        stored = self._documents[kind].get(id)
        if wanted != (stored.version if stored else 0):
            raise race_lost(id)

    def _number(self, change: Change) -> Change:
        if id := counts_in(change):
            return give_count(change, self._state(id).said)
        id = raises_rev_of(change)
        if id is None:
            return change
        now = count_on(self._state(id).numbers, change, 0)
        return give_numbers(change, now.seq, now.rev)

    def _apply(self, change: Change) -> Change:
        if isinstance(change, Append):
            message = change.message
            self._messages.setdefault(message.dialog_id, []).append(message)
            self._state(message.dialog_id).append(message)
        elif isinstance(change, Replace):
            message = change.message
            self._messages[message.dialog_id][message.seq - 1] = message
            self._state(message.dialog_id).replace_message(message)
        elif isinstance(change, Touch):
            self._state(change.dialog_id).touch(change.rev)
        elif isinstance(change, Advance):
            state = self._state(change.dialog_id)
            state.advance(change.participant_id, change.delivered, change.read)
        elif isinstance(change, Forget):
            self._state(change.dialog_id).forget(change.participant_ids)
        elif isinstance(change, Put):
            document = change.document
            self._documents[NAMES[type(document)]][document.id] = document
            if change.rev:
                self._state(document.id).touch(change.rev)
        elif isinstance(change, Remove):
            self._documents[change.kind].pop(change.id, None)
        return change

    def _state(self, dialog_id: str) -> ConversationState:
        return self._states.setdefault(dialog_id, ConversationState(dialog_id))

    def get(self, kind: type[D], id: str) -> D | None:
        found: D | None = self._documents[NAMES[kind]].get(id)
        return found

    def all(self, kind: type[D], *, after: str | None = None, limit: int = 1000) -> Sequence[D]:
        documents = self._documents[NAMES[kind]]
        return [documents[id] for id in sorted(documents) if after is None or id > after][:limit]

    def parts(
        self, kind: type[D], *, since: str | None = None, until: str | None = None
    ) -> Sequence[str]:
        return ["all"] if self._documents[NAMES[kind]] else []

    def part(self, kind: type[D], name: str) -> Sequence[D]:
        return list(self._documents[NAMES[kind]].values())

    def excerpts(
        self, kind: type[D], shape: type[X], *, since: str, until: str
    ) -> Iterator[Sequence[X]]:
        if found := self._documents[NAMES[kind]]:
            yield [shape.of(one) for one in found.values()]

    def tickets(
        self,
        *,
        statuses: frozenset[str] | None = None,
        site: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[Ticket]:
        end = seconds_in(before) if before else None
        newest = sorted(self._documents["tickets"].values(), key=lambda one: one.id, reverse=True)
        return [
            ticket
            for ticket in newest
            if (statuses is None or ticket.status in statuses)
            and site in (None, ticket.site)
            and (end is None or (seconds_in(ticket.id) or 0) < end)
        ][:limit]

    def open_tickets(self) -> Sequence[Ticket]:
        return [ticket for ticket in self._documents["tickets"].values() if ticket.open]

    def conversation(self, dialog_id: str) -> Conversation:
        return self._states.get(dialog_id, ConversationState(dialog_id)).view()

    def readers(self, dialog_id: str, *, limit: int, also: str) -> Mapping[str, Cursor]:
        return farthest_of(self.conversation(dialog_id).receipts, limit=limit, also=also)

    def is_behind(self, dialog_id: str, participant_id: str) -> bool:
        now = self.conversation(dialog_id)
        return now.receipt(participant_id).read < now.last_seq

    def message(self, dialog_id: str, seq: int) -> Message | None:
        messages = self._messages.get(dialog_id, [])
        return messages[seq - 1] if 0 < seq <= len(messages) else None

    def message_asked(self, dialog_id: str, seq: int) -> Message | None:
        return self.message(dialog_id, seq)

    def find_sent(self, dialog_id: str, sender_id: str, client_id: str) -> Message | None:
        state = self._states.get(dialog_id)
        seq = state.sent_seq(sender_id, client_id) if state else None
        return self.message(dialog_id, seq) if seq else None

    def history(
        self,
        dialog_id: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[Message]:
        messages = self._messages.get(dialog_id, [])
        if after is not None:
            return messages[after : after + limit]
        older = messages if before is None else messages[: max(0, before - 1)]
        return older[-limit:]

    def list_changed(
        self, dialog_id: str, *, rev: int, seq: int, limit: int
    ) -> Sequence[Message] | None:
        found = [one for one in self._messages.get(dialog_id, [])[:seq] if one.rev > rev]
        return found if len(found) <= limit else None

    def next_ticket_id(self, now: float) -> str:
        self._last_ticket = max(int(now), self._last_ticket + 1)
        return id_of(self._last_ticket)

    def status(self) -> dict[str, Any]:
        return {"writable": True, "fault": None}

    def close(self) -> None: ...
