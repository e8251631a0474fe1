"""What stands between a node and its database: it can hold what passes, or cut it off."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = ".s.PGSQL.5432"
A_MOMENT_S = 0.05
PIECE = 65_536


class Between:
    """A socket in a directory of its own, so that a DSN may name that. ``held``: nothing passes in
    either direction, as when packets are lost; ``deaf``: nothing comes back."""

    def __init__(self, home: Path, database: Path) -> None:
        self.home = home
        self._database = database
        self._may_ask = threading.Event()
        self._may_answer = threading.Event()
        self._lines: set[socket.socket] = set()
        self._refusing = self._ended = False
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(home / NAME))
        self._listener.listen(100)
        self._listener.settimeout(A_MOMENT_S)
        self.let_go()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def hold(self) -> None:
        """Nothing passes, and nobody is told."""
        self._may_ask.clear()
        self._may_answer.clear()

    def deafen(self) -> None:
        """What is asked arrives, what is answered does not."""
        self._may_answer.clear()

    def cut(self) -> None:
        """All lines break, and there are no new ones."""
        self._refusing = True
        self._break()

    def let_go(self) -> None:
        """All passes, what was held, too."""
        self._refusing = False
        self._may_ask.set()
        self._may_answer.set()

    def end(self) -> None:
        """For ever."""
        self._ended = True
        self.cut()
        self.let_go()
        self._thread.join(10)
        self._break()
        self._listener.close()

    def _run(self) -> None:
        while not self._ended:
            with suppress(TimeoutError):
                near = self._listener.accept()[0]
                near.settimeout(None)
                if self._refusing:
                    near.close()
                else:
                    self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(str(self._database / NAME))
        except OSError:
            near.close()
            far.close()
            return
        self._lines |= {near, far}
        for come, go, may in ((near, far, self._may_ask), (far, near, self._may_answer)):
            threading.Thread(target=self._pass, args=(come, go, may), daemon=True).start()

    def _pass(self, come: socket.socket, go: socket.socket, may: threading.Event) -> None:
        with suppress(OSError):
            while piece := come.recv(PIECE):
                may.wait()
                go.sendall(piece)
        for line in (come, go):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            self._lines.discard(line)
        come.close()

    def _break(self) -> None:
        for line in list(self._lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


@contextmanager
def between(home: Path, database: Path) -> Iterator[Between]:
    """As long as a test lasts."""
    made = Between(home, database)
    try:
        yield made
    finally:
        made.end()
