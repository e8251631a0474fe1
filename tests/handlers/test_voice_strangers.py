"""Whoever is in no voice channel, or no more, comes into none, hears nothing of what is told in it,
and says nothing there; whatever is sent in place of a signal reaches nobody."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from chatd.domain.voice import MOST_PICTURES
from chatd.errors import ChatdError, Conflict, Forbidden, NotFound, RateLimited, TooLarge
from chatd.protocol.calling import MOST_SDP, Candidate, Description
from chatd.protocol.calls import GetIce, JoinVoice, LeaveVoice, SetVoice, SignalCall
from chatd.protocol.envelope import BadCommand, decode
from chatd.protocol.groups import RemoveFromDialog
from chatd.protocol.muting import MuteMember
from chatd.service import voices
from tests.handlers.among import group, three
from tests.handlers.stage import Person, Stage
from tests.handlers.test_voices import ROOMS, come, heard, ids

OFFER = Description(type="offer", sdp="v=0\r\n")
HOST = Candidate(candidate="candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host")


def attempts(call_id: str, to: str) -> list[Any]:
    """All that one could do in a channel."""
    return [
        SignalCall(call_id=call_id, to=to, description=OFFER),
        SignalCall(call_id=call_id, to=to, candidate=HOST),
        GetIce(call_id=call_id),
        SetVoice(muted=False),
        LeaveVoice(),
    ]


def check_deaf(person: Person, call_id: str, to: str) -> None:
    """They can do nothing there, and hear nothing of what is told there."""
    for asked in attempts(call_id, to):
        with pytest.raises(Conflict, match="in no voice channel over this connection"):
            person.ask(asked)
    assert person.heard("call:signal") == []


def test_who_may_not_read_a_place_learns_nothing_of_its_channel(stage: Stage) -> None:
    stage.furnish(**ROOMS, staff={"voice": True, "operators_only": True})
    anna, boris, vera = three(stage)
    tea = group(anna, "boris").id
    come(anna, tea), come(boris, tea)
    artem, guest = stage.staff(), stage.visitor()
    come(artem, "staff")
    for stranger, place in ((vera, tea), (guest, tea), (artem, tea), (guest, "staff")):
        with pytest.raises(NotFound):
            stranger.ask(JoinVoice(dialog_id=place))
    boris.ask(SignalCall(call_id=f"voice-{tea}", to=anna.id, description=OFFER))
    for stranger in (vera, guest):
        check_deaf(stranger, f"voice-{tea}", anna.id)
    with pytest.raises(NotFound):  # from a channel into another one
        artem.ask(SignalCall(call_id=f"voice-{tea}", to=anna.id, description=OFFER))
    with pytest.raises(NotFound):
        artem.ask(SignalCall(call_id="voice-staff", to=anna.id, description=OFFER))
    assert [one["from"] for one in anna.heard("call:signal")] == [boris.id]


def test_what_was_good_before_is_nothing_after_one_has_left_or_was_put_out(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    tea = group(anna, "boris", "vera").id
    for one in (anna, boris, vera):
        come(one, tea)
    say = SignalCall(call_id=f"voice-{tea}", to=anna.id, description=OFFER)
    boris.ask(say), vera.ask(say)
    tab = stage.again(boris.token, device="second")
    check_deaf(tab, f"voice-{tea}", anna.id)
    boris.ask(LeaveVoice())
    anna.ask(RemoveFromDialog(dialog_id=tea, who="vera"))
    anna.heard()
    for gone in (boris, vera):
        check_deaf(gone, f"voice-{tea}", anna.id)
        with pytest.raises(NotFound, match="not in it"):
            anna.ask(SignalCall(call_id=f"voice-{tea}", to=gone.id, description=OFFER))
    with pytest.raises(NotFound):
        vera.ask(JoinVoice(dialog_id=tea))
    assert anna.heard("call:signal") == []


def test_who_is_muted_is_out_of_the_channel_and_comes_into_it_no_more(stage: Stage) -> None:
    stage.furnish(**ROOMS)
    anna, guest, artem = stage.visitor(), stage.visitor("Mallory"), stage.staff()
    come(anna), come(guest)
    artem.join("hall")
    artem.ask(MuteMember(dialog_id="hall", participant_id=guest.id, seconds=60))
    voices.turn(stage.services)
    assert [one["moved"] for one in guest.heard("voice:update") if "moved" in one] == [True]
    assert heard(anna) == [anna.id]
    check_deaf(guest, "voice-hall", anna.id)
    with pytest.raises(Forbidden, match="you are muted"):
        guest.ask(JoinVoice(dialog_id="hall"))
    stage.now += 61
    guest.ask(JoinVoice(dialog_id="hall"))
    assert heard(anna) == [anna.id, guest.id]


def test_of_a_flood_of_signals_each_is_counted_for_whom_it_is_for(stage: Stage) -> None:
    stage.furnish(**ROOMS)
    people = [stage.visitor(f"N{number}") for number in range(3)]
    for one in people:
        come(one)
    anna, boris, vera = people
    stage.services.limiter.apply(stage.limits(signals_per_peer="2/minute"))
    to_boris = SignalCall(call_id="voice-hall", to=boris.id, candidate=HOST)
    anna.ask(to_boris), anna.ask(to_boris)
    with pytest.raises(RateLimited):
        anna.ask(to_boris)
    anna.ask(SignalCall(call_id="voice-hall", to=vera.id, candidate=HOST))
    long = Description(type="offer", sdp="я" * MOST_SDP)
    with pytest.raises(TooLarge, match="32768 bytes"):
        vera.ask(SignalCall(call_id="voice-hall", to=boris.id, description=long))
    assert (len(boris.heard("call:signal")), len(vera.heard("call:signal"))) == (2, 1)


def test_whatever_is_sent_in_place_of_a_command_of_channels_changes_nothing(stage: Stage) -> None:
    stage.furnish(**ROOMS)
    anna, boris, guest = stage.visitor(), stage.visitor("Boris"), stage.visitor("Mallory")
    come(anna), come(boris), guest.join("hall")
    anna.heard(), boris.heard()
    dice = random.Random(11)
    odd: list[Any] = [None, -1, 2**70, "", "x" * 2_000, [], [{}], {}, {"type": "offer"}, "voice-"]
    odd += ["\x00", "\ud83d\ude00", {"type": ["offer"]}, {"candidate": {}}, "hall", "voice-hall"]
    names = ("dialog_id", "call_id", "to", "description", "candidate", "muted", "screen")
    events = ("voice:join", "voice:leave", "voice:set", "call:signal", "call:ice")
    for _ in range(400):
        data = {name: dice.choice(odd) for name in dice.sample(names, dice.randint(0, 5))}
        if data.get("dialog_id") == "hall":  # which is how one comes in
            del data["dialog_id"]
        line = json.dumps({"event": dice.choice(events), "id": 1, "data": data})
        with pytest.raises((BadCommand, ChatdError)):
            guest.ask(decode(line)[1])
    assert anna.heard() == boris.heard() == []
    assert ids(stage.services.voices.within("hall")) == [anna.id, boris.id]


def test_pictures_are_counted_whatever_is_said_in_one_go(stage: Stage) -> None:
    stage.furnish(**ROOMS)
    people = [stage.visitor(f"N{number}") for number in range(MOST_PICTURES)]
    for one in people:
        come(one)
    first, second, *others = people
    first.ask(SetVoice(video=True, screen=True))
    with pytest.raises(Conflict, match="shows a screen"):
        second.ask(SetVoice(video=True, screen=True))
    for one in others:
        one.ask(SetVoice(video=True))
    with pytest.raises(Conflict, match="4 pictures") as refused:
        second.ask(SetVoice(video=True, muted=True))
    assert refused.value.details["full"] == "pictures"
    shown = stage.services.voices.within("hall")
    assert [(one.muted, one.pictures) for one in shown] == [
        (False, 2),
        (False, 0),
        (False, 1),
        (False, 1),
    ]
