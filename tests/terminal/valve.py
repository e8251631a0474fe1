"""Stands between a client and the daemon, and holds back for a while what the daemon says."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Valve:
    """Passes bytes on; what came while it was shut leaves in one piece when it opens."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self.daemon = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self.listener.getsockname())
        self.held = b""
        self.shut = False
        self._lock = threading.Lock()
        self._client: socket.socket | None = None
        self.start(self.serve)

    def start(self, work: object, *args: object) -> None:
        """A thread that ends with the test."""
        threading.Thread(target=work, args=args, daemon=True).start()  # type: ignore[arg-type]

    def serve(self) -> None:
        """One client after another."""
        with contextlib.suppress(OSError):
            while True:
                self._client, _ = self.listener.accept()
                daemon = socket.create_connection(self.daemon)
                self.start(self.up, self._client, daemon)
                self.start(self.down, daemon)

    def up(self, client: socket.socket, daemon: socket.socket) -> None:
        """What the client says."""
        with contextlib.suppress(OSError):
            while piece := client.recv(65536):
                daemon.sendall(piece)
            daemon.shutdown(socket.SHUT_WR)

    def down(self, daemon: socket.socket) -> None:
        """What the daemon says."""
        with contextlib.suppress(OSError):
            while piece := daemon.recv(65536):
                with self._lock:
                    self.held += piece
                    if not self.shut:
                        self.flush()

    def flush(self) -> None:
        """Lets out what is held."""
        held, self.held = self.held, b""
        if self._client:
            self._client.sendall(held)

    def hold(self) -> None:
        """Shuts."""
        self.shut = True

    def release(self) -> None:
        """Opens."""
        with self._lock:
            self.shut = False
            self.flush()


@contextlib.contextmanager
def valve(address: str) -> Iterator[Valve]:
    """A valve in front of a daemon."""
    made = Valve(address)
    yield made
    made.listener.close()
