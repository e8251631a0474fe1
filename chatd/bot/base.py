"""The interface of a bot engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from chatd.config.bot import BotSettings
from chatd.domain.message import Message
from chatd.domain.ticket import Act


class BotFailed(Exception):
    """The engine cannot answer; the ticket goes to the queue. The text is for the log only."""


class Passage(Struct, frozen=True):
    """A piece of what a site knows, with where it stands on the web, if it does."""

    id: str
    title: str
    text: str
    url: str = ""


class Turn(Struct, frozen=True):
    """What an engine says, and what becomes of the ticket: the only way in which it has a say in
    that, whatever its words are. ``reason``: for who looks after it; ``sources``: the ids of the
    passages that it says it has this from."""

    say: str
    action: Act = "continue"
    reason: str = ""
    sources: tuple[str, ...] = ()


class Task(Struct, frozen=True):
    """What an operator wants written. ``language``: in which, by its English name; else the
    customer's."""

    name: Literal["draft", "summary"]
    language: str = ""


class Bot(Protocol):
    """``active`` false: there is no bot, a first message goes straight to the queue."""

    active: bool

    def answer(self, history: Sequence[Message], passages: Sequence[Passage] = ()) -> Turn:
        """The answer to the last message, from these passages, where there are any; may take
        seconds; raises BotFailed."""

    def write(self, task: Task, history: Sequence[Message], passages: Sequence[Passage]) -> str:
        """The text of it, for an operator; may take seconds; raises BotFailed."""


class NoBot:
    """The engine ``none``."""

    active = False

    def answer(self, history: Sequence[Message], passages: Sequence[Passage] = ()) -> Turn:
        raise BotFailed("there is no bot")

    def write(self, task: Task, history: Sequence[Message], passages: Sequence[Passage]) -> str:
        raise BotFailed("there is no bot")


class Bots(Protocol):
    """Who answers before a person does, site by site."""

    def of(self, site: str) -> Bot:
        """The bot of a site, which may be none."""


class BotsOfSites:
    """An engine per site, made from the configuration as it is when somebody asks for it, and kept
    as long as that stays so."""

    def __init__(
        self, find: Callable[[str], BotSettings], make: Callable[[BotSettings], Bot]
    ) -> None:
        self._find, self._make = find, make
        self._made: dict[str, tuple[BotSettings, Bot]] = {}

    def of(self, site: str) -> Bot:
        """See :class:`Bots`."""
        settings, known = self._find(site), self._made.get(site)
        if known is None or known[0] != settings:
            known = self._made[site] = settings, self._make(settings)
        return known[1]
