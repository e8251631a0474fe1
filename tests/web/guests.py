"""Rooms with names of their own, and one of them as somebody in it sees it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

ROOMS = {
    "lobby": {"title": "Лобби", "topic": "Обо всём понемногу"},
    "tea": {"title": "Чайная"},
    "booth": {"title": "Будка"},
    "studio": {"title": "Студия"},
    "bazaar": {"title": "Базар"},
    "burst": {"title": "Наплыв"},
    "hush": {"title": "Тише"},
    "square": {"title": "Площадь", "crowd": 6},
    "news": {"title": "Новости", "read_only": True},
    "quiet": {"title": "Тихая", "live_typing": "indicator"},
}

STORED = re.compile("^(Отправлено|Доставлено|Прочитано)$")


class Guest:
    """A room as somebody in it sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.field = page.locator(".composer textarea")
        self.log = page.get_by_role("log")
        self.bubbles = self.log.locator(".said:not(.draft) .text")
        self.draft = self.log.locator(".draft .text")
        self.people = page.get_by_role("complementary", name="Здесь")

    def said(self, text: str) -> Locator:
        """The row of a message."""
        return self.log.locator("[data-key]").filter(has_text=text)

    def say(self, text: str) -> None:
        """Writes and sends; waits until it is stored."""
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.said(text).last.locator(".state")).to_have_text(STORED)

    def tool(self, text: str, name: str) -> None:
        """Does something with a message."""
        row = self.said(text).last
        row.locator(".bubble").hover()
        row.get_by_role("button", name=name, exact=True).click()


Enter = Callable[..., Guest]
