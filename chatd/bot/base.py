"""The interface of a bot engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatd.domain.message import Message


class BotFailed(Exception):
    """The engine cannot answer; the ticket goes to the queue. The text is for the log only."""


class Bot(Protocol):
    """``active`` false: there is no bot, a first message goes straight to the queue."""

    active: bool

    def answer(self, history: Sequence[Message]) -> str:
        """The answer to the last message; may take seconds; raises BotFailed."""


class NoBot:
    """The engine ``none``."""

    active = False

    def answer(self, history: Sequence[Message]) -> str:
        raise BotFailed("there is no bot")
