"""The composition root: which classes a daemon works with, made from its configuration."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import gevent

from chatd.audit.log import Audit
from chatd.bot.base import Bot, BotsOfSites, NoBot
from chatd.config.bot import BotSettings
from chatd.config.settings import Config
from chatd.delivery.broker.local import LocalBroker
from chatd.delivery.hub import Hub
from chatd.delivery.rush import Rush
from chatd.domain import dialog, file
from chatd.domain.call import Call
from chatd.domain.errand import MAIL, PREFIX, PUSH
from chatd.domain.ids import Newborn
from chatd.domain.participant import Ban, Key, Newcomer, Operator
from chatd.domain.times import to_text
from chatd.domain.tokens import Tokens
from chatd.errands import webhooks
from chatd.errands.dialer import Dialer
from chatd.errands.runner import Errands
from chatd.errands.webhooks import Webhooks
from chatd.files.disk import DiskBytes
from chatd.files.together import check_same
from chatd.handlers import (
    accounts,
    assisting,
    belongings,
    board,
    calls,
    canned,
    console,
    customers,
    dialogs,
    doors,
    endings,
    erasing,
    errands,
    files,
    groups,
    logins,
    managing,
    messages,
    muting,
    opening,
    operating,
    operators,
    passkeys,
    people,
    programs,
    push,
    receipts,
    recordings,
    reports,
    saved_views,
    search,
    second_factors,
    sessions,
    sites,
    system,
    tickets,
    transcripts,
    typing,
    users,
    visitors,
    voices,
)
from chatd.helper.helpers import Helpers
from chatd.live.base import Leader
from chatd.live.crowds import Crowds
from chatd.live.hashing import Hashing
from chatd.live.kept_pages import KeptPages
from chatd.live.kept_since import KeptSince
from chatd.live.local.answers import Answers
from chatd.live.local.bans import Bans
from chatd.live.local.calls import Calls
from chatd.live.local.connections import Connections
from chatd.live.local.drafts import Drafts
from chatd.live.local.leader import OnlyOne
from chatd.live.local.locks import KeyedLocks
from chatd.live.local.newcomers import MOST, Newcomers
from chatd.live.local.nodes import Alone
from chatd.live.local.open_tickets import OpenTickets
from chatd.live.local.pace import Places, QueuePace
from chatd.live.local.presence import OperatorsOnline, Presence
from chatd.live.local.qualities import Qualities
from chatd.live.local.voices import Voices
from chatd.live.refusals import Refusals
from chatd.live.updates import Updates
from chatd.runtime.limiter import Limiter
from chatd.runtime.metrics import Metrics
from chatd.runtime.tasks import Tasks
from chatd.search.embedded import PLACE, EmbeddedIndex
from chatd.search.knowledge import Library
from chatd.service import mailing, pushing
from chatd.service.context import Control, Handlers, Services
from chatd.service.searching import FedSearch, Search
from chatd.store.base import Put, ServingStore, Store
from chatd.store.tiny import store as tiny

if TYPE_CHECKING:
    from chatd.daemon.nodes import Node
    from chatd.errands.webpush import Pushes

FAMILIES: tuple[Handlers, ...] = (
    accounts.HANDLERS,
    assisting.HANDLERS,
    belongings.HANDLERS,
    calls.HANDLERS,
    console.HANDLERS,
    dialogs.HANDLERS,
    doors.HANDLERS,
    endings.HANDLERS,
    erasing.HANDLERS,
    errands.HANDLERS,
    files.HANDLERS,
    groups.HANDLERS,
    muting.HANDLERS,
    messages.HANDLERS,
    logins.HANDLERS,
    operating.HANDLERS,
    opening.HANDLERS,
    operators.HANDLERS,
    push.HANDLERS,
    passkeys.HANDLERS,
    people.HANDLERS,
    programs.HANDLERS,
    recordings.HANDLERS,
    reports.HANDLERS,
    board.HANDLERS,
    users.HANDLERS,
    visitors.HANDLERS,
    voices.HANDLERS,
    receipts.HANDLERS,
    search.HANDLERS,
    second_factors.HANDLERS,
    sessions.HANDLERS,
    customers.HANDLERS,
    sites.HANDLERS,
    canned.HANDLERS,
    managing.HANDLERS,
    saved_views.HANDLERS,
    system.HANDLERS,
    tickets.HANDLERS,
    transcripts.HANDLERS,
    typing.HANDLERS,
)
TOKENS = "tokens"
MOST_CALLS = 100_000


def make_bot(settings: BotSettings) -> Bot:
    """The engine that the configuration names; its library is imported only for it."""
    if settings.engine == "none":
        return NoBot()
    from chatd.bot.openai import OpenAIBot

    return OpenAIBot(settings)


class Single:
    """What is true only while the daemon runs, kept by the one process that there is."""

    def __init__(self, config: Config, store: Store) -> None:
        self.broker = LocalBroker()
        self.connections = Connections()
        self.presence = Presence()
        self.crowds = Crowds()
        self.operators = OperatorsOnline()
        self.drafts = Drafts()
        self.bans = Bans(store.all(Ban, limit=100_000))
        self.newcomers = Newcomers(store.all(Newcomer, limit=2 * MOST))
        self.waiting = OpenTickets(time.monotonic)
        self.calls = Calls()
        self.qualities = Qualities()
        self.voices = Voices()
        self.pace = QueuePace(time.monotonic)
        self.answers = Answers(time.time)
        self.answering = set[str]()
        self.limiter = Limiter(config.limits)
        self.leader = OnlyOne()
        self.nodes = Alone()


def make_node(
    config: Config, store: ServingStore, services_of: Callable[[], Services]
) -> Node | None:
    """What several daemons keep together, where the configuration says that there are."""
    if not config.store.shared:
        return None
    from chatd.daemon.nodes import Node
    from chatd.store.postgres.store import PostgresStore

    assert isinstance(store, PostgresStore)
    return Node(store, config, services_of, store.all(Newcomer, limit=2 * MOST))


def open_store(config: Config) -> ServingStore:
    """The store that the configuration names; its library is imported only for it."""
    if config.store.backend == "tinydb":
        return tiny.open_store(config.data_path(), config.store)
    from chatd.store.postgres import store as postgres

    return postgres.open_store(config.store, config.data_path())


def make_search(
    config: Config, store: ServingStore, leader: Leader, rooms: Callable[[], Iterable[str]]
) -> Search:
    """What finds messages: in the database where they are in one, else in a file beside them."""
    if config.store.backend == "tinydb":
        return FedSearch(EmbeddedIndex(config.data_path() / PLACE), store, rooms)
    from chatd.search.stored import StoredIndex
    from chatd.service.searching_stored import StoredSearch

    return StoredSearch(StoredIndex(config.store.dsn), leader.leads)


def along_with_others(act: Callable[[], None]) -> None:
    """Calls at the end of this loop turn, behind the greenlets that are about to run in it and
    ahead of the flush of what they answer."""
    run = gevent.get_hub().loop.run_callback
    run(run, act)


def behind_others(act: Callable[[], None]) -> None:
    """Calls at the end of this loop turn, behind the greenlets that are about to run in it and
    behind the flush of what they answer."""
    run = gevent.get_hub().loop.run_callback
    run(run, run, act)


def beside_others(act: Callable[[], None]) -> None:
    """The same, for what may wait: in a greenlet of its own."""
    behind_others(lambda: gevent.spawn(act))


def tokens_of(store: Store, rooms: Iterable[str], now: float) -> Tokens:
    """What makes tokens and reads them, with the key that there is, or the first one. Where nobody
    was before, nobody has a token from before."""
    key = store.get(Key, TOKENS)
    if key is None:
        used = store.all(Operator, limit=1) or any(store.conversation(id).last_seq for id in rooms)
        since = to_text(now if used else 0.0)
        key = Key(id=TOKENS, key=secrets.token_hex(32), created_at=since)
        store.commit(Put(key))
    return Tokens(key.key, key.created_at)


def open_bytes(config: Config, store: Store) -> DiskBytes:
    """What files consist of, where all find the same who share the database."""
    directory = Path(config.files.directory or config.data_path())
    if config.files.directory:
        check_same(directory, store, to_text(time.time()))
    return DiskBytes(directory, sync=config.store.sync, shared=config.store.shared)


def make_pushes(config: Config, store: Store, dialer: Dialer) -> Pushes | None:
    """What gives words to push services, where that is wanted, with the key that there is, or the
    first one; its library is imported only for it."""
    if not config.push.contact:
        return None
    from chatd.errands import webpush

    key = store.get(Key, PUSH)
    if key is None:
        key = Key(id=PUSH, key=webpush.make_key(), created_at=to_text(time.time()))
        store.commit(Put(key))
    return webpush.Pushes(key.key, config.push.contact, dialer)


def assemble(
    config: Config,
    store: ServingStore,
    control: Control,
    on_death: Callable[[str, str], None],
    node: Node | None = None,
) -> Services:
    """Everything that a daemon works with; ``on_death`` is told which vital part died, and why.
    ``node``: one among others, else it is the only one."""
    services: Services
    live = node or Single(config, store)
    metrics = Metrics()
    tasks = Tasks(on_death, metrics.incidents.inc)
    dialer = Dialer(lambda: services.config.errands)
    hooks = Webhooks(
        lambda: services.config.webhooks,
        dialer,
        store,
        time.time,
    )
    runner = (node.errands if node else Errands)(
        store,
        tasks.spawn,
        time.time,
        {
            webhooks.KIND: lambda trial: hooks.carry(trial.errand),
            MAIL: lambda trial: mailing.carry(services, trial),
            PUSH: lambda trial: pushing.carry(services, trial),
        },
        lambda: services.config.errands.retry_seconds,
    )
    services = Services(
        config=config,
        filed=config,
        misfits={},
        rooms=config.room_table(),
        store=store,
        maintenance=store,
        hub=Hub(live.broker, behind_others, Rush(), along_with_others),
        connections=live.connections,
        presence=live.presence,
        crowds=live.crowds,
        operators=live.operators,
        drafts=live.drafts,
        bans=live.bans,
        newcomers=live.newcomers,
        newborn=Newborn("p"),
        new_errand=Newborn(PREFIX),
        new_file=Newborn(file.PREFIX),
        new_dialog=Newborn(dialog.PREFIX.rstrip("-"), dialog.RANDOM_BYTES),
        tokens=tokens_of(store, config.rooms, time.time()),
        turns=KeyedLocks(),
        updates=Updates(beside_others),
        waiting=live.waiting,
        calls=live.calls,
        qualities=live.qualities,
        voices=live.voices,
        pace=live.pace,
        answers=live.answers,
        places=Places(),
        pages=KeptPages(),
        kept_since=KeptSince(),
        leader=live.leader,
        limiter=live.limiter,
        metrics=metrics,
        refusals=Refusals(metrics.refusals.count),
        bots=BotsOfSites(lambda site: services.config.bot_of(site), make_bot),
        errands=runner,
        webhooks=hooks,
        dialer=dialer,
        pushes=make_pushes(config, store, dialer),
        pushing={},
        tasks=tasks,
        control=control,
        now=time.time,
        answering=live.answering,
        nodes=live.nodes,
        audit=Audit(
            config.data_path(),
            max_bytes=config.audit.max_bytes,
            keep_files=config.audit.keep_files,
            now=lambda: to_text(time.time()),
            on_death=lambda why: on_death("audit", why),
        ),
        hashing=Hashing(),
        bytes=open_bytes(config, store),
        helpers=Helpers(metrics.incidents.inc),
        receiving={},
        search=make_search(config, store, live.leader, lambda: services.rooms),
        library=Library(),
    )
    services.search.claim()
    store.follow(services.search.hear)
    store.observe_commits(metrics.commit_seconds.observe)
    services.waiting.fill(store.open_tickets(), services.now())
    services.calls.fill(store.all(Call, limit=MOST_CALLS))
    return services
