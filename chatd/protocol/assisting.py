"""The commands by which operators have something written for them, and a bot is tried."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from chatd.config.departments import Language
from chatd.domain.ticket import Act
from chatd.protocol import results
from chatd.protocol.commands import Command, TicketCommand

SiteName = Annotated[str, Meta(min_length=1, max_length=64)]
Question = Annotated[str, Meta(min_length=1, max_length=2_000)]


class Source(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an answer is from, and where that stands on the web, if it does."""

    title: str
    url: str = ""


class PassageFound(Struct, frozen=True, kw_only=True):
    """A passage that a question finds in a site's knowledge."""

    id: str
    title: str
    url: str
    text: str


class Written(results.Result, frozen=True, kw_only=True):
    """What was written for an operator, who makes of it what they want; nobody else has seen it.
    ``sources``: the passages that it was made with."""

    text: str
    sources: list[Source]


class BotAsked(results.Result, frozen=True, kw_only=True):
    """What a site's bot would say and do, and the passages that it was given for it. ``failed``:
    why it has no answer, and hands over."""

    passages: list[PassageFound]
    say: str
    action: Act
    reason: str
    sources: list[Source]
    failed: str


class DraftAnswer(TicketCommand, frozen=True, kw_only=True):
    """Has an answer to a ticket's customer drafted, which is sent to nobody."""

    event: ClassVar[str] = "ticket:draft"
    result: ClassVar[results.Kind] = Written


class Summarize(TicketCommand, frozen=True, kw_only=True):
    """Has what was said in a ticket summed up. ``language``: else the site's."""

    event: ClassVar[str] = "ticket:summary"
    result: ClassVar[results.Kind] = Written
    language: Language | None = None


class AskBot(Command, frozen=True, kw_only=True):
    """Tries a site's bot with a question of nobody's: nothing is stored."""

    event: ClassVar[str] = "bot:ask"
    result: ClassVar[results.Kind] = BotAsked
    site: SiteName
    question: Question


COMMANDS: tuple[type[Command], ...] = (AskBot, DraftAnswer, Summarize)
