"""Rooms, live: several people see each other come, type and write, in order, and lose nothing."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import Connect
from tests.daemon import Daemon

ROOM = "lobby"


def test_what_one_writes_the_other_receives_with_every_promised_member(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    anna.join(ROOM), boris.join(ROOM)
    sent = anna.say(ROOM, "Привет", client_id="c-1", meta={"mood": 1})
    got = boris.expect("message:new", id=sent["id"])
    assert got == sent
    assert got["dialog_id"] == ROOM and got["content"] == "Привет" and got["type"] == "text"
    assert got["sender_type"] == "member" and got["sender_name"] == "Аня"
    assert got["sender_id"] == anna.id and got["meta"] == {"mood": 1}
    assert got["created_at"].endswith("Z") and isinstance(got["seq"], int)


def test_messages_of_many_arrive_everywhere_in_the_same_order_without_gaps(
    connect: Connect,
) -> None:
    people = [connect(f"n{number}") for number in range(4)]
    start = max(person.join(ROOM)["dialog"]["last_seq"] for person in people)
    numbers = [
        (person, person.give("message:send", dialog_id=ROOM, content=f"m{turn}"))
        for turn in range(25)
        for person in people
    ]
    for person, number in numbers:
        person.answer(number)
    for person in people:
        seqs = [e["data"]["seq"] for e in person.settle() if e["event"] == "message:new"]
        assert seqs == list(range(start + 1, start + 101))


def test_a_sender_s_pipelined_messages_keep_their_order(connect: Connect) -> None:
    anna = connect("Аня")
    anna.join(ROOM)
    numbers = [anna.give("message:send", dialog_id=ROOM, content=f"line {n}") for n in range(200)]
    stored = [anna.answer(number)["message"] for number in numbers]
    assert [message["content"] for message in stored] == [f"line {n}" for n in range(200)]
    assert [m["seq"] for m in stored] == sorted(m["seq"] for m in stored)


def test_presence_is_told_on_join_leave_and_lost_connection(connect: Connect) -> None:
    anna, boris, vera = connect("Аня"), connect("Борис"), connect("Вера")
    anna.join(ROOM)
    people = boris.join(ROOM)["participants"]
    assert {"Аня", "Борис"} <= {person["name"] for person in people}
    came: dict[str, Any] = {}
    while came.get("id") != boris.id:
        came = anna.expect("presence:update")["participant"]
    assert came["status"] == "online"
    vera.join(ROOM)
    boris.ask("dialog:leave", dialog_id=ROOM)
    vera.ws.close()
    gone = set()
    while len(gone) < 2:
        update = anna.expect("presence:update")["participant"]
        if update["status"] == "offline":
            gone.add(update["id"])
    assert {boris.id, vera.id} == gone


def test_drafts_are_seen_letter_by_letter_and_by_who_joins_in_mid_word(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    anna.join(ROOM), boris.join(ROOM)
    anna.ask("draft:edit", dialog_id=ROOM, seq=1, ops=[["i", "Helo"]])
    anna.ask("draft:edit", dialog_id=ROOM, seq=2, ops=[["e", 1], ["w", 40], ["i", "lo 👋"]])
    first = boris.expect("draft:edit", participant_id=anna.id)
    second = boris.expect("draft:edit", participant_id=anna.id)
    assert first["ops"] == [["i", "Helo"]] and second["seq"] == 2
    vera = connect("Вера")
    drafts = vera.join(ROOM)["drafts"]
    assert [d["text"] for d in drafts if d["participant_id"] == anna.id] == ["Hello 👋"]
    anna.say(ROOM, "Hello 👋")
    late = connect("Поздний")
    assert not [d for d in late.join(ROOM)["drafts"] if d["participant_id"] == anna.id]


def test_a_draft_with_a_lost_edit_asks_for_a_reset_and_takes_it(connect: Connect) -> None:
    anna = connect("Аня")
    anna.join(ROOM)
    anna.ask("draft:edit", dialog_id=ROOM, seq=1, ops=[["i", "a"]])
    with pytest.raises(Refused, match="reset") as gap:
        anna.ask("draft:edit", dialog_id=ROOM, seq=5, ops=[["i", "b"]])
    assert gap.value.code == "conflict"
    assert anna.ask("draft:edit", dialog_id=ROOM, seq=6, reset="all of it")["seq"] == 6
    late = connect("Поздний")
    assert "all of it" in [draft["text"] for draft in late.join(ROOM)["drafts"]]


def test_typing_is_told_to_the_others_only(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    anna.join(ROOM), boris.join(ROOM)
    anna.ask("typing:start", dialog_id=ROOM)
    assert boris.expect("typing:start")["participant_id"] == anna.id
    anna.ask("typing:stop", dialog_id=ROOM)
    boris.expect("typing:stop")
    assert "typing:start" not in [event["event"] for event in anna.settle()]


def test_a_retry_with_the_same_client_id_makes_no_second_message(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    anna.join(ROOM), boris.join(ROOM)
    key = uuid.uuid4().hex
    numbers = [
        anna.give("message:send", dialog_id=ROOM, content="once", client_id=key) for _ in range(5)
    ]
    stored = [anna.answer(number)["message"] for number in numbers]
    assert len({message["id"] for message in stored}) == 1
    seen = [e for e in boris.settle() if e["event"] == "message:new"]
    assert len([e for e in seen if e["data"].get("client_id") == key]) == 1


def test_two_people_may_use_the_same_client_id(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    key = uuid.uuid4().hex
    first = anna.say(ROOM, "mine", client_id=key)
    second = boris.say(ROOM, "also mine", client_id=key)
    assert first["id"] != second["id"] and second["content"] == "also mine"


def test_history_pages_both_ways_and_meets(connect: Connect) -> None:
    anna = connect("Аня")
    for number in range(30):
        anna.say(ROOM, f"h{number}")
    newest = anna.ask("history:get", dialog_id=ROOM, limit=10)
    assert newest["more"] and len(newest["messages"]) == 10
    edge = newest["messages"][0]["seq"]
    before = anna.ask("history:get", dialog_id=ROOM, before_seq=edge, limit=10)["messages"]
    assert [m["seq"] for m in before] == list(range(edge - 10, edge))
    after = anna.ask("history:get", dialog_id=ROOM, after_seq=edge - 1, limit=200)
    assert [m["id"] for m in after["messages"]] == [m["id"] for m in newest["messages"]]
    assert after["more"] is False


def test_a_reconnect_with_after_seq_gets_exactly_what_was_missed(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    anna.join(ROOM), boris.join(ROOM)
    last = boris.say(ROOM, "seen")["seq"]
    anna.expect("message:new", seq=last)
    anna.ws.close()
    missed = [boris.say(ROOM, f"missed {n}")["id"] for n in range(5)]
    again = connect()
    assert again.hello(token=anna.token)["participant"]["id"] == anna.id
    joined = again.join(ROOM, after_seq=last)
    assert [message["id"] for message in joined["messages"]] == missed
    live = boris.say(ROOM, "live")
    assert again.expect("message:new") == live


def test_a_second_hello_with_the_same_token_replaces_the_first(connect: Connect) -> None:
    first, watcher = connect("Аня"), connect("Борис")
    watcher.join(ROOM), first.join(ROOM)
    second = connect()
    second.hello(token=first.token)
    assert first.close_code() == 4001
    second.join(ROOM)
    people = watcher.ask("dialog:join", dialog_id=ROOM)["participants"]
    assert [person["id"] for person in people].count(first.id) == 1


def test_two_devices_of_one_participant_live_side_by_side(connect: Connect) -> None:
    first = connect()
    first.hello(name="Аня", device="tab-1")
    second = connect()
    second.hello(token=first.token, device="tab-2")
    first.join(ROOM), second.join(ROOM)
    sent = first.say(ROOM, "from one tab")
    assert second.expect("message:new", id=sent["id"])


def test_receipts_move_forward_only_and_are_told(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    anna.join(ROOM), boris.join(ROOM)
    seq = anna.say(ROOM, "read me")["seq"]
    boris.ask("receipt:delivered", dialog_id=ROOM, seq=seq)
    told = anna.expect("receipt:update", participant_id=boris.id)
    assert told["delivered"] == seq and told["read"] < seq
    boris.ask("receipt:read", dialog_id=ROOM, seq=seq)
    assert anna.expect("receipt:update", participant_id=boris.id)["read"] == seq
    back = boris.ask("receipt:read", dialog_id=ROOM, seq=1)["receipt"]
    assert back["read"] == seq
    assert anna.join(ROOM)["receipts"][boris.id] == {"delivered": seq, "read": seq}
    with pytest.raises(Refused, match="only"):
        boris.ask("receipt:read", dialog_id=ROOM, seq=seq + 1000)


def test_edit_delete_and_react_reach_everybody_and_stay(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    anna.join(ROOM), boris.join(ROOM)
    message = anna.say(ROOM, "tpyo")
    anna.ask("message:edit", message_id=message["id"], content="typo")
    edited = boris.expect("message:update", id=message["id"])
    assert edited["content"] == "typo" and edited["edited_at"]
    boris.ask("message:react", message_id=message["id"], emoji="👍")
    told = anna.expect("message:update", id=message["id"])
    told = told if "reactions" in told else anna.expect("message:update", id=message["id"])
    assert told["reactions"] == {"👍": [boris.id]} and "content" not in told
    twice = boris.ask("message:react", message_id=message["id"], emoji="👍")["message"]
    assert twice["reactions"] == {"👍": [boris.id]}
    gone = boris.ask("message:react", message_id=message["id"], emoji="👍", remove=True)
    assert gone["message"]["reactions"] == {}
    deleted = anna.ask("message:delete", message_id=message["id"])["message"]
    assert deleted["content"] == "" and deleted["deleted_at"] and deleted["seq"] == message["seq"]
    page = boris.ask("history:get", dialog_id=ROOM, before_seq=message["seq"] + 1, limit=1)
    assert page["messages"][0] == deleted


def test_nobody_changes_what_others_wrote(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    message = anna.say(ROOM, "mine")
    for event, more in (("message:edit", {"content": "x"}), ("message:delete", {})):
        with pytest.raises(Refused) as refused:
            boris.ask(event, message_id=message["id"], **more)
        assert refused.value.code == "forbidden"
    for missing in (f"{ROOM}:999999", "nowhere:1", "garbage", f"{ROOM}:-1", f"{ROOM}:0"):
        with pytest.raises(Refused) as refused:
            anna.ask("message:edit", message_id=missing, content="x")
        assert refused.value.code == "not_found", missing


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "malformed"),
        ("[]", "malformed"),
        ('"text"', "malformed"),
        ('{"event": 5}', "malformed"),
        ('{"event": "no:such", "id": 3}', "malformed"),
        ('{"event": "message:send", "id": 3, "data": {"dialog_id": "lobby"}}', "invalid"),
        ('{"event": "dialog:join", "id": 3, "data": {"dialog_id": 7}}', "invalid"),
        (
            '{"event": "history:get", "id": 3, "data": {"dialog_id": "lobby", "limit": 0}}',
            "invalid",
        ),
        ('{"event": "ping", "id": 3, "data": [1]}', "invalid"),
        ('{"event": "ping", "data": {"x": NaN}}', "malformed"),
        ('{"event": "ping", "data": {"x": "\\ud800"}}', "malformed"),
        ('{"event": "ping", "data": ' + "[" * 5000 + "]" * 5000 + "}", "malformed"),
    ],
)
def test_bad_frames_get_a_clear_error_and_harm_nothing(
    connect: Connect, frame: str, code: str
) -> None:
    anna = connect("Аня")
    anna.ws.send(frame)
    answer = json.loads(anna.ws.recv(timeout=10))
    assert answer["event"] == "error" and answer["data"]["code"] == code
    assert answer["id"] in (None, 3) and answer["data"]["message"]
    assert anna.ask("ping")["server_time"]


@pytest.mark.parametrize("content", ["", "   \n", "x" * 8001, "nul \0"])
def test_messages_without_sense_are_refused_saying_why(connect: Connect, content: str) -> None:
    anna = connect("Аня")
    with pytest.raises(Refused) as refused:
        anna.say(ROOM, content)
    assert refused.value.code in ("invalid", "too_large") and refused.value.error["message"]


def test_before_hello_nothing_is_allowed_but_hello_and_ping(daemon: Daemon) -> None:
    with Client(daemon.address) as nobody:
        assert nobody.ask("ping")
        for event in ("dialog:join", "message:send", "history:get"):
            with pytest.raises(Refused) as refused:
                nobody.ask(event, dialog_id=ROOM, content="x")
            assert refused.value.code == "unauthenticated"


def test_a_wrong_token_is_refused_and_a_new_hello_goes_on(connect: Connect) -> None:
    client = connect()
    known = connect("Аня")
    for token in ("", "x", known.token[:-1] + "?", "p-1.x", "s-1.x"):
        if token:
            with pytest.raises(Refused) as refused:
                client.hello(token=token)
            assert refused.value.code == "unauthenticated"
    assert client.hello(name="Новый")["token"]


def test_a_binary_frame_is_answered_not_closed(connect: Connect) -> None:
    anna = connect("Аня")
    anna.ws.send(b"\x00\x01")
    assert json.loads(anna.ws.recv(timeout=10))["data"]["code"] == "malformed"
    assert anna.ask("ping")
