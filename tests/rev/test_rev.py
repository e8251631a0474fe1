"""Every dialog counts its changes, and who comes back gets all of them, over every way there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatd.service.resuming import MAX_CHANGED
from tests.client import Client, Refused
from tests.conftest import Connect, MakeDaemon
from tests.daemon import Daemon

Resume = Callable[..., dict[str, Any]]
FIRE = "\N{FIRE}"


def back(connect: Connect, token: str) -> Client:
    """Somebody who was here before."""
    client = connect()
    client.hello(token=token)
    return client


def by_join(client: Client, dialog_id: str, seq: int, rev: int) -> dict[str, Any]:
    return client.join(dialog_id, after_seq=seq, after_rev=rev)


def by_history(client: Client, dialog_id: str, seq: int, rev: int) -> dict[str, Any]:
    return client.ask("history:get", dialog_id=dialog_id, after_seq=seq, after_rev=rev)


def by_hello(client: Client, dialog_id: str, seq: int, rev: int) -> dict[str, Any]:
    wanted = {"dialog_id": dialog_id, "after_seq": seq, "after_rev": rev}
    joined: dict[str, Any] = client.hello(token=client.token, join=[wanted])["joined"][0]
    return joined


WAYS = pytest.mark.parametrize("resume", [by_join, by_history, by_hello])


def numbers(messages: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(one["seq"], one["rev"]) for one in messages]


def changed_while_away(anna: Client, dialog_id: str) -> None:
    """Edits 1, deletes 2, reacts to 3, sends 4."""
    anna.ask("message:edit", message_id=f"{dialog_id}:1", content="corrected")
    anna.ask("message:delete", message_id=f"{dialog_id}:2")
    anna.ask("message:react", message_id=f"{dialog_id}:3", emoji=FIRE)
    anna.say(dialog_id, "four")


def check_all_of_it(got: dict[str, Any], anna_id: str, text: str = "content") -> None:
    assert numbers(got["changed"]) == [(1, 4), (2, 5), (3, 6)]
    edited, deleted, reacted = got["changed"]
    assert edited[text] == "corrected" and edited["edited_at"]
    assert deleted[text] == "" and deleted["deleted_at"] and "secret" not in str(got)
    assert reacted[text] == "three" and reacted["reactions"] == {FIRE: [anna_id]}
    assert numbers(got["messages"]) == [(4, 7)] and got["messages"][0][text] == "four"
    assert got["rev"] == 7 and got["resync"] is False and got["more"] is False


@WAYS
def test_who_was_away_gets_what_was_edited_deleted_reacted_to_and_sent(
    connect: Connect, resume: Resume, room: str
) -> None:
    anna, boris = connect("x"), connect("x")
    for text in ("one", "secret", "three"):
        anna.say(room, text)
    known = boris.join(room)
    assert known["rev"] == known["dialog"]["rev"] == 3 and "changed" not in known
    boris.close()
    changed_while_away(anna, room)
    again = back(connect, boris.token)
    check_all_of_it(resume(again, room, 3, known["rev"]), anna.id)
    after = resume(again, room, 4, 7)
    assert after["changed"] == after["messages"] == [] and not after["resync"]


def test_who_polls_a_ticket_gets_it_too(daemon: Daemon) -> None:
    with Client(daemon.address) as anna, Client(daemon.address) as other:
        anna.hello(name="Anna")
        ticket = anna.ask("ticket:open", content="one")["ticket"]["id"]
        path, token = f"/api/support/messages/{ticket}", anna.token

        def poll(query: str) -> dict[str, Any]:
            status, body = daemon.http("GET", path + query, token=token)
            assert status == 200, body
            data: dict[str, Any] = body["data"]
            return data

        first = poll("?after=0")
        assert first["rev"] == first["ticket"]["rev"] >= first["messages"][-1]["rev"]
        assert "changed" not in first and "resync" not in first
        seq, rev = first["messages"][-1]["seq"], first["rev"]
        own = first["messages"][1]
        anna.say(ticket, "secret")
        anna.ask("message:edit", message_id=own["id"], content="corrected")
        anna.ask("message:react", message_id=f"{ticket}:1", emoji=FIRE)
        got = poll(f"?after={seq}&after_rev={rev}")
        assert [one["seq"] for one in got["changed"]] == [1, own["seq"]]
        assert got["changed"][1]["message"] == "corrected" and got["changed"][0]["reactions"]
        assert [one["message"] for one in got["messages"]] == ["secret"]
        anna.ask("message:delete", message_id=got["messages"][0]["id"])
        seq, rev = got["messages"][0]["seq"], got["rev"]
        gone = poll(f"?after={seq}&after_rev={rev}")
        assert gone["messages"] == [] and "secret" not in str(gone)
        assert gone["changed"][0]["deleted_at"] and gone["changed"][0]["message"] == ""
        status, body = daemon.http("GET", f"{path}?after_rev=1", token=token)
        assert status == 422 and body["error"]["field"] == "after"
        other.hello(name="Other")
        status, body = daemon.http("GET", f"{path}?after=1&after_rev=1", token=other.token)
        assert status == 404, body


def test_who_polls_a_room_gets_it_too(daemon: Daemon, room: str) -> None:
    with Client(daemon.address) as anna:
        anna.hello(name="Anna")
        for text in ("one", "secret", "three"):
            anna.say(room, text)
        changed_while_away(anna, room)
        path = f"/api/messages/dialog/{room}?after_seq=3&after_rev=3"
        status, body = daemon.http("GET", path, token=anna.token)
        assert status == 200
        check_all_of_it(body["data"], anna.id, "message")


def test_no_two_changes_share_a_number_and_all_are_told_in_its_order(
    connect: Connect, room: str
) -> None:
    people = [connect("x") for _ in range(5)]
    watcher = connect("x")
    watcher.join(room)
    for number in range(3):
        people[0].say(room, f"m{number}")
    asked = []
    for turn in range(10):
        for number, one in enumerate(people):
            react = {
                "message_id": f"{room}:{number % 3 + 1}",
                "emoji": FIRE,
                "remove": turn % 2 > 0,
            }
            asked += [(one, one.give("message:react", **react))]
            asked += [(one, one.give("message:send", dialog_id=room, content="x"))]
    given = [one.answer(number)["message"] for one, number in asked]
    revs = [one["rev"] for one in given]
    assert sorted(revs) == list(range(4, 4 + len(asked)))
    told = [
        one["data"]["rev"]
        for one in watcher.settle()
        if one["event"] in ("message:new", "message:update")
    ]
    assert told == sorted(set(told)) and told[-1] == max(revs)


def test_a_ticket_s_own_changes_count_and_come_in_order(daemon: Daemon, connect: Connect) -> None:
    token = daemon.login("artem")
    anna, artem = connect("x"), back(connect, token)
    ticket = anna.ask("ticket:open", content="help", wants_person=True)["ticket"]["id"]
    known = anna.join(ticket)
    assert known["dialog"]["rev"] == known["rev"] == 3
    accepted = artem.ask("ticket:accept", ticket_id=ticket)["ticket"]
    assert accepted["rev"] == 5, "that it was accepted, and that the customer was told of it"
    artem.say(ticket, "hello")
    artem.ask("ticket:close", ticket_id=ticket)
    told = [one["data"] for one in anna.settle()]  # her place in the queue, when she waited, too
    revs = [
        one.get("rev") or one["dialog"]["rev"] for one in told if "rev" in one or "dialog" in one
    ]
    assert revs == sorted(revs) and revs[-1] == anna.join(ticket)["rev"] == 8
    again = anna.join(ticket, after_seq=known["messages"][-1]["seq"], after_rev=known["rev"])
    assert again["changed"] == [] and again["dialog"]["status"] == "closed"


def test_what_is_noted_among_staff_changes_nothing_for_the_customer(
    daemon: Daemon, connect: Connect
) -> None:
    anna, artem = connect("x"), back(connect, daemon.login("artem"))
    ticket = anna.ask("ticket:open", content="help", wants_person=True)["ticket"]["id"]
    artem.join(ticket)
    notes = f"{ticket}/notes"
    known = anna.join(ticket)
    anna.settle()
    artem.join(notes)
    note = artem.say(notes, "a difficult one")
    artem.ask("message:edit", message_id=note["id"], content="a very difficult one")
    artem.ask("message:react", message_id=note["id"], emoji=FIRE)
    kept = artem.join(notes, after_seq=1, after_rev=1)
    assert kept["rev"] == kept["dialog"]["rev"] == 3 and numbers(kept["changed"]) == [(1, 3)]
    told = [one for one in anna.settle() if one["data"].get("change") != "position"]
    assert told == [], "but where she stands among those of other tests"
    seq = known["dialog"]["last_seq"]
    again = anna.join(ticket, after_seq=seq, after_rev=known["rev"])
    assert again["rev"] == known["rev"] and again["changed"] == again["messages"] == []
    with pytest.raises(Refused) as refused:
        anna.join(notes, after_seq=1, after_rev=0)
    assert refused.value.code == "not_found"
    wanted = {"dialog_id": notes, "after_seq": 1, "after_rev": 0}
    joined = anna.hello(token=anna.token, join=[wanted])["joined"]
    assert joined[0]["dialog_id"] == notes and joined[0]["error"]["code"] == "not_found"
    assert joined[0].keys() == {"dialog_id", "error"}


@WAYS
def test_what_was_edited_is_told_without_the_texts_before(
    connect: Connect, resume: Resume, room: str
) -> None:
    anna = connect("x")
    anna.say(room, "a slip")
    anna.ask("message:edit", message_id=f"{room}:1", content="as meant")
    again = back(connect, anna.token)
    got = resume(again, room, 1, 1)
    assert got["changed"][0]["content"] == "as meant" and "earlier" not in got["changed"][0]


@pytest.mark.parametrize("seq,rev", [(3, 99), (99, 3), (99, 99)])
@WAYS
def test_numbers_from_after_a_restored_backup_are_told_to_read_anew(
    connect: Connect, resume: Resume, seq: int, rev: int, room: str
) -> None:
    anna = connect("x")
    for number in range(3):
        anna.say(room, f"m{number}")
    got = resume(anna, room, seq, rev)
    assert got["resync"] is True and got["changed"] == [] and got["rev"] == 3
    assert [one["seq"] for one in got["messages"]] == [1, 2, 3]


@pytest.mark.parametrize("wrong", [-1, "1", 1.5, 2**53 + 1, True])
def test_a_rev_that_is_none_is_refused_by_name(connect: Connect, wrong: Any, room: str) -> None:
    anna = connect("x")
    for event in ("dialog:join", "history:get"):
        with pytest.raises(Refused) as refused:
            anna.ask(event, dialog_id=room, after_seq=0, after_rev=wrong)
        assert refused.value.code == "invalid" and "after_rev" in refused.value.error["field"]
        with pytest.raises(Refused) as refused:
            anna.ask(event, dialog_id=room, after_rev=0)
        assert refused.value.error["field"] == "after_seq"


def edit_all(client: Client, room: str, count: int, content: str) -> None:
    for number in range(1, count + 1):
        client.ask("message:edit", message_id=f"{room}:{number}", content=content)


def test_so_many_changes_are_told_and_no_more(daemon: Daemon, room: str) -> None:
    with Client(daemon.address) as anna:
        anna.hello(name="Anna")
        asked = [
            anna.give("message:send", dialog_id=room, content="x") for _ in range(MAX_CHANGED + 1)
        ]
        for one in asked:
            anna.answer(one)
        known = anna.join(room)
        edit_all(anna, room, MAX_CHANGED, "y")
        last = MAX_CHANGED + 1
        got = anna.join(room, after_seq=last, after_rev=known["rev"])
        assert len(got["changed"]) == MAX_CHANGED and not got["resync"]
        anna.ask("message:edit", message_id=f"{room}:{last}", content="y")
        got = anna.join(room, after_seq=last, after_rev=known["rev"])
        assert got["resync"] and got["changed"] == []
        assert got["messages"][-1]["content"] == "y" and got["more"]


def test_changes_are_told_as_far_as_an_answer_holds_them(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"websocket": {"outbox_bytes": 65_536}})
    with Client(daemon.address) as anna:
        anna.hello(name="Anna")
        for number in range(5):
            anna.say("lobby", f"m{number}")
        edit_all(anna, "lobby", 2, "y" * 7_000)
        got = anna.join("lobby", after_seq=5, after_rev=5)
        assert [one["seq"] for one in got["changed"]] == [1, 2]
        edit_all(anna, "lobby", 3, "z" * 7_000)
        got = anna.join("lobby", after_seq=5, after_rev=5)
        assert got["resync"] and got["messages"][-1]["content"] == "m4"


def test_a_changed_room_has_another_number(make_daemon: MakeDaemon) -> None:
    rooms: dict[str, Any] = {"lobby": {"title": "Before"}, "other": {}}
    daemon = make_daemon({"rooms": rooms})
    with Client(daemon.address) as anna:
        anna.hello(name="Anna")
        anna.say("lobby", "one")
        assert anna.join("lobby")["rev"] == 1 and anna.join("other")["rev"] == 0
        daemon.write_config({"rooms": {"lobby": {"title": "After"}, "other": {}}})
        daemon.admin("reload")
        told = anna.expect("dialog:update", dialog_id="lobby")["dialog"]
        assert (told["title"], told["rev"]) == ("After", 2)
        got = anna.join("lobby", after_seq=1, after_rev=1)
        assert got["changed"] == [] and got["dialog"]["title"] == "After" and got["rev"] == 2
        assert anna.join("other")["rev"] == 0
        daemon.stop(9)
        daemon.start()
    with Client(daemon.address) as anna:
        anna.hello(name="Anna")
        assert anna.join("lobby")["rev"] == 2 and anna.say("lobby", "two")["rev"] == 3
