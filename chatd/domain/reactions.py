"""Reactions to a message: of each emoji how many put it there, and the newest of those by id."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.message import Message, changed
from chatd.domain.seen import bare
from chatd.errors import TooLarge

MAX_EMOJI = 50
NAMED = 500  # people of a message, over all its emoji; those before them are counted only


def react(message: Message, emoji: str, who: str, *, remove: bool) -> Message | None:
    """The message with one reaction more or less; ``None``: that changes nothing. Who is counted
    but not named any more is not known to be there, and cannot take theirs away."""
    people = {one: list(ids) for one, ids in (message.reactions or {}).items()}
    unnamed = {one: counted(message, one) - len(ids) for one, ids in people.items()}
    # Older daemons kept the ways to write one emoji apart.
    ways = [one for one in people if bare(one) == bare(emoji)]
    named = list(dict.fromkeys(id for way in ways for id in people.pop(way)))
    people[emoji], unnamed[emoji] = named, sum(unnamed.pop(way) for way in ways)
    if (who in named) is not remove:
        return None
    if remove:
        named.remove(who)
    else:
        named.append(who)
    people = {one: ids for one, ids in people.items() if ids or unnamed[one]}
    if len(people) > MAX_EMOJI:
        raise TooLarge(f"at most {MAX_EMOJI} different reactions to a message", limit=MAX_EMOJI)
    counts = {one: len(ids) + unnamed[one] for one, ids in people.items()}
    return with_newest(changed(message), people, counts)


def counted(message: Message, emoji: str) -> int:
    """How many put this emoji on a message."""
    named = len((message.reactions or {}).get(emoji, ()))
    return (message.reaction_counts or {}).get(emoji, named)


def bounded(message: Message) -> Message:
    """The message as it is told: one from before there was a bound may name everybody."""
    people = message.reactions or {}
    if sum(map(len, people.values())) <= NAMED:
        return message
    counts = {emoji: counted(message, emoji) for emoji in people}
    return with_newest(message, {emoji: list(ids) for emoji, ids in people.items()}, counts)


def with_newest(message: Message, people: dict[str, list[str]], counts: dict[str, int]) -> Message:
    """Of the emoji with the most names the oldest are left out until few enough are named."""
    while (over := sum(map(len, people.values())) - NAMED) > 0:
        first, *others = sorted(people.values(), key=len, reverse=True)
        excess = len(first) - (len(others[0]) if others else 0)
        del first[: max(1, min(over, excess))]
    more = {emoji: count for emoji, count in counts.items() if count > len(people[emoji])}
    never = not more and message.reaction_counts is UNSET  # else that there are none is said, too
    return replace(message, reactions=people, reaction_counts=UNSET if never else more)
