"""Takes docs/pictures/widget.png and console.png anew: real pages of a real daemon, in Chromium.

Run as ``python -m tools.picture_pages`` from the root of the repository. Emoji look as the fonts of
the machine have them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.client import Client
from tests.daemon import PASSWORD
from tests.web.host import Host
from tests.web.office import Customer, Staffed, opened
from tests.web.shop import Widget
from tools.chromium import launched

PICTURES = Path("docs/pictures")
SIZE = {"width": 1280, "height": 800}
VISIT = "document.querySelector('chatd-widget').visit"
SHOP = """<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Чайная лавка</title>
<style>
  body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #2b2622; background: #fbf8f3; }
  header { padding: 20px 56px; display: flex; gap: 36px; background: #fff; }
  header b { font-size: 20px; margin-right: auto; }
  main { padding: 40px 56px; }
  h1 { font-size: 42px; line-height: 1.15; margin: 0 0 12px; max-width: 14em; }
  .tea { display: grid; grid-template-columns: repeat(4, 1fr); gap: 24px; margin-top: 36px; }
  .tea i { display: block; height: 190px; border-radius: 16px; }
</style></head><body>
<header><b>Чайная лавка</b><span>Каталог</span><span>Доставка</span><span>О нас</span></header>
<main><h1>Чай этой весны уже в лавке</h1><p>Собран в марте, приехал в мае.</p>
<div class="tea"><p><i style="background:#d9e3cf"></i>Лун Цзин</p>
<p><i style="background:#e9dcc7"></i>Тегуаньинь</p>
<p><i style="background:#e3cfc4"></i>Да Хун Пао</p>
<p><i style="background:#d3cfc9"></i>Шу пуэр</p></div></main>
<script src="http://ADDRESS/widget.js" async></script></body></html>"""
WAITING = (
    ("Мария Соколова", "Заказ 48-1207 должен был прийти вчера, курьер не звонил"),
    ("Илья Белов", "Оплата прошла два раза, верните, пожалуйста, одну"),
    ("Ольга Ким", "Можно ли вернуть чайник, если коробка открыта?"),
)
TALK = (
    ("", "Здравствуйте, Анна! Сейчас посмотрю, где он."),
    ("note", "Склад обещал отгрузить сегодня до 18:00, я звонил"),
    ("anna", "Спасибо! Мне он нужен к пятнице, в пятницу уезжаем."),
    ("", "Склад отгрузит его **сегодня**, в четверг он у вас: https://post.example/track/4812"),
)


@contextmanager
def office(host: Host) -> Iterator[Staffed]:
    """Operators, and a site that lets the shop's pages in."""
    site: dict[str, Any] = {
        "origins": ["self", host.origin("127.0.0.1")],
        "title": "Чайная лавка",
        "questions": ["Где мой заказ?", "Какой чай взять в подарок?"],
        "canned": {"hours": "Мы работаем с 9 до 18 по будням."},
    }
    with (
        tempfile.TemporaryDirectory() as home,
        opened(Path(home), sites={"default": site}) as ready,
    ):
        yield ready


def picture_console(browser: Browser, staffed: Staffed, connect: Any) -> None:
    """An operator who answers, with a queue beside."""
    address = staffed.daemon.address
    artem, boris = connect(staffed.tokens["artem"]), connect(staffed.tokens["boris"])
    anna = Customer(connect(), "Анна Петрова", "Здравствуйте! Где мой заказ 4812?")
    sergey = Customer(connect(), "Сергей", "Не приходит код на почту")
    for one in (anna, sergey):
        artem.ask("ticket:accept", ticket_id=one.ticket)
    for name, text in WAITING:
        Customer(connect(), name, text)
    artem.join(anna.ticket)
    boris.join(f"{anna.ticket}/notes")
    for who, text in TALK:
        if who == "anna":
            anna.say(text)
        elif who == "note":
            boris.say(f"{anna.ticket}/notes", text)
        else:
            said = artem.say(anna.ticket, text)
    anna.client.ask("receipt:read", dialog_id=anna.ticket, seq=said["seq"])
    sergey.say("И в папке «Спам» тоже пусто")
    anna.types("Отлично! А курьер позвонит зара")
    page = browser.new_page(viewport=SIZE, locale="ru-RU")
    page.goto(f"http://{address}/console")
    page.locator("#username").fill("artem")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#tab-mine").click()
    page.locator(f'[data-ticket="{anna.ticket}"]').click()
    page.locator(".composer textarea").fill("Да, за ч")
    take(page, "console")


def picture_widget(browser: Browser, staffed: Staffed, host: Host, connect: Any) -> None:
    """A customer who is answered, on the shop's page."""
    host.put("/", SHOP.replace("ADDRESS", staffed.daemon.address))
    artem = connect(staffed.tokens["artem"])
    page = browser.new_page(viewport=SIZE, locale="ru-RU")
    page.goto(f"{host.origin('127.0.0.1')}/")
    widget = Widget(page).open()
    widget.say("Какой чай взять в подарок?")
    page.wait_for_function(f"() => {VISIT}.dialog?.joined")
    ticket = page.evaluate(f"{VISIT}.dialog.id")
    artem.ask("ticket:accept", ticket_id=ticket)
    artem.join(ticket)
    artem.say(ticket, "Здравствуйте! Если человек чай пьёт редко, берите **Тегуаньинь**: мягкий.")
    widget.said("Тегуаньинь").wait_for()
    widget.say("Спасибо! А в коробке он есть?")
    artem.ask("typing:start", dialog_id=ticket)
    page.locator("chatd-widget .typing").wait_for()
    take(page, "widget")


def take(page: Page, name: str) -> None:
    """When what moves has come to rest."""
    page.wait_for_timeout(1_000)
    page.screenshot(path=PICTURES / f"{name}.png")


def main() -> None:
    """Both pictures."""
    with ExitStack() as stack:
        host = stack.enter_context(Host())
        staffed = stack.enter_context(office(host))

        def connect(token: str | None = None) -> Client:
            client = stack.enter_context(Client(staffed.daemon.address))
            if token:
                client.hello(token=token)
            return client

        playwright = stack.enter_context(sync_playwright())
        browser = launched(playwright)
        picture_console(browser, staffed, connect)
        picture_widget(browser, staffed, host, connect)
        browser.close()


if __name__ == "__main__":
    main()
