"""A network between a browser and a daemon that can be cut, go silent, or refuse WebSockets."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

LONGEST_HOLD = 60


class Wire:
    """Forwards TCP to ``target``; what happens on it changes at any moment.

    ``cut``: everything ends and nothing begins. ``deaf``: what the browser says arrives, answers
    do not. ``no_websockets``: a connection whose first request is for ``/ws`` ends. ``hold``:
    answers wait for ``release``, and then come all at once.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._cut = False
        self._flowing = threading.Event()
        self._flowing.set()
        self.deaf = False
        self.no_websockets = False
        self.attempts = 0
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()
        # Closing alone would leave accept() waiting.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def cut(self) -> None:
        """Ends what goes over the wire, and what tries to."""
        with self._lock:
            self._cut = True
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Everything goes over it again."""
        self._cut = self.deaf = False

    def hold(self) -> None:
        """What the daemon says gets no further."""
        self._flowing.clear()

    def release(self) -> None:
        """It does again."""
        self._flowing.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                self.attempts += 1
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError), near:
            first = b"" if self._cut else near.recv(65536)
            if not first or (self.no_websockets and first.startswith(b"GET /ws")):
                return
            with socket.create_connection(self._target) as far:
                far.sendall(first)
                self._join(near, far)

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        with self._lock:
            self._open |= {near, far}
            if self._cut:
                return
        back = threading.Thread(target=self._pump, args=(far, near, True), daemon=True)
        back.start()
        self._pump(near, far, False)
        back.join()
        with self._lock:
            self._open -= {near, far}

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if answers:
                    self._flowing.wait(LONGEST_HOLD)
                if not (answers and self.deaf):
                    sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
