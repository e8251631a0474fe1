"""Who comes back sees everything that changed meanwhile: new, edited, deleted, reacted to."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from chatd.domain.message import Message
from chatd.terminal.console.session import ConsoleSession
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.session import Session
from chatd.terminal.core.shapes import Joined, Place
from tests.client import Client
from tests.conftest import Connect
from tests.daemon import Daemon
from tests.meanwhile import change, three
from tests.terminal.relay import Relay
from tests.terminal.seat import Customer
from tests.terminal.test_session import online, until


def shown(dialog: Dialog) -> list[str]:
    """What is shown of each message: its text, ``—`` for a deleted one, and its reactions."""
    return [
        ("—" if isinstance(one.deleted_at, str) else one.content)
        + "".join(sorted(one.reactions or {}))
        for one in dialog.messages
    ]


CHANGED = ["раз!", "—", "три👍", "четыре"]


async def away(relay: Relay, session: Session) -> None:
    """The line is cut, and the client knows."""
    relay.cut()
    await until(lambda: session.status == "waiting")


async def back(relay: Relay, session: Session) -> None:
    """It is there again."""
    relay.mend()
    session.hurry()
    await until(lambda: session.status == "online")


def test_what_changed_meanwhile_is_there_after_one_exchange(relay: Relay, connect: Connect) -> None:
    boris = connect("Борис")
    ids = three(boris, "lobby")

    async def scene() -> None:
        async with online(relay.address, "Анна") as anna:
            dialog = await anna.join("lobby")
            await anna.join("tea")
            await away(relay, anna)
            anna.send("lobby", "своё")
            change(boris, "lobby", ids)
            await back(relay, anna)
            await until(lambda: dialog.last_seq == 5 and not anna.outbox.entries)
            assert shown(dialog) == [*CHANGED, "своё"]
            assert "dialog:join" not in relay.commands()
            assert [one["dialog_id"] for one in relay.asked[0]["data"]["join"]] == ["lobby", "tea"]
            assert relay.asked[0]["data"]["join"][0]["after_seq"] == 3

    asyncio.run(scene())


def test_changes_seen_live_are_not_asked_for_again(relay: Relay, connect: Connect) -> None:
    boris = connect("Борис")
    ids = three(boris, "lobby")

    async def scene() -> None:
        async with online(relay.address, "Анна") as anna:
            dialog = await anna.join("lobby")
            change(boris, "lobby", ids)
            await until(lambda: shown(dialog) == CHANGED)
            await away(relay, anna)
            await back(relay, anna)
            newest = boris.join("lobby")["rev"]
            assert relay.asked[0]["data"]["join"] == [
                {"dialog_id": "lobby", "limit": 100, "after_seq": 4, "after_rev": newest}
            ]
            assert shown(dialog) == CHANGED

    asyncio.run(scene())


def test_after_more_changes_than_are_told_the_truth_is_shown(
    relay: Relay, connect: Connect
) -> None:
    boris = connect("Борис")
    boris.join("lobby")
    lines = ({"dialog_id": "lobby", "content": str(number)} for number in range(250))
    boris.ask_all("message:send", lines)

    async def scene() -> None:
        async with online(relay.address, "Анна") as anna:
            dialog = await anna.join("lobby")
            while dialog.more:
                await anna.older(dialog)
            await away(relay, anna)
            anna.send("lobby", "своё")
            edits = (
                {"message_id": f"lobby:{number}", "content": f"стало {number}"}
                for number in range(1, 251)
            )
            boris.ask_all("message:edit", edits)
            await back(relay, anna)
            await until(lambda: dialog.last_seq == 251 and not anna.outbox.entries)
            assert dialog.messages[0].seq == 151
            while dialog.more:
                await anna.older(dialog)
            assert shown(dialog) == [*(f"стало {number}" for number in range(1, 251)), "своё"]
            boris.ask("message:edit", message_id="lobby:1", content="и после")
            await until(lambda: shown(dialog)[0] == "и после")

    asyncio.run(scene())


def test_an_older_daemon_is_asked_in_its_own_words(relay: Relay, connect: Connect) -> None:
    relay.old = True
    boris = connect("Борис")
    ids = three(boris, "lobby")

    async def scene() -> None:
        async with online(relay.address, "Анна") as anna:
            dialog = await anna.join("lobby")
            boris.ask("message:edit", message_id=ids[0], content="раз!")
            await until(lambda: shown(dialog)[0] == "раз!")
            await away(relay, anna)
            boris.say("lobby", "четыре")
            await back(relay, anna)
            await until(lambda: dialog.last_seq == 4)
            assert shown(dialog) == ["раз!", "два", "три", "четыре"]
            assert "after_rev" not in json.dumps(relay.asked)
            relay.old = False
            await away(relay, anna)
            await back(relay, anna)
            await away(relay, anna)
            boris.ask("message:delete", message_id=ids[1])
            await back(relay, anna)
            await until(lambda: shown(dialog) == ["раз!", "—", "три", "четыре"])

    asyncio.run(scene())


def told(seq: int, rev: int, content: str = "", **more: Any) -> dict[str, Any]:
    """A message as the wire tells it."""
    written = {"sender_type": "member", "sender_id": "p-1", "sender_name": "Борис"}
    place = {"id": f"lobby:{seq}", "dialog_id": "lobby", "seq": seq, "rev": rev}
    return {**place, **written, "content": content, "created_at": "2026-11-21T10:00:00Z", **more}


def opened(*messages: dict[str, Any], rev: int) -> Dialog:
    """A dialog that was just joined."""
    dialog = Dialog(Place(id="lobby"))
    dialog.enter(Joined(dialog=Place(id="lobby"), messages=[*map(as_message, messages)], rev=rev))
    return dialog


def as_message(one: dict[str, Any]) -> Message:
    return Message(**one)


def test_what_is_late_changes_nothing() -> None:
    dialog = opened(told(1, 5, "новое"), told(2, 2, "второе"), rev=5)
    assert not dialog.update(told(1, 4, "старое"))
    assert not dialog.update({"dialog_id": "lobby", "seq": 1, "rev": 3, "reactions": {"👍": []}})
    assert shown(dialog) == ["новое", "второе"]
    assert dialog.update(told(1, 6, "новейшее"))
    assert dialog.update({"dialog_id": "lobby", "seq": 1, "rev": 7, "reactions": {"👍": ["p-2"]}})
    assert shown(dialog) == ["новейшее👍", "второе"]
    assert dialog.update(told(1, 8, "снято"))
    assert shown(dialog) == ["снято", "второе"]


def test_a_late_change_of_what_a_reply_quotes_is_not_quoted() -> None:
    quoting = {"meta": {"reply_to": {"seq": 1, "name": "Борис", "text": "новое"}}}
    dialog = opened(told(1, 5, "новое"), told(2, 2, "ответ", **quoting), rev=5)
    dialog.update(told(1, 4, "старое"))
    assert dialog.messages[1].meta["reply_to"]["text"] == "новое"
    dialog.update(told(1, 6, "новейшее"))
    assert dialog.messages[1].meta["reply_to"]["text"] == "новейшее"


def test_a_change_that_comes_before_its_message_is_kept_for_it() -> None:
    dialog = opened(told(1, 1, "раз"), rev=1)
    assert dialog.take(as_message(told(3, 3, "три"))) == "gap"
    dialog.update(told(3, 4, "три!"))
    dialog.update({"dialog_id": "lobby", "seq": 3, "rev": 5, "reactions": {"👍": ["p-2"]}})
    dialog.fill(Joined(dialog=Place(id="lobby"), messages=[as_message(told(2, 2, "два"))]))
    assert shown(dialog) == ["раз", "два", "три!👍"]


def test_what_comes_before_the_answer_to_a_join_moves_no_mark() -> None:
    dialog = opened(told(1, 1, "раз"), rev=1)
    dialog.note_rev(4)
    assert dialog.rev == 4
    dialog.note_rev(2)
    assert dialog.rev == 4
    dialog.lose_line()
    dialog.note_rev(9)
    assert dialog.rev == 4


def test_an_operator_is_told_of_what_was_handed_over_meanwhile(
    daemon: Daemon, relay: Relay
) -> None:
    """Once, and of nothing that was theirs before."""
    token, other = (daemon.add_operator(one, one.title()) for one in ("artem", "boris"))
    told: list[str] = []

    async def scene() -> None:
        had, handed = (Customer(daemon, one, "Помогите") for one in ("Анна", "Олег"))
        console = ConsoleSession(f"http://{relay.address}", token)
        console.changed = lambda what, ticket: told.append(ticket) if what == "given" else None
        running = asyncio.create_task(console.run())
        await until(lambda: console.seated)
        await console.act("accept", had.ticket)
        await away(relay, console)
        with Client(daemon.address) as boris:
            boris.hello(token=other)
            boris.ask("ticket:accept", ticket_id=handed.ticket)
            boris.ask("ticket:transfer", ticket_id=handed.ticket, operator="artem")
        for _ in range(2):
            console.seated = False
            await back(relay, console)
            await until(lambda: console.seated)
            assert told == [handed.ticket]
            await away(relay, console)
        await console.stop()
        await asyncio.wait_for(running, 20)
        for one in (had, handed):
            one.client.ws.close()

    asyncio.run(scene())
