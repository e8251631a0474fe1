"""Coming and going: who one is, where one is seen, and what is left when one has gone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import Connect, MakeDaemon
from tests.daemon import Daemon, eventually

ROOM = "lobby"


@pytest.fixture(scope="module")
def artem(daemon: Daemon) -> str:
    return daemon.add_operator("artem", "Артём", "admin")


def operator_status(daemon: Daemon, username: str) -> str:
    """What the shell says of an operator."""
    operators = daemon.admin_json("operator", "list")["operators"]
    status: str = next(one["status"] for one in operators if one["username"] == username)
    return status


def test_an_operator_who_says_hello_as_somebody_else_is_off_line(
    daemon: Daemon, connect: Connect
) -> None:
    token = daemon.add_operator("boris", "Борис")
    client = connect()
    client.hello(token=token)
    assert operator_status(daemon, "boris") == "online"
    client.hello(name="Гость")
    assert operator_status(daemon, "boris") == "offline"


def test_a_new_name_is_told_to_the_others(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    boris.join(ROOM), anna.join(ROOM)
    boris.settle()
    anna.hello(token=anna.token, name="Анна Петровна")
    told = boris.expect("presence:update")["participant"]
    assert (told["id"], told["name"], told["status"]) == (anna.id, "Анна Петровна", "online")
    people = {one["id"]: one["name"] for one in boris.join(ROOM)["participants"]}
    assert people[anna.id] == "Анна Петровна"
    anna.say(ROOM, "это я")
    assert boris.expect("message:new")["sender_name"] == "Анна Петровна"


def test_who_comes_back_is_not_away_any_more(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    boris.join(ROOM), anna.join(ROOM)
    anna.ask("presence:set", status="away")
    boris.expect("presence:update", seconds=10)
    anna.ws.close()
    eventually(lambda: [e for e in boris.settle() if e["data"]["participant"]["id"] == anna.id])
    again = connect()
    again.hello(token=anna.token)
    own = [one for one in again.join(ROOM)["participants"] if one["id"] == again.id]
    assert [one["status"] for one in own] == ["online"]


def test_what_somebody_was_writing_goes_with_them_even_unjoined(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    boris.join(ROOM)
    anna.ask("draft:edit", dialog_id=ROOM, seq=1, ops=[["i", "начало"]])
    assert boris.expect("draft:edit")["participant_id"] == anna.id
    assert [one["text"] for one in boris.join(ROOM)["drafts"]] == ["начало"]
    boris.settle()
    anna.ws.close()
    assert boris.expect("presence:update")["participant"]["status"] == "offline"
    assert boris.join(ROOM)["drafts"] == []


def test_an_operator_who_only_looks_is_not_seen_by_the_customer(
    connect: Connect, artem: str
) -> None:
    customer, operator = connect("Клиент"), connect()
    ticket_id = customer.ask("ticket:open", content="?")["ticket"]["id"]
    customer.join(ticket_id)
    me = operator.hello(token=artem)["participant"]["id"]
    customer.settle()
    assert operator.join(ticket_id, connect=False)["messages"]
    seen = [one for one in customer.settle() if one["data"].get("change") != "position"]
    assert seen == [], "but how many others wait"
    assert [one["id"] for one in customer.join(ticket_id)["participants"]] == [customer.id]
    customer.say(ticket_id, "вы здесь?")
    assert operator.expect("message:new")["content"] == "вы здесь?"
    operator.join(ticket_id)
    assert customer.expect("presence:update")["participant"]["id"] == me


def test_a_visitor_cannot_listen_unseen(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    boris.join(ROOM)
    anna.join(ROOM, connect=False)
    assert boris.expect("presence:update")["participant"]["id"] == anna.id


def test_what_is_on_the_page_of_a_join_is_not_announced_as_well(
    connect: Connect, artem: str
) -> None:
    customer, operator = connect("Клиент"), connect()
    ticket_id = customer.ask("ticket:open", content="?")["ticket"]["id"]
    operator.hello(token=artem)
    page = operator.join(ticket_id)["messages"]
    words = {"language": "ru", "key": "operator_connected", "values": {"name": "Артём"}}
    assert page[-1]["meta"] == {"kind": "operator_connected", "words": words}
    customer.say(ticket_id, "здравствуйте")
    after = [event["data"] for event in operator.settle() if event["event"] == "message:new"]
    assert [one["seq"] for one in [*page, *after]] == list(range(1, len(page) + 2))


def test_nobody_watches_a_visitor_type_where_visitors_do_not_write(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"rooms": {"news": {"read_only": True}}})
    token = daemon.add_operator("artem", "Артём")
    with Client(daemon.address) as visitor, Client(daemon.address) as operator:
        visitor.hello(name="Гость"), operator.hello(token=token)
        visitor.join("news"), operator.join("news")
        asked: list[tuple[str, dict[str, Any]]] = [
            ("message:send", {"content": "x"}),
            ("draft:edit", {"seq": 1, "reset": "x"}),
            ("typing:start", {}),
        ]
        for event, fields in asked:
            with pytest.raises(Refused) as refused:
                visitor.ask(event, dialog_id="news", **fields)
            assert refused.value.code == "forbidden"
        assert [event["event"] for event in operator.settle()] in ([], ["presence:update"])
        operator.ask("draft:edit", dialog_id="news", seq=1, reset="новости")
        assert visitor.expect("draft:edit")["reset"] == "новости"


def test_newcomers_from_one_address_are_limited_whatever_they_come_over(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"limits": {"visitors_per_address": "3/minute"}})
    with Client(daemon.address) as client:
        for _ in range(2):
            client.hello(name="Гость")
        assert daemon.http("POST", "/api/support/send-message", {"message": "1"})[0] == 201
        with pytest.raises(Refused) as refused:
            client.hello(name="Гость")
        assert refused.value.code == "rate_limited" and refused.value.error["retry_after"] >= 1
        status, headers, _ = daemon.http_full("POST", "/api/support/send-message", {"message": "2"})
        assert status == 429 and int(headers["Retry-After"]) >= 1
        assert client.hello(token=client.token)["participant"], "who is known comes back"


def test_a_join_brings_the_farthest_receipts_and_ones_own(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    with Client(daemon.address) as reader, Client(daemon.address) as writer:
        early = reader.hello(name="0")["token"]
        writer.hello(name="Аня")
        writer.say(ROOM, "1")
        reader.ask("receipt:read", dialog_id=ROOM, seq=1)
        writer.say(ROOM, "2")
        for number in range(210):
            reader.hello(name=str(number + 1))
            reader.ask("receipt:read", dialog_id=ROOM, seq=2)
        reader.hello(token=early)
        receipts = reader.join(ROOM)["receipts"]
        assert receipts[reader.id] == {"delivered": 1, "read": 1}
        assert 200 <= len(receipts) <= 201
        assert all(one["read"] == 2 for id, one in receipts.items() if id != reader.id)


def test_a_reload_tells_those_who_are_in_a_room_what_became_of_it(make_daemon: MakeDaemon) -> None:
    origins = {name: {"origins": [f"https://{name}.example"]} for name in ("shop", "blog")}
    daemon = make_daemon({"sites": origins, "rooms": {"lobby": {}, "tea": {}, "news": {}}})
    shop = Client(daemon.address, origin="https://shop.example")
    blog = Client(daemon.address, origin="https://blog.example")
    with shop, blog:
        for client in (shop, blog):
            client.hello(name="x")
            for room in ("lobby", "tea", "news"):
                client.join(room)
        blog.settle()
        lobby = {"title": "Приёмная", "sites": ["blog"]}
        daemon.write_config({"sites": origins, "rooms": {"lobby": lobby, "news": {}}})
        assert daemon.admin("reload").returncode == 0
        gone = blog.expect("dialog:update", dialog_id="tea")
        assert gone["change"] == "retired" and gone["dialog"] is None
        changed = blog.expect("dialog:update", dialog_id="lobby")
        assert changed["change"] == "changed" and changed["dialog"]["title"] == "Приёмная"
        assert shop.expect("dialog:update", dialog_id="lobby")["dialog"] is None
        blog.say("lobby", "только наши")
        told = [event["data"] for event in shop.settle() if event["event"] == "message:new"]
        assert told == [], "who may not enter any more hears nothing any more"
        assert [one["id"] for one in blog.join("lobby")["participants"]] == [blog.id]
        assert not [event for event in blog.events if event["data"].get("dialog_id") == "news"]
