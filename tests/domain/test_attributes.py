"""What is said of a customer: names and values, how many, and what the site has signed."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.attributes import MOST, Attribute, Signed, change


def said(*attributes: Attribute) -> dict[str, Any]:
    return {one.name: one.value for one in attributes}


def test_attributes_are_given_by_name_and_taken_away_by_nothing() -> None:
    some = change((), {"plan": " gold\ncard ", "Тариф 2": 3, "vip": True, "x.y-z": 0.5})
    assert said(*some) == {"Тариф 2": 3, "plan": "gold card", "vip": True, "x.y-z": 0.5}
    assert [one.name for one in some] == sorted(one.name for one in some)
    assert said(*change(some, {"plan": None, "vip": False, "unknown": None})) == {
        "Тариф 2": 3,
        "vip": False,
        "x.y-z": 0.5,
    }
    assert change(some, {}) == some


@pytest.mark.parametrize("name", ["", " a", "a ", "_a", "a" * 33, "a\n", "a<b", "a\u202eb", "a="])
def test_a_name_that_is_none_is_refused_and_the_rule_told(name: str) -> None:
    with pytest.raises(ValueError, match="has 1 to 32 letters"):
        change((), {name: 1})


@pytest.mark.parametrize("value", ["", " \n", "\u200b", "a" * 257])
def test_a_value_that_shows_nothing_or_is_too_long_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="'a' is to be a text of 1 to 256 characters"):
        change((), {"a": value})


def test_there_are_so_many_and_no_more() -> None:
    full = change((), {f"n{number}": number for number in range(MOST)})
    with pytest.raises(ValueError, match="at most 16 attributes, not 17"):
        change(full, {"more": 1})
    assert len(change(full, {"more": 1, "n0": None})) == MOST


def test_what_the_site_has_signed_is_overruled_by_who_may_and_by_its_next_word() -> None:
    signed = change((), {"plan": "gold", "vip": True}, verified=True)
    mixed = change(signed, {"shoe": 43}, may_overrule=False)
    assert [one.verified for one in mixed] == [True, False, True]
    assert change(mixed, {"plan": "gold", "shoe": 44}, may_overrule=False)[0].verified
    for other in ("silver", None):
        with pytest.raises(Signed, match="'plan' is signed by the site"):
            change(mixed, {"plan": other}, may_overrule=False)
    (plan, *_) = change(mixed, {"plan": "silver"})
    assert plan == Attribute(name="plan", value="silver")
    again = change(mixed, {"shoe": 45}, verified=True)
    assert again == (Attribute(name="shoe", value=45, verified=True),), "nothing else stays signed"
