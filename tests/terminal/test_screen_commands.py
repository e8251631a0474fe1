"""Commands at the screen: what they do, how they and names are completed, and what is none."""

from __future__ import annotations

from tests.client import Client
from tests.conftest import Connect
from tests.daemon import Daemon
from tests.terminal.stage import Stage
from tests.terminal.test_screen import alone


def test_commands(daemon: Daemon, connect: Connect) -> None:
    boris: Client = connect("Борис")
    boris.join("lobby")

    async def scene(anna: Stage) -> None:
        await anna.says("первое")
        await anna.sees_stored("Анна первое")
        await anna.says("/edit второе")
        await anna.sees("Анна второе ✎")
        boris.say("lobby", "хорошо")
        await anna.sees("Борис хорошо")
        await anna.says("/react 👍")
        await anna.sees("👍 1")
        await anna.says("/react 👍")
        await anna.misses("👍 1")
        await anna.says("/me машет рукой")
        await anna.sees_stored("Анна машет рукой")
        await anna.says("/delete")
        await anna.sees("сообщение удалено")
        await anna.says("/who")
        await anna.sees("Здесь 2: Анна, Борис")
        await anna.says("/away")
        await anna.sees("◐ Анна")
        await anna.says("/back")
        await anna.sees("● Анна")
        await anna.says("/nick Аня")
        await anna.sees("● Аня", "на связи · Аня")
        await anna.says("//join это текст")
        await anna.sees("Аня /join это текст")
        await anna.says("/nonsense")
        await anna.sees("Нет команды /nonsense")
        assert anna.app.field.text == "/nonsense"

    alone(daemon, scene)


def test_commands_and_names_are_completed_and_explained(daemon: Daemon, connect: Connect) -> None:
    connect("Константин").join("lobby")

    async def scene(anna: Stage) -> None:
        await anna.sees("Константин")
        await anna.types("/jo")
        await anna.sees("войти в комнату")
        await anna.pilot.press("tab")
        assert anna.app.field.text == "/join "
        await anna.types("te")
        await anna.pilot.press("tab")
        assert anna.app.field.text == "/join tea"
        await anna.pilot.press("enter")
        await anna.sees("# Чайная")
        await anna.misses("войти в комнату")
        await anna.says("/join lobby")
        await anna.sees("# Lobby")
        await anna.types("Кон")
        await anna.pilot.press("tab")
        assert anna.app.field.text == "Константин, "

    alone(daemon, scene)


def test_what_stands_behind_a_slash_is_nobodys_business(daemon: Daemon, connect: Connect) -> None:
    boris = connect("Борис")
    boris.join("lobby")

    async def scene(anna: Stage) -> None:
        await anna.types("/nick Секрет")
        await anna.pilot.press("ctrl+u")
        await anna.says("вот")
        boris.expect("message:new")
        assert "Секр" not in str(boris.events)

    alone(daemon, scene)


def test_what_was_said_long_ago_is_found_and_opened_there(daemon: Daemon, connect: Connect) -> None:
    boris: Client = connect("Борис")
    boris.join("lobby")
    boris.say("lobby", "синяя посылка пришла")
    said = [{"dialog_id": "lobby", "content": f"слово {n}"} for n in range(230)]
    boris.ask_all("message:send", said)
    boris.join("tea")
    boris.say("tea", "жду посылку с чаем")

    async def scene(anna: Stage) -> None:
        await anna.sees("слово 229")
        await anna.says("/search посылки")
        await anna.sees("«посылки»: 2", "жду посылку с чаем", "синяя посылка пришла", "Борис  tea")
        await anna.pilot.press("down", "enter")
        await anna.sees("Борис синяя посылка пришла", "слово 0")
        assert not anna.app.conversation.following
        await anna.pilot.press("ctrl+end")
        await anna.sees("слово 229")
        await anna.says("/search посылки -синий")
        await anna.sees("«посылки -синий»: 1")
        await anna.pilot.press("enter")
        await anna.sees("# Чайная", "Борис жду посылку с чаем")
        await anna.says("/search-here посылки")
        await anna.sees("«посылки»: 1")
        await anna.pilot.press("escape")
        await anna.says("/search-here слово")
        await anna.sees("ничего не нашлось")
        await anna.says("/search *")
        await anna.sees("что искать: слова")
        assert anna.app.field.text == "/search *"

    alone(daemon, scene)
