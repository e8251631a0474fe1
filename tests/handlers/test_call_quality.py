"""How good a call is: told by the connections that are in it, bounded, shown to who runs it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import to_builtins

from chatd.admin.call_verbs import write_call
from chatd.errors import Conflict, Invalid, NotFound, RateLimited
from chatd.protocol.calls import EndCall, ListCalls, TellQuality
from chatd.protocol.envelope import convert
from tests.handlers.calling import in_ticket, ring, talk
from tests.handlers.stage import Stage

BAD: dict[str, Any] = {"rtt_ms": 700, "loss_in": 12.5, "troubles": ["loss"], "codecs": ["opus"]}


def test_what_its_sides_tell_is_shown_and_of_what_is_wrong_the_log_is_told_once(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    anna, artem, ticket = in_ticket(stage)
    id = talk(anna, artem, ticket)
    assert stage.shell(ListCalls(call_id=id)).quality == []
    for _ in range(2):
        anna.ask(TellQuality(call_id=id, state="connected", route="relayed", **BAD))
    anna.ask(TellQuality(call_id=id, state="connected", route="direct", rtt_ms=20))
    artem.ask(EndCall(call_id=id))
    shown = stage.shell(ListCalls(call_id=id))
    lines = write_call(to_builtins(shown)).splitlines()
    assert {"outcome: answered", "  line: connected, direct", "  troubles: loss"} <= set(lines)
    assert f"quality for {anna.connection.principal.name} ({anna.id})" in lines
    (told,) = shown.quality
    assert (told.id, told.state, told.route, told.codecs) == (anna.id, "connected", "direct", [])
    assert (told.rtt_ms, told.worst_rtt_ms, told.worst_loss) == (20, 700, 12.5)
    assert told.troubles == ["loss"]
    assert stage.shell(ListCalls()).quality == []
    stage.app.services.metrics.calls.collect()
    lines = capfd.readouterr().err.splitlines()
    assert sum("has trouble: loss" in one for one in lines) == 1


def test_nobody_else_tells_and_nobody_before_it_is_active(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    rings = ring(anna, ticket).id
    with pytest.raises(Conflict, match="ringing"):
        anna.ask(TellQuality(call_id=rings, state="new"))
    with pytest.raises(NotFound):
        stage.visitor("Mallory").ask(TellQuality(call_id=rings, state="new"))
    anna.ask(EndCall(call_id=rings))
    with pytest.raises(NotFound):
        anna.ask(TellQuality(call_id=rings, state="closed"))
    id = talk(anna, artem, ticket)
    with pytest.raises(Conflict, match="another connection"):
        stage.again(anna.token, device="second").ask(TellQuality(call_id=id, state="connected"))
    stage.services.limiter.apply(stage.limits(signals_per_peer="2/minute"))
    for _ in range(2):
        anna.ask(TellQuality(call_id=id, state="connected"))
    with pytest.raises(RateLimited):
        anna.ask(TellQuality(call_id=id, state="connected"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "splendid"},
        {"route": "pigeon"},
        {"rtt_ms": -1},
        {"rtt_ms": 60_001},
        {"loss_in": 100.1},
        {"kbps_out": 10_000_001},
        {"codecs": ["x" * 33]},
        {"codecs": ["a\nb"]},
        {"codecs": ["opus"] * 5},
        {"troubles": ["sun"]},
        {"troubles": ["loss"] * 11},
    ],
)
def test_what_no_browser_tells_is_refused(wrong: dict[str, Any]) -> None:
    data = {"call_id": "call-1", "state": "connected", **wrong}
    with pytest.raises(Invalid) as refused:
        convert(TellQuality, data)
    assert str(refused.value.details["field"]).startswith(next(iter(wrong)))
