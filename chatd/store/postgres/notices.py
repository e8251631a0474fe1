"""The bus of nodes on one database: PostgreSQL's own notifications, over two connections."""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import gevent
import psycopg
from gevent.event import Event
from loguru import logger

from chatd.delivery.broker.bus import Notice, Receive
from chatd.store.postgres.committer import first_line
from chatd.store.postgres.connecting import GreenConnection, Lost, connect

CHANNEL = "chatd"
PIECE_BYTES = 7_800  # of the 8,000 that one notification holds
GROUP_BYTES = 256_000
MOST_BYTES = 16_000_000
BEAT_S = 1.0
SILENCE_S = 5.0
AGAIN_S = 0.2
FLUSH_S = 1.0
NOT_HEARD = "the other nodes are not heard"
NOT_TOLD = "the other nodes are not told"
NOTIFY = "SELECT pg_notify(%(channel)s, piece) FROM unnest(%(pieces)s::text[]) AS piece"
PIECE = re.compile(r"([^ ]+) ([0-9]{1,18}) ([0-9]{1,18}) (.*)", re.DOTALL)
LOG = logger.bind(area="nodes")


class Notices:
    """See :class:`chatd.delivery.broker.bus.Bus`. What is to be sent is sent in groups, one round
    trip each, by a connection that commits nothing else: a notification takes a lock of the whole
    server's. What could not be sent is sent again, so some may come twice.

    Every node hears its own beat: one that does not listens to nobody, and connects again.
    """

    def __init__(self, dsn: str, name: str = "") -> None:
        self.node = name_of_node(name or socket.gethostname() or "host")
        self._dsn = dsn
        self._receive: Receive = lambda notice: None
        self._interrupted: Callable[[], None] = lambda: None
        self._unsent: deque[tuple[int, str]] = deque()
        self._bytes = 0
        self._number = 0
        self._wake = Event()
        self._sender: GreenConnection | None = None
        self._pieces: dict[str, tuple[int, list[str]]] = {}
        self._greenlets: list[gevent.Greenlet] = []
        self._deaf = self._mute = False

    def attach(self, receive: Receive, interrupted: Callable[[], None]) -> None:
        self._receive, self._interrupted = receive, interrupted

    def open(self) -> None:
        """Listens from now on; psycopg.Error where that cannot be."""
        listener = self._listen()
        self._greenlets = [
            gevent.spawn(self._run_listener, listener),
            gevent.spawn(self._run_sender),
        ]

    def close(self) -> None:
        """What waits is sent, if that takes no longer than a moment."""
        with gevent.Timeout(FLUSH_S, False):
            while self._unsent and self._greenlets:
                self._wake.set()
                gevent.sleep(0.005)
        gevent.killall(self._greenlets)
        if self._sender:
            self._sender.close()

    def list_missing(self) -> list[str]:
        """What does not work of hearing and being heard."""
        said = {NOT_HEARD: self._deaf, NOT_TOLD: self._mute}
        return [what for what, is_so in said.items() if is_so]

    def list_impairments(self) -> list[str]:
        """What does not work although all are heard and told: nothing here does."""
        return []

    def watch(self) -> None:
        """Waits as long as both directions are tended; raises what ended that."""
        gevent.joinall(self._greenlets, raise_error=True, count=1)

    def send(self, text: str) -> None:
        self._number += 1
        self._unsent.append((self._number, text))
        self._bytes += len(text)
        while self._bytes > MOST_BYTES and len(self._unsent) > 1:  # never the newest itself
            self._bytes -= len(self._unsent.popleft()[1])
        self._wake.set()

    def _run_sender(self) -> None:
        while True:
            self._wake.wait(BEAT_S)
            self._wake.clear()
            try:
                if not self._unsent:
                    self._say([f"{self.node} {self._number} 0 "])
                while self._unsent:
                    self._send_group()
                self._mute = False
            except psycopg.Error as error:
                self._mute = True
                LOG.debug("{}: {}", NOT_TOLD, first_line(error))
                self._drop_sender()
                gevent.sleep(AGAIN_S)
                self._wake.set()

    def _send_group(self) -> None:
        group, size = list[tuple[int, str]](), 0
        for number, text in self._unsent:
            if group and size + len(text) > GROUP_BYTES:
                break
            group.append((number, text))
            size += len(text)
        self._say([piece for one in group for piece in pieces_of(self.node, *one)])
        while self._unsent and self._unsent[0][0] <= group[-1][0]:
            self._bytes -= len(self._unsent.popleft()[1])

    def _say(self, pieces: list[str]) -> None:
        if self._sender is None:
            self._sender = connect(self._dsn)
        self._sender.execute(NOTIFY, {"channel": CHANNEL, "pieces": pieces})

    def _drop_sender(self) -> None:
        if self._sender is not None:
            self._sender.close()
        self._sender = None

    def _listen(self) -> GreenConnection:
        connection = connect(self._dsn)
        connection.execute(f"LISTEN {CHANNEL}")
        return connection

    def _run_listener(self, listener: GreenConnection | None) -> None:
        while True:
            try:
                if listener is None:
                    listener = self._listen()
                    self._pieces.clear()
                    self._interrupted()
                for payload in hear(listener):
                    self._deaf = False
                    self._take(payload)
            except psycopg.Error as error:
                self._deaf = True
                LOG.warning("{}: {}", NOT_HEARD, first_line(error))
                if listener is not None:
                    listener.close()
                listener = None
                gevent.sleep(AGAIN_S)

    def _take(self, payload: str, pieces: dict[str, tuple[int, list[str]]] | None = None) -> None:
        """A piece: of node, number, how many follow, and the text. Whoever can connect to the
        database can say anything here."""
        pieces = self._pieces if pieces is None else pieces
        if (found := PIECE.fullmatch(payload)) is None:
            LOG.debug("what is no notice is heard among them: {!r}", payload[:100])
            return
        node, number, following, text = found[1], int(found[2]), int(found[3]), found[4]
        if node == self.node:
            return
        known, before = pieces.pop(node, (0, []))
        whole = [*before, text] if known == number else [text]
        if following:
            pieces[node] = number, whole
        else:
            self._receive(Notice(node, number, "".join(whole)))


def name_of_node(name: str) -> str:
    """One that people recognise and nobody else has, or had."""
    return f"{name}-{os.getpid()}-{secrets.token_hex(3)}"


def pieces_of(node: str, number: int, text: str) -> Iterator[str]:
    """A notice as notifications, each with how many follow."""
    pieces = list(cut_up(text))
    for following, piece in zip(reversed(range(len(pieces))), pieces, strict=True):
        yield f"{node} {number} {following} {piece}"


def cut_up(text: str) -> Iterable[str]:
    """A text in pieces that fit, none of them in the middle of a character."""
    whole = text.encode()
    if len(whole) <= PIECE_BYTES:
        yield text
        return
    begin = 0
    while begin < len(whole):
        piece = whole[begin : begin + PIECE_BYTES].decode(errors="ignore")
        begin += len(piece.encode())
        yield piece


def hear(listener: GreenConnection) -> Iterator[str]:
    """What comes, until the line is cut or nothing has come for too long."""
    last = time.monotonic()
    while True:
        with gevent.Timeout(max(0.0, SILENCE_S - (time.monotonic() - last)), False):
            listener.wait_for_news()
        listener.pgconn.consume_input()  # also for who stood still: it has come all the same
        while found := listener.pgconn.notifies():
            last = time.monotonic()
            yield found.extra.decode()
        if time.monotonic() - last >= SILENCE_S:
            raise Lost("nothing is heard")
