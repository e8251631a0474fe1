"""Two who call each other at once, on two nodes that do not know of it yet: one call goes on."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chatd.domain.call import Call
from chatd.protocol.calls import AcceptCall, EndCall
from chatd.service import calls
from chatd.service.calls import Watch
from tests.handlers.calling import in_ticket, last, ring
from tests.handlers.stage import Stage


def second(stage: Stage, call_id: str, **fields: Any) -> Call:
    """One that was started on another node at the same time, the other way round."""
    first = stage.store.get(Call, call_id)
    assert first
    parties = tuple(reversed(first.parties))
    return calls.settle(stage.services, replace(first, parties=parties, version=1, **fields))


def test_of_two_that_began_at_once_the_first_rings_on(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    watch = Watch(stage.services, lambda: stage.clock)
    id = ring(anna, ticket).id
    second(stage, id, id="call-later", created_at="2999-01-01T00:00:00.000Z")
    anna.heard(), artem.heard()
    for _ in range(2):
        watch.turn()
    told = {(one["call"]["id"], one["call"]["reason"]) for one in artem.heard("call:update")}
    assert told == {("call-later", "busy")} and last(anna, ticket).meta["outcome"] == "busy"
    assert [one.id for one in stage.services.calls] == [id]
    artem.ask(AcceptCall(call_id=id))
    watch.turn()
    anna.ask(EndCall(call_id=id))


def test_one_that_is_spoken_in_goes_on_whenever_the_other_began(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    id = ring(anna, ticket).id
    artem.ask(AcceptCall(call_id=id))
    second(stage, id, id="call-before", state="ringing", created_at="1999-01-01T00:00:00.000Z")
    Watch(stage.services, lambda: stage.clock).turn()
    assert [one.id for one in stage.services.calls] == [id]
