"""What commits ask for: whether it may be, whether it was already, and which numbers it gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.errors import Damaged, NotFound, race_lost
from chatd.store.base import (
    KINDS,
    Advance,
    Append,
    Change,
    Expect,
    Forget,
    Put,
    Remove,
    Replace,
    Touch,
    expected_version,
)
from chatd.store.tiny.numbering import Numbers, count_on, counts_in, give_count
from chatd.store.tiny.reading import StoreReads
from chatd.store.tiny.state import (
    CHECKED,
    check_follows,
    give_numbers,
    key,
    raises_rev_of,
)


class StoreChecks(StoreReads):
    """Judged by what is asked for already, durable or not: so commits may follow each other."""

    def _find_repeat(self, changes: Sequence[Change]) -> tuple[str, int] | None:
        for change in changes:
            if isinstance(change, Append) and change.message.client_id:
                message = change.message
                seq = self._sent_seq(message.dialog_id, message.sender_id, message.client_id or "")
                if seq is not None:
                    return message.dialog_id, seq
        return None

    def _check(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change, Append):
                self._state(change.message.dialog_id)
            elif isinstance(change, CHECKED):
                self._check_version(change)
                if id := counts_in(change):
                    self._state(id)
            elif isinstance(change, Replace):
                self._check_replaced(change.message)
            elif isinstance(change, Advance | Forget | Touch):
                self._state(change.dialog_id)

    def _number(self, changes: Sequence[Change], last: dict[str, Numbers]) -> Iterator[Change]:
        """The changes with their numbers; the ``last`` ones of each conversation."""
        for change in changes:
            if (id := raises_rev_of(change)) is None:
                yield self._count_in(change, last) if counts_in(change) else change
                continue
            now = last.get(id) or self._asked.numbers.get(id) or self._state(id).numbers
            last[id] = now = count_on(now, change, self._counts_from)
            yield give_numbers(change, now.seq, now.rev)

    def _count_in(self, change: Change, last: dict[str, Numbers]) -> Change:
        """What is put with what was said, as counted last, be that durable or not."""
        id = counts_in(change) or ""
        now = last.get(id) or self._asked.numbers.get(id) or self._state(id).numbers
        return give_count(change, now.said)

    def _check_version(self, change: Put | Remove | Expect) -> None:
        wanted = expected_version(change)
        if wanted is None:
            return
        name, id = key(change)
        kind: Any = KINDS[name]
        try:
            stored = self.get(kind, id)
        except Damaged:
            if wanted or (name == "tickets" and self._state(id).last_seq):
                raise
            stored = None  # a new one is in no file
        if wanted != (stored.version if stored else 0):
            word = stored.last_word() if isinstance(stored, Ticket) else {}
            raise race_lost(id, **word)

    def _check_replaced(self, message: Message) -> None:
        known = self.message_asked(message.dialog_id, message.seq)
        if known is None:
            raise NotFound(f"no message {message.seq} in {message.dialog_id}")
        check_follows(message, known)
