"""The edits of a draft, as in XEP-0301: none breaks it, none that makes no sense is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.domain.draft import MAX_DRAFT, Draft, apply
from chatd.errors import ChatdError, Conflict, TooLarge


@pytest.mark.parametrize(
    ("text", "op", "after"),
    [
        ("", ["i", "hi"], "hi"),
        ("hd", ["i", "ea", 1], "head"),
        ("hi", ["i", "!", 99], "hi!"),
        ("hi", ["i", "oh ", -5], "oh hi"),
        ("hello", ["e"], "hell"),
        ("hello", ["e", 2], "hel"),
        ("hello", ["e", 2, 3], "hlo"),
        ("hello", ["e", 99], ""),
        ("hello", ["e", -1], "hello"),
        ("a👋🏽b", ["e", 2, 3], "ab"),
        ("x", ["w", 300], "x"),
        ("x", ["unknown", 1], "x"),
    ],
)
def test_draft_ops_as_in_xep_0301(text: str, op: list[str | int], after: str) -> None:
    assert apply(text, op) == after


@pytest.mark.parametrize("op", [[], [5], ["i"], ["i", 5], ["e", "x"], ["i", "x", "y"]])
def test_ops_without_sense_are_refused(op: list[str | int]) -> None:
    with pytest.raises(ChatdError):
        apply("text", op)


def test_a_gap_freezes_a_draft_until_a_reset() -> None:
    draft = Draft()
    draft.edit(7, [["i", "a"]])
    with pytest.raises(Conflict):
        draft.edit(9, [["i", "b"]])
    with pytest.raises(Conflict):
        draft.edit(8, [["i", "b"]])
    draft.reset(20, "whole")
    draft.edit(21, [["i", "!"]])
    assert draft.text == "whole!"
    with pytest.raises(TooLarge):
        draft.edit(22, [["i", "x" * MAX_DRAFT]])


@given(
    st.text(),
    st.lists(
        st.one_of(
            st.tuples(st.just("i"), st.text(max_size=9), st.integers(-5, 40)),
            st.tuples(st.just("e"), st.integers(-5, 40), st.integers(-5, 40)),
        )
    ),
)
def test_no_op_breaks_a_draft(text: str, ops: list[tuple[str | int, ...]]) -> None:
    for op in ops:
        text = apply(text, op)
    assert isinstance(text, str)
