"""The composition root: configuration → store, hub, handlers, listeners; start, reload, drain."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from loguru import logger

from chatd import config as configuration
from chatd import log
from chatd.admin.server import AdminServer
from chatd.bot.base import Bot, NoBot
from chatd.broker.local import LocalBroker
from chatd.config import BotSettings, Config
from chatd.context import Services
from chatd.dispatch import Dispatcher
from chatd.domain.participant import Ban
from chatd.errors import ConfigError
from chatd.figures import figures
from chatd.handlers import (
    assignment,
    desk,
    dialogs,
    messages,
    operating,
    operators,
    receipts,
    system,
    tickets,
    typing,
)
from chatd.hub import Hub
from chatd.limiter import Limiter
from chatd.live.bans import Bans
from chatd.live.connections import Connections
from chatd.live.drafts import Drafts
from chatd.live.presence import OperatorsOnline, Presence
from chatd.live.waiting import Pace
from chatd.loop import LoopWatch
from chatd.metrics import Metrics
from chatd.net.server import Server
from chatd.registry import merge
from chatd.reloading import Report, compare
from chatd.store.tiny import open_store
from chatd.supervisor import Supervisor
from chatd.tasks import Tasks

FAMILIES = (desk, dialogs, messages, operating, operators, receipts, system, tickets, typing)


def make_bot(settings: BotSettings) -> Bot:
    """The engine that the configuration names."""
    if settings.engine == "none":
        return NoBot()
    from chatd.bot.openai import OpenAIBot

    return OpenAIBot(settings)


class App:
    """The daemon. ``on_stopped`` is called once when it has stopped, with ``exit_status`` set."""

    def __init__(
        self,
        config: Config,
        path: Path | None = None,
        overrides: dict[str, str | None] | None = None,
    ) -> None:
        self._path, self._overrides = path, overrides or {}
        self.config = config
        self.on_stopped: Callable[[], None] = lambda: None
        self.exit_status = 0
        self.draining = False
