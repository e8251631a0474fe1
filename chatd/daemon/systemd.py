"""What systemd is told (ready, alive, reloading, stopping), and the socket that it hands over."""

from __future__ import annotations

import os
from pathlib import Path

from gevent import socket
from sdnotify import SystemdNotifier

from chatd.net.siblings import Siblings

FIRST_DESCRIPTOR = 3
UNDERSTOOD = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)
HANDED_OVER = "CHATD_LISTEN_FDS"
TOGETHER = "CHATD_PROCESS"
IDLE_S = 15.0


class Notifier:
    """Tells systemd how the daemon does; without systemd, nobody."""

    def __init__(self) -> None:
        self._notifier = SystemdNotifier()

    @property
    def interval_s(self) -> float:
        """How often :meth:`feed_watchdog` is due: twice per watchdog period."""
        microseconds = os.environ.get("WATCHDOG_USEC", "")
        return int(microseconds) / 2e6 if microseconds.isdigit() else IDLE_S

    def ready(self, status: str) -> None:
        self._notifier.notify(f"READY=1\nSTATUS={status}")

    def feed_watchdog(self) -> None:
        """Fed by the event loop itself: a loop that stands still is restarted."""
        self._notifier.notify("WATCHDOG=1")

    def reloading(self) -> None:
        """The configuration is read again."""
        self._notifier.notify("RELOADING=1")

    def stopping(self) -> None:
        self._notifier.notify("STOPPING=1")


def inherited_sockets() -> list[socket.socket]:
    """The listening sockets that systemd holds open over a restart, or that this process shares
    with others of ``chatd start --processes``."""
    shared = os.environ.get(HANDED_OVER)
    return [*map(take_over, map(int, shared.split(",")) if shared else given_descriptors())]


def siblings() -> Siblings | None:
    """The other processes of ``chatd start --processes``, where this one is one of several."""
    number, _, directory = os.environ.get(TOGETHER, "").partition(":")
    return Siblings(int(number), Path(directory)) if directory else None


def given_descriptors() -> list[int]:
    """Of the sockets that systemd has handed over."""
    count = os.environ.get("LISTEN_FDS", "")
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not count.isdigit():
        return []
    return [FIRST_DESCRIPTOR + number for number in range(int(count))]


def take_over(descriptor: int) -> socket.socket:
    """A handed-over socket that is listened on; OSError for one that connections cannot come to."""
    os.set_inheritable(descriptor, False)
    listener = socket.socket(fileno=descriptor)
    if listener.family not in UNDERSTOOD or listener.type != socket.SOCK_STREAM:
        raise OSError(f"socket {descriptor} from systemd is none that ListenStream= makes")
    listener.setblocking(False)
    return listener
