"""Reactions: counted all, named as far as there is room."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chatd.domain.message import Message
from chatd.domain.reactions import MAX_EMOJI, NAMED, bounded, counted, react
from chatd.errors import TooLarge


def message() -> Message:
    return Message(
        id="lobby:1",
        dialog_id="lobby",
        seq=1,
        sender_type="member",
        sender_id="p-1-a",
        sender_name="Аня",
        content="m",
        created_at="2026-11-21T10:00:00.123Z",
    )


def reacted(before: Message, emoji: str, *people: str, remove: bool = False) -> Message:
    for who in people:
        after = react(before, emoji, who, remove=remove)
        assert after is not None and after.version == (before.version or 0) + 1
        before = after
    return before


def named(one: Message) -> int:
    return sum(map(len, (one.reactions or {}).values()))


def test_twice_is_once_and_what_is_taken_away_is_gone() -> None:
    one = reacted(message(), "👍", "a", "b")
    assert one.reactions == {"👍": ["a", "b"]} and not one.reaction_counts
    assert react(one, "👍", "a", remove=False) is None
    assert react(one, "👍", "c", remove=True) is None and react(one, "🎉", "a", remove=True) is None
    assert reacted(one, "👍", "a", "b", remove=True).reactions == {}


def test_as_many_are_named_as_there_is_room_for_and_all_are_counted() -> None:
    crowd = [f"p-{number}" for number in range(NAMED + 200)]
    one = reacted(message(), "👍", *crowd[:NAMED])
    assert named(one) == NAMED and not one.reaction_counts
    one = reacted(one, "👍", *crowd[NAMED:])
    one = reacted(one, "🎉", "a", "b")
    assert named(one) == NAMED and (one.reactions or {})["🎉"] == ["a", "b"]
    assert (one.reactions or {})["👍"] == crowd[-(NAMED - 2) :]
    assert counted(one, "👍") == NAMED + 200 and counted(one, "🎉") == 2
    assert react(one, "👍", crowd[0], remove=True) is None, "who is not named is not known"
    fewer = reacted(one, "👍", *crowd[-(NAMED - 2) :], remove=True)
    assert (fewer.reactions or {})["👍"] == [] and counted(fewer, "👍") == 202


def test_what_was_stored_before_there_was_a_bound_is_told_within_it() -> None:
    old = replace(message(), reactions={"👍": [f"p-{n}" for n in range(2_000)], "🎉": ["a"]})
    told = bounded(old)
    assert named(told) == NAMED and counted(told, "👍") == 2_000 and told.version == old.version
    assert named(reacted(old, "🎉", "b")) == NAMED
    few = reacted(message(), "👍", "a")
    assert bounded(few) is few


def test_so_many_different_ones_and_no_more() -> None:
    one = message()
    for number in range(MAX_EMOJI):
        one = reacted(one, chr(0x1F600 + number), "a")
    with pytest.raises(TooLarge, match=str(MAX_EMOJI)):
        react(one, "👍", "a", remove=False)
    reacted(one, chr(0x1F600), "b")
