"""What the store knows beyond its files: running conversations, changes, what is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from operator import itemgetter
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from chatd.domain.conversation import Conversation
from chatd.domain.episode import NOTHING_SAID, SIDES, Said, said_after
from chatd.domain.errand import Errand
from chatd.domain.message import HOUSE, Cursor, Message, is_notice, message_id, words_of
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_epoch, to_text
from chatd.errors import race_lost
from chatd.store.base import (
    NAMES,
    Advance,
    Append,
    Change,
    Committed,
    Document,
    Expect,
    Forget,
    Put,
    Remove,
    Replace,
    Touch,
)
from chatd.store.tiny.numbering import Numbers
from chatd.store.tiny.sent import Sent
from chatd.store.tiny.uncounted import latest, pass_over

REMEMBERED_S = 7 * 86_400
PREVIEW = 120
FEW_SENDERS = 16
READERS = 2_000
CHANGED = 1_000
# Made once: they are asked for with every message.
PUT_OR_REMOVE = (Put, Remove)
CHECKED = (Put, Remove, Expect)
ADVANCE_OR_FORGET = (Advance, Forget)


class ConversationState(Struct, dict=True):
    """A conversation's running state; grows with who reads and writes, not with its history.

    ``changed``: the messages that were changed last and the ``rev`` of that, in its order; of those
    up to ``unknown_to`` it is not known. Written before there was a ``rev``: it is ``last_seq``.
    ``last_said``: the last message that is no notice, whose the other ``last_…`` are; written
    before that was told apart: ``last_seq``.
    ``said``: by the two sides of a ticket, as far as that was counted when it was written.
    ``unsaid``, ``by_bot``: the latest messages that are not counted as unread, in their order.
    ``segments``, in the files only: the checkpoint that wrote each segment of its messages last.
    ``__dict__["own"]``, never stored: the senders whose :class:`Sent` was made by this copy, and
    may so be changed.
    """

    id: str
    last_seq: int = 0
    last_at: str = ""
    last_text: str = ""
    last_sender: str = ""
    receipts: dict[str, Cursor] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)
    segments: tuple[int, ...] = ()
    rev: int = 0
    changed: dict[int, int] = field(default_factory=dict)
    unknown_to: int = 0
    said: Said = NOTHING_SAID
    unsaid: list[int] = field(default_factory=list)
    by_bot: list[int] = field(default_factory=list)
    last_words: dict[str, Any] | None = None
    last_said: int = 0

    def copy(self) -> ConversationState:
        """One that changes without this one; each sender's part is copied when it changes."""
        return replace(
            self,
            receipts=dict(self.receipts),
            sent=dict(self.sent),
            changed=dict(self.changed),
            unsaid=list(self.unsaid),
            by_bot=list(self.by_bot),
        )

    def merge(self, later: ConversationState) -> ConversationState:
        """This and one that knows of later changes, and perhaps of nothing before them."""
        newest = later if later.last_seq >= self.last_seq else self
        both = replace(newest)
        if both.said_seq < max(self.said_seq, later.said_seq):
            both.show(self if newest is later else later)
        both.rev = max(self.rev, later.rev)
        both.unknown_to = max(self.unknown_to, later.unknown_to)
        both.said = max(self.said[0], later.said[0]), max(self.said[1], later.said[1])
        both.changed = {}
        for seq, rev in sorted((self.changed | later.changed).items(), key=itemgetter(1)):
            both.keep_changed(seq, rev)
        both.unsaid = latest({*self.unsaid, *later.unsaid})
        both.by_bot = latest({*self.by_bot, *later.by_bot}.difference(both.unsaid))
        both.receipts = dict(self.receipts)
        for participant_id, cursor in later.receipts.items():
            both.advance(participant_id, cursor.delivered, cursor.read)
        both.sent = dict(self.sent)
        for sender_id, sent in later.sent.items():
            both.sent[sender_id] = both.sent.get(sender_id, Sent()).merge(sent)
        return both

    def view(self) -> Conversation:
        """As the rest of chatd sees it."""
        return Conversation(
            id=self.id,
            last_seq=self.last_seq,
            rev=self.last_rev,
            last_said=self.said_seq,
            last_at=self.last_at,
            last_text=self.last_text,
            last_sender=self.last_sender,
            last_words=self.last_words,
            receipts=self.receipts,
            said=self.said,
            unsaid=self.unsaid,
            by_bot=self.by_bot,
        )

    @property
    def numbers(self) -> Numbers:
        """What the next change goes on from."""
        return Numbers(self.last_seq, self.last_rev, self.said)

    @property
    def last_rev(self) -> int:
        """The number of the last change; every message raised it, so it is never below them."""
        return self.rev if self.rev > self.last_seq else self.last_seq

    @property
    def said_seq(self) -> int:
        """The number of the message whose words are shown; 0: there is none."""
        return self.last_said or (self.last_seq if self.last_at else 0)

    def show(self, other: ConversationState) -> None:
        """What was said last is what this one knows."""
        self.last_said, self.last_at = other.said_seq, other.last_at
        self.last_text, self.last_words = other.last_text, other.last_words
        self.last_sender = other.last_sender

    def append(self, message: Message) -> None:
        """A message is durable. Harmless twice."""
        self.touch(message.rev)
        if message.seq > self.last_seq:
            if is_notice(message):
                self.last_said = self.said_seq
            else:
                self.last_said = message.seq
                self.last_at = message.created_at
                self.last_text = message.content[:PREVIEW]
                self.last_sender = message.sender_name
                self.last_words = words_of(message) if message.sender_type in HOUSE else None
            self.last_seq = message.seq
            if message.sender_type in SIDES:
                self.said = said_after(self.said, message)
        if message.sender_type in HOUSE:
            pass_over(self.unsaid, self.by_bot, message)
        self.advance(message.sender_id, message.seq, message.seq)
        if message.client_id:
            self.remember(message.sender_id, message.client_id, message.seq, message.created_at)

    def replace_message(self, message: Message) -> None:
        """A message was edited or deleted: what is shown of the last one follows. Harmless twice,
        even behind what came later."""
        if message.seq == self.said_seq:
            self.last_text = message.content[:PREVIEW]
            self.last_words = words_of(message)
            self.last_sender = message.sender_name
        if message.deleted_at:
            pass_over(self.unsaid, self.by_bot, message)
        if message.rev > self.rev:
            self.rev = message.rev
            self.keep_changed(message.seq, message.rev)

    def keep_changed(self, seq: int, rev: int) -> None:
        """A message changed; of the one that did longest ago it may not be known any more."""
        self.changed.pop(seq, None)
        self.changed[seq] = rev
        if len(self.changed) > CHANGED:
            self.unknown_to = max(self.unknown_to, self.changed.pop(next(iter(self.changed))))

    def changed_since(self, rev: int) -> list[int] | None:
        """The messages that were changed after this; ``None`` where that is not known any more."""
        if rev < self.unknown_to:
            return None
        return [
            seq for seq, at in takewhile(lambda one: one[1] > rev, reversed(self.changed.items()))
        ]

    def touch(self, rev: int) -> None:
        """Something changed. Harmless twice."""
        self.rev = max(self.rev, rev)

    def advance(self, participant_id: str, delivered: int, read: int) -> None:
        """A receipt moved. Those of the readers who moved last are kept, in that order."""
        before = self.receipts.pop(participant_id, None) or Cursor()
        self.receipts[participant_id] = before.advance(delivered, read)
        if len(self.receipts) > READERS:
            del self.receipts[next(iter(self.receipts))]

    def forget(self, participant_ids: Iterable[str]) -> None:
        for id in participant_ids:
            self.receipts.pop(id, None)
            self.sent.pop(id, None)
            self.__dict__.get("own", set()).discard(id)

    def remember(self, sender_id: str, client_id: str, seq: int, at: str) -> None:
        """Bounded: so many per sender; senders who were long silent are forgotten."""
        own: set[str] = self.__dict__.setdefault("own", set())
        if sender_id not in own:
            self.sent[sender_id] = self.sent.get(sender_id, Sent()).copy()
            own.add(sender_id)
        self.sent[sender_id].remember(client_id, seq, at)

    def forget_old(self) -> None:
        """Drops the client ids of senders whose last message is a week older than the newest;
        not worth looking where few send."""
        if len(self.sent) <= FEW_SENDERS:
            return
        try:
            oldest = to_text(to_epoch(self.last_at) - REMEMBERED_S)
        except (ValueError, OverflowError):
            return  # as nobody writes it: of the next one
        for sender_id in [id for id, sent in self.sent.items() if sent.at < oldest]:
            del self.sent[sender_id]
            self.__dict__.get("own", set()).discard(sender_id)

    def sent_seq(self, sender_id: str, client_id: str) -> int | None:
        """The message that was sent under this client id, if remembered."""
        sent = self.sent.get(sender_id)
        return sent.seqs.get(client_id) if sent else None


class Changes:
    """What is durable in the journal and not yet in the files; ``None``: a removed document.

    ``number``, once frozen: that of the first frame of the journal that is not in here any more.
    ``partial``: of conversations whose file is damaged, what is known without it.
    """

    def __init__(self) -> None:
        self.number = 0
        self.documents: dict[tuple[str, str], Any | None] = {}
        self.messages: dict[str, dict[int, Message]] = {}
        self.conversations: dict[str, ConversationState] = {}
        self.partial: dict[str, ConversationState] = {}
        self.bytes = 0

    def __bool__(self) -> bool:
        return bool(self.documents or self.messages or self.conversations or self.partial)

    def absorb(self, later: Changes) -> None:
        """Takes over what could not be written later; all states are partial then."""
        self.documents |= later.documents
        for dialog_id, messages in later.messages.items():
            self.messages.setdefault(dialog_id, {}).update(messages)
        for state in (*later.conversations.values(), *later.partial.values()):
            self.learn(state)

    def learn(self, later: ConversationState) -> None:
        """Something about a conversation that cannot be read."""
        known = self.partial.get(later.id) or ConversationState(later.id)
        self.partial[later.id] = known.merge(later)


class Asked:
    """What commits that are not durable yet ask for; taken back whole when the disk fails."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], Any | None] = {}
        self.messages: dict[tuple[str, int], Message] = {}
        self.numbers: dict[str, Numbers] = {}
        self.sent: dict[tuple[str, str, str], int] = {}

    def take(self, change: Change) -> None:
        """This is on its way to the disk; a message has its number already."""
        if isinstance(change, Append):
            message = change.message
            if message.client_id:
                self.sent[message.dialog_id, message.sender_id, message.client_id] = message.seq
        elif isinstance(change, PUT_OR_REMOVE):
            self.documents[key(change)] = document(change)
        elif isinstance(change, Replace):
            self.messages[change.message.dialog_id, change.message.seq] = change.message

    def settle(self, change: Change) -> None:
        """This is durable; what was asked for after it stays."""
        if isinstance(change, Append):
            message = change.message
            if message.client_id:
                self.sent.pop((message.dialog_id, message.sender_id, message.client_id), None)
        elif isinstance(change, PUT_OR_REMOVE):
            name = key(change)
            if self.documents.get(name, self) is document(change):
                del self.documents[name]
        elif isinstance(change, Replace):
            at = change.message.dialog_id, change.message.seq
            if self.messages.get(at) is change.message:
                del self.messages[at]

    def settle_numbers(self, numbers: dict[str, Numbers]) -> None:
        """These are durable; of conversations that more was asked for, that stays."""
        for dialog_id, last in numbers.items():
            if self.numbers.get(dialog_id) is last:
                del self.numbers[dialog_id]

    def clear(self) -> None:
        """Nothing is asked any more."""
        self.documents.clear()
        self.messages.clear()
        self.numbers.clear()
        self.sent.clear()


def conversation_of(change: Change) -> str | None:
    """The conversation that a change touches, if it does."""
    if isinstance(change, ADVANCE_OR_FORGET):
        return change.dialog_id
    return raises_rev_of(change)


def raises_rev_of(change: Change) -> str | None:
    """The conversation whose ``rev`` a change raises, if it does."""
    if isinstance(change, Append):
        return change.message.dialog_id
    if isinstance(change, Replace):
        return change.message.dialog_id
    if isinstance(change, Touch):
        return change.dialog_id
    if isinstance(change, Put) and isinstance(change.document, Ticket):
        return change.document.id
    return None


def give_numbers(change: Change, seq: int, rev: int) -> Change:
    """A change that raises a conversation's ``rev``, with its number; ``seq``: of a new message."""
    if isinstance(change, Append):
        id = message_id(change.message.dialog_id, seq)
        return Append(replace(change.message, seq=seq, rev=rev, id=id))
    if isinstance(change, Replace):
        return Replace(replace(change.message, rev=rev))
    return replace(change, rev=rev)


def carrying(asked: Sequence[Change], made: tuple[Change, ...]) -> tuple[Change, ...]:
    """Numbered changes, where errands carry messages of these with their numbers, too."""
    for one in asked:
        if type(one) is Put and type(one.document) is Errand:
            return carry(asked, made)
    return made


def carry(asked: Sequence[Change], made: tuple[Change, ...]) -> tuple[Change, ...]:
    """The same, with what the errands among them carry."""
    both = zip(asked, made, strict=True)
    given = {id(a.message): m.message for a, m in both if isinstance(m, Append | Replace)}  # type: ignore[union-attr]

    def with_number(change: Change) -> Change:
        if not isinstance(change, Put) or not isinstance(change.document, Errand):
            return change
        message = given.get(id(change.document.message))
        return Put(replace(change.document, message=message)) if message else change

    return tuple(map(with_number, made))


def answer_of(changes: Sequence[Change]) -> Committed:
    """What a commit of these, with their numbers, answers."""
    return Committed(
        tuple([change.message for change in changes if type(change) is Append]),
        tuple([change.message for change in changes if type(change) is Replace]),
    )


def check_follows(message: Message, known: Message) -> None:
    """A change is made from what is known last, or Overtaken."""
    if message.version != (known.version or 0) + 1:
        raise race_lost(message.id)


def key(change: Put | Remove | Expect) -> tuple[str, str]:
    """Which document: its kind and id."""
    if isinstance(change, Put):
        return NAMES[type(change.document)], change.document.id
    return change.kind, change.id


def document(change: Put | Remove) -> Document | None:
    """What it will be; ``None``: gone."""
    return change.document if isinstance(change, Put) else None
