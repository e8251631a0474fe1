"""All sessions of Engine.IO on one path, and what a request asks of which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from chatd.delivery.unsent import Unsent
from chatd.errors import ChatdError, TooMany
from chatd.net.frames import GOING_AWAY, encode_text
from chatd.net.socketio.contracts import Application, Deadlines
from chatd.net.socketio.link import EngineSession
from chatd.net.socketio.polling import PollQueue
from chatd.net.socketio.refused import (
    BAD_METHOD,
    BAD_REQUEST,
    UNKNOWN_TRANSPORT,
    UNSUPPORTED,
    Refused,
)
from chatd.net.socketio.sids import Sids
from chatd.net.websocket import Heart, WebSocket
from chatd.protocol.socketio import NOOP, VERSION

PATH = "/socket.io/"
SOCKET = "chatd.socket"
MOST_PARTED = 256

Begin = Callable[[EngineSession, dict[str, Any]], Application]


class Engine:
    """All sessions on one path. ``begin``: makes what is said in a new one, or ChatdError for who
    may not have one. ``sids``: what its sessions are called."""

    def __init__(
        self,
        deadlines: Deadlines,
        heart: Heart,
        unsent: Unsent,
        most_per_network: int,
        begin: Begin,
        sids: Sids | None = None,
    ) -> None:
        self.sids = sids or Sids()
        self.deadlines = deadlines
        self.heart = heart
        self.unsent = unsent
        self.no_queue = PollQueue(0, unsent)
        self._begin = begin
        self._most = most_per_network
        self._sessions: dict[str, EngineSession] = {}
        self._networks: Counter[str] = Counter()
        self._parted: dict[str, None] = {}

    def check(self, query: Mapping[str, str], *, over: str) -> EngineSession | None:
        """The session that a request is about, None for a new one; Refused for a request that is
        none of either. ``over``: what it came by, "polling" or "websocket"."""
        if query.get("EIO") != VERSION:
            raise Refused(*UNSUPPORTED)
        if query.get("transport") not in ("polling", "websocket"):
            raise Refused(*UNKNOWN_TRANSPORT)
        if query["transport"] != over:
            raise Refused(*BAD_REQUEST)
        sid = query.get("sid")
        if sid is None:
            return None
        session = self._sessions.get(sid)
        if session is None:
            raise self.sids.refusal(sid)
        return session

    def respond(
        self,
        method: str,
        environ: dict[str, Any],
        address: str,
        read: Callable[[int], bytes],
    ) -> bytes:
        """What a plain request is answered: a poll, the first of which opens a session, or a POST,
        of which ``read`` reads so many bytes at most; ChatdError for any other."""
        query = query_of(environ)
        if method == "GET" and query.get("sid") in self._parted:
            del self._parted[query["sid"]]
            return NOOP.encode()
        session = self.check(query, over="polling")
        if method == "GET" and session:
            return session.poll(environ.get(SOCKET))
        if method == "GET":
            return self.open(environ, address).open_packet()
        if method != "POST" or session is None:
            raise Refused(*BAD_METHOD)
        session.post(read(self.deadlines.max_message))
        return b"ok"

    def open(
        self, environ: dict[str, Any], address: str, ws: WebSocket | None = None
    ) -> EngineSession:
        """A new session; TooMany where the address has as many as it may."""
        session = EngineSession(self, address, ws)
        if self._networks[session.network] >= self._most:
            raise TooMany("this address has as many sessions as it may", retry_after=60)
        session.application = self._begin(session, environ)
        self._sessions[session.sid] = session
        self._networks[session.network] += 1
        if ws is None:
            self.heart.add(session)
        return session

    def accept(self, ws: WebSocket, environ: dict[str, Any], address: str) -> Callable[[], None]:
        """What serves a WebSocket to its end, whether it opens a session or takes one over; the
        request is not kept for as long as that."""
        try:
            if found := self.check(query_of(environ), over="websocket"):
                return lambda: found.upgrade(ws)
            session = self.open(environ, address, ws)
        except ChatdError as refused:
            reason = refused.message
            return lambda: ws.close(GOING_AWAY, reason)
        ws.outbox.append(encode_text(session.open_packet()))
        return lambda: session.run(ws)

    def part(self, session: EngineSession) -> None:
        """The client closed it while no poll waited: the one that it had sent before, but that is
        here later, is answered as if it had come in time. Of very many the last ones."""
        self._parted[session.sid] = None
        if len(self._parted) > MOST_PARTED:
            del self._parted[next(iter(self._parted))]

    def forget(self, session: EngineSession) -> None:
        """Takes a session that is over out of the table."""
        self.heart.remove(session)
        if self._sessions.pop(session.sid, None):
            self._networks[session.network] -= 1
            if not self._networks[session.network]:
                del self._networks[session.network]


def query_of(environ: dict[str, Any]) -> dict[str, str]:
    """The query, of what is given twice the last; that it has too many fields is seen before."""
    given = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return {name: values[-1] for name, values in given.items()}
