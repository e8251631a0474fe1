"""Voice channels: who is in one is seen by all who have the room open; what is told in it goes from
one to another."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.voice import MOST_VOICES
from chatd.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from chatd.protocol.calling import Candidate, Description
from chatd.protocol.calls import GetIce, JoinVoice, LeaveVoice, SetVoice, SignalCall
from chatd.protocol.commands import LeaveDialog
from chatd.protocol.groups import ListDialogs, RemoveFromDialog, WatchDialogs
from chatd.protocol.operating import ListRooms
from chatd.service import voices
from tests.handlers.among import direct, group, three
from tests.handlers.calling import in_ticket, settings
from tests.handlers.stage import Person, Stage

OFFER = Description(type="offer", sdp="v=0\r\n")
ROOMS = {"hall": {"voice": True}, "lobby": {}, "news": {"read_only": True, "voice": True}}


def come(person: Person, dialog_id: str = "hall", **fields: Any) -> Any:
    """Somebody has the room open and comes in."""
    person.join(dialog_id)
    return person.ask(JoinVoice(dialog_id=dialog_id, **fields))


def ids(found: Any) -> list[str]:
    """Of whom something tells."""
    return [one["id"] if isinstance(one, dict) else one.id for one in found]


def heard(person: Person) -> list[str]:
    """Who is in the channel, as they were told last."""
    return ids(person.heard("voice:update")[-1]["participants"])


@pytest.fixture
def hall(stage: Stage) -> Stage:
    stage.furnish(**ROOMS)
    return stage


def test_who_is_in_it_is_seen_without_being_in_it(hall: Stage) -> None:
    anna, boris, vera = hall.visitor(), hall.visitor("Boris"), hall.visitor("Vera")
    assert vera.join("hall").dialog.voice == []
    first = come(anna, muted=True)
    assert first.call_id == "voice-hall" and ids(first.participants) == [anna.id]
    assert ids(come(boris).participants) == [anna.id, boris.id]
    told = vera.heard("voice:update")[-1]
    assert (told["dialog_id"], told["call_id"]) == ("hall", "voice-hall")
    assert [(one["name"], one["muted"]) for one in told["participants"]] == [
        ("Anna", True),
        ("Boris", False),
    ]
    assert ids(hall.visitor("Dora").join("hall").dialog.voice) == [anna.id, boris.id]
    assert boris.ask(LeaveVoice()).dialog_id == "hall"
    assert heard(vera) == [anna.id]
    with pytest.raises(Conflict, match="no voice channel over this connection"):
        boris.ask(LeaveVoice())


def test_lists_are_told_who_is_in_it_and_those_alone_who_may_look_in(
    hall: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEN", "open sesame")
    hall.furnish(**ROOMS, den={"voice": True, "password_env": "DEN"})
    anna, boris, vera = three(hall)
    idle, guest, stranger = hall.again(vera.token, device="x"), hall.visitor(), hall.visitor()
    for one in (boris, vera):
        one.ask(WatchDialogs())
    shown = {one.id: one.voice for one in guest.ask(ListRooms(watch=True)).rooms}
    assert shown == {"hall": [], "lobby": UNSET, "news": [], "den": UNSET}
    tea = group(anna, "boris").id
    come(anna, tea)
    assert heard(boris) == [anna.id]
    anna.ask(SetVoice(muted=True))
    come(anna)
    assert heard(boris) == [] and heard(guest) == [anna.id]
    hall.now += 1
    come(vera)
    assert heard(guest) == [anna.id, vera.id]
    assert [one.voice for one in boris.ask(ListDialogs()).dialogs] == [[]]
    artem = hall.staff()
    come(artem, "den")
    told = guest.heard("voice:update"), idle.heard("voice:update"), stranger.heard("voice:update")
    assert told == ([], [], [])
    assert hall.over_http(guest, ListRooms(watch=True)).rooms[0].voice != UNSET


def test_who_may_look_into_a_room_no_more_hears_nothing_of_it_in_the_list(hall: Stage) -> None:
    anna, guest = hall.staff(), hall.visitor()
    guest.ask(ListRooms(watch=True))
    come(anna)
    assert heard(guest) == [anna.id]
    hall.furnish(hall={"voice": True, "operators_only": True})
    anna.ask(SetVoice(muted=True))
    assert guest.heard("voice:update") == []


def test_channels_are_in_rooms_that_have_one_and_in_groups(hall: Stage) -> None:
    visitor, artem, ticket = in_ticket(hall)
    anna, boris, _ = three(hall)
    for place in (ticket, "lobby", direct(anna, "boris").id):
        who = {ticket: visitor, "lobby": visitor}.get(place, anna)
        with pytest.raises(Forbidden, match="no voice channel here") as refused:
            come(who, place)
        assert refused.value.details["voice"] is False
    with pytest.raises(Forbidden, match="read-only"):
        come(visitor, "news")
    assert come(artem, "news").participants
    tea = group(anna, "boris").id
    assert come(anna, tea).call_id == f"voice-{tea}"
    assert ids(boris.join(tea).dialog.voice) == [anna.id]
    with pytest.raises(NotFound):
        visitor.ask(JoinVoice(dialog_id=tea))
    with pytest.raises(Conflict, match="join the dialog first"):
        visitor.ask(JoinVoice(dialog_id="hall"))
    with pytest.raises(Invalid, match="live connection"):
        hall.over_http(visitor, JoinVoice(dialog_id="hall"))
    settings(hall, calls={"enabled": False}, rooms=ROOMS)
    with pytest.raises(Forbidden, match="no voice channel here"):
        come(boris, tea)


def test_who_leaves_the_room_or_is_put_out_or_lost_is_in_the_channel_no_more(hall: Stage) -> None:
    anna, boris, vera = three(hall)
    tea = group(anna, "boris", "vera").id
    for one in (anna, boris, vera):
        come(one, tea)
    anna.ask(RemoveFromDialog(dialog_id=tea, who="boris"))
    assert heard(anna) == [anna.id, vera.id]
    hall.leave(vera)
    assert heard(anna) == [anna.id]
    anna.ask(LeaveDialog(dialog_id=tea))
    assert hall.services.voices.channels() == []
    with pytest.raises(Conflict):
        boris.ask(SetVoice(muted=True))


def test_one_is_in_one_channel_over_one_connection(hall: Stage) -> None:
    anna, boris, vera = three(hall)
    tea = group(anna, "boris").id
    come(anna, tea), come(boris, tea)
    come(anna)
    assert heard(boris) == [boris.id] and hall.services.voices.channels() == [tea, "hall"]
    tab = hall.again(anna.token, device="second")
    come(tab)
    moved = [one for one in anna.heard("voice:update") if one.get("moved")]
    assert len(moved) == 1 and ids(moved[0]["participants"]) == [anna.id]
    assert not any(one.get("moved") for one in tab.heard("voice:update"))
    with pytest.raises(Conflict):
        anna.ask(SetVoice(muted=True))
    hall.leave(anna)
    assert ids(vera.join("hall").dialog.voice) == [tab.id]


def test_it_is_told_who_is_muted_and_who_shows_what(hall: Stage) -> None:
    anna, boris = hall.visitor(), hall.visitor("Boris")
    come(anna), come(boris)
    anna.ask(SetVoice(muted=True, video=True))
    shown = boris.ask(SetVoice(screen=True))
    assert [(one.muted, one.video, one.screen) for one in shown.participants] == [
        (True, True, False),
        (False, False, True),
    ]
    with pytest.raises(Conflict, match="Boris shows a screen"):
        anna.ask(SetVoice(screen=True))
    boris.heard()
    anna.ask(SetVoice(muted=True))
    assert boris.heard("voice:update") == [], "nothing has changed"
    boris.ask(SetVoice(screen=False))
    anna.ask(SetVoice(screen=True))


def test_a_full_channel_says_so(hall: Stage) -> None:
    people = [hall.visitor(f"N{number}") for number in range(MOST_VOICES + 1)]
    for one in people[:-1]:
        come(one)
    with pytest.raises(Conflict, match="full: 8"):
        come(people[-1])
    assert len(come(people[0]).participants) == MOST_VOICES, "who is in it may come again"
    hall.leave(people[3])
    come(people[-1])


def test_signals_go_from_one_to_another_and_to_nobody_else(hall: Stage) -> None:
    anna, boris, vera = hall.visitor(), hall.visitor("Boris"), hall.visitor("Vera")
    come(anna), come(boris), vera.join("hall")
    say = SignalCall(call_id="voice-hall", description=OFFER, to=anna.id)
    boris.ask(say)
    assert [one["from"] for one in anna.heard("call:signal")] == [boris.id]
    with pytest.raises(Conflict, match="no voice channel"):
        vera.ask(say)
    with pytest.raises(Conflict, match="no voice channel"):
        vera.ask(GetIce(call_id="voice-hall"))
    for wrong in ({"to": vera.id}, {"to": anna.id, "call_id": "voice-lobby"}):
        with pytest.raises(NotFound):
            boris.ask(SignalCall(**{"call_id": "voice-hall", "description": OFFER, **wrong}))  # type: ignore[arg-type]
    for nobody in (None, boris.id):
        with pytest.raises(Invalid):
            boris.ask(SignalCall(call_id="voice-hall", description=OFFER, to=nobody))
    assert boris.ask(GetIce(call_id="voice-hall")).ttl
    with pytest.raises(NotFound):
        boris.ask(GetIce(call_id="voice-lobby"))
    boris.ask(LeaveVoice())
    with pytest.raises(Conflict):
        boris.ask(say)
    assert anna.heard("call:signal") == vera.heard("call:signal") == []


def test_who_is_only_relayed_learns_no_address_of_staff_either(hall: Stage) -> None:
    settings(hall, sites={"shop": {"relay_only": True}, "bank": {}}, rooms=ROOMS)
    told = [come(one).ice_transport_policy for one in (hall.visitor(), hall.staff())]
    assert told == ["relay", "relay"]
    assert come(hall.visitor("Bob", "bank")).ice_transport_policy == "all"


def test_candidates_are_counted_for_each_to_whom_they_are_named(hall: Stage) -> None:
    people = [hall.visitor(name) for name in ("Anna", "Boris", "Vera")]
    settings(hall, calls={"candidates": 2}, rooms=ROOMS)
    for one in people:
        come(one)
    anna, boris, vera = people
    to_boris = SignalCall(call_id="voice-hall", candidate=Candidate(candidate="x"), to=boris.id)
    anna.ask(to_boris), anna.ask(to_boris)
    with pytest.raises(TooLarge, match="2 candidates"):
        anna.ask(to_boris)
    anna.ask(SignalCall(call_id="voice-hall", candidate=Candidate(), to=vera.id))
    come(anna)
    with pytest.raises(TooLarge):
        anna.ask(to_boris)
    anna.ask(LeaveVoice()), come(anna), anna.ask(to_boris)


def test_where_too_many_came_at_once_the_last_ones_go(hall: Stage) -> None:
    people = [hall.visitor(f"N{number}") for number in range(MOST_VOICES + 1)]
    *first, late = people
    for one in first:
        come(one)
    there = hall.services.voices.within("hall")
    hall.services.voices.drop("hall", first[0].id)
    hall.now += 1
    come(late)
    hall.services.voices.put("hall", there[0])  # over another node, at the same moment
    voices.turn(hall.services)
    assert sorted(ids(hall.services.voices.within("hall"))) == sorted(one.id for one in first)
    assert [one["moved"] for one in late.heard("voice:update") if "moved" in one] == [True]
    first[0].ask(SetVoice(screen=True))
    hall.services.voices.put("hall", replace(there[5], screen=True))
    voices.turn(hall.services)
    shown = [one.screen for one in hall.services.voices.within("hall")]
    assert shown.count(True) == 1
    for number, one in enumerate(hall.services.voices.within("hall")):
        hall.services.voices.put("hall", replace(one, video=True, screen=number == 5))
    voices.turn(hall.services)
    now = hall.services.voices.within("hall")
    assert [one.pictures for one in now] == [1, 1, 1, 1, 0, 0, 0, 0]
    assert [one["video"] for one in first[0].heard("voice:update")[-1]["participants"]] == [
        one.video for one in now
    ]
