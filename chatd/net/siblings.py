"""The other processes on the same listening socket: a connection that came to the wrong one is
handed on with what was read of it, and is the other's from then on."""

from __future__ import annotations

import array
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent
from gevent import monkey, socket
from gevent.pool import Pool
from gevent.server import StreamServer
from loguru import logger

from chatd.runtime.unix_sockets import address

PATIENCE_S = 1.0
HERE = b"+"
BACKLOG = 128
MOST_BYTES = 131_072
ONE = socket.CMSG_SPACE(array.array("i").itemsize)
LOG = logger.bind(area="http")
Take = Callable[[socket.socket, bytes], None]


class Siblings:
    """Each listens at its ``number`` in a directory of theirs. Who is called says that it is there,
    and is given the connection then: one that stands still is given none, and one that is gone
    cannot be called."""

    def __init__(self, number: int, directory: Path) -> None:
        self.number = number
        self.directory = directory
        self._take: Take = let_go
        self._server: StreamServer | None = None

    def listen(self, take: Take) -> None:
        """Others may hand connections on to this one from now on. ``take``: what becomes of one,
        with what it has said so far."""
        self._take = take
        self._listen()

    def keep_name(self) -> None:
        """Whoever removes the socket's name keeps the others from handing anything on: it is made
        again."""
        before = self._server
        with suppress(OSError):  # no space, say: tried again with the next look
            if before is None or self._path(self.number).is_socket():
                return
            self._listen()
            before.close()
            LOG.warning("somebody has removed {}: it is made again", self._path(self.number))

    def _listen(self) -> None:
        path = self._path(self.number)
        self.directory.mkdir(mode=0o700, exist_ok=True)
        path.unlink(missing_ok=True)  # of one that was killed
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        mask = os.umask(0o177)
        try:
            with address(path) as name:
                listener.bind(name)
        finally:
            os.umask(mask)
        listener.listen(BACKLOG)

        self._server = StreamServer(listener, self._receive, spawn=Pool(BACKLOG))
        self._server.start()

    def _receive(self, line: socket.socket, _: object) -> None:
        if found := receive(line):
            self._take(*found)

    def close(self) -> None:
        """Nothing is handed on to this one any more."""
        if self._server is not None:
            self._server.stop(timeout=0)
            self._path(self.number).unlink(missing_ok=True)

    def give(self, number: int, sock: socket.socket, said: bytes) -> bool:
        """Whether a connection is that one's from now on; this process has only to close it."""
        try:
            with (
                socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line,
                watched_by_loop() as watched,
            ):
                self._call(line, number)
                descriptor = array.array("i", [sock.fileno()])
                line.sendmsg([said], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptor)])
                forget(sock, watched)
        except TimeoutError:
            LOG.warning("process {} of this node does not answer", number)
            return False
        except OSError as error:
            LOG.debug("process {} of this node cannot be called: {}", number, error)
            return False
        return True

    def _call(self, line: Any, number: int) -> None:
        """OSError for one that does not answer, or cannot even be called."""
        line.settimeout(PATIENCE_S)
        with address(self._path(number)) as name:
            line._sock.connect(name)  # gevent would try on and on where too many wait to be heard
        if line.recv(1) != HERE:
            raise ConnectionResetError("it has ended")

    def _path(self, number: int) -> Path:
        return self.directory / f"{number}.sock"


def let_go(sock: socket.socket, said: bytes) -> None:
    """Before anybody takes connections over."""
    sock.close()


def receive(line: socket.socket) -> tuple[socket.socket, bytes] | None:
    """A connection and what it has said, from who has called; None where they give none."""
    line.settimeout(PATIENCE_S)
    with suppress(OSError):
        line.sendall(HERE)
        said, given, *_ = line.recvmsg(MOST_BYTES, ONE, socket.MSG_CMSG_CLOEXEC)
        for _, _, data in given:
            return socket.socket(fileno=array.array("i", data)[0]), said
    return None


def watched_by_loop() -> Any:
    """What the loop looks at, to be had before anything is given away: for a descriptor may be
    lacking."""
    loop = os.dup(gevent.get_hub().loop.fileno())
    return monkey.get_original("select", "epoll").fromfd(loop)


def forget(sock: socket.socket, watched: Any) -> None:
    """Takes a socket out of what the loop looks at. To close it is not enough, for it stays open
    in another process: the loop would be told what happens there, and begin all over each time."""
    with suppress(OSError):
        watched.unregister(sock.fileno())
