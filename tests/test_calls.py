"""Calls over a real daemon: two who find each other, third parties who get nothing, what goes on
over a restart; the same over two nodes in ``tests/several``."""

from __future__ import annotations

import json
import random
import signal
from typing import Any

import pytest

from tests.admin.terminal import Terminal
from tests.client import Client, Refused
from tests.conftest import Connect, MakeDaemon
from tests.daemon import Daemon, eventually
from tests.files.sender import Refused as NotTaken
from tests.files.sender import Sender
from tests.handlers.recording import webm
from tests.socketio import SocketIoClient

OFFER = {"type": "offer", "sdp": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"}
ANSWER = {"type": "answer", "sdp": "v=0\r\n"}
HOST = {"candidate": "candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host", "sdpMid": "0"}


@pytest.fixture(scope="module")
def artem(daemon: Daemon) -> str:
    return daemon.add_operator("artem", "Артём", "admin")


def in_ticket(visitor: Client, operator: Client) -> str:
    """A ticket that the operator has."""
    opened = visitor.ask("ticket:open", content="help", wants_person=True)
    id: str = opened["ticket"]["id"]
    operator.ask("ticket:accept", ticket_id=id)
    return id


def call(caller: Client, callee: Client, ticket: str) -> str:
    """The id of a call that was accepted."""
    started = caller.ask("call:start", dialog_id=ticket, media=["audio", "video"])
    rings = callee.expect("call:update")["call"]
    assert rings["id"] == started["call"]["id"] and rings["state"] == "ringing"
    callee.ask("call:accept", call_id=rings["id"])
    while caller.expect("call:update")["call"]["state"] != "active":
        pass
    return str(rings["id"])


def refusal(client: Client, event: str, **data: Any) -> str:
    """The code of the error."""
    with pytest.raises(Refused) as refused:
        client.ask(event, **data)
    return str(refused.value.code)


def test_two_find_each_other_and_it_stays_in_the_history(
    daemon: Daemon, connect: Connect, artem: str
) -> None:
    anna, operator, third = connect("Аня"), connect(), connect("Чужой")
    operator.hello(token=artem)
    ticket = in_ticket(anna, operator)
    anna.join(ticket)
    id = call(anna, operator, ticket)
    assert anna.ask("call:ice", call_id=id)["ice_servers"] == []
    anna.ask("call:signal", call_id=id, description=OFFER)
    heard = operator.expect("call:signal")
    assert heard == {"call_id": id, "from": anna.id, "description": OFFER}
    operator.ask("call:signal", call_id=id, description=ANSWER)
    operator.ask("call:signal", call_id=id, candidate=HOST)
    assert anna.expect("call:signal")["description"] == ANSWER
    assert anna.expect("call:signal")["candidate"] == HOST
    for event in ("call:signal", "call:ice", "call:accept", "call:decline", "call:end"):
        more = {"description": OFFER} if event == "call:signal" else {}
        assert refusal(third, event, call_id=id, **more) == "not_found"
    (row,) = [one for one in daemon.admin_json("calls")["calls"] if one["id"] == id]
    assert (row["state"], row["dialog_id"], row["who"]) == (
        "active",
        ticket,
        [anna.id, operator.id],
    )
    assert daemon.admin("calls", "trace", id).returncode == 0
    operator.ask("call:end", call_id=id)
    while anna.expect("call:update")["call"]["state"] != "ended":
        pass
    said = anna.expect("message:new", type="call")
    assert said["meta"]["outcome"] == "answered" and said["sender_type"] == "system"
    lines = daemon.admin("calls", id).stdout.splitlines()
    assert {"state: ended", "reason: hangup", "quality: nobody has told"} <= set(lines)
    assert daemon.admin("calls", "call-0").returncode == 5
    traced = daemon.admin("calls", "trace", id)
    assert traced.returncode == 5 and "this call is over" in traced.stderr
    with Terminal("admin", "--socket", str(daemon.socket), "calls", COLUMNS="80") as listed:
        status, text = listed.ends()
    assert status == 0 and "…" not in text
    assert {id, "answered", "Аня,", "Артём", ticket} <= set(text.split())
    assert third.settle() == []


def test_whatever_is_sent_in_place_of_a_signal_is_refused_and_reaches_nobody(
    daemon: Daemon, connect: Connect, artem: str
) -> None:
    anna, operator = connect("Аня"), connect()
    operator.hello(token=artem)
    ticket = in_ticket(anna, operator)
    id = call(anna, operator, ticket)
    operator.settle()
    dice = random.Random(7)
    odd: list[Any] = [None, True, -1, 2**70, "", "x" * 2_000, [], [OFFER], {}, {"type": "offer"}]
    odd += ["\x00", "\ud83d\ude00", {"sdp": "v"}, {"type": ["offer"]}, {"candidate": {}}, id]
    names = ("call_id", "to", "description", "candidate", "from", "type")
    for _ in range(60):
        data = {name: dice.choice(odd) for name in dice.sample(names, dice.randint(0, 5))}
        if dice.random() < 0.5:
            data["call_id"] = id
        with pytest.raises(Refused):
            anna.ask("call:signal", **{**data, "to": "p-0"})
    anna.ws.send(json.dumps({"event": "call:signal", "id": 1_000, "data": [id, OFFER]}))
    assert operator.settle() == []
    anna.ask("call:signal", call_id=id, description=OFFER)
    operator.expect("call:signal")
    anna.ask("call:end", call_id=id)


def test_a_call_goes_on_over_the_end_of_the_daemon(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({})
    token = daemon.add_operator("artem", "Артём")
    with Client(daemon.address) as anna, Client(daemon.address) as operator:
        anna.hello(name="Аня"), operator.hello(token=token)
        ticket = in_ticket(anna, operator)
        id = call(anna, operator, ticket)
    daemon.stop(signal.SIGKILL)
    daemon.start()
    with Client(daemon.address) as back, Client(daemon.address) as again:
        known = back.hello(token=anna.token, call_id=id)["calls"]
        assert [(one["id"], one["state"]) for one in known] == [(id, "active")]
        again.hello(token=token, call_id=id)
        back.ask("call:signal", call_id=id, description=OFFER)
        again.expect("call:signal")
        assert again.ask("call:end", call_id=id)["call"]["reason"] == "hangup"


def test_a_recording_goes_on_over_the_end_of_the_daemon_and_ends_when_it_is_withdrawn(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"sites": {"default": {"recording": True}}})
    token, bystander = (daemon.add_operator(name, name.title()) for name in ("artem", "bella"))
    with Client(daemon.address) as anna, Client(daemon.address) as operator:
        anna.hello(name="Аня"), operator.hello(token=token)
        ticket = in_ticket(anna, operator)
        id = call(anna, operator, ticket)
        operator.ask("call:record", call_id=id, media=["audio"])
        assert anna.expect("call:recording")["recording"]["state"] == "asked"
        running = anna.ask("call:consent", call_id=id, agree=True)["call"]["recording"]
        assert operator.expect("call:recording")["recording"]["state"] == "asked"
        assert operator.expect("call:recording")["recording"] == running
    path, data = f"/api/files/{running['file_id']}", webm()
    owner = Sender(daemon, token, ticket)
    others = [Sender(daemon, one, ticket) for one in (str(anna.token), bystander)]
    assert owner.patch(path, 0, data[:1000]) == 1000
    for other in others:
        for attempt in (lambda who: who.patch(path, 1000, b"x"), lambda who: who.look(path)):
            with pytest.raises(NotTaken) as refused:
                attempt(other)
            assert refused.value.status in (403, 404)
    with pytest.raises(NotTaken):
        owner.ask("DELETE", path, None, {"Tus-Resumable": "1.0.0"})
    daemon.stop(signal.SIGKILL)
    daemon.start()
    with Client(daemon.address) as back, Client(daemon.address) as again:
        (known,) = back.hello(token=anna.token, call_id=id)["calls"]
        assert known["recording"] == running
        again.hello(token=token, call_id=id)
        assert owner.offset(path) == 1000
        assert owner.patch(path, 1000, data[1000:2000]) == 2000
        back.join(ticket)
        assert back.ask("call:consent", call_id=id, agree=False)["call"]["recording"]["reason"]
        with pytest.raises(NotTaken) as late:
            owner.patch(path, 2000, data[2000:])
        assert late.value.status == 409
        sent = back.expect("message:new", 60, type="file")["files"][0]
        assert (sent["id"], sent["size"], sent["type"]) == (running["file_id"], 2000, "audio/webm")
        assert others[0].fetch(sent["url"])[2] == data[:2000]
        assert again.ask("call:end", call_id=id)["call"]["reason"] == "hangup"
    (row,) = daemon.admin_json("calls", id)["calls"]
    assert (row["recorded"], row["file_id"]) == ("stopped", sent["id"])
    assert daemon.admin_json("files")["total_bytes"] == 2000


def test_what_nobody_answers_ends_and_so_does_what_somebody_is_lost_from(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"calls": {"ring_seconds": 1, "lost_seconds": 1}})
    token = daemon.add_operator("artem", "Артём")
    with Client(daemon.address) as anna, Client(daemon.address) as operator:
        anna.hello(name="Аня"), operator.hello(token=token)
        ticket = in_ticket(anna, operator)
        anna.ask("call:start", dialog_id=ticket, media=["audio"])
        while (told := operator.expect("call:update")["call"])["state"] != "ended":
            pass
        assert told["reason"] == "timeout"
        with Client(daemon.address) as other:
            other.hello(token=anna.token, device="phone")
            started = other.ask("call:start", dialog_id=ticket, media=["audio"])["call"]
            operator.ask("call:accept", call_id=started["id"])
        while (told := operator.expect("call:update")["call"])["state"] != "ended":
            pass
        assert told["reason"] == "lost"
    listed = daemon.admin("calls", "--state", "ended").stdout
    assert "missed" in listed and "lost" in listed
    assert 'chatd_calls_total{outcome="missed"}' in daemon.http_full("GET", "/metrics")[2].decode()


def voices(client: Client) -> list[Any]:
    """Who is in the channel of the hall, as somebody sees it who has it open."""
    return list(client.join("hall")["dialog"]["voice"])


def test_in_a_voice_channel_each_newcomer_offers_to_those_present(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"rooms": {"hall": {"voice": True}}})
    people = [Client(daemon.address) for _ in range(3)]
    for number, one in enumerate(people):
        one.hello(name=f"N{number}")
        eventually(lambda one=one, number=number: len(voices(one)) == number)
        joined = one.ask("voice:join", dialog_id="hall")
        for other in joined["participants"][:-1]:
            one.ask("call:signal", call_id="voice-hall", to=other["id"], description=OFFER)
    assert people[0].expect("call:signal")["from"] == people[1].id
    assert people[0].expect("call:signal")["from"] == people[2].id
    assert people[1].expect("call:signal")["from"] == people[2].id
    people[1].ask("voice:set", muted=True, screen=True)
    while not any(one["screen"] for one in people[0].expect("voice:update")["participants"]):
        pass
    assert refusal(people[0], "voice:set", screen=True) == "conflict"
    with SocketIoClient(daemon.address) as vera:
        vera.namespace = "/call"
        vera.hello(name="Vera", join=[{"dialog_id": "hall"}])
        assert refusal(vera, "call:signal", call_id="voice-hall", description=OFFER) == "conflict"
        assert len(vera.ask("voice:join", dialog_id="hall")["participants"]) == 4
        for one, other in ((vera, people[0]), (people[0], vera)):
            one.ask("call:signal", call_id="voice-hall", to=other.id, candidate=HOST)
            heard = other.expect("call:signal", candidate=HOST)
            assert heard == {"call_id": "voice-hall", "from": one.id, "candidate": HOST}
        assert vera.ask("voice:set", muted=True)["participants"][-1]["muted"] is True
        assert refusal(vera, "voice:set", screen=True) == "conflict"
        vera.ask("voice:leave")
        assert refusal(vera, "call:signal", call_id="voice-hall", description=OFFER) == "conflict"
    people[2].close()
    while len(people[0].expect("voice:update")["participants"]) != 2:
        pass
    for one in people[:2]:
        one.close()


def test_over_socketio_calls_have_a_namespace_of_their_own(daemon: Daemon, artem: str) -> None:
    with Client(daemon.address) as anna, SocketIoClient(daemon.address) as operator:
        anna.hello(name="Аня")
        operator.namespace = "/call"
        operator.hello(token=artem)
        with Client(daemon.address) as other:
            other.hello(token=artem, device="other")
            ticket = in_ticket(anna, other)
        id = call(anna, operator, ticket)
        anna.ask("call:signal", call_id=id, description=OFFER)
        assert operator.expect("call:signal")["from"] == anna.id
        operator.ask("call:signal", call_id=id, candidate=HOST)
        assert anna.expect("call:signal")["candidate"] == HOST
        operator.ask("call:end", call_id=id)
