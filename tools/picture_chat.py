"""Draws docs/pictures/chat.svg: a real screen at a real daemon, three people in mid-word.

Run as ``python -m tools.picture_chat [--light] [FILE]`` from the root of the repository.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.client import Client
from tests.daemon import Daemon
from tests.terminal.stage import Stage, entered
from tools.picture_console import without_web_fonts

PICTURE = Path("docs/pictures/chat.svg")
SIZE = (100, 27)
ROOMS = {
    "lobby": {"title": "Лобби", "topic": "Обо всём"},
    "tea": {"title": "Чайная"},
    "music": {"title": "Музыка"},
    "deploy": {"title": "Релизы", "live_typing": "indicator"},
}


def main(arguments: list[str]) -> None:
    """Starts all of it, and stops it again."""
    light = "--light" in arguments
    files = [Path(one) for one in arguments if not one.startswith("--")]
    with tempfile.TemporaryDirectory() as home:
        daemon = Daemon(Path(home), {"rooms": ROOMS}).start()
        try:
            asyncio.run(draw(daemon, files[0] if files else PICTURE, light=light))
        finally:
            daemon.stop()


async def draw(daemon: Daemon, file: Path, *, light: bool) -> None:
    """Plays the scene and keeps its last moment."""
    names = ("Борис", "Вера", "Марк", "Ольга")
    boris, vera, mark, olga = (person(daemon, name) for name in names)
    boris.say("lobby", "Доброе утро! Кто смотрел вчерашний запуск? 🚀")
    seen = vera.say("lobby", "Я! Видно, как отделяется ступень: две минуты чистого восторга")
    for one in (boris, mark):
        one.ask("message:react", message_id=seen["id"], emoji="👍")
    olga.say("lobby", "ищет наушники", meta={"kind": "action"})
    olga.ask("presence:set", status="away")
    async with entered(daemon.address, "Анна", "music", SIZE) as anna:
        if light:
            await anna.pilot.press("f3")
        await play(anna, boris, vera, mark)
        svg = anna.app.export_screenshot(title="chatd chat")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(without_web_fonts(svg), "utf-8")


def person(daemon: Daemon, name: str) -> Client:
    """Somebody in the lobby and in the room for music."""
    one = Client(daemon.address)
    one.hello(name=name)
    for room in ("lobby", "music"):
        one.join(room)
    return one


async def play(anna: Stage, boris: Client, vera: Client, mark: Client) -> None:
    """Everybody writes; two are read, one hides what he writes."""
    await anna.says("/join lobby")
    await anna.sees("# Лобби")
    await anna.says("Запись уже выложили?")
    await anna.sees("Анна Запись")
    boris.say("lobby", "Выложили, сейчас найду ссылку")
    vera.say("music", "Послушайте вот это")
    vera.say("music", "(и наденьте наушники)")
    types(vera, 1, reset="Посмотрите место, камера смотрит вниз")
    types(vera, 2, ops=[["i", "где ", 18]])
    types(boris, 1, reset="вот она: https://video.exam")
    mark.ask("typing:start", dialog_id="lobby")
    await anna.types("Спасибо! А звук там")
    await anna.sees("где ▏камера", "exam▏", "Марк печатает…", "Музыка  2 ")


def types(one: Client, seq: int, **edit: Any) -> None:
    """An edit of a draft."""
    one.ask("draft:edit", dialog_id="lobby", seq=seq, **edit)


if __name__ == "__main__":
    main(sys.argv[1:])
