"""Who is in the voice channel of a room is told in terminals, where nobody is heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.terminal.stage import entered, play
from tests.terminal.talker import Talker

ROOMS = {"hall": {"title": "Зал", "voice": True}, "lobby": {"title": "Лобби"}}


@pytest.fixture
def house(make_daemon: MakeDaemon) -> Daemon:
    return make_daemon({"rooms": ROOMS})


@pytest.fixture
def boris(house: Daemon) -> Iterator[Client]:
    """Somebody with a microphone."""
    with Client(house.address) as one:
        one.hello(name="Борис")
        one.join("hall")
        yield one


def test_the_list_the_people_and_the_lines_of_a_pipe_tell_who_is_in_it(
    house: Daemon, boris: Client
) -> None:
    pipe = Talker("--name", "Вера", "--url", f"http://{house.address}", "hall")
    pipe.hears("— Зал: здесь 2")

    def tells(*names: str) -> None:
        told = [f"♪ Зал, голосовой канал: {one}" for one in names]
        eventually(lambda: [one for one in pipe.lines if "♪" in one] == told, 30)

    async def scene() -> None:
        async with entered(house.address, "Анна") as anna:
            await anna.sees("Лобби", "Зал")
            boris.ask("voice:join", dialog_id="hall")
            await anna.sees("♪ Борис")
            assert anna.line("♪ Борис").index("♪") < 4, "in the list at the left"
            await anna.says("/join hall")
            await anna.until(lambda: anna.text().count("♪ Борис") == 2)
            boris.ask("voice:leave")
            await anna.misses("♪")

    play(scene)
    tells("Борис", "никого")
    boris.ask("voice:join", dialog_id="hall", muted=True)
    tells("Борис", "никого", "Борис")
    boris.ask("voice:set", muted=False)
    boris.ask("voice:leave")
    tells("Борис", "никого", "Борис", "никого")
    assert pipe.ends() == 0


def test_the_shell_tells_who_is_in_the_channels_of_rooms(house: Daemon, boris: Client) -> None:
    assert "hall\tЗал\t1\t\t" in house.admin("rooms").stdout
    boris.ask("voice:join", dialog_id="hall")
    assert "hall\tЗал\t1\tБорис\t" in house.admin("rooms").stdout
