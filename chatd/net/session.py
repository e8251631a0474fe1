"""One connection's life, whatever carries it: frames in, commands carried out, answers out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import gevent
from gevent.event import Event
from gevent.lock import Semaphore
from loguru import logger

from chatd.delivery.codec import Codec
from chatd.delivery.mailbox import Mailbox
from chatd.dispatch.dispatcher import Dispatcher
from chatd.domain.ids import new_id
from chatd.domain.network import network_of
from chatd.domain.times import to_text
from chatd.errors import Banned, ChatdError
from chatd.live.connections import CLOSE_BANNED, CLOSE_UNIDENTIFIED, Connection
from chatd.log.often import often
from chatd.net.frames import TOO_BIG, TOO_SLOW
from chatd.net.turnstile import A_MOMENT_S, Turnstile
from chatd.protocol.commands import Command
from chatd.protocol.envelope import BadCommand, CallerId
from chatd.protocol.views import Transport
from chatd.runtime.asking import ASKED
from chatd.runtime.workers import WORKERS
from chatd.service import presence
from chatd.service.context import Caller, Services

IN_FLIGHT = 64
REFUSED = {TOO_SLOW: "slow_reader", TOO_BIG: "cap"}
DEEP = frozenset({"hello", "dialog:join"})
# Of these none is decided by what another has stored: a race that one lost overtakes nobody.
PIPELINED = frozenset({"message:send", "receipt:delivered", "receipt:read"})


class Link(Protocol):
    """What carries a connection. ``close_code`` and ``closed_by`` ("peer", "we") tell afterwards
    what ended it."""

    close_code: int | None
    close_reason: str
    closed_by: str

    @property
    def outbox(self) -> Mailbox:
        """Where what is to be sent goes."""

    @property
    def more(self) -> bool:
        """Whether more has been received than what was given out."""

    def close(self, code: int = ..., reason: str = ...) -> None:
        """Says goodbye after everything that is queued."""

    def traffic(self) -> dict[str, int]:
        """What has passed so far, and what waits."""


class Session:
    """Reads one connection. Commands that only wait for the disk overlap, up to a window; each
    begins before the next frame is read, so that what was sent in order is stored in order. One
    that is alone has nothing to overlap with and needs no greenlet of its own. Any other command
    waits for the answers of those before it, so that who reads sees what they wrote."""

    def __init__(
        self,
        link: Link,
        codec: Codec,
        *,
        dispatcher: Dispatcher,
        services: Services,
        transport: Transport,
        address: str,
        agent: str,
        origin: str | None,
        sites: tuple[str, ...] | None,
        cookie: str | None = None,
        own: bool = False,
        turnstile: Turnstile,
    ) -> None:
        self._dispatcher = dispatcher
        self._services = services
        self._link = link
        self._codec = codec
        self._sites = sites
        self._cookie = cookie
        self._own = own
        self._turnstile = turnstile
        self._network = network_of(address)
        self._window = Semaphore(IN_FLIGHT)
        self._began = time.monotonic()
        self._patience: Any = None
        self.connection = Connection(
            id=new_id("c", services.now()),
            transport=transport,
            address=address,
            agent=agent,
            origin=origin,
            sites=None if own else sites,
            since=to_text(services.now()),
            codec=codec,
            mailbox=link.outbox,
            close=link.close,
            traffic=link.traffic,
        )

    def run(self, receive: Callable[[], str | bytes | None]) -> None:
        """All that is received until ``None`` comes; what goes wrong here stays here."""
        self.begin()
        try:
            while (frame := receive()) is not None:
                self._take(frame)
        except Exception as fault:
            self._on_fault(fault)
        finally:
            self.finish()

    def begin(self) -> None:
        """The connection is there: whoever it is has to say so in time."""
        connection = self.connection
        self._services.connections.add(connection)
        often.info(
            "connections",
            "connection opened",
            connection=connection.id,
            address=connection.address,
            page=connection.origin,
        )
        self.wait_for_hello()

    def wait_for_hello(self) -> None:
        """Who does not say who they are in time, from now on, is let go."""
        if self._patience:
            self._patience.close()
        self._patience = gevent.get_hub().loop.timer(self._services.config.websocket.hello_seconds)
        self._patience.start(self._hurry)

    def take(self, frame: str | bytes) -> None:
        """One frame, where somebody else reads them; what goes wrong ends the connection."""
        try:
            self._take(frame)
        except Exception as fault:
            self._on_fault(fault)

    def finish(self) -> None:
        """The connection is gone."""
        connection = self.connection
        self._patience.close()
        presence.disconnect(self._services, connection)
        self._note_end()
        often.info(
            "connections",
            "connection closed",
            connection=connection.id,
            address=connection.address,
            principal=connection.principal.label,
            site=connection.principal.site,
            code=self._link.close_code,
            reason="" if self._link.closed_by == "peer" else self._link.close_reason,
            seconds=round(time.monotonic() - self._began, 1),
            commands=connection.commands,
        )

    def _on_fault(self, fault: Exception) -> None:
        logger.bind(area="connections").opt(exception=fault).error("{} failed", self.connection.id)
        self._services.metrics.incidents.inc()
        self._link.close(1011, "the daemon failed")

    def _note_end(self) -> None:
        """Who was let go for being too slow, or for sending too much, is told of in the log."""
        link, connection = self._link, self.connection
        reason = REFUSED.get(link.close_code or 0)
        if reason and link.closed_by == "we":
            who = connection.principal.id
            self._services.refusals.count(reason, link.close_reason, connection.address, who)

    def _hurry(self) -> None:
        if self.connection.principal.kind == "anonymous":
            self._link.close(CLOSE_UNIDENTIFIED, "no hello in time")

    def _take(self, frame: str | bytes) -> None:
        self.connection.commands += 1
        try:
            known = self.connection.principal.kind != "anonymous"
            longest = self._services.config.longest_text
            caller_id, command = self._decode(frame, longest, known=known)
        except BadCommand as bad:
            self._refuse_bad(bad)
            return
        if command.event in PIPELINED and self._overlaps():
            self._window.acquire()
            begun = Event()
            WORKERS.begin(self._overlap, caller_id, command, begun.set)
            begun.wait()
        else:
            self._settle()
            if command.event in DEEP:
                self._carry_out_apart(caller_id, command)
            else:
                self._carry_out(caller_id, command)
            self._release()

    def _decode(self, frame: str | bytes, longest: int, *, known: bool) -> tuple[CallerId, Command]:
        return self._codec.decode(frame, longest, known=known)

    def _settle(self) -> None:
        """Waits until nothing overlaps any more: the window is as wide as it was."""
        if self._window.counter < IN_FLIGHT:
            for _ in range(IN_FLIGHT):
                self._window.acquire()
            for _ in range(IN_FLIGHT):
                self._window.release()

    def _release(self) -> None:
        """Behind the answer comes what was announced while it was read."""
        if not self._services.hub.release(self.connection):
            self._link.close(TOO_SLOW, "more happened meanwhile than is kept: come back and resume")

    def _overlaps(self) -> bool:
        """Whether there is, or will be at once, another command to be carried out meanwhile."""
        return self._link.more or self._window.counter < IN_FLIGHT

    def _overlap(self, caller_id: CallerId, command: Command, begun: Callable[[], None]) -> None:
        asked = ASKED.set(begun)
        try:
            self._carry_out(caller_id, command)
        except Exception as fault:  # who waits for this answer gets none: it comes back and resumes
            self._on_fault(fault)
        finally:
            ASKED.reset(asked)
            begun()
            self._window.release()

    def _carry_out_apart(self, caller_id: CallerId, command: Command) -> None:
        """What an idle connection has once said goes deep, and of how deep a stack once was, its
        memory stays: that of a greenlet of its own does not. Turns are waited for before, so that
        few of these are needed."""
        self._wait_for_turns(command)
        WORKERS.carry_out(self._guard, caller_id, command)

    def _guard(self, caller_id: CallerId, command: Command) -> None:
        try:
            self._answer(caller_id, command)
        except Exception as fault:  # who waits for this answer gets none: it comes back and resumes
            self._on_fault(fault)

    def _refuse_bad(self, bad: BadCommand) -> None:
        error = bad.error
        try:
            self._services.limiter.hit("commands_per_connection", self.connection.id)
        except ChatdError as limited:
            error = limited
            gevent.sleep(A_MOMENT_S)  # to refuse costs more than to do: others go first
        refusals, who = self._services.refusals, self.connection.principal.id
        refusals.note(error, self.connection.address, who)
        if not error.noted:
            refusals.count(error.code, error.message, self.connection.address, who)
        self._refuse(bad.caller_id, error)

    def _refuse(self, caller_id: CallerId, error: ChatdError) -> None:
        self._send(self._codec.refusal(caller_id, error))

    def _carry_out(self, caller_id: CallerId, command: Command) -> None:
        self._wait_for_turns(command)
        self._answer(caller_id, command)

    def _wait_for_turns(self, command: Command) -> None:
        for _ in range(command.pages):
            self._turnstile.wait(self._network)

    def _answer(self, caller_id: CallerId, command: Command) -> None:
        connection = self.connection
        caller = Caller(
            connection.principal,
            connection.address,
            connection,
            self._sites,
            session=self._cookie,
            own=self._own,
            agent=connection.agent,
        )
        try:
            result = self._dispatcher.carry_out(caller, command)
        except ChatdError as error:
            self._refuse(caller_id, error)
            if isinstance(error, Banned):
                self._link.close(CLOSE_BANNED, error.message)
        else:
            self._send(self._codec.answer(caller_id, result))

    def _send(self, frame: bytes) -> None:
        """Nothing is sent where no answer is wanted."""
        if frame:
            self.connection.mailbox.append(frame)
