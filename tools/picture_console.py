"""Draws docs/pictures/console.svg: a real console at a real daemon, a customer in mid-word.

Run as ``python -m tools.picture_console [--light] [FILE]`` from the root of the repository.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from tests.daemon import Daemon
from tests.terminal.seat import Customer, Seat, seated

PICTURE = Path("docs/pictures/console.svg")
SIZE = (104, 28)
CANNED = {
    "hello": "Здравствуйте! Сейчас посмотрю.",
    "delivery": "Доставка занимает 2–3 дня.",
    "hours": "Мы работаем с 9 до 18.",
}
FONTS = "Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Emoji', monospace"
WEB_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main(arguments: list[str]) -> None:
    """Starts all of it, and stops it again."""
    light = "--light" in arguments
    files = [Path(one) for one in arguments if not one.startswith("--")]
    with tempfile.TemporaryDirectory() as home:
        daemon = Daemon(Path(home), {"sites": {"shop": {"canned": CANNED}, "blog": {}}}).start()
        try:
            asyncio.run(draw(daemon, files[0] if files else PICTURE, light=light))
        finally:
            daemon.stop()


async def draw(daemon: Daemon, file: Path, *, light: bool) -> None:
    """Plays the scene and keeps its last moment."""
    token = daemon.add_operator("artem", "Артём", "admin")
    daemon.add_operator("olga", "Ольга")
    async with seated(daemon, token, SIZE) as console:
        if light:
            await console.press("f3")
        await play(daemon, console)
        svg = console.app.export_screenshot(title="chatd console")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(without_web_fonts(svg), "utf-8")


async def play(daemon: Daemon, console: Seat) -> None:
    """Two customers are answered, two wait; one of the first two is writing."""
    boris = Customer(daemon, "Борис", "Можно вернуть чайник?", site="shop")
    anna = Customer(daemon, "Анна Петрова", "Где мой заказ № 1042? Жду третий день", site="shop")
    await console.sees(" 2 Анна Петрова")
    await console.press("f5")
    await console.sees("▶ Борис")
    await console.press("f5")
    await console.sees("▶ Анна Петрова")
    Customer(daemon, "Clara Weiß", "Can I subscribe by mail?", site="blog")
    Customer(daemon, "Дмитрий", "Не приходит код", site="shop")
    await console.sees(" 2 Дмитрий")
    await console.says("Здравствуйте, Анна! Сейчас проверю, где он.")
    await console.says("/note Склад подтвердил: уехал сегодня утром")
    await console.sees("уехал сегодня утром")
    boris.says("И ещё: чек обязателен?")
    anna.says("Спасибо! А можно")
    anna.types(["i", "поменять адрес достав"])
    await console.types("/")
    await console.sees("поменять адрес достав▏", "/delivery", " 1▕")


def without_web_fonts(svg: str) -> str:
    """The picture fetches nothing from anywhere."""
    return re.sub(r"font-family: ?[^;]*;", f"font-family: {FONTS};", WEB_FONT.sub("", svg))


if __name__ == "__main__":
    main(sys.argv[1:])
