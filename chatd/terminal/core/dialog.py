"""One conversation as this screen knows it: gapless messages, people, drafts, what is unread."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from chatd.domain.message import Message, seq_of
from chatd.terminal.core import shapes
from chatd.terminal.core.drafts import WatchedDraft
from chatd.terminal.core.shapes import DraftEdit, Joined, Page, Person, Place, Typing

Taken = Literal["new", "known", "gap"]
KEPT = 2_000
AHEAD = 500
QUOTED = 140
TYPING_FOR = 6.0
NOBODYS = ("system", "bot")


class Dialog:
    """Keeps the newest ``KEPT`` messages; older ones are asked for again when scrolled to."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.messages: list[Message] = []
        self.last_seq = 0
        self.rev: int | None = None
        self.more = False
        self.known = self.joined = False
        self.afresh = True
        self.asking_older = False
        self.read_seq = 0
        self.people: dict[str, Person] = {}
        self.crowd = False
        self.awaited = 0
        self.drafts: dict[str, WatchedDraft] = {}
        self.typing: dict[str, tuple[str, float]] = {}
        self.ahead: dict[int, Message] = {}
        self.missed: dict[int, dict[str, Any]] = {}

    @property
    def id(self) -> str:
        """The dialog's id on the wire."""
        return self.place.id

    @property
    def present(self) -> int:
        """How many people are there; in a crowd nobody is told who."""
        return self.place.people if self.crowd else len(self.people)

    @property
    def knows_people(self) -> bool:
        """Whether all who are there are known; after a crowd they come one by one."""
        return not self.crowd and len(self.people) >= self.awaited

    @property
    def behind(self) -> int:
        """How many messages there are after those that are known."""
        return max(0, self.place.last_seq - self.last_seq)

    def enter(self, answer: Joined) -> None:
        """The state of things as the daemon gave it: what was missed, or, where one begins
        ``afresh`` or too much has changed, a page in place of what is known."""
        first, self.known = not self.known, True
        self.place, self.joined, self.rev = answer.dialog, True, answer.rev
        self.crowd, self.awaited = answer.crowd, 0
        self.people = {} if self.crowd else {one.id: one for one in answer.participants}
        self.drafts = {
            one.participant_id: WatchedDraft(one.name, one.text, one.seq) for one in answer.drafts
        }
        self.typing.clear()
        if not (self.afresh or answer.resync):
            for told in answer.changed:
                self.update(told)
            self.fill(answer)
        else:
            self.afresh = False
            self.messages, self.more = list(answer.messages), answer.more
            self.last_seq = answer.messages[-1].seq if answer.messages else 0
            self.ahead.clear()
            self.missed.clear()
            self.read_seq = self.last_seq if first else min(self.read_seq, self.last_seq)

    def note_rev(self, rev: int) -> None:
        """What comes while one follows comes in order: who has seen a change has seen all before
        it."""
        if self.joined and self.rev is not None:
            self.rev = max(self.rev, rev)

    def take(self, message: Message) -> Taken:
        """A message that arrived; after a gap it waits until the gap is filled."""
        self.drafts.pop(message.sender_id, None)
        self.typing.pop(message.sender_id, None)
        if message.seq <= self.last_seq:
            return "known"
        if message.seq > self.last_seq + 1:
            if len(self.ahead) < AHEAD:
                self.ahead[message.seq] = message
            return "gap"
        self.append(message)
        self.drain()
        return "new"

    def fill(self, page: Page) -> None:
        """Messages after the last one."""
        for message in page.messages:
            if message.seq == self.last_seq + 1:
                self.append(message)
        self.drain()

    def append(self, message: Message) -> None:
        self.messages.append(message)
        self.last_seq = message.seq
        if len(self.messages) > KEPT + KEPT // 4:
            self.messages, self.more = self.messages[-KEPT:], True
        self.catch_up(message.seq)

    def catch_up(self, *seqs: int) -> None:
        """What changed of messages while they were on their way, perhaps as they were before."""
        for told in [self.missed.pop(seq) for seq in seqs if seq in self.missed]:
            self.update(told)

    def drain(self) -> None:
        """What waited for a gap to be filled."""
        while message := self.ahead.pop(self.last_seq + 1, None):
            self.append(message)
        self.ahead = {seq: one for seq, one in self.ahead.items() if seq > self.last_seq}

    def prepend(self, page: Page) -> int:
        """Older messages in front; how many."""
        first = self.messages[0].seq if self.messages else self.last_seq + 1
        older = [message for message in page.messages if message.seq < first]
        self.messages[:0] = older
        self.more = page.more and bool(older)
        self.catch_up(*[message.seq for message in older])
        return len(older)

    def update(self, told: dict[str, Any]) -> bool:
        """A message that was edited, deleted or reacted to: all of it, or of it what changed.
        What is older than what is known changes nothing."""
        seq = told["seq"]
        for index in range(len(self.messages) - 1, -1, -1):
            known = self.messages[index]
            if known.seq == seq:
                whole = {} if "content" in told else msgspec.to_builtins(known)
                newest = shapes.message({**whole, **told})
                if older(newest, known):
                    return False
                self.messages[index] = newest
                self.requote(told)
                return True
        if (seq > self.last_seq or self.asking_older) and len(self.missed) < AHEAD:
            self.missed[seq] = self.missed.get(seq, {}) | told
        return self.requote(told)

    def requote(self, told: dict[str, Any]) -> bool:
        """Replies tell what they quote as it reads now; whether there are any."""
        if not isinstance(text := told.get("content"), str):
            return False
        now = {"deleted": True} if told.get("deleted_at") else {"text": text[:QUOTED]}
        quote = {"seq": told.get("seq"), "name": told.get("sender_name"), **now}
        found = False
        for index, reply in enumerate(self.messages):
            kept = reply.meta.get("reply_to")
            if isinstance(kept, dict) and kept.get("seq") == told.get("seq"):
                self.messages[index] = replace(reply, meta={**reply.meta, "reply_to": quote})
                found = True
        return found

    def edit_draft(self, edit: DraftEdit) -> bool:
        """Somebody's draft moved; False when an edit is missing."""
        draft = self.drafts.get(edit.participant_id)
        if draft is None:
            draft = self.drafts[edit.participant_id] = WatchedDraft(edit.name)
        draft.name = edit.name
        self.typing.pop(edit.participant_id, None)
        complete = True
        if edit.reset is not None:
            draft.reset(edit.seq, edit.reset)
        else:
            complete = draft.edit(edit.seq, edit.ops)
        if not draft.text:
            self.drafts.pop(edit.participant_id, None)
        else:
            self.drafts[edit.participant_id] = self.drafts.pop(edit.participant_id)
        return complete

    def types(self, who: Typing, now: float) -> None:
        """«печатает…», which runs out by itself."""
        self.typing[who.participant_id] = (who.name, now + TYPING_FOR)
        self.drafts.pop(who.participant_id, None)

    def end_typing(self, who: Typing) -> None:
        self.typing.pop(who.participant_id, None)

    def typing_now(self, now: float) -> list[str]:
        """The names of those who type unseen."""
        self.typing = {id: one for id, one in self.typing.items() if one[1] > now}
        return [name for name, _ in self.typing.values()]

    def move_person(self, person: Person) -> None:
        """Somebody came, went or is away; who leaves takes their draft along."""
        self.awaited = 0 if self.knows_people else self.awaited
        if person.status == "offline":
            self.people.pop(person.id, None)
            self.drafts.pop(person.id, None)
            self.typing.pop(person.id, None)
            self.awaited -= 1
        else:
            self.people[person.id] = person

    def gather(self, place: Place | None, *, crowd: bool) -> None:
        """So many are there that nobody is told who; or no more, and who is there follows."""
        self.place = place or self.place
        self.crowd, self.awaited = crowd, 0 if crowd else self.place.people
        self.people.clear()

    def lose_line(self) -> None:
        """The connection is gone: nobody is seen typing until it is back."""
        self.joined = False
        self.drafts.clear()
        self.typing.clear()

    def unread(self, own_id: str) -> int:
        """How many messages of others came after what was read; in a ticket those of people."""
        newer = self.last_seq - self.read_seq
        if newer <= 0:
            return 0
        passed = NOBODYS if self.place.kind == "ticket" else ()
        return sum(
            1
            for one in self.messages[-newer:]
            if one.sender_id != own_id
            and one.sender_type not in passed
            and not isinstance(one.deleted_at, str)
        )

    def read(self) -> bool:
        """Everything is in sight; True when that is news."""
        news = self.last_seq > self.read_seq
        self.read_seq = self.last_seq
        return news

    def find(self, number: str) -> Message | None:
        """A message by its number or id."""
        seq = int(number) if number.isdecimal() else seq_of(number, self.id)
        return next((one for one in self.messages if one.seq == seq), None)

    def last_of(self, own_id: str, *, own: bool) -> Message | None:
        """The newest message of one's own, or of somebody else, that is not deleted."""
        for message in reversed(self.messages):
            if (message.sender_id == own_id) == own and not isinstance(message.deleted_at, str):
                return message
        return None


def older(one: Message, known: Message) -> bool:
    """Whether this is a message as it was before."""
    if one.rev and known.rev:
        return one.rev < known.rev
    return (one.version or 0) < (known.version or 0)
