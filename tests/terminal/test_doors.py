"""Rooms with a password in ``chatd chat``: it is asked for, unseen, and once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms.chat import ChatApp
from chatd.terminal.rooms.session import ChatSession
from tests.daemon import Daemon, eventually
from tests.terminal.relay import Relay, relayed
from tests.terminal.stage import Stage, entered, play
from tests.terminal.talker import Talker
from tests.terminal.terminal import PATIENCE, Terminals

PASSWORD = "open sesame"
ROOMS = {
    "cellar": {"title": "Подвал", "password_env": "CELLAR"},
    "lobby": {},
    "vault": {"title": "Сейф", "password_env": "VAULT"},
}
KEPT_OUT = ("--name", "Боря", "vault", "--password-env")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with an open room and two that are not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAULT", PASSWORD)
        patch.setenv("CELLAR", "другой")
        made = Daemon(tmp_path_factory.mktemp("daemon"), {"rooms": ROOMS}).start()
        yield made
        assert made.stop() == 0, made.logged()
        assert "incident" not in made.logged(), made.logged()


def test_it_is_asked_for_until_it_is_right_and_kept_over_cuts_and_restarts(daemon: Daemon) -> None:
    async def scene(relay: Relay) -> None:
        async with entered(relay.address, "Анна", "") as anna:
            assert anna.app.dialog and anna.app.dialog.id == "lobby", "an open one comes first"
            await anna.types("начато")
            await anna.pilot.press("ctrl+u")
            await anna.says("/join vault")
            await anna.says("not this one")
            await anna.sees("Пароль комнаты «Сейф»", "Это не пароль этой комнаты")
            await anna.types(PASSWORD)
            await anna.sees("•" * len(PASSWORD))
            assert PASSWORD not in anna.text()
            await anna.pilot.press("enter")
            await anna.sees("# Сейф")
            assert anna.app.field.text == ""
            await anna.says("внутри")
            await anna.sees_stored("Анна внутри")
            relay.cut()
            await anna.sees("нет связи")
            assert await asyncio.to_thread(daemon.stop) == 0
            await asyncio.to_thread(daemon.start)
            relay.mend()
            anna.app.session.hurry()
            await anna.sees("на связи")
            await anna.says("и снова")
            await anna.sees_stored("Анна и снова")
            assert len(anna.app.screen_stack) == 1, "nothing is asked again"
            await anna.says("/join cellar")
            await anna.sees("Пароль комнаты «Подвал»")
            await anna.pilot.press("enter", "escape")
            await anna.sees("Комната закрыта паролем", "# Сейф")
            assert anna.app.field.text == "/join cellar"

    with relayed(daemon.address) as relay:
        play(lambda: scene(relay))


def test_another_password_is_asked_for_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT", PASSWORD)
    daemon = Daemon(tmp_path, {"rooms": {"vault": ROOMS["vault"], "lobby": {}}}).start()
    terminals = Terminals(tmp_path)

    async def scene(relay: Relay) -> None:
        async with entered(relay.address, "Анна", "lobby") as anna:
            await anna.says("/join vault")
            await anna.says(PASSWORD)
            await anna.sees("# Сейф")
            await anna.types("начато")
            relay.cut()
            await asyncio.to_thread(change)
            relay.mend()
            anna.app.session.hurry()
            await anna.sees("Пароль комнаты «Сейф»")
            await anna.says("another one")
            await anna.until(lambda: len(anna.app.screen_stack) == 1)
            assert anna.app.field.text == "начато"
            await anna.says("")
            await anna.sees_stored("Анна начато")
            await asyncio.to_thread(change, "a third one")
            await anna.sees("Пароль комнаты «Сейф»")
            await anna.pilot.press("escape")
            await anna.sees("Вас больше нет в «Сейф»")
            await anna.sees("# lobby")
            assert "vault" not in anna.app.session.dialogs

    def change(password: str = "another one") -> None:
        assert daemon.stop() == 0
        monkeypatch.setenv("VAULT", password)
        daemon.start()

    try:
        with relayed(daemon.address) as relay:
            play(lambda: scene(relay))
        url = f"http://{daemon.address}"
        boris = terminals.open("Борис", "--plain", "vault", "--url", url, "--language", "ru")
        boris.sees("Пароль комнаты «Сейф»:")
        boris.says("a third one")
        boris.sees("— Сейф")
        change(PASSWORD)
        eventually(lambda: boris.text().count("Пароль комнаты «Сейф»:") == 2, PATIENCE)
        boris.says(PASSWORD)
        boris.says("и снова")
        boris.sees("Борис: и снова")
        assert PASSWORD not in boris.text()
    finally:
        terminals.close()
        assert daemon.stop() == 0, daemon.logged()


def test_who_has_it_with_them_is_not_asked_and_who_gives_none_is_not_let_in(daemon: Daemon) -> None:
    session = ChatSession(f"http://{daemon.address}", name="Анна")
    session.doors.given = PASSWORD

    async def scene(session: ChatSession, *, gives_up: bool) -> None:
        app = ChatApp(session, Texts("en"), "vault")
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            anna = Stage(app, pilot)
            if gives_up:
                await anna.sees("Password of the room “Сейф”")
                await anna.pilot.press("escape")
                await anna.until(lambda: session.ended)
                assert (session.end_code, session.why) == ("forbidden", "The room has a password")
            else:
                await anna.sees("# Сейф")

    play(lambda: scene(session, gives_up=False))
    play(lambda: scene(ChatSession(f"http://{daemon.address}", name="Вера"), gives_up=True))


def test_in_pipes_it_comes_in_a_variable_of_the_environment(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIGHT", PASSWORD)
    monkeypatch.setenv("WRONG", "not this one")
    at = ("--url", f"http://{daemon.address}")
    boris = Talker(*at, *KEPT_OUT, "RIGHT")
    boris.hears("— Сейф")
    boris.says("из трубы")
    boris.hears("из трубы")
    assert boris.ends() == 0
    for words, told in (
        ((*KEPT_OUT, "WRONG"), "Это не пароль этой комнаты"),
        (KEPT_OUT[:-1], "--password-env называет переменную"),
    ):
        out = Talker(*at, *words)
        assert out.process.wait(60) == 4
        complaint = out.complaint()
        assert told in complaint and "отключено: Комната закрыта паролем" in complaint
    none = Talker(*at, *KEPT_OUT, "NOT_THERE")
    assert none.process.wait(60) == 2 and "the environment has no NOT_THERE" in none.complaint()


def test_at_a_terminal_lines_ask_for_it_without_showing_it(daemon: Daemon, tmp_path: Path) -> None:
    terminals = Terminals(tmp_path)
    try:
        url = f"http://{daemon.address}"
        anna = terminals.open("Анна", "--plain", "vault", "--url", url, "--language", "ru")
        anna.sees("Пароль комнаты «Сейф»:")
        anna.says("not this one")
        anna.sees("Это не пароль этой комнаты")
        anna.says(PASSWORD)
        anna.sees("— Сейф")
        anna.says("видно")
        anna.sees("Анна: видно")
        assert PASSWORD not in anna.text() and "not this" not in anna.text()
    finally:
        terminals.close()
