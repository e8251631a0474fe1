"""A call's states: who may do what, and what it is then."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import pytest

from chatd.domain.call import (
    REASONS,
    STATES,
    TRANSITIONS,
    Action,
    Call,
    Party,
    Role,
    in_minutes,
)
from chatd.errors import Conflict

AT, LATER = "2026-01-01T10:00:00.000Z", "2026-01-01T10:02:05.400Z"
ANNA, ARTEM = Party(id="p-1", name="Anna", connection="c-1"), Party(id="op", name="Artem")
VERA = Party(id="p-3", name="Vera")


def call(*parties: Party, **fields: Any) -> Call:
    common = {"id": "call-1", "dialog_id": "TKT-1", "site": "shop", "media": ("audio",)}
    return Call(
        **{**common, "parties": parties or (ANNA, ARTEM), "node": "a", "created_at": AT, **fields}
    )


def test_whatever_is_not_in_the_table_is_refused_and_says_what_is_possible() -> None:
    for state, role, action in product(STATES, get_args(Role), get_args(Action)):
        one = call(state=state, reason="hangup" if state == "ended" else None)
        if (state, role, action) in TRANSITIONS:
            after = one.after(role, action, LATER)
            assert (after.state, after.reason) == TRANSITIONS[state, role, action]
            assert after.version == 2
            continue
        with pytest.raises(Conflict) as refused:
            one.after(role, action, LATER)
        assert ("over" if state == "ended" else state) in refused.value.message
    with pytest.raises(Conflict, match="ringing: cannot lose, can accept, decline"):
        call().after("callee", "lose", AT)


def test_every_end_has_a_reason_and_nothing_follows_it() -> None:
    ends = {reason for state, reason in TRANSITIONS.values() if state == "ended"}
    assert ends == set(REASONS)
    assert not [key for key in TRANSITIONS if key[0] == "ended"]


def test_who_accepts_is_in_it_with_that_connection_and_the_others_are_not() -> None:
    accepted = call(ANNA, ARTEM, VERA).accept("p-3", "c-3", AT)
    assert accepted.state == "active" and accepted.accepted_at == AT
    assert [one.id for one in accepted.parties] == ["p-1", "p-3"]
    assert accepted.binds("p-1", "c-1") and accepted.binds("p-3", "c-3")
    for stranger in (("p-1", "c-3"), ("p-3", "c-1"), ("op", "c-3"), ("op", ""), ("p-3", "")):
        assert not accepted.binds(*stranger)
    assert accepted.other("p-1").id == "p-3" and accepted.other("p-3").id == "p-1"
    with pytest.raises(Conflict):
        accepted.accept("p-3", "c-4", LATER)


def test_one_of_several_who_declines_leaves_it_ringing_at_the_others() -> None:
    first = call(ANNA, ARTEM, VERA).decline("op", AT)
    assert first.state == "ringing" and [one.id for one in first.parties] == ["p-1", "p-3"]
    last = first.decline("p-3", LATER)
    assert (last.state, last.reason, last.ended_by) == ("ended", "declined", "p-3")
    with pytest.raises(Conflict):
        call().decline("p-1", AT)


def test_what_came_of_it_and_how_long_it_was() -> None:
    active = call().accept("op", "c-2", AT)
    over = active.after("callee", "end", LATER, "op")
    assert (over.outcome, over.seconds, over.ended_by) == ("answered", 125, "op")
    assert call().after("caller", "end", LATER).outcome == "cancelled"
    assert call().after("house", "expire", LATER).outcome == "missed"
    assert call().after("house", "expire", LATER).seconds is None
    assert active.after("house", "lose", LATER).outcome == "lost"
    assert active.after("caller", "end", "2026-01-01T09:00:00.000Z").seconds == 0


def test_who_goes_on_over_another_connection_is_bound_there_alone() -> None:
    moved = call().accept("op", "c-2", AT).move("p-1", "c-9")
    assert moved.binds("p-1", "c-9") and not moved.binds("p-1", "c-1")
    assert moved.binds("op", "c-2") and moved.state == "active" and moved.version == 3


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (5, "0:05"), (125, "2:05"), (3_725, "1:02:05")]
)
def test_lengths_are_told_as_on_a_clock(seconds: int, said: str) -> None:
    assert in_minutes(seconds) == said


def test_each_change_is_one_version_on_and_a_refusal_names_what_this_one_may() -> None:
    ringing = call(version=7)
    assert ringing.after("callee", "accept", LATER).version == 8
    assert ringing.move("op", "c-9").version == 8
    for role in get_args(Role):
        may = sorted(act for (state, who, act) in TRANSITIONS if (state, who) == ("active", role))
        with pytest.raises(Conflict) as refused:
            call(state="active").after(role, "accept", LATER)
        assert str(refused.value.message).endswith(f"cannot accept, can {', '.join(may)}")
