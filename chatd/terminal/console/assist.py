"""What the house's own model writes for an operator: a draft into the field, a summary above it.
Nothing of it is sent, and what one had typed can be had back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import quote

from msgspec import Struct
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from chatd.terminal.console.enrolling import post
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import clean, clean_paste, one_line
from chatd.terminal.core.told import read
from chatd.terminal.core.transfer import Way

if TYPE_CHECKING:
    from chatd.terminal.console.console import ConsoleApp

What = Literal["draft", "summary"]
Answer = TypeVar("Answer")
MODEL_WITHIN = 180.0  # a model that writes a draft may be tried twice
LONGEST = 120


class Source(Struct):
    """A passage of what the house knows."""

    title: str
    url: str | None = None


class Written(Struct):
    """What the model wrote."""

    text: str
    sources: list[Source] = []


@dataclass
class Asked:
    """``written``: None while the model thinks. ``before``: what stood in the field."""

    what: What
    ticket_id: str
    written: Written | None = None
    before: str = ""


class AssistBox(VerticalScroll, can_focus=False):
    """Between conversation and field; of a long summary the wheel shows the rest."""

    def __init__(self) -> None:
        self.words = Static()
        super().__init__(self.words, id="assist")
        self.display = False

    def put(self, words: Text | None) -> None:
        """These; nothing: there is no box."""
        self.display = words is not None
        self.words.update(words or "")
        self.scroll_home(animate=False)


class Assist:
    """One thing at a time, for the ticket that is shown."""

    def __init__(self, app: ConsoleApp) -> None:
        self.app, self.box = app, AssistBox()
        self.asked: Asked | None = None

    def possible(self) -> set[str]:
        """What makes sense now."""
        if self.app.dialog is None or not self.app.dialog.place.assists:
            return set()
        writes = self.app.mine and not self.app.notes_mode
        return {"draft", "sum_up"} if writes else {"sum_up"}

    def draft(self) -> None:
        """Into the field; again: what stood there before."""
        asked, app = self.asked, self.app
        if asked and asked.what == "draft" and asked.written:
            self.give_up()
            app.field.put(asked.before)
        elif why := self.why_none() or app.why_silent():
            app.tell(why)
        elif app.notes_mode:
            app.tell(app.texts("console.assist_note"))
        else:
            self.ask("draft")

    def sum_up(self) -> None:
        if why := self.why_none():
            self.app.tell(why)
        else:
            self.ask("summary")

    def why_none(self) -> str:
        """Why nothing can be written here; empty when it can."""
        dialog, texts = self.app.dialog, self.app.texts
        if dialog is None:
            return texts("console.nothing_open")
        return "" if dialog.place.assists else texts("console.assist_none")

    def ask(self, what: What) -> None:
        """As long as the model thinks it is not asked again."""
        dialog = self.app.dialog
        if dialog is None or (self.asked and not self.asked.written):
            return
        self.asked = Asked(what, dialog.id)
        self.draw()
        self.app.session.spawn(self.have(self.asked))

    async def have(self, asked: Asked) -> None:
        """What comes after it was given up, or after another ticket was opened, is dropped."""
        came = await beside(partial(fetch, self.app.actions.way(), asked))
        if self.asked is not asked:
            return
        self.give_up()
        if isinstance(came, Refused):
            self.app.tell(self.app.reason(came))
        elif asked.what == "summary":
            self.show(asked, came)
        elif why := self.app.why_silent() or self.in_note():
            self.app.tell(why)
        else:
            asked.before = self.app.field.text
            self.show(asked, came)
            self.app.field.put(clean_paste(came.text))

    def in_note(self) -> str:
        """What is written by now is no answer: a draft is none for colleagues."""
        return self.app.texts("console.assist_note") if self.app.notes_mode else ""

    def show(self, asked: Asked, came: Written) -> None:
        asked.written, self.asked = came, asked
        self.draw()

    def note_sent(self) -> None:
        """A draft that was sent is one no more."""
        if self.asked and self.asked.what == "draft" and self.asked.written:
            self.give_up()

    def give_up(self) -> bool:
        """Whether there was anything: what is asked is not wanted any more, what came is seen."""
        had, self.asked = self.asked is not None, None
        self.draw()
        return had

    def draw(self) -> None:
        """What is asked, and what came of it."""
        self.box.put(self.words(self.asked) if self.asked else None)

    def words(self, asked: Asked) -> Text:
        texts, text = self.app.texts, Text()
        if asked.written is None:
            return text.append(texts(f"console.assist_soon_{asked.what}"), "italic")
        text.append(texts(f"console.assist_{asked.what}"), "bold")
        if asked.what == "summary":
            text.append(f"\n{clean(asked.written.text)}")
        sources = ", ".join(map(cite, asked.written.sources))
        if sources:
            text.append(f"\n{texts('console.assist_from')} {sources}", "dim")
        return text


def cite(source: Source) -> str:
    """A source on one line, with its address where it has one."""
    return " ".join(one_line(part, LONGEST) for part in (source.title, source.url) if part)


def fetch(way: Way, asked: Asked) -> Written | Refused:
    """Over HTTP: on the connection everything else would wait until the model has thought."""
    path = f"/api/admin/support/{asked.what}/{quote(asked.ticket_id, safe='')}"
    try:
        return read(post(Way(way.address, way.token, MODEL_WITHIN), path, {}), Written)
    except Refused as refused:
        return refused
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
        return Refused("unavailable", str(error), {})


async def beside(work: Callable[[], Answer]) -> Answer:
    """What comes of it in a thread that nobody waits for who leaves."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Answer] = loop.create_future()

    def put(came: Answer) -> None:
        if not answer.done():
            answer.set_result(came)

    def carry_out() -> None:
        came = work()
        with suppress(RuntimeError):  # the loop is over
            loop.call_soon_threadsafe(put, came)

    threading.Thread(target=carry_out, daemon=True, name="model").start()
    return await answer
