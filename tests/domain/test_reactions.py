"""Reactions: counted all, named as far as there is room."""

from __future__ import annotations

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.message import Message
from chatd.domain.reactions import (
    MARK,
    MAX_EMOJI,
    MOST,
    NAMED,
    mark,
    place,
    react,
    signs_of,
    trim,
)
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


def count_of(one: Message, emoji: str) -> int:
    sign = signs_of(one).get(emoji)
    return sign.count if sign else 0


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
    assert count_of(one, "👍") == NAMED + 200 and count_of(one, "🎉") == 2
    fewer = reacted(one, "👍", *crowd[-(NAMED - 2) :], remove=True)
    assert (fewer.reactions or {})["👍"] == [] and count_of(fewer, "👍") == 202
    nobody = reacted(fewer, "👍", *crowd[: -(NAMED - 2)], remove=True)
    assert nobody.reactions == {"🎉": ["a", "b"]} and nobody.reactors is UNSET


def test_who_is_not_named_any_more_counts_once_and_can_take_it_back() -> None:
    crowd = [f"p-{number}" for number in range(NAMED + 200)]
    one = reacted(message(), "👍", *crowd)
    again = reacted(one, "👍", crowd[0])
    assert count_of(again, "👍") == NAMED + 200 and (again.reactions or {})["👍"][-1] == crowd[0]
    assert react(again, "👍", crowd[0], remove=False) is None
    assert crowd[0] not in (one.reactions or {})["👍"]
    for before in (one, again):
        gone = reacted(before, "👍", crowd[0], remove=True)
        assert count_of(gone, "👍") == NAMED + 199
        assert react(gone, "👍", crowd[0], remove=True) is None, "twice is once"
    assert react(one, "👍", "p-nobody", remove=True) is None
    assert react(one, "🎉", crowd[0], remove=True) is None


def test_so_many_reactions_are_kept_and_no_more() -> None:
    crowd = [f"p-{number}" for number in range(MOST)]
    one = reacted(replace(message(), reactions={"👍": crowd[:-1]}), "👍", crowd[-1])
    assert count_of(one, "👍") == MOST and named(one) == NAMED
    assert len((one.reactors or {})["👍"]) == (MOST - NAMED) * MARK
    for emoji in ("👍", "🎉"):
        with pytest.raises(TooLarge, match="at most 5000 reactions"):
            react(one, emoji, "p-late", remove=False)
    assert count_of(reacted(one, "👍", crowd[0]), "👍") == MOST, "who is there is not one more"
    room = reacted(one, "👍", crowd[7], remove=True)
    assert count_of(reacted(room, "👍", "p-late"), "👍") == MOST


def test_those_whom_an_older_daemon_only_counted_stay_counted() -> None:
    old = replace(message(), reactions={"👍": ["a"], "🎉": []}, reaction_counts={"👍": 9, "🎉": 3})
    one = reacted(reacted(old, "👍", "b"), "👍", "a", remove=True)
    assert (count_of(one, "👍"), count_of(one, "🎉")) == (9, 3)
    assert one.reactions == {"👍": ["b"], "🎉": []} and one.reaction_counts == {"👍": 9, "🎉": 3}


def test_ways_to_write_one_emoji_are_one_and_everybody_counts_once() -> None:
    crowd = [f"p-{number}" for number in range(300)]
    old = replace(message(), reactions={"❤": crowd[:200], "❤️": crowd[100:]})
    one = reacted(old, "❤️", "p-new")
    assert count_of(one, "❤️") == 301 and list(one.reactions or {}) == ["❤️"]
    marks = {"❤": "".join(map(mark, crowd[:200])), "❤️": "".join(map(mark, crowd[100:]))}
    old = replace(
        message(),
        reactions={"❤": [], "❤️": crowd[:1]},
        reactors=marks,
        reaction_counts={"❤": 200, "❤️": 201},
    )
    one = reacted(old, "❤️", "p-new")
    assert count_of(one, "❤️") == 301


def test_a_mark_is_found_only_where_one_begins() -> None:
    marks = "".join(map(mark, (f"p-{number}" for number in range(50))))
    assert place(marks, mark("p-7")) == 7 * MARK and place(marks, mark("p-50")) == -1
    assert place(marks, marks[3 : 3 + MARK]) == -1
    assert place("ABCDEFGHDEFGHABC" + "DEFGHABC", "DEFGHABC") == MARK


def test_a_mark_is_found_however_often_it_is_found_between_two_others() -> None:
    assert place("x" + "A" * 2 * MARK, "A" * MARK) == MARK


def test_that_there_are_no_more_than_are_named_is_said_where_there_were() -> None:
    one = reacted(message(), "👍", *(f"p-{number}" for number in range(NAMED)))
    assert NAMED == 500 and one.reaction_counts is UNSET
    more = reacted(one, "👍", "p-new")
    assert more.reaction_counts == {"👍": 501} and str(count_of(more, "👍")) == "501"
    assert reacted(more, "👍", "p-0", remove=True).reaction_counts == {}


def test_nobody_is_counted_of_an_emoji_that_nobody_put_there() -> None:
    old = replace(message(), reactions={"👍": ["a"], "🎉": []}, reaction_counts={"👍": 9})
    assert reacted(old, "👍", "b").reactions == {"👍": ["a", "b"]}


def test_what_was_stored_before_there_was_a_bound_is_told_within_it() -> None:
    old = replace(message(), reactions={"👍": [f"p-{n}" for n in range(2_000)], "🎉": ["a"]})
    told = trim(old)
    assert named(told) == NAMED and count_of(told, "👍") == 2_000 and told.version == old.version
    assert named(reacted(old, "🎉", "b")) == NAMED
    few = reacted(message(), "👍", "a")
    assert trim(few) is few


def test_so_many_different_ones_and_no_more() -> None:
    one = message()
    for number in range(MAX_EMOJI):
        one = reacted(one, chr(0x1F600 + number), "a")
    with pytest.raises(TooLarge, match=str(MAX_EMOJI)):
        react(one, "👍", "a", remove=False)
    reacted(one, chr(0x1F600), "b")
