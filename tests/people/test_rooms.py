"""Rooms for operators only: to everybody else they are not there, whatever is asked, also while
they become so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon

OFFICE = "office"
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("dialog:join", {}),
    ("history:get", {}),
    ("message:send", {"content": "Есть кто?"}),
    ("typing:start", {}),
    ("typing:stop", {}),
    ("draft:edit", {"seq": 1, "reset": "Есть кто?"}),
    ("receipt:read", {"seq": 1}),
    ("receipt:delivered", {"seq": 1}),
]


@pytest.fixture
def house(make_daemon: MakeDaemon) -> Daemon:
    """A daemon with a room for everybody and one for operators."""
    return make_daemon({"rooms": {"lobby": {}, OFFICE: {"operators_only": True}}})


def listed(answer: dict[str, Any]) -> list[str]:
    """The ids of rooms."""
    return [one["id"] for one in answer["rooms"]]


def test_operators_talk_there_and_it_is_listed_to_them_alone(house: Daemon) -> None:
    sessions = [house.add_operator("artem", "Артём"), house.add_operator("olga", "Ольга")]
    with Client(house.address) as artem, Client(house.address) as olga:
        for client, session in zip((artem, olga), sessions, strict=True):
            client.hello(token=session)
            assert listed(client.ask("room:list")) == ["lobby", OFFICE]
            client.join(OFFICE)
        artem.say(OFFICE, "Кофе?")
        assert olga.expect("message:new")["content"] == "Кофе?"
    with Client(house.address) as nobody:
        assert listed(nobody.ask("room:list")) == ["lobby"]
        nobody.hello(name="Аня")
        assert listed(nobody.ask("room:list")) == ["lobby"]
    for token, rooms in ((None, ["lobby"]), (sessions[0], ["lobby", OFFICE])):
        assert listed(house.http("GET", "/api/rooms", token=token)[1]["data"]) == rooms


def refusal(client: Client, event: str, **fields: Any) -> dict[str, Any]:
    """What somebody is told who may not."""
    with pytest.raises(Refused) as refused:
        client.ask(event, **fields)
    return refused.value.error


def test_to_a_visitor_it_is_as_one_that_there_is_not(house: Daemon) -> None:
    with Client(house.address) as anna:
        anna.hello(name="Аня")
        for event, fields in ASKED:
            told = refusal(anna, event, dialog_id=OFFICE, **fields)
            assert told == refusal(anna, event, dialog_id="nowhere", **fields)
            assert told["code"] == "not_found", event


def test_who_is_in_a_room_that_becomes_the_operators_is_put_out_and_hears_no_more(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"rooms": {"lobby": {}, OFFICE: {}}})
    session = daemon.add_operator("artem", "Артём")
    with Client(daemon.address) as anna, Client(daemon.address) as artem:
        anna.hello(name="Аня")
        artem.hello(token=session)
        for client in (anna, artem):
            client.join(OFFICE)
        mine = anna.say(OFFICE, "Я тут")
        daemon.write_config({"rooms": {"lobby": {}, OFFICE: {"operators_only": True}}})
        assert daemon.admin("reload").returncode == 0
        assert anna.expect("dialog:update", dialog_id=OFFICE)["dialog"] is None
        artem.expect("dialog:update", dialog_id=OFFICE, change="changed")
        artem.say(OFFICE, "Только наши")
        with pytest.raises(Refused, match="not_found"):
            anna.ask("message:edit", message_id=mine["id"], content="Ещё тут")
        told = [one["data"]["content"] for one in anna.settle() if one["event"] == "message:new"]
        assert told == ["Я тут"]
        assert [one["id"] for one in artem.join(OFFICE)["participants"]] == [artem.id]
