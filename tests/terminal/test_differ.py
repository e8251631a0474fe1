"""What is told of a field: the fewest edits, in code points, that give the field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.domain.draft import Draft
from chatd.terminal.core.differ import caret_after, difference, is_joined
from chatd.terminal.core.drafts import OwnDraft, WatchedDraft

FAMILY = "👨\u200d👩\u200d👧"
PIECES = st.sampled_from(
    [
        "a",
        "b",
        " ",
        "\n",
        "\t",
        "я",
        "é",
        "e\u0301",
        "👍🏽",
        FAMILY,
        "🇩🇪",
        "🇷🇺",
        "שלום",
        "क्षि",
        "각",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20)


def given_to(old: str, new: str) -> str:
    """``old`` with the edits applied as the daemon applies them."""
    draft = Draft()
    draft.reset(0, old)
    draft.edit(1, difference(old, new))
    return draft.text


@given(TEXTS, TEXTS)
def test_the_edits_give_the_field(old: str, new: str) -> None:
    assert given_to(old, new) == new


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_an_edit_in_the_middle_tells_only_the_middle(
    head: str, before: str, after: str, tail: str
) -> None:
    ops = difference(f"{head}.{before}.{tail}", f"{head}.{after}.{tail}")
    erased = sum(int(op[1]) for op in ops if op[0] == "e")
    inserted = sum(len(str(op[1])) for op in ops if op[0] == "i")
    assert erased <= len(before) + 2
    assert inserted <= len(after) + 2


def test_a_letter_in_a_long_text_is_one_letter_on_the_wire() -> None:
    long = "слово " * 1000
    assert difference(long, f"{long[:3000]}я{long[3000:]}") == [["i", "я", 3000]]
    assert difference(long, f"{long}я") == [["i", "я"]]
    assert difference(long, long[:3000] + long[3001:]) == [["e", 1, 3001]]


@given(TEXTS, TEXTS)
def test_no_screen_shows_half_a_character(old: str, new: str) -> None:
    for kind, what, *where in difference(old, new):
        text = old if kind == "e" else new
        size = int(what) if kind == "e" else len(str(what))
        end = int(where[0]) + (kind == "i") * size if where else len(text)
        assert not is_joined(text, end - size)
        assert not is_joined(text, end)


@pytest.mark.parametrize(
    ("old", "new", "ops"),
    [
        ("e", "e\u0301", [["e", 1, 1], ["i", "e\u0301"]]),
        ("👍", "👍🏽", [["e", 1, 1], ["i", "👍🏽"]]),
        ("👨\u200d👩", FAMILY, [["e", 3, 3], ["i", FAMILY]]),
        ("🇩🇪", "🇩🇰", [["e", 2, 2], ["i", "🇩🇰"]]),
        ("a🇩🇪b", "ab", [["e", 2, 3]]),
        ("שלום", "שלם", [["e", 1, 3]]),
        ("a\tb", "a\t\tb", [["i", "\t", 2]]),
    ],
)
def test_characters_of_several_code_points_are_replaced_whole(
    old: str, new: str, ops: list[list[str | int]]
) -> None:
    assert difference(old, new) == ops
    assert given_to(old, new) == new


@given(TEXTS, TEXTS)
def test_the_caret_follows_the_edit(old: str, new: str) -> None:
    assert 0 <= caret_after(difference(old, new), new) <= len(new)


FIELDS = st.lists(st.tuples(TEXTS, st.integers(0, 30)), max_size=8)


@given(FIELDS, st.sets(st.integers(0, 8)))
def test_every_screen_ends_with_the_field_even_when_edits_are_refused(
    fields: list[tuple[str, int]], refused: set[int]
) -> None:
    own, daemon, watched = OwnDraft(), Draft(), WatchedDraft("Аня")
    for turn, (text, caret) in enumerate([*fields, ("конец", 5)]):
        caret = min(caret, len(text))
        edit = own.edit(text, caret)
        if edit is None:
            continue
        if turn in refused and turn < len(fields):
            own.lose_count()
            continue
        deliver(edit, daemon, watched)
    assert daemon.text == watched.text == "конец"
    assert watched.caret == 5


def deliver(edit: dict[str, object], daemon: Draft, watched: WatchedDraft) -> None:
    """An edit reaches the daemon, and a screen."""
    seq, ops = edit["seq"], edit.get("ops", [])
    assert isinstance(seq, int)
    assert isinstance(ops, list)
    if "reset" in edit:
        daemon.reset(seq, str(edit["reset"]))
        watched.reset(seq, str(edit["reset"]))
    else:
        daemon.edit(seq, ops)
        assert watched.edit(seq, ops)


def test_a_caret_that_moves_is_told_alone() -> None:
    own = OwnDraft()
    own.edit("привет", 6)
    assert own.edit("привет", 2) == {"seq": 2, "ops": [["c", 2]]}
    assert own.edit("привет", 2) is None
    watched = WatchedDraft("Аня", "привет", 1)
    assert watched.edit(2, [["c", 2]])
    assert watched.caret == 2


def test_above_the_cap_the_draft_stands_still_and_comes_back() -> None:
    own = OwnDraft()
    own.edit("a", 1)
    assert own.edit("a" * 9000, 9000) is None
    assert own.edit("ab", 2) == {"seq": 2, "reset": "ab"}


OPS = st.lists(
    st.lists(st.sampled_from(["i", "e", "c", "w", "x", "", 3, -7, 10**9, "я"]), max_size=4),
    max_size=4,
)


@given(st.lists(st.tuples(st.integers(-2, 6), OPS), max_size=6))
def test_edits_of_any_shape_leave_a_text_and_a_caret_within_it(
    edits: list[tuple[int, list[list[str | int]]]],
) -> None:
    watched = WatchedDraft("Аня", "abc", 0)
    for seq, ops in edits:
        watched.edit(seq, ops)
        assert 0 <= watched.caret <= len(watched.text)
