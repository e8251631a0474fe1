"""How much is done for one message, counted in calls of our own functions: so that what was mended
once does not creep back, whatever else the machine does meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from chatd.protocol.commands import SendMessage
from tests.handlers.stage import Person, Stage

TIMES = 20
# What was counted when this was written, and a few more: a new call for each message is noticed.
MOST = {"lobby": 142, "ticket": 254}


def count_calls(work: Callable[[], Any]) -> int:
    """How many functions of ours are called meanwhile, in all greenlets of this thread."""
    calls = 0

    def note(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_globals.get("__name__", "").startswith("chatd.")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def place_for(person: Person, where: str) -> str:
    """A room, or a ticket of one's own, that is followed."""
    place = person.open_ticket() if where == "ticket" else where
    person.join(place)
    return place


@pytest.mark.parametrize("where", MOST)
def test_a_message_costs_no_more_calls_than_it_did(stage: Stage, where: str) -> None:
    anna = stage.visitor()
    place = place_for(anna, where)
    anna.say(place, "the first one opens windows and reads what is not at hand yet")
    message = SendMessage(dialog_id=place, content="x" * 200)
    fewest = min(count_calls(lambda: anna.ask(message)) for _ in range(TIMES))
    assert MOST[where] / 2 < fewest <= MOST[where]
