"""Tags: one spelling of each, bounded, and clear words about what is none."""

from __future__ import annotations

import pytest

from chatd.domain.tags import LONGEST_TAG, MOST_TAGS, change_tags, tag_of


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("VIP", "vip"),
        (" #Refund ", "refund"),
        ("Постоянный \t клиент", "постоянный клиент"),
        ("И\u0306од", "йод"),
        ("ｖｉｐ", "vip"),
        ("a/b-c_d.e:f&g", "a/b-c_d.e:f&g"),
        ("x" * LONGEST_TAG, "x" * LONGEST_TAG),
    ],
)
def test_a_tag_is_spelt_one_way(typed: str, kept: str) -> None:
    assert tag_of(typed) == kept and tag_of(kept) == kept


@pytest.mark.parametrize(
    "typed", ["", " ", "#", "-", "a,b", "a\x1b[1m", "a\u202eb", "<b>", "😀", "x" * 33, "##a"]
)
def test_what_is_no_tag_is_refused_with_what_one_is(typed: str) -> None:
    with pytest.raises(ValueError, match="a tag has 1 to 32 letters"):
        tag_of(typed)


def test_tags_are_added_and_taken_off_once_each_and_are_not_too_many() -> None:
    assert change_tags(("b",), ["A", "a ", "c"], ["B", "unknown"]) == ("a", "c")
    assert change_tags(("a",), [], []) == ("a",)
    with pytest.raises(ValueError, match="'a' is to be added and removed"):
        change_tags((), ["A"], ["a"])
    full = change_tags((), map(str, range(MOST_TAGS)), [])
    assert len(full) == MOST_TAGS
    with pytest.raises(ValueError, match="at most 20 tags, not 21"):
        change_tags(full, ["one more"], [])
    assert len(change_tags(full, ["one more"], ["0"])) == MOST_TAGS


def test_of_a_long_one_that_is_none_the_beginning_is_told() -> None:
    with pytest.raises(ValueError, match=r"not 'x{64}'\Z"):
        tag_of("x" * 200)
