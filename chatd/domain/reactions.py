"""Reactions to a message: of each emoji how many put it there, the newest of those by id, and those
before them as marks, so that everybody counts once and can take theirs back."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.message import Message, revise
from chatd.domain.visible import bare
from chatd.errors import TooLarge

MAX_EMOJI = 50
NAMED = 500  # people of a message, over all its emoji; of those before them there are marks
MOST = 5_000  # the same, with marks
# Of an id, which nobody chooses: of 20 million messages with 5,000 people one has the same twice.
MARK_BYTES = 6
MARK = 8


@dataclass(slots=True)
class Sign:
    """Of one emoji: the newest by id, the marks of those before, oldest first and without anything
    between them, and how many older daemons counted without saying whom."""

    named: list[str]
    marks: str = ""
    others: int = 0

    @property
    def known_count(self) -> int:
        """How many are known."""
        return len(self.named) + len(self.marks) // MARK

    @property
    def count(self) -> int:
        """How many put it there."""
        return self.known_count + self.others

    def forget(self, who: str) -> bool:
        """Takes away whoever it is; False when they were not there."""
        if who in self.named:
            self.named.remove(who)
            return True
        at = place(self.marks, mark(who))
        if at >= 0:
            self.marks = self.marks[:at] + self.marks[at + MARK :]
        return at >= 0

    def unname(self, how_many: int) -> None:
        """Only the marks of the oldest stay."""
        self.marks += "".join(map(mark, self.named[:how_many]))
        del self.named[:how_many]


def react(message: Message, emoji: str, who: str, *, remove: bool) -> Message | None:
    """The message with one reaction more or less; ``None``: that changes nothing. Who is there, but
    not named any more, is named again."""
    signs = signs_of(message)
    # Older daemons kept the ways to write one emoji apart.
    sign = merge([signs.pop(way) for way in list(signs) if bare(way) == bare(emoji)])
    signs[emoji] = sign
    if not remove and who in sign.named:
        return None
    there = sign.forget(who)
    if remove and not there:
        return None
    if not remove:
        sign.named.append(who)
    signs = {one: sign for one, sign in signs.items() if sign.count}
    if not (there or remove):
        check_room(signs)
    return with_newest(revise(message), signs)


def withdraw(message: Message, who: str) -> Message | None:
    """The message without anything that somebody has put on it; ``None``: there is nothing."""
    signs = signs_of(message)
    if not sum(sign.forget(who) for sign in signs.values()):
        return None
    left = {emoji: sign for emoji, sign in signs.items() if sign.count}
    return with_newest(revise(message), left)


def check_room(signs: dict[str, Sign]) -> None:
    """TooLarge for one more than there may be."""
    if len(signs) > MAX_EMOJI:
        raise TooLarge(f"at most {MAX_EMOJI} different reactions to a message", limit=MAX_EMOJI)
    if sum(sign.known_count for sign in signs.values()) > MOST:
        raise TooLarge(f"at most {MOST} reactions to a message", limit=MOST)


def signs_of(message: Message) -> dict[str, Sign]:
    """What is kept of a message's reactions, by emoji."""
    marks = message.reactors or {}
    signs = {}
    for emoji, ids in (message.reactions or {}).items():
        signs[emoji] = sign = Sign(list(ids), marks.get(emoji, ""))
        sign.others = max(0, (message.reaction_counts or {}).get(emoji, 0) - sign.known_count)
    return signs


def merge(ways: list[Sign]) -> Sign:
    """All those who put one emoji there, each of them once."""
    if len(ways) == 1:
        return ways[0]
    named = list(dict.fromkeys(id for way in ways for id in way.named))
    joint = "".join(way.marks for way in ways)
    marks = dict.fromkeys(joint[at : at + MARK] for at in range(0, len(joint), MARK))
    for id in named:
        marks.pop(mark(id), None)
    return Sign(named, "".join(marks), sum(way.others for way in ways))


def trim(message: Message) -> Message:
    """The message as it is kept: one from before there was a bound may name everybody."""
    if not message.reactions or sum(map(len, message.reactions.values())) <= NAMED:
        return message
    return with_newest(message, signs_of(message))


def with_newest(message: Message, signs: dict[str, Sign]) -> Message:
    """Of the emoji with the most names the oldest are marked only, until few enough are named."""
    while (over := sum(len(sign.named) for sign in signs.values()) - NAMED) > 0:
        first, *others = sorted(signs.values(), key=lambda sign: len(sign.named), reverse=True)
        excess = len(first.named) - (len(others[0].named) if others else 0)
        first.unname(max(1, min(over, excess)))
    more = {emoji: sign.count for emoji, sign in signs.items() if sign.count > len(sign.named)}
    marks = {emoji: sign.marks for emoji, sign in signs.items() if sign.marks}
    never = not more and message.reaction_counts is UNSET  # else that there are none is said, too
    return replace(
        message,
        reactions={emoji: sign.named for emoji, sign in signs.items()},
        reaction_counts=UNSET if never else more,
        reactors=marks or UNSET,
    )


def mark(who: str) -> str:
    """What is kept of the id of who is not named any more."""
    short = hashlib.blake2b(who.encode(), digest_size=MARK_BYTES).digest()
    return base64.urlsafe_b64encode(short).decode()


def place(marks: str, wanted: str) -> int:
    """Where a mark begins, or -1."""
    at = marks.find(wanted)
    while at >= 0 and at % MARK:
        at = marks.find(wanted, at + 1)
    return at
