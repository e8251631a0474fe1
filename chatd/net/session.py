"""One WebSocket connection's life: frames in, commands carried out, answers out, then let go."""

from __future__ import annotations

import time
from typing import Any

import gevent
from gevent.lock import Semaphore
from loguru import logger

from chatd.dispatch.dispatcher import Dispatcher
from chatd.domain.ids import new_id
from chatd.domain.network import network_of
from chatd.domain.times import to_text
from chatd.errors import Banned, ChatdError, Malformed
from chatd.live.connections import CLOSE_BANNED, CLOSE_UNIDENTIFIED, Connection
from chatd.net.frames import TOO_BIG, TOO_SLOW
from chatd.net.turnstile import Turnstile
from chatd.net.websocket import WebSocket, encode_text
from chatd.protocol import envelope
from chatd.protocol.commands import Command
from chatd.protocol.envelope import BadCommand, CallerId
from chatd.service import presence
from chatd.service.context import Caller, Services

IN_FLIGHT = 64
REFUSED = {TOO_SLOW: "slow_reader", TOO_BIG: "cap"}
PIPELINED = frozenset({"message:send", "receipt:delivered", "receipt:read", "message:react"})


def event_frame(event: str, data: bytes) -> bytes:
    """An event as a ready WebSocket frame: the codec of these connections."""
    return encode_text(b'{"event":"' + event.encode() + b'","data":' + data + b"}")


def log() -> Any:
    """Made anew for each line, so that no connection holds one."""
    return logger.bind(area="connections")


class Session:
    """Reads one connection. Commands that only wait for the disk overlap, up to a window; each
    begins before the next frame is read, so that what was sent in order is stored in order. One
    that is alone has nothing to overlap with and needs no greenlet of its own."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        services: Services,
        ws: WebSocket,
        *,
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
        self._ws = ws
        self._sites = sites
        self._cookie = cookie
        self._own = own
        self._turnstile = turnstile
        self._network = network_of(address)
        self._window = Semaphore(IN_FLIGHT)
        self.connection = Connection(
            id=new_id("c", services.now()),
            transport="websocket",
            address=address,
            agent=agent,
            origin=origin,
            sites=None if own else sites,
            since=to_text(services.now()),
            codec=event_frame,
            outbox=ws.outbox,
            close=ws.close,
            traffic=ws.traffic,
        )

    def run(self) -> None:
        """Until the peer or the daemon closes; what goes wrong here stays here."""
        connection = self.connection
        self._services.connections.add(connection)
        began = time.monotonic()
        log().info(
            "connection opened",
            connection=connection.id,
            address=connection.address,
            page=connection.origin,
        )
        patience = gevent.get_hub().loop.timer(self._services.config.websocket.hello_seconds)
        patience.start(self._hurry)
        try:
            while (frame := self._ws.receive()) is not None:
                self._take(frame)
        except Exception as fault:
            self._failed(fault)
        finally:
            patience.close()
            presence.gone(self._services, connection)
            self._note_end()
            log().info(
                "connection closed",
                connection=connection.id,
                address=connection.address,
                principal=connection.principal.label,
                site=connection.principal.site,
                code=self._ws.close_code,
                reason="" if self._ws.closed_by == "peer" else self._ws.close_reason,
                seconds=round(time.monotonic() - began, 1),
                commands=connection.commands,
            )

    def _failed(self, fault: Exception) -> None:
        log().opt(exception=fault).error("{} failed", self.connection.id)
        self._services.metrics.incidents.inc()
        self._ws.close(1011, "the daemon failed")

    def _note_end(self) -> None:
        """Who was let go for being too slow, or for sending too much, is told of in the log."""
        ws, connection = self._ws, self.connection
        reason = REFUSED.get(ws.close_code or 0)
        if reason and ws.closed_by == "we":
            who = connection.principal.id
            self._services.refusals.refused(reason, ws.close_reason, connection.address, who)

    def _hurry(self) -> None:
        if self.connection.principal.kind == "anonymous":
            self._ws.close(CLOSE_UNIDENTIFIED, "no hello in time")

    def _take(self, frame: str | bytes) -> None:
        self.connection.commands += 1
        try:
            if isinstance(frame, bytes):
                raise BadCommand(None, Malformed("a binary frame: commands are JSON text"))
            known = self.connection.principal.kind != "anonymous"
            longest = self._services.config.longest_text()
            caller_id, command = envelope.decode(frame, longest, known=known)
        except BadCommand as bad:
            self._refuse_bad(bad)
            return
        if command.event in PIPELINED and self._overlaps():
            self._window.acquire()
            gevent.spawn(self._overlap, caller_id, command)
            gevent.sleep(0)
        else:
            self._carry_out(caller_id, command)
            self._release()

    def _release(self) -> None:
        """Behind the answer comes what was announced while it was read."""
        if not self._services.hub.release(self.connection):
            self._ws.close(TOO_SLOW, "more happened meanwhile than is kept: come back and resume")

    def _overlaps(self) -> bool:
        """Whether there is, or will be at once, another command to be carried out meanwhile."""
        return self._ws.more or self._window.counter < IN_FLIGHT

    def _overlap(self, caller_id: CallerId, command: Command) -> None:
        try:
            self._carry_out(caller_id, command)
        except Exception as fault:  # who waits for this answer gets none: it comes back and resumes
            self._failed(fault)
        finally:
            self._window.release()

    def _refuse_bad(self, bad: BadCommand) -> None:
        error = bad.error
        try:
            self._services.limiter.hit("commands_per_connection", self.connection.id)
        except ChatdError as limited:
            error = limited
        refusals, who = self._services.refusals, self.connection.principal.id
        refusals.note(error, self.connection.address, who)
        if not error.noted:
            refusals.refused(error.code, error.message, self.connection.address, who)
        self._send(envelope.refusal(bad.caller_id, error))

    def _carry_out(self, caller_id: CallerId, command: Command) -> None:
        for _ in range(command.pages):
            self._turnstile.wait(self._network)
        connection = self.connection
        caller = Caller(
            connection.principal,
            connection.address,
            connection,
            self._sites,
            session=self._cookie,
            own=self._own,
        )
        try:
            result = self._dispatcher.carry_out(caller, command)
        except ChatdError as error:
            self._send(envelope.refusal(caller_id, error))
            if isinstance(error, Banned):
                self._ws.close(CLOSE_BANNED, error.message)
        else:
            self._send(envelope.answer(caller_id, result))

    def _send(self, payload: bytes) -> None:
        self.connection.outbox.append(encode_text(payload))
