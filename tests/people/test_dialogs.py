"""Dialogs of people on every transport: the same for all who are in one, and nothing for others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.daemon import PASSWORD, Daemon
from tests.socketio import SocketIoClient

NAMES = ("anna", "boris", "vera")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with three people."""
    daemon = Daemon(tmp_path_factory.mktemp("dialogs"), {"sites": {"shop": {}}}).start()
    register(daemon)
    yield daemon
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged(), daemon.logged()


def register(daemon: Daemon) -> None:
    """The three have accounts."""
    for username in NAMES:
        words = ("user", "add", username, "--name", username.title(), "--password-stdin")
        done = daemon.admin(*words, stdin=PASSWORD)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def tokens(house: Daemon) -> dict[str, str]:
    """A session of each."""
    found = {}
    for username in NAMES:
        body = {"username": username, "password": PASSWORD}
        found[username] = house.http("POST", "/api/auth/login", body)[1]["data"]["token"]
    return found


@pytest.fixture
def lines(house: Daemon, tokens: dict[str, str]) -> Iterator[dict[str, Client]]:
    """Anna on a WebSocket, Boris by polling, Vera on Socket.IO's WebSocket."""
    with ExitStack() as stack:
        made: dict[str, Client] = {
            "anna": stack.enter_context(Client(house.address)),
            "boris": stack.enter_context(SocketIoClient(house.address, "polling")),
            "vera": stack.enter_context(SocketIoClient(house.address, "upgrade")),
        }
        for name, client in made.items():
            client.hello(token=tokens[name])
        yield made


def test_the_same_is_heard_and_read_on_every_transport(
    house: Daemon, tokens: dict[str, str], lines: dict[str, Client]
) -> None:
    anna, boris, vera = lines.values()
    for one in (boris, vera):
        one.ask("dialog:watch")
    body = {"kind": "group", "title": "Чай", "with": ["boris", "vera"]}
    status, answer = house.http("POST", "/api/dialogs", body, tokens["anna"])
    assert status == 201, answer
    tea = answer["data"]["dialog"]["id"]
    for one in (boris, vera):
        told = one.expect("dialog:update", dialog_id=tea)
        assert (told["change"], told["dialog"]["title"]) == ("created", "Чай")
    anna.join(tea)
    boris.join(tea)
    anna.ask("draft:edit", dialog_id=tea, seq=1, ops=[["i", "чай"]])
    assert boris.expect("draft:edit", dialog_id=tea)["ops"] == [["i", "чай"]]
    assert vera.expect("typing:start", dialog_id=tea)["participant_id"] == anna.id
    said = anna.say(tea, "Чай готов, @vera!")
    assert boris.expect("message:new", dialog_id=tea)["id"] == said["id"]
    news = vera.expect("dialog:news", dialog_id=tea)
    assert news["mentions"] == [vera.id] and news["last_message"]["text"] == "Чай готов, @vera!"
    (row,) = [one for one in vera.ask("dialog:list")["dialogs"] if one["id"] == tea]
    assert (row["unread"], row["mentions"]) == (1, [1])
    path = f"/api/messages/dialog/{tea}"
    status, answer = house.http("POST", path, {"content": "Иду"}, tokens["vera"])
    assert status == 201 and answer["data"]["sender_id"] == vera.id
    assert anna.expect("message:new", content="Иду")["seq"] == 2
    page = house.http("GET", path, token=tokens["boris"])[1]["data"]["messages"]
    assert [one["message"] for one in page] == ["Чай готов, @vera!", "Иду"]
    status, answer = house.http(
        "POST", f"/api/dialogs/{tea}/remove", {"who": "vera"}, tokens["anna"]
    )
    assert status == 200 and answer["data"]["dialog"]["people"] == 2
    assert vera.expect("dialog:update", dialog_id=tea)["dialog"] is None
    assert house.http("GET", path, token=tokens["vera"])[0] == 404
    vera.settle()
    anna.say(tea, "Её нет")
    assert [one for one in vera.settle() if one["event"] == "dialog:news"] == []
    code = house.http("POST", f"/api/dialogs/{tea}/link", {}, tokens["anna"])[1]["data"]["code"]
    assert vera.ask("dialog:enter", code=code)["dialog"]["people"] == 3
    status, answer = house.http("POST", f"/api/dialogs/{tea}/quit", {}, tokens["vera"])
    assert (status, answer["data"]["dialog_id"]) == (200, tea)


def test_operators_and_visitors_are_told_what_is_told_of_what_there_is_not(
    house: Daemon, lines: dict[str, Client]
) -> None:
    ours = lines["anna"].ask("dialog:create", kind="direct", **{"with": ["boris"]})["dialog"]["id"]
    lines["anna"].say(ours, "Между нами")
    unknown = ours[:-4] + ("0000" if not ours.endswith("0000") else "1111")
    boss = house.add_operator("boss", "Босс", "admin")
    with Client(house.address) as guest, Client(house.address) as operator:
        guest.hello(name="Гость")
        operator.hello(token=boss)
        for client in (guest, operator, lines["vera"]):
            for event, fields in (("dialog:join", {}), ("message:send", {"content": "?"})):
                told = [refusal(client, event, dialog_id=id, **fields) for id in (ours, unknown)]
                assert told[0]["code"] == "not_found"
                assert told[0]["message"].replace(ours, "") == told[1]["message"].replace(
                    unknown, ""
                )
        assert refusal(guest, "dialog:create", kind="direct")["code"] == "forbidden"
    assert house.http("GET", f"/api/messages/dialog/{ours}", token=boss)[0] == 404


def refusal(client: Client, event: str, **fields: Any) -> dict[str, Any]:
    """What somebody is told who may not."""
    with pytest.raises(Refused) as refused:
        client.ask(event, **fields)
    return refused.value.error


def test_two_people_in_two_tabs_talk_in_bursts_and_one_comes_back(
    house: Daemon, tokens: dict[str, str]
) -> None:
    chance = random.Random(1)
    with ExitStack() as stack:
        tabs = {
            (name, number): stack.enter_context(Client(house.address))
            for name in ("anna", "boris")
            for number in range(2)
        }
        for (name, _), client in tabs.items():
            client.hello(token=tokens[name])
        made = tabs["anna", 0].ask("dialog:create", kind="direct", **{"with": ["boris"]})
        ours, before = made["dialog"]["id"], made["dialog"]["last_seq"]
        seen: dict[tuple[str, int], list[int]] = {tab: [] for tab in tabs}
        for client in tabs.values():
            client.join(ours)
            client.settle()
        for _ in range(5):
            for _ in range(10):
                writer = tabs[chance.choice(list(tabs))]
                writer.give("message:send", dialog_id=ours, content="быстро")
            gone = "boris", chance.randrange(2)
            seen[gone] += numbers(tabs[gone])
            tabs[gone].close()
            tabs["anna", 0].say(ours, "пока тебя нет")
            back = tabs[gone] = stack.enter_context(Client(house.address))
            back.hello(token=tokens["boris"])
            page = back.join(ours, after_seq=max([before, *seen[gone]]), limit=200)
            seen[gone] += [one["seq"] for one in page["messages"]]
        last = tabs["anna", 1].say(ours, "всё")["seq"]
        for tab, client in tabs.items():
            while last not in seen[tab]:
                seen[tab] += [client.expect("message:new", dialog_id=ours)["seq"]]
            assert seen[tab] == list(range(before + 1, last + 1)), tab


def numbers(client: Client) -> list[int]:
    """The messages that have come by now, in the order in which they came."""
    return [one["data"]["seq"] for one in client.settle() if one["event"] == "message:new"]


def test_what_was_before_somebody_came_reaches_them_in_no_way(
    house: Daemon, tokens: dict[str, str], lines: dict[str, Client]
) -> None:
    anna, boris, vera = lines.values()
    asked = {"kind": "group", "title": "Поздно", "with": ["vera"], "past": "none"}
    late = anna.ask("dialog:create", **asked)["dialog"]["id"]
    secret = anna.say(late, "Тайна")
    anna.ask("dialog:invite", dialog_id=late, who="boris")
    for one in (boris, vera):
        one.join(late)
    anna.ask("message:edit", message_id=secret["id"], content="Большая тайна")
    anna.ask("message:react", message_id=secret["id"], emoji="🤫")
    anna.say(late, "О том же", reply_to=secret["seq"])
    heard = boris.expect("message:new", dialog_id=late)
    assert heard["meta"]["reply_to"] == {"seq": 1}
    quoted = vera.expect("message:new", dialog_id=late)["meta"]["reply_to"]
    assert quoted == {"seq": 1, "name": "Anna", "text": "Большая тайна"}
    path = f"/api/messages/dialog/{late}"
    (page,) = house.http("GET", path, token=tokens["boris"])[1]["data"]["messages"]
    assert page["meta"]["reply_to"] == {"seq": 1}
    anna.ask("message:delete", message_id=secret["id"])
    vera.expect("message:update", id=secret["id"], content="")
    told = [one for one in boris.settle() if one["event"].startswith("message:")]
    assert told == []
