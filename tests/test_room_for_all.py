"""A room can be entered and read whatever was written into it: answers are bounded in bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chatd.domain.draft import MAX_DRAFT
from chatd.domain.principal import Principal
from chatd.errors import TooLarge
from chatd.live.base import MAX_PEOPLE
from chatd.live.local.drafts import PER_DIALOG, PER_NETWORK, Drafts
from chatd.live.local.presence import Presence
from chatd.service.pages import PAGE_BYTES
from tests.client import Client, Refused
from tests.conftest import Connect, MakeDaemon
from tests.daemon import RELAXED, Daemon

FAT = "😀" * 8_000
ROOMS: dict[str, Any] = {"rooms": {"lobby": {}, "fat": {}, "drafts": {}}}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    running = Daemon(tmp_path_factory.mktemp("daemon"), ROOMS).start()
    yield running
    assert running.stop() == 0, running.logged()


@pytest.fixture(scope="module")
def fat(daemon: Daemon) -> str:
    """A room with 200 messages of 8,000 emoji."""
    with Client(daemon.address) as author:
        author.hello(name="Fat")
        asked = [author.give("message:send", dialog_id="fat", content=FAT) for _ in range(200)]
        for number in asked:
            author.answer(number)
    return "fat"


def size(answer: Any) -> int:
    return len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())


def test_a_page_of_fat_messages_comes_in_parts(connect: Connect, fat: str) -> None:
    reader = connect("reader")
    joined = reader.join(fat, limit=200)
    assert joined["more"] and joined["messages"][-1]["seq"] == 200
    assert PAGE_BYTES / 2 < size(joined["messages"]) <= PAGE_BYTES
    seen: list[int] = []
    more = True
    while more:
        after = seen[-1] if seen else 0
        page = reader.ask("history:get", dialog_id=fat, after_seq=after, limit=200)
        assert page["messages"][0]["seq"] == after + 1 and size(page["messages"]) <= PAGE_BYTES
        seen += [one["seq"] for one in page["messages"]]
        more = page["more"]
    assert seen == list(range(1, 201))
    before = reader.ask("history:get", dialog_id=fat, before_seq=100, limit=200)
    assert before["more"] and before["messages"][-1]["seq"] == 99


def test_over_http_too(daemon: Daemon, connect: Connect, fat: str) -> None:
    reader = connect("reader")
    path = f"/api/messages/dialog/{fat}?limit=200"
    status, body = daemon.http("GET", path, token=reader.token)
    assert status == 200 and body["data"]["more"]
    assert size(body["data"]["messages"]) <= PAGE_BYTES
    assert body["data"]["messages"][-1]["seq"] == 200


def test_one_address_cannot_fill_a_room_with_drafts(connect: Connect) -> None:
    writers = [connect(f"w{number}") for number in range(12)]
    refused = 0
    for writer in writers:
        try:
            writer.ask("draft:edit", dialog_id="drafts", seq=0, reset="😀" * MAX_DRAFT)
        except Refused as error:
            assert error.code == "too_large" and error.error["limit"] == 0
            refused += 1
    assert refused == len(writers) - PER_NETWORK // MAX_DRAFT
    drafts = connect("late").join("drafts")["drafts"]
    assert 0 < size(drafts) <= PAGE_BYTES // 4
    assert drafts[-1]["name"] == f"w{PER_NETWORK // MAX_DRAFT - 1}", "the latest are shown"
    writers[0].ask("draft:edit", dialog_id="drafts", seq=1, reset="")
    writers[-1].ask("draft:edit", dialog_id="drafts", seq=1, reset="there is room again")


def test_a_dialog_keeps_the_latest_drafts_and_forgets_what_they_weighed() -> None:
    drafts = Drafts()
    writers = [Principal(kind="visitor", id=f"p-{number}") for number in range(PER_DIALOG + 5)]
    for who in writers[:PER_DIALOG]:
        drafts.reset("lobby", who, 0, "x", who.id)
    drafts.edit("lobby", writers[0], 1, [["i", "y"]], writers[0].id)
    for who in writers[PER_DIALOG:]:
        drafts.reset("lobby", who, 0, "x", who.id)
    kept = [who.id for who, _ in drafts.within("lobby")]
    assert len(kept) == PER_DIALOG and writers[0].id in kept and writers[1].id not in kept
    for who in writers:
        drafts.forget(who.id)
    assert not list(drafts.within("lobby")) and not drafts._characters
    who = writers[1]
    for dialog_id in map(str, range(PER_NETWORK // MAX_DRAFT)):
        drafts.reset(dialog_id, who, 0, "x" * MAX_DRAFT, "n")
    with pytest.raises(TooLarge):
        drafts.reset("one more", who, 0, "x", "n")
    drafts.edit("0", who, 1, [["e", 1]], "n")
    drafts.reset("one more", who, 0, "x", "n")
    with pytest.raises(TooLarge):
        drafts.edit("1", who, 1, [["i", "x"]], "n")


def test_of_a_crowd_those_are_told_who_came_last() -> None:
    presence = Presence()
    for number in range(MAX_PEOPLE + 20):
        presence.enter("lobby", Principal(kind="visitor", id=f"p-{number}"), f"c-{number}")
    told = [one.id for one in presence.within("lobby")]
    assert told == [f"p-{number}" for number in range(20, MAX_PEOPLE + 20)]
    assert presence.count("lobby") == MAX_PEOPLE + 20


def test_an_answer_larger_than_the_outbox_passes_when_nothing_stands_before_it(
    make_daemon: MakeDaemon,
) -> None:
    small = make_daemon({"websocket": {"outbox_bytes": 16_384}})
    with Client(small.address) as author:
        author.hello(name="author")
        author.say("lobby", FAT)
        for _ in range(3):
            assert author.join("lobby")["messages"][0]["content"] == FAT
            assert author.ask("ping")


def test_a_list_ends_where_a_page_does_and_says_so(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"websocket": {"outbox_bytes": 16_384}})
    token = daemon.add_operator("artem", "Artem", "admin")
    with Client(daemon.address) as admin:
        admin.ask("hello", token=token)
        asked = [
            admin.give("ban:add", target=f"192.0.2.{number}", reason="x" * 150)
            for number in range(100)
        ]
        for number in asked:
            admin.answer(number)
        page = admin.ask("ban:list")
        assert page["more"] and 4_096 < size(page["bans"]) <= 8_192
        assert admin.ask("operator:list")["more"] is False
    everything = daemon.admin_json("bans")
    assert len(everything["bans"]) == 100 and not everything["more"]


COSTS: dict[str, tuple[str, dict[str, Any]]] = {
    "changes": ("message:edit", {"content": "again"}),
    "signs": ("typing:start", {"dialog_id": "lobby"}),
    "receipts": ("receipt:read", {"dialog_id": "lobby", "seq": 1}),
    "joins": ("dialog:join", {"dialog_id": "lobby"}),
    "renames": ("hello", {}),
    "drafts": ("draft:edit", {"dialog_id": "lobby", "reset": "x"}),
}


@pytest.mark.parametrize("whose", ["participant", "address"])
def test_what_others_are_told_has_a_limit(make_daemon: MakeDaemon, whose: str) -> None:
    rates = {f"{what}_per_{whose}" for what in COSTS} - {"drafts_per_participant"}
    daemon = make_daemon({"limits": dict.fromkeys(rates, "5/hour")})
    for what in COSTS:
        if f"{what}_per_{whose}" in rates:
            assert attempts(daemon, what, 2 if whose == "address" else 1) == (5, 5), what


def attempts(daemon: Daemon, what: str, people: int) -> tuple[int, int]:
    """Ten by one participant or by two in turn: how many were done, how many refused."""
    event, data = COSTS[what]
    done = refused = 0
    with Client(daemon.address) as one, Client(daemon.address) as other:
        clients = [one, other][:people]
        for client in clients:
            client.hello(name="first")
        messages = [client.say("lobby", "m") for client in clients]
        for turn in range(10):
            client, message = clients[turn % people], messages[turn % people]
            more: dict[str, dict[str, Any]] = {
                "changes": {"message_id": message["id"]},
                "renames": {"name": f"n{turn}", "token": client.token},
                "drafts": {"seq": turn},
            }
            try:
                client.ask(event, **data, **more.get(what, {}))
                done += 1
            except Refused as error:
                assert error.code == "rate_limited" and error.error["retry_after"] > 60
                refused += 1
    return done, refused


@pytest.mark.parametrize("whose", ["participant", "address"])
def test_bytes_count_as_often_as_they_are_told(make_daemon: MakeDaemon, whose: str) -> None:
    daemon = make_daemon({"limits": {f"spread_per_{whose}": "100000/hour"}})
    with Client(daemon.address) as writer, Client(daemon.address) as reader:
        writer.hello(name="writer")
        reader.hello(name="reader")
        for _ in range(15):
            writer.say("lobby", "x" * 8_000)  # nobody is told of these
        writer.join("lobby", limit=1)
        reader.join("lobby", limit=1)
        sent = 0
        with pytest.raises(Refused, match="at most 100000"):
            while sent < 100:
                writer.say("lobby", "x" * 8_000)
                sent += 1
        assert sent == 6
        with pytest.raises(Refused, match="at most 100000"):
            writer.ask("draft:edit", dialog_id="lobby", seq=0, reset="x" * 8_000)
        if whose == "participant":
            assert reader.say("lobby", "hello")
        else:
            with pytest.raises(Refused):
                reader.say("lobby", "hello")


def test_an_operator_s_answers_and_a_customer_s_drafts_are_counted_too(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"limits": {"spread_per_participant": "100000/hour"}})
    token = daemon.add_operator("olga", "Ольга")
    with Client(daemon.address) as olga, Client(daemon.address) as customer:
        olga.hello(token=token)
        customer.hello(name="Анна")
        ticket = customer.ask("ticket:open", content="?")["ticket"]["id"]
        customer.join(ticket)
        olga.join(ticket)
        with pytest.raises(Refused, match="at most 100000"):
            for _ in range(100):
                olga.ask("ticket:reply", ticket_id=ticket, message="x" * 8_000)
        with pytest.raises(Refused, match="at most 100000"):
            for number in range(100):
                customer.ask("draft:edit", dialog_id=ticket, seq=number, reset="x" * 8_000)


def test_a_receipt_counts_as_often_as_it_is_told_and_only_when_it_says_something_new(
    make_daemon: MakeDaemon,
) -> None:
    limits = RELAXED["limits"] | {"spread_per_participant": "2000/hour"}
    daemon = make_daemon({"limits": limits})
    with Client(daemon.address) as writer, Client(daemon.address) as reader:
        writer.hello(name="writer")
        reader.hello(name="reader")
        for _ in range(40):
            writer.say("lobby", "m")
        reader.join("lobby")
        for _ in range(100):
            reader.ask("receipt:read", dialog_id="lobby", seq=1)
        with pytest.raises(Refused, match="at most 2000"):
            for seq in range(2, 41):
                reader.ask("receipt:delivered", dialog_id="lobby", seq=seq)
        assert 2 < writer.join("lobby")["receipts"][reader.id]["delivered"] < 40


def test_one_thing_alone_is_never_too_much(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"limits": {"spread_per_participant": "1000/hour"}})
    with Client(daemon.address) as writer:
        writer.hello(name="writer")
        writer.join("lobby")
        assert writer.say("lobby", "x" * 8_000)
        with pytest.raises(Refused, match="at most 1000"):
            writer.say("lobby", "x")
