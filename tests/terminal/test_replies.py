"""Answering, correcting and deleting by keys and commands; what cannot be done loses no text."""

from __future__ import annotations

import asyncio
from functools import partial

from tests.conftest import Connect
from tests.daemon import Daemon
from tests.terminal.relay import Relay
from tests.terminal.seat import Customer, seated
from tests.terminal.stage import Stage, entered, play
from tests.terminal.test_leaving import burst


def test_a_message_is_picked_and_answered_and_esc_picks_none(
    daemon: Daemon, connect: Connect
) -> None:
    boris = connect("Борис")
    boris.join("lobby")
    for text in ("раз", "два [b]", "три"):
        boris.say("lobby", text)

    async def hear(content: str) -> object:
        told = await asyncio.to_thread(boris.expect, "message:new", 20, content=content)
        return (told["meta"].get("reply_to") or {}).get("seq")

    async def scene() -> None:
        async with entered(daemon.address, "Анна") as anna:
            await anna.sees("три")
            await burst(anna, "ctrl+r", "ctrl+r")
            await anna.sees("к сообщению Борис: два [b]")
            await anna.says("про два")
            assert await hear("про два") == 2
            assert anna.app.picked is None
            await anna.says("ни о чём")
            assert await hear("ни о чём") is None
            await burst(anna, "ctrl+r", "escape", "!", "enter")
            assert await hear("!") is None
            await anna.says("/reply и ещё")
            assert await hear("и ещё") == 3
            await burst(anna, *["ctrl+r"] * 4)
            assert anna.app.picked is None, "above the oldest there is none"

    play(scene)


def test_ones_own_messages_are_corrected_and_deleted_by_what_is_picked(
    daemon: Daemon, connect: Connect
) -> None:
    boris = connect("Борис")
    boris.join("lobby")
    boris.say("lobby", "вопрос")

    async def scene() -> None:
        async with entered(daemon.address, "Анна") as anna:
            for text in ("первое", "второе"):
                await anna.says(text)
                await anna.sees_stored(f"Анна {text}")
            boris.say("lobby", "ответ")
            await anna.sees("ответ")
            await burst(anna, *["ctrl+r"] * 3, "up", "!", "enter")
            await anna.sees("первое! ✎")
            await burst(anna, *["ctrl+r"] * 3)
            await anna.sees("к сообщению Анна: первое!")
            await anna.says("/delete")
            await anna.sees("Анна второе")
            await anna.misses("первое!")
            boris.say("lobby", "сердце")
            await anna.sees("сердце")
            await anna.says("/react ❤")
            await anna.sees("❤️ 1")
            await anna.says("/react ❤")
            await anna.misses("❤️ 1")

    play(scene)


def test_what_a_command_could_not_do_is_in_the_field_again(
    daemon: Daemon, connect: Connect, relay: Relay
) -> None:
    async def scene() -> None:
        async with entered(relay.address, "Анна") as anna:
            for line in ("/edit нечего", "/reply некому", "/react smile", "/join nowhere"):
                await anna.says(line)
                await anna.until(partial(has, anna, line))
                anna.app.field.clear()
            await anna.says("первое")
            await anna.sees_stored("Анна первое")
            relay.cut()
            await anna.sees("нет связи")
            await anna.says("/edit лучше")
            await anna.until(partial(has, anna, "/edit лучше"))
            await anna.sees("Нет связи")

    def has(anna: Stage, line: str) -> bool:
        return anna.app.field.text == line

    play(scene)


def test_an_operator_answers_and_corrects_by_the_same_keys(daemon: Daemon) -> None:
    token = daemon.add_operator("artem", "Артём")
    anna = Customer(daemon, "Анна", "Где заказ?")

    async def scene() -> None:
        async with seated(daemon, token, (100, 30)) as seat:
            await seat.accepts("Анна")
            await burst(seat, "ctrl+r")
            await seat.sees("к сообщению")
            await seat.types("Едет")
            await burst(seat, "enter")
            told = await anna.hears(content="Едет")
            assert told["meta"]["reply_to"]["text"] == "Где заказ?"
            await seat.until(lambda: "⋯" not in seat.text)
            await burst(seat, "up", "!", "enter")
            await anna.hears("message:update", content="Едет!")
            await burst(seat, "ctrl+r", "f4")
            await seat.sees("заметк")
            assert seat.app.picked is None, "of another conversation"

    asyncio.run(scene())
