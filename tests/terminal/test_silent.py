"""Who may not write for a while is told so where they would: until when, why, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.daemon import Daemon
from tests.terminal.stage import entered, play

ROOMS = {"lobby": {}, "news": {"read_only": True}}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with a room in which one only reads."""
    made = Daemon(tmp_path_factory.mktemp("daemon"), {"rooms": ROOMS}).start()
    yield made
    assert made.stop() == 0, made.logged()
    assert "incident" not in made.logged(), made.logged()


async def admin(daemon: Daemon, *words: str) -> None:
    """A verb of the shell, while the screen goes on."""
    done = await asyncio.to_thread(daemon.admin, *words)
    assert done.returncode == 0, done


def test_who_is_muted_is_told_until_when_and_why_and_writes_again_when_it_is_over(
    daemon: Daemon,
) -> None:
    async def scene() -> None:
        async with entered(daemon.address, "Анна") as anna:
            me = anna.app.session.me.id
            await anna.types("начато")
            await admin(daemon, "mute", "lobby", me, "--for", "2h", "--reason", "шум")
            await anna.sees("Вам нельзя здесь писать до ", "шум", "начато")
            await anna.says("")
            await anna.until(lambda: anna.app.field.text == "начато")
            await anna.pilot.press("ctrl+u")
            await anna.sees("Команды, которые начинаются с /, работают")
            await anna.says("/who")
            await anna.sees("Здесь 1: Анна")
            assert anna.app.session.outbox.waiting() == 0
            await admin(daemon, "unmute", "lobby", me)
            await anna.until(lambda: not anna.app.silent)
            await admin(daemon, "mute", "lobby", me, "--for", "10s")
            await anna.sees("Вам нельзя здесь писать до ")
            await anna.until(lambda: not anna.app.silent)
            await anna.sees("Пишите: остальные видят каждую букву")
            await anna.says("снова можно")
            await anna.sees_stored("Анна снова можно")
            await anna.says("/join news")
            await anna.until(lambda: anna.app.silent == "Здесь пишут только операторы")
            await anna.says("/join lobby")
            await anna.until(lambda: not anna.app.silent)

    play(scene)


def test_who_is_kept_out_for_a_while_is_told_until_when_and_comes_back(daemon: Daemon) -> None:
    async def scene() -> None:
        async with entered(daemon.address, "Вера") as vera:
            me = vera.app.session.me.id
            await vera.types("начато")
            await admin(daemon, "ban", me, "--seconds", "3600")
            await vera.sees("Вас сюда не пускают до ", "начато", "нет связи")
            assert vera.app.session.kept_out and not vera.app.session.ended
            await admin(daemon, "unban", me)
            vera.app.session.hurry()
            await vera.sees("на связи")
            await vera.until(lambda: not vera.app.silent)
            assert vera.app.field.text == "начато"
            await vera.says("")
            await vera.sees_stored("Вера начато")
            await admin(daemon, "ban", me)
            await vera.sees("отключено: Вас сюда не пускают")

    play(scene)
