"""What browsers tell each other in a call: from the one connection of one side to that of the
other, while it is active, and nobody else hears or says any of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest
from msgspec import UNSET

from chatd.domain.call import Call
from chatd.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited, TooLarge
from chatd.protocol.calling import MOST_SDP, Candidate, Description
from chatd.protocol.calls import (
    AcceptCall,
    EndCall,
    GetIce,
    ListCalls,
    SignalCall,
    StartCall,
    TraceCall,
)
from chatd.protocol.envelope import BadCommand, decode
from tests.handlers.among import group, three
from tests.handlers.calling import in_ticket, ring, settings, talk
from tests.handlers.stage import Person, Stage

OFFER = Description(type="offer", sdp="v=0\r\n")
HOST = Candidate(candidate="candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host", mid="0")
TURN = {
    "urls": ["stun:turn.example:3478", "turn:turn.example:3478", "turns:turn.example:5349"],
    "secret_env": "TURN_SECRET",
    "ttl": 600,
}


def say(person: Person, call_id: str, what: Any = OFFER, **fields: Any) -> Any:
    """Tells the other side something."""
    name = "description" if isinstance(what, Description) else "candidate"
    return person.ask(SignalCall(call_id=call_id, **{name: what}, **fields))


def test_what_one_side_tells_reaches_that_connection_of_the_other(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    tab, colleague = stage.again(artem.token, device="second"), stage.staff("bella")
    colleague.join(ticket)
    id = talk(anna, artem, ticket)
    say(anna, id), say(anna, id, HOST, to=artem.id), say(anna, id, Candidate())
    heard = artem.heard("call:signal")
    assert heard[0] == {
        "call_id": id,
        "from": anna.id,
        "description": {"type": "offer", "sdp": "v=0\r\n"},
    }
    assert heard[1]["candidate"] == {"candidate": HOST.candidate, "sdpMid": "0"}
    assert heard[2]["candidate"] == {"candidate": ""}
    for other in (anna, tab, colleague):
        assert other.heard("call:signal") == []


def test_third_parties_get_nothing_into_it_and_nothing_out(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    tea = group(anna, "boris", "vera").id
    id = talk(anna, boris, tea)
    tab = stage.again(boris.token, device="second")
    for stranger in (vera, stage.visitor("Mallory"), stage.staff()):
        for asked in (
            SignalCall(call_id=id, description=OFFER),
            SignalCall(call_id=id, candidate=HOST, to=anna.id),
            GetIce(call_id=id),
            AcceptCall(call_id=id),
            EndCall(call_id=id),
        ):
            with pytest.raises(NotFound, match="no such call"):
                stranger.ask(asked)
        with pytest.raises(Forbidden):
            stranger.ask(TraceCall(call_id=id))
        with pytest.raises(Forbidden):
            stranger.ask(ListCalls())
    with pytest.raises(NotFound, match="not in this call"):
        say(anna, id, to=vera.id)
    for asked in (SignalCall(call_id=id, description=OFFER), GetIce(call_id=id)):
        with pytest.raises(Conflict, match="another of your connections"):
            tab.ask(asked)
    with pytest.raises(Invalid, match="live connection"):
        stage.over_http(anna, SignalCall(call_id=id, description=OFFER))
    assert anna.heard("call:signal") == boris.heard("call:signal") == []


def test_nothing_is_told_before_it_is_accepted_nor_after_it_is_over(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    id = ring(anna, ticket).id
    for one in (anna, artem):
        for asked in (SignalCall(call_id=id, description=OFFER), GetIce(call_id=id)):
            with pytest.raises(Conflict, match="ringing: nothing is told"):
                one.ask(asked)
    artem.ask(AcceptCall(call_id=id))
    say(anna, id)
    anna.ask(EndCall(call_id=id))
    for one in (anna, artem):  # a replay of what was good before
        with pytest.raises(NotFound):
            say(one, id)
    assert len(artem.heard("call:signal")) == 1


def test_who_comes_back_goes_on_and_what_was_said_to_nobody_is_refused(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    id = talk(anna, artem, ticket)
    stage.leave(artem)
    with pytest.raises(Conflict, match="not connected just now") as refused:
        say(anna, id)
    assert refused.value.details == {"away": True}
    back = stage.again(artem.token)
    say(back, id)  # who says something in it takes it up
    assert anna.heard("call:signal")[-1]["from"] == artem.id
    say(anna, id)
    assert len(back.heard("call:signal")) == 1
    newer = stage.again(anna.token, device="other", call_id=id)
    with pytest.raises(Conflict, match="another of your"):
        say(anna, id)
    say(back, id)
    assert len(newer.heard("call:signal")) == 1 and anna.heard("call:signal") == []
    mallory = stage.again(stage.visitor("Mallory").token, call_id=id)
    with pytest.raises(NotFound):
        say(mallory, id)


def test_a_call_that_was_active_goes_on_after_a_restart(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    id = talk(anna, artem, ticket)
    stage.reopen()
    anna, artem = stage.again(anna.token, call_id=id), stage.again(artem.token, call_id=id)
    anna.heard(), artem.heard()
    say(anna, id), say(artem, id)
    assert len(anna.heard("call:signal")) == len(artem.heard("call:signal")) == 1
    assert artem.ask(EndCall(call_id=id)).call.reason == "hangup"


def test_descriptions_and_candidates_are_bounded(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    settings(stage, calls={"candidates": 3})
    id = talk(anna, artem, ticket)
    say(anna, id, Description(type="offer", sdp="x" * MOST_SDP))
    with pytest.raises(TooLarge, match="32768 bytes"):
        say(anna, id, Description(type="offer", sdp="я" * MOST_SDP))
    for both in (SignalCall(call_id=id), SignalCall(call_id=id, description=OFFER, candidate=HOST)):
        with pytest.raises(Invalid, match="a description or a candidate"):
            anna.ask(both)
    for _ in range(3):
        say(anna, id, HOST)
    with pytest.raises(TooLarge, match="at most 3 candidates"):
        say(anna, id, HOST)
    say(artem, id, HOST)
    say(anna, id)  # another description has candidates of its own
    say(anna, id, HOST)


def test_who_tells_too_much_too_fast_is_told_to_wait(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    id = talk(anna, artem, ticket)
    stage.services.limiter.apply(stage.limits(signals_per_peer="2/minute"))
    say(anna, id, HOST), say(anna, id, HOST)
    with pytest.raises(RateLimited):
        say(anna, id, HOST)
    say(artem, id, HOST)


@pytest.mark.parametrize(
    "data",
    [
        '{"call_id": "c", "description": "v=0"}',
        '{"call_id": "c", "description": {"type": "sing", "sdp": ""}}',
        '{"call_id": "c", "description": {"type": "offer", "sdp": 7}}',
        '{"call_id": "c", "candidate": {"candidate": "x", "sdpMLineIndex": -1}}',
        '{"call_id": "c", "candidate": ["x"]}',
        '{"call_id": ["c"], "candidate": {}}',
        '{"candidate": {}}',
        '{"call_id": "' + "c" * 81 + '", "candidate": {}}',
        '{"call_id": "c", "to": {}, "candidate": {}}',
    ],
)
def test_what_is_no_signal_is_refused_by_its_shape(data: str) -> None:
    with pytest.raises(BadCommand) as refused:
        decode('{"event": "call:signal", "id": 1, "data": ' + data + "}")
    assert refused.value.error.code == "invalid" and refused.value.caller_id == 1


def test_relays_are_opened_for_the_two_of_an_active_call_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TURN_SECRET", "hush")
    settings(stage, turn=TURN, sites={"shop": {"relay_only": True}})
    anna, artem, ticket = in_ticket(stage)
    started = anna.ask(StartCall(dialog_id=ticket, media=["audio"]))
    (stun,) = started.ice_servers
    assert stun.urls == ["stun:turn.example:3478"] and stun.credential is UNSET
    accepted = artem.ask(AcceptCall(call_id=started.call.id))
    for whose, told in ((artem, accepted), (anna, anna.ask(GetIce(call_id=started.call.id)))):
        assert told.ttl == 600 and told.ice_transport_policy == "relay"
        relay = told.ice_servers[1]
        assert relay.urls == ["turn:turn.example:3478", "turns:turn.example:5349"]
        assert relay.username == f"{int(stage.now) + 600}:{whose.id}"
        made = hmac.new(b"hush", relay.username.encode(), hashlib.sha1).digest()
        assert relay.credential == base64.b64encode(made).decode()
    monkeypatch.delenv("TURN_SECRET")
    assert len(anna.ask(GetIce(call_id=started.call.id)).ice_servers) == 1
    settings(stage)
    assert anna.ask(GetIce(call_id=started.call.id)).ice_servers == []


def test_who_runs_it_sees_all_calls_and_may_have_one_traced(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    anna, artem, ticket = in_ticket(stage)
    over = talk(anna, artem, ticket)
    stage.now += 65
    anna.ask(EndCall(call_id=over))
    id = talk(anna, artem, ticket)
    shown = stage.shell(ListCalls()).calls
    assert [(one.id, one.state, one.seconds) for one in shown] == [
        (id, "active", None),
        (over, "ended", 65),
    ]
    assert shown[1].ended_by == anna.id and shown[0].node
    assert [one.id for one in stage.shell(ListCalls(state="ended")).calls] == [over]
    assert [one.id for one in stage.shell(ListCalls(call_id=id)).calls] == [id]
    with pytest.raises(NotFound, match="no such call: call-0"):
        stage.shell(ListCalls(call_id="call-0"))
    say(anna, id)
    stage.shell(TraceCall(call_id=id))
    say(anna, id), say(anna, id, HOST)
    stage.shell(TraceCall(call_id=id, on=False))
    say(anna, id)
    for which, said in ((over, "this call is over"), ("call-0", "no such call")):
        with pytest.raises(NotFound, match=said):
            stage.shell(TraceCall(call_id=which))
    stage.app.services.metrics.calls.collect()
    lines = [one for one in capfd.readouterr().err.splitlines() if f"{id} {anna.id}:" in one]
    assert len(lines) == 2 and "offer, 5 characters" in lines[0]
    assert "candidate udp host" in lines[1] and "192.0.2.7" not in lines[1]
    kept = stage.store.get(Call, id)
    assert kept and not kept.traced and artem.heard("call:update") == []
