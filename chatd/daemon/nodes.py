"""A node among others on one database: what they tell each other, and what is done about it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import gevent
import psycopg
from loguru import logger
from msgspec import convert

from chatd.config.settings import Config
from chatd.delivery.broker.exchange import Exchange
from chatd.delivery.broker.shared import SharedBroker
from chatd.domain.call import Call
from chatd.domain.participant import Ban, Newcomer, Operator
from chatd.domain.principal import Principal
from chatd.domain.ticket import Ticket
from chatd.errands.shared import SharedErrands
from chatd.errors import Unavailable
from chatd.handlers import accounts, operating, operators, programs, second_factors
from chatd.live.connections import CLOSE_REPLACED, Connection
from chatd.live.shared.answering import Answering
from chatd.live.shared.bans import Bans
from chatd.live.shared.calls import Calls
from chatd.live.shared.connections import Connections
from chatd.live.shared.drafts import Drafts
from chatd.live.shared.facts import Told
from chatd.live.shared.limits import Limits
from chatd.live.shared.nodes import Nodes, Reply
from chatd.live.shared.open_tickets import OpenTickets
from chatd.live.shared.operators import OperatorsOnline
from chatd.live.shared.passing import Answers, Crowds, Newcomers, QueuePace
from chatd.live.shared.presence import Presence
from chatd.live.shared.qualities import Qualities
from chatd.live.shared.voices import Voices
from chatd.protocol.commands import Command
from chatd.service import (
    elsewhere,
    forgetting,
    groups,
    managing,
    people,
    presence,
    together,
    uploads,
    visits,
    voices,
)
from chatd.service.catching_up import StoreReading
from chatd.service.context import Caller, Services
from chatd.store.base import Store
from chatd.store.postgres.committer import first_line
from chatd.store.postgres.leading import LEASE_S, LOOK_S, Leading
from chatd.store.postgres.notices import Notices
from chatd.store.postgres.store import PostgresStore

MOST_BANS = 100_000
MOST_CALLS = 100_000
TRIES = 5
AGAIN_S = 1.0
MEET_S = 2.0
A_MOMENT_S = 0.05
NOT_LED = "it is not known which node leads"
LOG = logger.bind(area="nodes")
Act = Callable[..., None]


def rename(services: Services, who: Any) -> None:
    """Somebody goes by another name."""
    presence.rename_here(services, convert(who, Principal))


def expel(services: Services, username: str, why: str, session: str) -> None:
    """An operator's sessions have ended, or one."""
    operators.expel_here(services, username, why, session)


def serve(services: Services, username: str, before: Sequence[str]) -> None:
    """An account was changed; ``before``: its sites, which nodes of older versions look at."""
    if operator := services.store.get(Operator, username):
        accounts.serve_here(services, operator)


def revoke(services: Services, session: str) -> None:
    """A program's token was taken back."""
    programs.expel_here(services, session)


def expel_person(services: Services, username: str, why: str, session: str, but: str) -> None:
    """A person's sessions have ended, or some."""
    people.expel_here(services, username, why, session, but)


def come_over(services: Services, participant_id: str) -> None:
    """A visitor has an account now, or is whom their site names."""
    visits.end(services, participant_id)


def end_device(services: Services, participant_id: str, token_hash: str) -> None:
    """Somebody whom their site names is so by this token no longer."""
    visits.end_device(services, participant_id, token_hash)


def put_out(services: Services, dialog_id: str, participant_id: str) -> None:
    """Somebody is in a dialog of people no longer."""
    groups.put_out_here(services, dialog_id, participant_id)


def forget(services: Services, participant_id: str) -> None:
    """Somebody is there for nobody any more."""
    forgetting.expel_here(services, participant_id)


def refresh_settings(services: Services) -> None:
    """What is set of sites and departments is another."""
    managing.refresh(services)


def unproven(services: Services) -> None:
    """An operator has no second factor any more."""
    second_factors.shut_out_unproven(services)


HEARD = (
    *(rename, expel, revoke, serve, expel_person, come_over, end_device),
    *(put_out, forget, uploads.hang_up_here, unproven, refresh_settings),
)
ACTS: dict[str, Act] = {one.__name__: one for one in HEARD}


class StoredTickets:
    """See :class:`chatd.live.shared.open_tickets.Stored`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open_tickets(self) -> Sequence[Ticket]:
        """Those that are not closed."""
        return self._store.open_tickets()

    def ticket(self, id: str) -> Ticket | None:
        """As it is now."""
        return self._store.get(Ticket, id)


def make_bus(config: Config) -> Notices:
    """What carries notices; the library for Redis is imported only for it."""
    if not config.store.redis:
        return Notices(config.store.dsn, config.server.node)
    from chatd.store.postgres.over_redis import RedisNotices

    return RedisNotices(config.store.dsn, config.server.node, config.store.redis)


class Node:
    """This one. ``services_of``: what it works with, once that is put together."""

    def __init__(
        self,
        store: PostgresStore,
        config: Config,
        services_of: Callable[[], Services],
        newcomers: Iterable[Newcomer],
    ) -> None:
        self._services_of = services_of
        self._carry_out: Callable[[Caller, Command], Any] = not_yet
        self._store = store
        self._bus = make_bus(config)
        self.exchange = exchange = Exchange(self._bus)
        self.leader = Leading(store.pool, self._bus.node)
        self.broker = SharedBroker(exchange, StoreReading(services_of))
        self.connections = Connections(exchange, self._replace, self._note_connections)
        self.presence = Presence(exchange, self._note_people)
        self.operators = OperatorsOnline(exchange, self._note_operators)
        self.drafts = Drafts(exchange)
        self.answering = Answering(exchange)
        self.crowds = Crowds(exchange)
        self.pace = QueuePace(exchange)
        self.answers = Answers(exchange)
        self.bans = Bans(exchange, partial(store.all, Ban, limit=MOST_BANS), self._end_banned)
        self.newcomers = Newcomers(exchange, newcomers, partial(store.get, Newcomer))
        self.limiter = Limits(exchange, config.limits)
        self.waiting = OpenTickets(exchange, StoredTickets(store), self._note_ticket)
        self.calls = Calls(exchange, partial(store.all, Call, limit=MOST_CALLS))
        self.qualities = Qualities(exchange)
        self.voices = Voices(exchange, self._note_voice)
        self.nodes = Nodes(exchange, self._act, self._reply)

    def start(self, carry_out: Callable[[Caller, Command], Any]) -> None:
        """Hears the others from now on, and knows what they know before anybody is served.
        ``carry_out``: what another node asks for."""
        self._carry_out = carry_out
        services = self._services_of()
        try:
            self._bus.open()
        except psycopg.Error as error:
            raise Unavailable(f"PostgreSQL: {first_line(error)}") from None
        self.exchange.arrive()
        self._meet()
        self.waiting.read_again()
        self.bans.read_again()
        self.calls.read_again()
        managing.refresh(services)
        services.tasks.spawn("notices", self._bus.watch, vital=True)
        services.tasks.spawn("leading", self.leader.run, vital=True)
        services.tasks.every("nodes", 1.0, self.exchange.tend)

    def list_missing(self) -> list[str]:
        """What this node lacks to be one of several."""
        unknown = [] if self.leader.is_known else [NOT_LED]
        return [*self._bus.list_missing(), *unknown]

    def list_impairments(self) -> list[str]:
        """What does not work although it is one of several all the same."""
        return self._bus.list_impairments()

    def _meet(self) -> None:
        """Until as many were heard of as are there, if that takes no longer than usual."""
        others = self._store.count_users() - 1
        deadline = time.monotonic() + MEET_S
        while len(self.exchange.nodes) < others and time.monotonic() < deadline:
            gevent.sleep(0.01)
        gevent.sleep(A_MOMENT_S if others else 0)  # what they hold is on its way

    def errands(self, *parts: Any) -> SharedErrands:
        """The runner of this node."""
        return SharedErrands(self.exchange, self.leader.leads, *parts)

    def let_go(self) -> None:
        """Another one leads from now on."""
        self.leader.close()

    def stop(self) -> None:
        """The others know that it is gone."""
        self.exchange.leave()
        self._bus.close()

    def _beside(self, work: Callable[..., None], *args: Any) -> None:
        """What may wait; who heard of it may not."""
        services = self._services_of()
        services.tasks.spawn(f"nodes:{work.__name__}", work, services, *args)

    def _leading(self, work: Callable[..., None], *args: Any) -> None:
        """By the one that leads, which may be the one that is gone: then by who leads next."""

        def wait(services: Services) -> None:
            if not self.leader.leads():
                gevent.sleep(LEASE_S + LOOK_S)
            if self.leader.leads():
                work(services, *args)

        self._beside(wait)

    def _act(self, act: str, words: list[Any]) -> None:
        if act in ACTS:  # a newer node may know of more
            self._beside(persist, ACTS[act], words)

    def _reply(self, question: Any, give: Reply) -> None:
        self._beside(reply, self._carry_out, question, give)

    def _replace(self, connection: Connection) -> None:
        self._beside(replace, connection)

    def _end_banned(self) -> None:
        self._beside(end_banned)

    def _note_ticket(self, ticket: Ticket) -> None:
        if ticket.status != "waiting":
            self._services_of().places.forget(ticket.id)

    def _note_people(self, people: Iterator[tuple[str, Principal]], back: bool) -> None:
        self._leading(elsewhere.tell_people, list(people))

    def _note_operators(self, usernames: set[str], back: bool) -> None:
        found = {one for one in usernames if back or self.operators.status(one) == "offline"}
        self._leading(elsewhere.tell_operators, found)

    def _note_connections(self, facts: Told, back: bool) -> None:
        ids = {id for id, _ in facts}
        self._leading(elsewhere.note_customers, ids)

    def _note_voice(self, dialog_id: str) -> None:
        self._beside(voices.tell, dialog_id)


def persist(services: Services, act: Act, words: Iterable[Any]) -> None:
    """Does it, as soon as what it needs can be read."""
    for _ in range(TRIES):
        try:
            act(services, *words)
            return
        except (Unavailable, OSError) as error:
            LOG.debug("{} is done later: {}", act.__name__, error)
        gevent.sleep(AGAIN_S)
    LOG.warning("{} could not be done here", act.__name__)


def not_yet(caller: Caller, command: Command) -> Any:
    """Nothing is carried out before it starts."""
    raise Unavailable("this node starts")


def reply(
    services: Services, carry_out: Callable[[Caller, Command], Any], question: Any, give: Reply
) -> None:
    """What another node has asked for, and what came of it."""
    give(together.reply(carry_out, question))


def replace(services: Services, connection: Connection) -> None:
    """A newer one has been made to another node."""
    services.connections.replaced += 1
    presence.disconnect(services, connection)
    connection.close(CLOSE_REPLACED, "replaced by a newer connection")


def end_banned(services: Services) -> None:
    """Who is kept out by now."""
    operating.end_banned(services)
