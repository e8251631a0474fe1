"""What is written in a terminal client outlives windows, connecting, leaving and faults."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from textual.events import Key, Paste

from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms.chat import ChatApp
from chatd.terminal.rooms.session import ChatSession as Session
from tests.conftest import Connect
from tests.daemon import Daemon
from tests.terminal.relay import Relay
from tests.terminal.seat import Customer, Seat, seated
from tests.terminal.stage import Stage, entered, play
from tests.terminal.terminal import Terminal, Terminals
from tests.terminal.valve import Valve, valve

BROKEN = """
from chatd.cli import main
from chatd.terminal.rooms.chat import ChatApp
def action_theme(self):
    raise ValueError("a fault of ours")
ChatApp.action_theme = action_theme
main()
"""


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[Terminals]:
    running = Terminals(tmp_path)
    yield running
    running.close()


async def burst(stage: Stage | Seat, *keys: str) -> None:
    """Keys that come at once, before any of them is looked at; waits until all of them were."""
    named = {"enter": "\r", "space": " "}
    for key in keys:
        letter = key if len(key) == 1 else named.get(key)
        stage.app.post_message(Key(key, letter))
    await stage.pilot.pause()


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (("f1", *"/ly", "escape", *"yz"), "yz"),
        (("f1", "f1"), ""),
        (("f1", "f1", "f1", "escape"), ""),
        (("f1", "escape", "escape", "a"), "a"),
        (("f1", "down", "pagedown", "q", "enter", "q"), "q"),
        (("f1", "enter", "л", "left"), "л"),
    ],
)
def test_help_in_a_burst_of_keys(daemon: Daemon, keys: tuple[str, ...], left: str) -> None:
    async def scene() -> None:
        async with entered(daemon.address, "Анна") as anna:
            await anna.types("начато ")
            await burst(anna, *keys)
            await anna.until(lambda: len(anna.app.screen_stack) == 1)
            await anna.until(lambda: anna.app.field.text == f"начато {left}")
            assert anna.app.return_code is None

    play(scene)


@pytest.mark.parametrize("opening", ["f1", "f6", "f7"])
def test_every_window_of_the_console_in_a_burst_of_keys(daemon: Daemon, opening: str) -> None:
    enter = ["enter"] if opening == "f1" else ["enter", "enter"]
    token = daemon.add_operator("artem", "Артём")
    anna = Customer(daemon, "Анна", "Где заказ?")

    async def scene() -> None:
        async with seated(daemon, token, (100, 30)) as seat:
            await seat.accepts("Анна")
            await seat.types("Минуту")
            for keys in (
                ("escape", "escape", "escape"),
                (*enter, "escape", "escape"),
                ("down", *enter, "escape"),
                (opening, opening, "escape", "escape", "escape"),
                (*["f10", "f10", "f8"] * (opening != "f1"), "escape", "escape"),
            ):
                await burst(seat, opening, *keys)
                await seat.until(lambda: len(seat.app.screen_stack) == 1)
                assert seat.app.return_code is None
                assert seat.app.field.text == "Минуту", keys
            assert seat.app.session.board.rows[anna.ticket].status == "active", "F8 rested"

    asyncio.run(scene())


def test_enter_in_a_burst_chooses_of_what_was_typed(daemon: Daemon) -> None:
    token = daemon.add_operator("artem", "Артём")
    for who, name in (("boris", "Борис"), ("olga", "Ольга")):
        daemon.add_operator(who, name)
    anna = Customer(daemon, "Анна", "Где заказ?")

    async def scene() -> None:
        async with seated(daemon, token, (100, 30)) as seat:
            await seat.accepts("Анна")
            await burst(seat, "f6", *"ольга", "enter")
            await seat.until(lambda: seat.app.session.board.rows[anna.ticket].operator == "olga")

    asyncio.run(scene())


def test_what_is_pasted_while_the_help_is_open_is_in_the_field(daemon: Daemon) -> None:
    async def scene() -> None:
        async with entered(daemon.address, "Анна") as anna:
            await burst(anna, "f1")
            await anna.until(lambda: len(anna.app.screen_stack) == 2)
            anna.app.post_message(Paste("раз\r\nдва"))
            await anna.until(lambda: anna.app.field.text == "раз\nдва")
            assert len(anna.app.screen_stack) == 1

    play(scene)


def test_no_key_of_a_burst_overtakes_another(daemon: Daemon, connect: Connect) -> None:
    boris = connect("Борис")
    boris.join("lobby")
    boris.join("tea")

    async def scene() -> None:
        async with entered(daemon.address, "Анна") as anna:
            await burst(anna, *"/join", "space", *"tea", "enter", *"чай", "ctrl+p", *"лобби")
            await anna.until(lambda: anna.app.field.text == "лобби" and anna.app.shows("lobby"))
            assert anna.app.unsent == {"tea": "чай"}
            await burst(anna, "enter", "ctrl+n", "!", "enter")
            await asyncio.to_thread(
                boris.expect, "message:new", 20, dialog_id="lobby", content="лобби"
            )
            await asyncio.to_thread(
                boris.expect, "message:new", 20, dialog_id="tea", content="чай!"
            )

    play(scene)


def test_two_hundred_keys_with_windows_between_them(daemon: Daemon) -> None:
    token = daemon.add_operator("artem", "Артём")
    Customer(daemon, "Анна", "Где заказ?")

    async def scene() -> None:
        async with seated(daemon, token, (100, 30)) as seat:
            await seat.accepts("Анна")
            letters = "ещё_одно_слово_и_ещё_одно_слово_и_ещё_пять_слов"
            windows = [each for key in ("f1", "f6", "f7") for each in (key, "escape")]
            keys = [*letters, *windows] * 4
            assert len(keys) > 200
            for key in keys:
                seat.app.post_message(Key(key, key if len(key) == 1 else None))
            await seat.until(lambda: seat.app.field.text == letters * 4)
            await seat.until(lambda: len(seat.app.screen_stack) == 1)
            assert seat.app.return_code is None

    asyncio.run(scene())


def test_what_is_typed_behind_the_taking_of_a_ticket_is_for_that_one(daemon: Daemon) -> None:
    token = daemon.add_operator("artem", "Артём")
    anna = Customer(daemon, "Анна", "Где заказ?")

    async def scene() -> None:
        async with seated(daemon, token, (100, 30)) as seat:
            await seat.accepts("Анна")
            vera = await asyncio.to_thread(Customer, daemon, "Вера", "А мой?")
            await seat.sees(" 1 Вера")
            await burst(seat, *"для_Анны", "f5", *"для_Веры", "enter", "ctrl+up", "!", "enter")
            await vera.hears(content="для_Веры")
            await anna.hears(content="для_Анны!")

    asyncio.run(scene())


def test_what_is_typed_while_connecting_is_for_the_first_room(
    daemon: Daemon, connect: Connect
) -> None:
    boris = connect("Борис")
    boris.join("lobby")

    async def scene(stop: Valve) -> None:
        stop.hold()
        app = ChatApp(Session(f"http://{stop.address}", name="Анна"), Texts("ru"), "lobby")
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            anna = Stage(app, pilot)
            await anna.types("уже пишу")
            await anna.says("")
            assert app.dialog is None
            stop.release()
            await anna.until(lambda: app.dialog is not None)
            assert app.field.text == "уже пишу"
            await anna.says("!")
            await asyncio.to_thread(boris.expect, "message:new", 20, content="уже пишу!")

    with valve(daemon.address) as stop:
        play(partial(scene, stop))


def test_what_could_not_be_sent_is_told_when_one_leaves(
    daemon: Daemon, relay: Relay, terminals: Terminals
) -> None:
    anna = terminals.open("Анна", "--url", f"http://{relay.address}")
    anna.sees("на связи")
    anna.types("в чайную")
    anna.press("Enter")
    anna.sees("Анна в чайную")
    anna.says("/join tea")
    anna.sees("# Чайная")
    relay.cut()
    anna.sees("нет связи")
    anna.says("не дошло")
    anna.sees("⋯   Анна не дошло")
    anna.types("недописано")
    anna.press("C-q")
    shown = anna.sees("status 1")
    assert shown.count("не отправлено (Чайная):") == 2
    assert "не дошло" in shown and "недописано" in shown and "в чайную" not in shown


def test_what_is_on_its_way_is_waited_for(daemon: Daemon, connect: Connect) -> None:
    boris = connect("Борис")
    boris.join("lobby")

    async def scene() -> None:
        async with entered(daemon.address, "Анна") as anna:
            await burst(anna, *"до_свидания", "enter", "ctrl+q")
            await anna.until(lambda: anna.app._exit)
            assert anna.app.return_code == 0
            assert anna.app.leaving.part() == 0

    play(scene)
    boris.expect("message:new", 20, content="до_свидания")


def test_a_fault_of_the_client_is_no_success_and_takes_no_text_along(
    daemon: Daemon, terminals: Terminals
) -> None:
    words = ["chat", "--name", "Анна", "--url", f"http://{daemon.address}"]
    command = shlex.join([sys.executable, "-c", BROKEN, *words])
    shell = f"{command}; echo status $?; exec cat"
    terminals.run("new-session", "-d", "-s", "broken", "-x", "80", "-y", "60", shell)
    anna = Terminal(terminals, "broken")
    anna.sees("на связи")
    anna.types("дорогое мне")
    anna.sees("дорогое мне")
    anna.press("F3")
    assert "не отправлено (Lobby):\nдорогое мне" in anna.sees("status 1", "a fault of ours")
