"""What can be found, and what feeds the index; whoever asks it judges each hit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

import gevent
from gevent.lock import RLock
from loguru import logger
from msgspec.structs import replace

from chatd.domain.dialog import Dialog
from chatd.domain.message import Message
from chatd.domain.places import kind_of
from chatd.domain.ticket import NOTES, Ticket, ticket_of
from chatd.errors import ChatdError, Unavailable
from chatd.runtime.loop import in_turns
from chatd.runtime.threads import BoundedThreads
from chatd.search.base import OF_SITES, Entry, Filter, Hit, Index, Position, entry_of
from chatd.search.query import Excerpt, Query, cut_out, parse
from chatd.search.words import Stems
from chatd.service.rooms_seen import RoomsSeen
from chatd.store.base import Committed, Store

MOST_WAITING = 10_000
BATCH = 1_000
PAGE = 500
KNOWN_SITES = 10_000
WAIT_S = 1.0
CHANGES = 1_000


class Search:
    """Finds, and has what feeds the index done beside: where, and how, is its subclasses' affair.

    ``fault``: why nothing is indexed just now. ``behind``: not all there is can be found.
    ``rooms_seen``: among which rooms somebody looks.
    """

    def __init__(self) -> None:
        self.behind, self.fault = True, ""
        self._lock = RLock()
        self._stems = Stems()
        self._worker = gevent.spawn(bool)
        self.rooms_seen = RoomsSeen()

    def claim(self) -> None:
        """Before anything is committed: who is killed from here on has to look what is missing."""

    def hear(self, done: Committed) -> None:
        """What was committed; it neither waits nor fails."""

    def wake(self) -> None:
        """Has a turn begun where there is anything to do, and waits for none. Raises what the last
        one came to that nobody foresaw; then there are no more."""
        if self._worker.exception:
            raise self._worker.exception
        self._begin()

    def _begin(self) -> None:
        if self._worker.successful() and self._is_due():
            self._worker = gevent.spawn(self.turn)

    def turn(self) -> None:
        """Indexes what was committed since the last one."""
        if not self._is_due():
            return
        with self._lock:
            self._try_to_catch_up()

    def _try_to_catch_up(self) -> None:
        try:
            self._catch_up()
            self.fault = ""
        except (OSError, ChatdError) as error:
            self._lose_track()
            if not self.fault:
                logger.bind(area="storage").warning("nothing is indexed: {}", error)
            self.fault = f"nothing is indexed: {error}"

    def parse(self, text: str) -> Query:
        """What somebody looks for."""
        return parse(text, self._stems)

    def cut_out(self, content: str, query: Query) -> Excerpt | None:
        """What of a message shows that it was found; nothing where it does not."""
        return cut_out(content, query, self._stems)

    def find(self, query: Query, among: Filter, *, before: int, limit: int) -> list[Hit]:
        """See :class:`chatd.search.base.Finds`; what was committed before is found, as far as that
        is quick."""
        raise NotImplementedError

    def forget(self, dialog_id: str) -> None:
        """A whole conversation is gone: of its words none is kept. OSError where that cannot be."""

    def rebuild(self) -> int:
        """Makes the index anew; how many messages can be found then."""
        raise NotImplementedError

    def stop(self) -> None:
        """Nothing more is asked."""
        raise NotImplementedError

    def _is_due(self) -> bool:
        return True

    def _catch_up(self) -> None:
        """All that waits is indexed."""
        raise NotImplementedError

    def _lose_track(self) -> None:
        self.behind = True


class FedSearch(Search):
    """An index in a file. What was committed waits in ``asked`` until :meth:`turn` takes
    it; where that cannot be, or is too much, all conversations are compared with the index
    afterwards: so nothing that waits here grows, and no message waits for it."""

    def __init__(
        self,
        index: Index,
        store: Store,
        rooms: Callable[[], Iterable[str]],
    ) -> None:
        super().__init__()
        self.asked: deque[Message] = deque(maxlen=MOST_WAITING)
        self._index, self._store, self._rooms = index, store, rooms
        self._changing, self._finding = BoundedThreads(1), BoundedThreads(1)
        self._sites: dict[str, str] = {}
        self._open, self._amid = False, False
        self._gathered: list[Entry] = []
        self._noted: dict[str, int] = {}

    def claim(self) -> None:
        self._index.claim()

    def hear(self, done: Committed) -> None:
        self.asked.extend((*done.messages, *done.replaced))
        if len(self.asked) >= BATCH:
            self._begin()

    def find(self, query: Query, among: Filter, *, before: int, limit: int) -> list[Hit]:
        if not self.behind and self._lock.acquire(timeout=WAIT_S):
            try:
                self.turn()
            finally:
                self._lock.release()
        try:
            return self._finding(self._find, query, among, before, limit)
        except OSError as error:  # it was damaged, perhaps
            self._lose_track()
            raise Unavailable("nothing can be searched just now", retry_after=1) from error

    def forget(self, dialog_id: str) -> None:
        with self._lock:
            self.turn()
            self._changing(self._index.forget, dialog_id)

    def rebuild(self) -> int:
        with self._lock:
            self._lose_track()
            try:
                self._changing(self._index.clear)
            except OSError as error:
                raise Unavailable(f"nothing is indexed: {error}", retry_after=1) from error
            self.turn()
            if self.fault:
                raise Unavailable(self.fault, retry_after=1)
            return self._changing(self._index.count)

    def stop(self) -> None:
        """What was committed is in it, and it says so, as far as the disk lets it."""
        self._worker.kill()
        with self._lock:
            if not self.behind and not self._amid:
                self.turn()
            try:
                if self._open and not self.behind and not self._amid:
                    self._changing(self._index.seal)
            except OSError as error:
                logger.bind(area="storage").warning("the index is looked through again: {}", error)
            self._changing(self._index.close)
            self._changing.stop()
            self._finding.stop()

    def _lose_track(self) -> None:
        self.behind, self._open, self._index.whole = True, False, False

    def _is_due(self) -> bool:
        return bool(self.asked) or self.behind or self._amid or self._index.untidy

    def _find(self, query: Query, among: Filter, before: int, limit: int) -> list[Hit]:
        return self._index.find(query, among, before=before, limit=limit)

    def _catch_up(self) -> None:
        if not self._open:
            self._changing(self._index.open)
            self._open = True
            self.behind = not self._index.whole
        if not self.asked and self._index.untidy:
            self._changing(self._index.tidy)
        while self.behind or self._amid or self.asked:
            if self.behind or self._amid or len(self.asked) == MOST_WAITING:
                self._compare()
            batch = [self.asked.popleft() for _ in range(min(BATCH, len(self.asked)))]
            if batch:
                self._amid = True  # who is killed here has what they do not know to be in there
                self._changing(self._index.put, [self._entry(message) for message in batch])
                self._amid = False

    def _compare(self) -> None:
        """Goes through all conversations, and indexes what was missed of them."""
        self.behind = True
        self.asked.clear()
        self._gathered, self._noted = [], {}
        known, there = set(self._changing(self._index.dialogs)), set[str]()
        for dialog_id in in_turns(self._conversations()):
            there.add(dialog_id)
            self._compare_one(dialog_id, known=dialog_id in known)
        for dialog_id in known - there:
            self._compare_one(dialog_id, known=True)
        self._put_gathered()
        self.behind = self._amid = False

    def _conversations(self) -> Iterator[str]:
        yield from list(self._rooms())
        for part in reversed(self._store.parts(Ticket)):
            for ticket in self._store.part(Ticket, part):
                self._know(ticket)
                yield ticket.id
                yield ticket.id + NOTES
        for part in reversed(self._store.parts(Dialog)):
            yield from (dialog.id for dialog in self._store.part(Dialog, part))

    def _compare_one(self, dialog_id: str, *, known: bool) -> None:
        """Its changes count as indexed when all of it is: who is killed amid would miss some."""
        now, was = self._store.conversation(dialog_id), Position()
        if known:
            was = self._changing(self._index.position, dialog_id)
        if was.rev > now.rev or was.seq > now.last_seq:  # the data was set back, or is gone
            self._changing(self._index.forget, dialog_id)
            was = Position()
        if was.rev == now.rev:
            return
        changed = self._store.list_changed(dialog_id, rev=was.rev, seq=was.seq, limit=CHANGES)
        if changed is None:
            was = Position()
        self._gather(changed or (), was.rev)
        after = was.seq
        while page := self._store.history(dialog_id, after=after, limit=PAGE):
            self._gather(page, was.rev)
            after = page[-1].seq
            gevent.sleep(0)
        self._noted[dialog_id] = now.rev
        if len(self._noted) >= PAGE:
            self._put_gathered()

    def _gather(self, messages: Sequence[Message], rev: int) -> None:
        """Many small conversations are indexed in one go."""
        self._gathered += [replace(self._entry(one), rev=rev) for one in messages]
        if len(self._gathered) >= PAGE:
            self._put_gathered()

    def _put_gathered(self) -> None:
        if self._gathered:
            self._changing(self._index.put, self._gathered)
        if self._noted:
            self._changing(self._index.note, self._noted)
        self._gathered, self._noted = [], {}

    def _entry(self, message: Message) -> Entry:
        is_of_ticket = kind_of(message.dialog_id).kind in OF_SITES
        return entry_of(message, self._site(message.dialog_id) if is_of_ticket else "")

    def _site(self, dialog_id: str) -> str:
        id = ticket_of(dialog_id)
        if id not in self._sites and (ticket := self._store.get(Ticket, id)):
            self._know(ticket)
        return self._sites.get(id, "")

    def _know(self, ticket: Ticket) -> None:
        if len(self._sites) >= KNOWN_SITES:
            self._sites.clear()
        self._sites[ticket.id] = ticket.site
