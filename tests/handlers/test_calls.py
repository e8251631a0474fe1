"""Calls: in tickets and between people, accepted by one, told to all of both sides."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from chatd.domain.call import Call
from chatd.errors import Conflict, Forbidden, Invalid, NotFound
from chatd.protocol.calls import AcceptCall, DeclineCall, EndCall, StartCall
from chatd.protocol.commands import GetHistory, Hello
from chatd.protocol.groups import QuitDialog, RemoveFromDialog
from chatd.protocol.support import AcceptTicket, CloseTicket
from chatd.service.calls import Watch
from tests.handlers.among import direct, group, three
from tests.handlers.calling import in_ticket, last, ring, settings, states, talk
from tests.handlers.stage import Stage


def test_either_side_of_a_ticket_calls_the_other(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    for caller, callee in ((anna, artem), (artem, anna)):
        call = ring(caller, ticket, "audio", "video")
        assert (call.state, call.dialog_id, call.media) == ("ringing", ticket, ["audio", "video"])
        assert [one.id for one in call.participants] == [caller.id, callee.id]
        assert call.started_by == caller.id and call.accepted_at is call.ended_at is None
        assert states(callee)[-1:] == states(caller) == [("ringing", None)]
        accepted = callee.ask(AcceptCall(call_id=call.id))
        assert accepted.call.state == "active" and accepted.call.accepted_at
        assert states(callee) == states(caller) == [("active", None)]
        stage.now += 125
        ended = caller.ask(EndCall(call_id=call.id)).call
        assert (ended.state, ended.reason) == ("ended", "hangup")
        assert states(callee) == [("ended", "hangup")]
        said = last(anna, ticket)
        assert (said.type, said.sender_type, said.content) == ("call", "system", "Звонок, 2:05")
        assert said.meta["outcome"] == "answered" and said.meta["seconds"] == 125
        assert said.meta["words"]["key"] == "call_answered" and said.meta["video"] is True
        assert stage.store.get(Call, call.id) is None and not list(stage.services.calls)


def test_a_customer_calls_only_who_has_the_ticket_and_nobody_else_calls_there(stage: Stage) -> None:
    anna, artem, bella = stage.visitor(), stage.staff(), stage.staff("bella")
    ticket = anna.open_ticket()
    for nobody in (anna, artem):
        with pytest.raises(Conflict, match="nobody has"):
            ring(nobody, ticket)
    artem.ask(AcceptTicket(ticket_id=ticket))
    with pytest.raises(Conflict, match="is with artem"):
        ring(bella, ticket)
    with pytest.raises(NotFound):
        ring(stage.visitor("Mallory"), ticket)
    with pytest.raises(Conflict, match="rooms have voice channels"):
        ring(anna, "lobby")
    with pytest.raises(Conflict, match="calls are in tickets"):
        ring(artem, f"{ticket}/notes")
    for wrong in (["video"], ["audio", "audio"]):
        with pytest.raises(Invalid, match="media"):
            ring(anna, ticket, *wrong)
    with pytest.raises(Invalid, match="live connection"):
        stage.over_http(anna, StartCall(dialog_id=ticket, media=["audio"]))
    stage.leave(artem)
    with pytest.raises(Conflict, match="nobody is there") as refused:
        ring(anna, ticket)
    assert refused.value.details == {"absent": True}


def test_calls_can_be_switched_off_for_a_site_and_for_all(stage: Stage) -> None:
    anna, _, ticket = in_ticket(stage)
    boris, vera = stage.person("boris", "bank"), stage.person("vera", "bank")
    talk_of_two = direct(boris, "vera").id
    settings(stage, sites={"shop": {"calls": False}, "bank": {}})
    with pytest.raises(Forbidden, match="switched off"):
        ring(anna, ticket)
    assert ring(boris, talk_of_two).state == "ringing" and vera
    settings(stage, calls={"enabled": False})
    with pytest.raises(Forbidden, match="switched off"):
        ring(stage.person("dora", "bank"), direct(boris, "dora").id)


def test_of_several_tabs_one_accepts_and_the_others_stop_ringing(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    tab = stage.again(artem.token, device="second")
    call = ring(anna, ticket)
    assert states(tab) == states(artem) == [("ringing", None)]
    tab.ask(AcceptCall(call_id=call.id))
    assert states(artem) == states(tab) == [("active", None)]
    with pytest.raises(Conflict, match="active"):
        artem.ask(AcceptCall(call_id=call.id))
    kept = stage.store.get(Call, call.id)
    assert kept and kept.party(artem.id).connection == tab.connection.id  # type: ignore[union-attr]


def test_of_two_who_accept_at_the_same_moment_one_does(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    tab = stage.again(artem.token, device="second")
    call = ring(anna, ticket)
    commit = stage.store.commit

    def meanwhile(*changes: Any, **how: Any) -> Any:
        stage.store.commit = commit  # type: ignore[method-assign]
        tab.ask(AcceptCall(call_id=call.id))
        return commit(*changes, **how)

    stage.store.commit = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Conflict, match=r"already|active"):
        artem.ask(AcceptCall(call_id=call.id))
    kept = stage.store.get(Call, call.id)
    assert kept and kept.binds(artem.id, tab.connection.id)


def test_it_is_declined_cancelled_or_not_answered(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    watch = Watch(stage.services, lambda: stage.clock)
    artem.ask(DeclineCall(call_id=ring(anna, ticket).id))
    assert states(anna)[-1] == ("ended", "declined")
    assert last(anna, ticket).content == "Звонок отклонён"
    artem.ask(EndCall(call_id=ring(anna, ticket).id))
    assert last(anna, ticket).meta["outcome"] == "declined"
    anna.ask(EndCall(call_id=ring(anna, ticket).id))
    assert states(artem)[-1] == ("ended", "hangup")
    assert last(anna, ticket).meta["outcome"] == "cancelled"
    anna.ask(EndCall(call_id=ring(anna, ticket).id, failed=True))
    assert states(artem)[-1] == ("ended", "failed")
    call = ring(anna, ticket)
    stage.now += 29
    watch.turn()
    assert states(artem)[-1] == ("ringing", None)
    stage.now += 1
    watch.turn()
    assert states(artem) == [("ended", "timeout")] and states(anna)[-1] == ("ended", "timeout")
    assert last(anna, ticket).meta["outcome"] == "missed"
    with pytest.raises(NotFound):
        artem.ask(AcceptCall(call_id=call.id))


def test_who_is_in_a_call_is_busy_and_calls_nobody(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    talk(anna, boris, direct(anna, "boris").id)
    with pytest.raises(Conflict, match="in a call already"):
        ring(anna, direct(anna, "vera").id)
    answer = vera.ask(StartCall(dialog_id=direct(vera, "anna").id, media=["audio"]))
    assert (answer.call.state, answer.call.reason) == ("ended", "busy")
    assert anna.heard("call:update")[-1]["call"]["reason"] == "busy"
    assert last(vera, answer.call.dialog_id).meta["outcome"] == "busy"
    with pytest.raises(Conflict, match="there is a call here already") as refused:
        ring(boris, direct(anna, "boris").id)
    assert refused.value.details["state"] == "active"


def test_who_is_called_by_two_is_in_a_call_with_one(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    first, second = ring(anna, direct(anna, "vera").id), ring(boris, direct(boris, "vera").id)
    vera.ask(AcceptCall(call_id=first.id))
    with pytest.raises(Conflict, match="in a call already"):
        vera.ask(AcceptCall(call_id=second.id))
    vera.ask(DeclineCall(call_id=second.id))
    assert states(boris)[-1] == ("ended", "declined")


def test_in_a_group_it_rings_at_everybody_and_is_with_who_comes_first(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    tea = group(anna, "boris", "vera").id
    call = ring(anna, tea)
    assert [one.id for one in call.participants] == [anna.id, boris.id, vera.id]
    vera.ask(AcceptCall(call_id=call.id))
    told = boris.heard("call:update")[-1]["call"]
    assert [one["id"] for one in told["participants"]] == [anna.id, vera.id]
    with pytest.raises(NotFound):
        boris.ask(AcceptCall(call_id=call.id))
    with pytest.raises(NotFound):
        boris.ask(EndCall(call_id=call.id))
    anna.ask(RemoveFromDialog(dialog_id=tea, who="boris"))
    assert states(vera)[-1] == ("active", None)
    vera.ask(QuitDialog(dialog_id=tea))
    assert states(anna)[-1] == states(vera)[-1] == ("ended", "hangup")


def test_a_ticket_that_is_closed_ends_its_call_first(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    talk(anna, artem, ticket)
    artem.ask(CloseTicket(ticket_id=ticket))
    assert states(anna) == [("ended", "hangup")]
    said = anna.ask(GetHistory(dialog_id=ticket)).messages
    assert [one.meta.get("kind") for one in said[-2:]] == ["call", "ticket_closed"]


def test_who_is_lost_has_a_while_to_come_back(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    watch = Watch(stage.services, lambda: stage.clock)
    id = talk(anna, artem, ticket)
    stage.leave(anna)
    for _ in range(2):
        watch.turn()
        stage.clock += 14
    back = stage.again(anna.token, call_id=id)
    watch.turn()
    stage.clock += 600
    watch.turn()
    assert states(artem) == [("active", None)], "told that somebody goes on elsewhere"
    stage.leave(back)
    watch.turn()
    stage.clock += 15
    watch.turn()
    assert states(artem) == [("ended", "lost")] and last(artem, ticket).meta["outcome"] == "lost"


def test_a_page_that_opens_while_it_rings_is_told_with_hello(stage: Stage) -> None:
    anna, artem, ticket = in_ticket(stage)
    call = ring(anna, ticket)
    tab = stage.connect()
    told = stage.ask(tab, Hello(token=artem.token, device="second")).calls
    assert [one.id for one in told] == [call.id]
    assert stage.ask(stage.connect(), Hello(token=stage.visitor().token)).calls is UNSET
