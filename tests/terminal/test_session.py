"""The client without a screen: whatever way frames come in, it knows what the daemon knows."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from chatd.terminal.core import backoff, link, lists
from chatd.terminal.core.session import Session
from tests.client import Client
from tests.conftest import Connect, MakeDaemon
from tests.daemon import RELAXED, Daemon
from tests.terminal.relay import Relay, relayed
from tests.terminal.stage import PATIENCE
from tests.terminal.valve import valve


async def until(check: Callable[[], Any]) -> Any:
    """The first true answer of a check."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := check()):
        assert time.monotonic() < deadline, "never true"
        await asyncio.sleep(0.01)
    return answer


@contextlib.asynccontextmanager
async def online(address: str, name: str, token: str | None = None) -> AsyncIterator[Session]:
    """A session that is connected."""
    session = Session(f"http://{address}", name=name, token=token)
    running = asyncio.create_task(session.run())
    await until(lambda: session.status in ("online", "ended"))
    yield session
    await session.stop()
    await asyncio.wait_for(running, PATIENCE)


def test_what_comes_right_behind_the_answer_to_a_join_is_not_lost(
    daemon: Daemon, connect: Connect
) -> None:
    boris = connect("Борис")

    async def scene() -> None:
        with valve(daemon.address) as between:
            async with online(between.address, "Анна") as anna:
                between.hold()
                joining = asyncio.create_task(anna.join("lobby"))
                await until(lambda: b"participants" in between.held)
                boris.join("lobby")
                boris.say("lobby", "раз")
                boris.ask("draft:edit", dialog_id="lobby", seq=1, reset="дв")
                await until(lambda: b'"reset"' in between.held)
                between.release()
                dialog = await joining
                await until(lambda: dialog.drafts)
                assert sorted(one.name for one in dialog.people.values()) == ["Анна", "Борис"]
                assert [one.content for one in dialog.messages] == ["раз"]

    asyncio.run(scene())


def test_after_a_break_of_any_length_nothing_is_missing(daemon: Daemon, connect: Connect) -> None:
    async def scene() -> None:
        async with online(daemon.address, "Анна") as anna:
            dialog = await anna.join("lobby")
            daemon.stop()
            await until(lambda: anna.status == "waiting")
            daemon.start()
            boris = connect("Борис")
            boris.join("lobby")
            lines = ({"dialog_id": "lobby", "content": str(number)} for number in range(450))
            boris.ask_all("message:send", lines)
            anna.hurry()
            await until(lambda: dialog.last_seq == 450)
            assert [one.content for one in dialog.messages] == [str(n) for n in range(450)]

    asyncio.run(scene())


def test_after_a_very_long_break_one_is_at_the_newest_page(
    daemon: Daemon, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatd.terminal.core.follower.KEPT", 50)
    boris = connect("Борис")
    boris.join("lobby")
    boris.say("lobby", "до")

    async def scene() -> None:
        with relayed(daemon.address) as relay:
            await far_away(relay)

    async def far_away(relay: Relay) -> None:
        async with online(relay.address, "Анна") as anna:
            dialog = await anna.join("lobby")
            relay.cut()
            await until(lambda: anna.status == "waiting")
            lines = ({"dialog_id": "lobby", "content": str(number)} for number in range(300))
            boris.ask_all("message:send", lines)
            relay.mend()
            anna.hurry()
            await until(lambda: dialog.last_seq == 301)
            assert dialog.more
            assert dialog.unread(anna.me.id) == 100
            while dialog.more:
                await anna.older(dialog)
            assert [one.seq for one in dialog.messages] == list(range(1, 302))

    asyncio.run(scene())


def test_a_repeated_send_is_stored_once(daemon: Daemon, connect: Connect) -> None:
    async def scene() -> None:
        with valve(daemon.address) as between:
            async with online(between.address, "Анна") as anna:
                dialog = await anna.join("lobby")
                between.hold()
                anna.send("lobby", "однажды")
                await until(lambda: b"ack" in between.held)
                assert anna.link
                between.held = b""
                anna.link.ws.transport.abort()
                await until(lambda: anna.status == "waiting")
                between.release()
                anna.hurry()
                await until(lambda: not anna.outbox.entries)
                assert [one.content for one in dialog.messages] == ["однажды"]

    asyncio.run(scene())
    written = connect("Вера").join("lobby")["messages"]
    assert [one["content"] for one in written] == ["однажды"]


def test_what_is_refused_is_told_and_the_rest_is_sent(daemon: Daemon, connect: Connect) -> None:
    told: list[str] = []

    async def scene() -> None:
        async with online(daemon.address, "Анна") as anna:
            anna.changed = lambda what, text: told.append(text) if what == "notice" else None
            await anna.join("lobby")
            anna.send("lobby", "a" * 9000)
            anna.send("lobby", "дальше")
            await until(lambda: not anna.outbox.waiting())

    asyncio.run(scene())
    written = connect("Вера").join("lobby")["messages"]
    assert [one["content"] for one in written] == ["дальше"]
    assert len(told) == 1
    assert "8000" in told[0]


def test_too_fast_a_writer_is_slowed_down_and_loses_nothing(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"limits": {"messages_per_participant": "5/second"}})

    async def scene() -> None:
        async with online(daemon.address, "Анна") as anna:
            dialog = await anna.join("lobby")
            for number in range(12):
                anna.send("lobby", str(number))
            await until(lambda: dialog.last_seq == 12)
            assert [one.content for one in dialog.messages] == [str(n) for n in range(12)]

    asyncio.run(scene())


def test_a_room_that_was_retired_is_left_and_the_others_stay(daemon: Daemon) -> None:
    async def scene() -> None:
        async with online(daemon.address, "Анна") as anna:
            await anna.join("lobby")
            await anna.join("tea")
            daemon.stop()
            daemon.write_config({"rooms": {"lobby": {}}})
            daemon.start()
            anna.hurry()
            await until(lambda: anna.status == "online" and list(anna.dialogs) == ["lobby"])
            assert list(anna.rooms) == ["lobby"]

    asyncio.run(scene())


def test_a_token_makes_one_the_same_again_and_a_bad_one_is_refused(daemon: Daemon) -> None:
    async def scene() -> None:
        async with online(daemon.address, "Анна") as anna:
            me, token = anna.me.id, anna.token
        async with online(daemon.address, "Анна", token) as again:
            assert again.me.id == me
        async with online(daemon.address, "Анна", "p-1.bad") as stranger:
            assert (stranger.status, stranger.end_code) == ("ended", "unauthenticated")

    asyncio.run(scene())


def test_an_edit_that_was_lost_is_made_good(daemon: Daemon, connect: Connect) -> None:
    boris = connect("Борис")
    boris.join("lobby")

    async def scene() -> None:
        async with online(daemon.address, "Анна") as anna:
            dialog = await anna.join("lobby")
            boris.ask("draft:edit", dialog_id="lobby", seq=1, reset="раз")
            draft = await until(lambda: next(iter(dialog.drafts.values()), None))
            draft.seq = 0
            boris.ask("draft:edit", dialog_id="lobby", seq=2, ops=[["i", " два"]])
            boris.ask("draft:edit", dialog_id="lobby", seq=3, ops=[["i", " три"]])
            await until(lambda: [one.text for one in dialog.drafts.values()] == ["раз два три"])

    asyncio.run(scene())


def test_how_far_one_has_read_is_told_seldom_and_again_until_it_is_taken(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"limits": RELAXED["limits"] | {"receipts_per_participant": "1/second"}})

    async def scene() -> None:
        with Client(daemon.address) as boris:
            boris.hello(name="Борис")
            boris.join("lobby")
            async with online(daemon.address, "Анна") as anna:
                await anna.join("lobby")
                for number in range(1, 101):
                    boris.say("lobby", "m")
                    anna.receipts.read("lobby", number)
                    await asyncio.sleep(0.001)

                def told() -> dict[str, int]:
                    at: dict[str, int] = boris.join("lobby")["receipts"].get(anna.me.id, {})
                    return at

                await until(lambda: told().get("read") == 100)
                anna.receipts.read("lobby", 1_000)
                await anna.settle()
        assert "refused (limit): receipts_per_participant" in daemon.logged()

    asyncio.run(scene())
    counted = daemon.http_full("GET", "/metrics")[2].decode()
    refused = re.search(r'chatd_refusals_total{reason="limit"} (\d+)', counted)
    assert refused and 1 <= int(refused[1]) < 20


def test_how_far_one_has_read_is_told_when_there_is_a_line_again(
    daemon: Daemon, connect: Connect
) -> None:
    boris = connect("Борис")

    async def scene() -> None:
        async with online(daemon.address, "Анна") as anna:
            seq = boris.say("lobby", "m")["seq"]
            await anna.join("lobby")
            boris.join("lobby")
            assert anna.link
            await anna.link.ws.close()
            anna.receipts.read("lobby", seq)
            await until(
                lambda: boris.join("lobby")["receipts"].get(anna.me.id, {}).get("read") == seq
            )

    asyncio.run(scene())


def test_what_was_read_too_often_comes_a_moment_later(make_daemon: MakeDaemon) -> None:
    few = {"read_bytes_per_address": "50000/2 seconds"}
    daemon = make_daemon({"limits": RELAXED["limits"] | few})
    told: list[str] = []

    async def scene(token: str) -> None:
        async with online(daemon.address, "Анна", token) as anna:
            anna.changed = lambda what, text: told.append(text) if what == "notice" else None
            dialog = await anna.join("lobby")
            while dialog.more:
                await anna.older(dialog)
            assert [one.seq for one in dialog.messages] == list(range(1, 251))

    with Client(daemon.address) as client:
        client.hello(name="Анна")
        for number in range(250):
            client.say("lobby", "x" * 1_000, client_id=f"m{number}")
        asyncio.run(scene(client.token))
    assert not told and "refused (limit): read_bytes_per_address" in daemon.logged()


@pytest.mark.parametrize(
    ("cursors", "asked"),
    [
        (itertools.repeat("again"), 2),
        (itertools.cycle(["one", "other"]), 3),
        (map(str, itertools.count()), 6),
        (iter(["one", "other", None]), 3),
    ],
)
def test_a_list_without_an_end_ends_nobody(
    monkeypatch: pytest.MonkeyPatch, cursors: Iterable[str | None], asked: int
) -> None:
    monkeypatch.setattr(lists, "MOST_PAGES", 5)
    told: list[Any] = []

    def answer(client: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            for raw in client:
                frame = json.loads(raw)
                if frame["event"] == "hello":
                    data = {"participant": {"id": "p-1", "name": "Анна"}, "token": "t"}
                else:
                    told.append(frame["data"].get("cursor"))
                    number = len(told)
                    data = {"rooms": [{"id": f"room-{number}"}], "cursor": next(pages)}
                client.send(json.dumps({"event": "ack", "id": frame["id"], "data": data}))

    async def scene(address: str) -> None:
        async with online(address, "Анна") as anna:
            assert anna.status == "online"
            assert list(anna.rooms) == [f"room-{number}" for number in range(1, asked + 1)]

    pages = iter(cursors)
    with serve(answer, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.socket.getsockname()
        asyncio.run(scene(f"{host}:{port}"))
        server.shutdown()
    assert len(told) == asked and told[0] is None


def test_what_the_daemon_breaks_over_is_given_back_and_holds_nothing_else_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "ANSWER_WITHIN", 0.5)
    monkeypatch.setattr(backoff, "FIRST", 0.01)
    told: list[str] = []
    given: list[str] = []
    who = {"participant": {"id": "p-1", "name": "Анна"}, "token": "t"}

    def answer(client: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            for raw in client:
                frame = json.loads(raw)
                content = frame["data"].get("content", "")
                told.append(content)
                event, data = "ack", who
                if content == "broken":
                    event, data = "error", {"code": "internal", "message": "", "retry_after": 0.05}
                elif content:
                    data = {"message": {"seq": len(told)}}
                if content != "mute":
                    client.send(json.dumps({"event": event, "id": frame["id"], "data": data}))

    async def scene(address: str) -> None:
        async with online(address, "Анна") as anna:
            anna.given_back = lambda entry: given.append(entry.content)
            for dialog_id, content in (
                *(("lobby", "broken"), ("tea", "first"), ("lobby", "second")),
                *(("tea", "mute"), ("tea", "last")),
            ):
                anna.send(dialog_id, content)
            await until(lambda: not anna.outbox.waiting())

    with serve(answer, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.socket.getsockname()
        asyncio.run(scene(f"{host}:{port}"))
        server.shutdown()
    said = [content for content in told if content]
    assert given == ["broken", "mute"]
    assert (said.count("broken"), said.count("mute")) == (3, 3)
    assert said.index("first") == 1, "another conversation is not held up"
    assert [said.count(one) for one in ("first", "second", "last")] == [1, 1, 1]
