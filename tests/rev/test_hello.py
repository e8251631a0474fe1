"""The dialogs that a hello joins: how many, each judged, within the room of one answer."""

from __future__ import annotations

import pytest

from chatd.protocol.commands import MOST_JOINS, Hello, JoinDialog
from tests.client import Client, Refused
from tests.conftest import Connect, MakeDaemon
from tests.daemon import RELAXED
from tests.rev.test_rev import back


def test_a_hello_joins_so_many_dialogs_and_each_is_judged(connect: Connect, room: str) -> None:
    anna = connect("x")
    anna.say(room, "one")
    wanted = [{"dialog_id": room, "after_seq": 0, "after_rev": 0}]
    for strange in ("nowhere", "TKT-1700000000"):
        wanted.append({"dialog_id": strange})
    again = back(connect, anna.token)
    told = again.ask("hello", token=anna.token, join=wanted)
    lobby, *others = told["joined"]
    assert lobby["dialog"]["id"] == room and lobby["messages"][0]["content"] == "one"
    assert {"participants", "drafts", "receipts", "rev", "changed"} <= lobby.keys()
    assert [one["dialog_id"] for one in others] == ["nowhere", "TKT-1700000000"]
    assert {one["error"]["code"] for one in others} == {"not_found"}
    writer = connect("x")
    writer.say(room, "two")
    assert again.expect("message:new")["content"] == "two"
    assert "joined" not in again.ask("hello", token=anna.token)
    with pytest.raises(Refused) as refused:
        again.ask("hello", token=anna.token, join=[{"dialog_id": room}] * (MOST_JOINS + 1))
    assert refused.value.code == "invalid" and str(MOST_JOINS) in refused.value.error["message"]


def test_the_joins_of_a_hello_count_as_joins(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"limits": {"joins_per_participant": "3/minute"}})
    with Client(daemon.address) as anna:
        wanted = [{"dialog_id": "lobby"}] * 5
        joined = anna.hello(name="Anna", join=wanted)["joined"]
        codes = [one["error"]["code"] if "error" in one else None for one in joined]
        assert codes == [None] * 3 + ["rate_limited"] * 2 and joined[-1]["error"]["retry_after"]
        with pytest.raises(Refused):
            anna.join("lobby")


def test_the_joins_of_a_hello_take_turns_and_count_as_what_is_read(
    make_daemon: MakeDaemon,
) -> None:
    dialogs = [JoinDialog(dialog_id="lobby")] * 3
    assert (Hello(join=dialogs).pages, Hello().pages, dialogs[0].pages) == (3, 0, 1)
    daemon = make_daemon({"limits": RELAXED["limits"] | {"read_bytes_per_participant": "50/hour"}})
    with Client(daemon.address) as anna:
        anna.hello(name="Anna")
        anna.say("lobby", "x" * 200)
        wanted = [{"dialog_id": "lobby"}] * 2
        first = anna.hello(token=anna.token, join=wanted)["joined"]
        assert [len(one["messages"]) for one in first] == [1, 1], "one answer, not endless"
        for one in anna.hello(token=anna.token, join=wanted)["joined"]:
            assert one["error"]["limit"] == "read_bytes_per_participant"


def test_all_joins_of_a_hello_share_the_room_of_one_answer(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"websocket": {"outbox_bytes": 65_536}})
    with Client(daemon.address) as anna:
        anna.hello(name="Anna")
        for number in range(4):
            anna.say("lobby", f"{number}" * 7_000)
        assert len(anna.join("lobby", after_seq=0)["messages"]) == 4
        wanted = [{"dialog_id": "lobby", "after_seq": 0, "after_rev": 4}] * 2
        for one in anna.hello(token=anna.token, join=wanted)["joined"]:
            assert [message["seq"] for message in one["messages"]] == [1, 2] and one["more"]


def test_nothing_is_announced_before_all_that_a_hello_joins_is_answered(
    make_daemon: MakeDaemon,
) -> None:
    """That an operator is announced in a ticket waits for the disk; what is said in the room that
    they join along with it becomes durable meanwhile."""
    daemon = make_daemon(start=False).start(fault="disk")
    token = daemon.add_operator("artem", "Артём")
    with Client(daemon.address) as anna, Client(daemon.address) as artem:
        anna.hello(name="Anna")
        ticket = anna.ask("ticket:open", content="help", wants_person=True)["ticket"]["id"]
        wanted = [
            {"dialog_id": one, "after_seq": 0, "after_rev": 0} for one in ("lobby", ticket, "lobby")
        ]
        said = [anna.give("message:send", dialog_id="lobby", content="x") for _ in range(20)]
        number = artem.give("hello", token=token, join=wanted)
        lobby, joined, again = artem.answer(number)["joined"]
        assert not [one for one in artem.events if one["event"] == "message:new"]
        assert lobby["messages"] == again["messages"], "of one moment"
        assert joined["messages"][-1]["meta"]["kind"] == "operator_connected"
        assert joined["rev"] == joined["dialog"]["rev"] >= joined["messages"][-1]["rev"]
        for one in said:
            anna.answer(one)
        told = [one["data"]["seq"] for one in artem.settle() if one["event"] == "message:new"]
        assert [one["seq"] for one in lobby["messages"]] + told == list(range(1, 21))
