"""The contract that every store fulfils: atomic durable commits, reads by id, pages of history."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, Self, TypeVar

from msgspec import Struct

from chatd.domain.call import Call
from chatd.domain.canned import Canned
from chatd.domain.conversation import Conversation
from chatd.domain.dialog import Dialog, Memberships, Pair
from chatd.domain.episode import Episode
from chatd.domain.erasure import Erasure
from chatd.domain.errand import Errand, Target
from chatd.domain.file import Blob, DialogUse, File, Use
from chatd.domain.mention import Mention
from chatd.domain.message import Cursor, Message
from chatd.domain.participant import Ban, Key, LoginSession, Newcomer, Operator, Participant
from chatd.domain.passkey import Holder
from chatd.domain.person import Account, Invitation
from chatd.domain.piece import Piece
from chatd.domain.signed import Subject
from chatd.domain.ticket import Ticket
from chatd.protocol.views import Finding

Document = (
    Ticket
    | Participant
    | Operator
    | LoginSession
    | Ban
    | Key
    | Newcomer
    | Errand
    | Target
    | Episode
    | File
    | Blob
    | Use
    | Account
    | Invitation
    | DialogUse
    | Mention
    | Dialog
    | Pair
    | Memberships
    | Call
    | Erasure
    | Canned
    | Piece
    | Subject
    | Holder
)
D = TypeVar("D", bound=Document)


class Excerpt(Protocol):
    """Some of the fields of a document, a struct with ``id``; how it is made of a whole one."""

    @property
    def id(self) -> str: ...

    @classmethod
    def of(cls, document: Any) -> Self: ...


X = TypeVar("X", bound=Excerpt)

KINDS: dict[str, type[Document]] = {
    "tickets": Ticket,
    "participants": Participant,
    "operators": Operator,
    "sessions": LoginSession,
    "bans": Ban,
    "keys": Key,
    "newcomers": Newcomer,
    "errands": Errand,
    "targets": Target,
    "episodes": Episode,
    "files": File,
    "blobs": Blob,
    "uses": Use,
    "accounts": Account,
    "invitations": Invitation,
    "dialog_uses": DialogUse,
    "mentions": Mention,
    "dialogs": Dialog,
    "pairs": Pair,
    "memberships": Memberships,
    "calls": Call,
    "erasures": Erasure,
    "canned": Canned,
    "pieces": Piece,
    "subjects": Subject,
    "holders": Holder,
}
VERSIONED = (
    *(Ticket, Participant, Operator, LoginSession, Errand, Episode, File, Blob, Use, DialogUse),
    *(Account, Invitation, Dialog, Pair, Memberships, Call, Canned, Piece, Subject, Holder),
)
NAMES: dict[type[Any], str] = {kind: name for name, kind in KINDS.items()}


class Append(Struct, frozen=True, tag="append"):
    """A new message; the store gives it the next ``seq`` of its conversation, its ``id`` and its
    ``rev``.

    Each Append, Replace, Touch and Put of a ticket raises the ``rev`` of its conversation by one,
    in the order in which they are asked for, so that no two of them ever share one.

    Its ``client_id``, if it has one, makes it idempotent: where the same sender sent it to the
    same conversation before (within the last 256 of that sender's messages there, kept at least
    7 days), the whole commit changes nothing and answers with the first message, once durable.
    The sender's own receipt is advanced to the message in the same commit.
    """

    message: Message


class Replace(Struct, frozen=True, tag="replace"):
    """A message that exists, edited, deleted or reacted to; found by conversation and ``seq``.

    Its ``version`` must be the one last asked for plus one (a message that was never changed
    counts as 0), or the whole commit raises Overtaken and changes nothing. At most one of a
    message in a commit. The store gives it its new ``rev``.
    """

    message: Message


class Advance(Struct, frozen=True, tag="advance"):
    """A receipt moved forward; a cursor behind the stored one changes nothing. A conversation keeps
    those of the 2,000 readers who moved theirs last."""

    dialog_id: str
    participant_id: str
    delivered: int = 0
    read: int = 0


class Forget(Struct, frozen=True, tag="forget"):
    """What a conversation keeps of participants who are gone: how far they have read, and under
    which client ids they wrote. Their messages stay."""

    dialog_id: str
    participant_ids: tuple[str, ...]


class Touch(Struct, frozen=True, tag="touch"):
    """Something of a conversation changed that is kept elsewhere; the store gives the ``rev``."""

    dialog_id: str
    rev: int = 0


class Put(Struct, frozen=True, tag="put"):
    """A document as it now is. Where it has a ``version`` that must be the stored one's plus one
    (1 for a new one; ids of participants, errands, episodes, files and dialogs are made up by the
    daemon, so that nobody looks for those of a first version), or the whole commit raises
    Overtaken and changes nothing. The store gives the ``rev`` of a ticket's conversation that this
    change is, and an errand that carries a message of the same commit that message with its
    numbers; and an episode what was said in its ticket up to this change since it was put last,
    whatever it was read from: one of a first version counts from here on."""

    document: Document
    rev: int = 0


class Expect(Struct, frozen=True, tag="expect"):
    """What a commit was decided by: a document whose version is still this one, or the whole commit
    raises Overtaken. It changes nothing."""

    kind: str
    id: str
    version: int


class Remove(Struct, frozen=True, tag="remove", omit_defaults=True):
    """A document that is gone; removing what does not exist changes nothing. ``version``, if it is
    named, must be the stored one's, or the whole commit raises Overtaken and changes nothing."""

    kind: str
    id: str
    version: int = 0


Change = Append | Replace | Advance | Forget | Touch | Put | Remove | Expect


def expected_version(change: Put | Remove | Expect) -> int | None:
    """The version that the document of a change must have in the store, 0 for none; ``None`` where
    that is no matter."""
    if isinstance(change, Expect):
        return change.version
    if isinstance(change, Remove):
        return change.version or None
    document = change.document
    if not isinstance(document, VERSIONED):
        return None
    made_up = isinstance(document, Participant | Errand | Episode | File | Dialog)
    return None if made_up and document.version == 1 else document.version - 1


def farthest_of(everybody: Mapping[str, Cursor], *, limit: int, also: str) -> Mapping[str, Cursor]:
    """Of many cursors those that are farthest, and that of one more, if there is one."""
    if len(everybody) <= limit:
        return everybody
    chosen = heapq.nlargest(limit, everybody, key=lambda id: everybody[id].delivered)
    own = [also] if also in everybody else []
    return {id: everybody[id] for id in [*chosen, *own]}


class Committed(Struct, frozen=True):
    """What a commit did: its appended ``messages`` with ``seq``, ``id`` and ``rev``, and those it
    ``replaced`` with their ``rev``, both in order.

    ``repeated``: it was a retry, nothing was changed, ``messages`` holds the first one.
    """

    messages: tuple[Message, ...] = ()
    replaced: tuple[Message, ...] = ()
    repeated: bool = False


class Store(Protocol):
    """A store. Reads never wait for a disk sync, but may wait for the store, which is elsewhere
    perhaps: whoever decides by what was read gives its version, and is Overtaken when another was
    faster. Documents are read as last *asked* to be committed, messages and ``last_seq`` only once
    durable, but for ``message_asked``. What a failed commit had
    asked for is taken back with everything that was queued behind it: so nothing that was decided
    by it stays. Where several processes commit, who decided by
    what never came to be is Overtaken.
    """

    def commit(
        self, *changes: Change, then: Callable[[Committed], None] | None = None
    ) -> Committed:
        """Make all changes durable, or none; returns when they are.

        ``then`` is called after they are durable and before this returns, in the order of the
        commits, so that what it announces leaves in ``seq`` order: the next is called when this one
        has returned. So it may read, even where that waits, but waits for nothing else; nor does it
        commit. It is not called for a repeat. Raises Overtaken (a version), Unavailable (the disk
        fails or is full; nothing was changed), NotFound (Replace of a message that is not there).
        Until the first wait nothing else runs: checks and queueing are one step. Without changes
        it returns once all that was asked before is durable.
        """

    def confirm(self) -> None:
        """Returns when what this greenlet has read since it last committed is durable, where
        another process may keep it from becoming that; Overtaken where one did, but not for who has
        stored something since they were here last: run again they would store it twice."""

    def get(self, kind: type[D], id: str) -> D | None:
        """The document, as last asked to be committed."""

    def all(self, kind: type[D], *, after: str | None = None, limit: int = 1000) -> Sequence[D]:
        """All operators, accounts, invitations, bans, sessions, keys, newcomers, targets, uses,
        calls, erasures or canned answers, ordered by id, a page after ``after``."""

    def parts(
        self, kind: type[D], *, since: str | None = None, until: str | None = None
    ) -> Sequence[str]:
        """The names of the parts in which the documents of a kind can be gone through, oldest
        first; ``until``: only those that may hold any as old as the one of this id, or older;
        ``since``: as new, or newer."""

    def part(self, kind: type[D], name: str) -> Sequence[D]:
        """The documents of a part, read beside the loop: meanwhile any may change, or be gone, so
        that who decides by one gets it again."""

    def excerpts(
        self, kind: type[D], shape: type[X], *, since: str, until: str
    ) -> Iterator[Sequence[X]]:
        """The documents between two ids, and some around them, the newest first, in portions read
        beside the loop; of each only what a ``shape`` has. What is damaged is left out."""

    def tickets(
        self,
        *,
        statuses: frozenset[str] | None = None,
        site: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[Ticket]:
        """Tickets, newest id first, a page of those whose id is older than ``before``."""

    def open_tickets(self) -> Sequence[Ticket]:
        """All tickets that are not closed, in no particular order; cheap: kept in memory."""

    def conversation(self, dialog_id: str) -> Conversation:
        """The running state of a conversation; an unused one has ``last_seq`` 0."""

    def readers(self, dialog_id: str, *, limit: int, also: str) -> Mapping[str, Cursor]:
        """The cursors of the ``limit`` readers of a conversation who are farthest, and that of one
        more, if there is one."""

    def is_behind(self, dialog_id: str, participant_id: str) -> bool:
        """Whether there are messages that somebody has not read."""

    def message(self, dialog_id: str, seq: int) -> Message | None: ...

    def message_asked(self, dialog_id: str, seq: int) -> Message | None:
        """One durable message as it was last asked to become: what a change of it is made from."""

    def find_sent(self, dialog_id: str, sender_id: str, client_id: str) -> Message | None:
        """The durable message that this sender sent under this client id, if remembered."""

    def history(
        self,
        dialog_id: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[Message]:
        """Durable messages in ``seq`` order: the first ``limit`` with seq > ``after``, or the
        last ``limit`` with seq < ``before``, or the newest ``limit``."""

    def list_changed(
        self, dialog_id: str, *, rev: int, seq: int, limit: int
    ) -> Sequence[Message] | None:
        """Durable messages up to ``seq`` whose last change came after ``rev``, in ``seq`` order;
        ``None`` where these are more than ``limit``, or not known any more (at least the last
        1,000 messages of a conversation that were changed are, unless data was set back)."""

    def next_ticket_id(self, now: float) -> str:
        """``TKT-<unix seconds>``, later than every id ever given, so unique and in order."""

    def status(self) -> dict[str, Any]:
        """Figures: ``writable`` (bool), ``fault`` (text or None), ``journal_bytes``,
        ``commits``, ``commit_latency_s`` (recent), ``cached_bytes`` …"""

    def close(self) -> None:
        """What was asked for is durable; nothing is asked any more."""


class Maintenance(Protocol):
    """What is done with the files of a store that keeps any, while it goes on."""

    def checkpoint(self) -> None:
        """Bring the readable files up to date now and cut the journal."""

    def backup(self, directory: str) -> dict[str, Any]:
        """A consistent copy: ``directory``, ``files``, ``bytes``. Raises OSError for a directory
        that cannot be written, Unavailable while no checkpoint can be made."""


class ServingStore(Store, Maintenance, Protocol):
    """A store that a daemon runs on, and looks after."""

    def examine(self) -> Iterable[Finding]:
        """What is wrong, or not as it should be, with where it is kept."""

    def starting(self) -> AbstractContextManager[None]:
        """Where several daemons start on it they do one after the other what is in here."""

    def observe_commits(self, observe: Callable[[float], None]) -> None:
        """Has the seconds that every commit took reported."""

    def follow(self, told: Callable[[Committed], None]) -> None:
        """Has every commit that appended or replaced messages told once it is durable, in their
        order, also those of which nobody else hears; what is told neither waits nor fails."""

    def watch(self) -> None:
        """Waits as long as anything can be committed at all; raises what ended that."""

    def tend(self) -> None:
        """Called many times a second: what is to be done now and then, when it is time for it."""

    def list_impairments(self) -> list[str]:
        """What does not work although commits do, a sentence each."""
