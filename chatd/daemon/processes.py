"""``chatd start --processes N``: so many daemons on one listening socket, as if they were one."""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from loguru import logger

from chatd.config import loading
from chatd.config.settings import Config
from chatd.daemon import log
from chatd.daemon.systemd import HANDED_OVER, TOGETHER, Notifier, given_descriptors
from chatd.errors import ConfigError
from chatd.net.listening import bind

PDEATHSIG = 1
TICK_S = 0.1
SOON_S, LATEST_S = 1.0, 30.0
STEADY_S = 10.0
READY = b"ready: "
PROCESSES = "processes"
Overrides = Mapping[str, str | None]


class Child:
    """One of the daemons, started again whenever it ends by itself; the sooner it does, the longer
    it is waited before."""

    def __init__(
        self, number: int, command: Sequence[str], descriptors: Sequence[int], together: str = ""
    ) -> None:
        self.number = number
        self._together = together
        self._command = [sys.executable, "-m", "chatd", "start", *command]
        self._descriptors = descriptors
        self._said = b""
        self._began = self._next_at = 0.0
        self._pause = SOON_S
        self.process: subprocess.Popen[bytes] | None = None
        self.ready_line = ""

    def start(self) -> None:
        """Its standard output is read here; it ends with this process at the latest."""
        environment = {k: v for k, v in os.environ.items() if k not in OURS}
        environment[HANDED_OVER] = ",".join(map(str, self._descriptors))
        environment[TOGETHER] = self._together
        self._said, self._began = b"", time.monotonic()
        self.process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            pass_fds=self._descriptors,
            env=environment,
            preexec_fn=end_with_parent,
        )

    @property
    def output(self) -> int:
        """Where it says that it is ready."""
        assert self.process and self.process.stdout
        return self.process.stdout.fileno()

    def read(self) -> bool:
        """What it says; False when it says no more."""
        said = os.read(self.output, 65_536)
        if not self.ready_line:
            self._said += said
            first, end, _ = self._said.partition(b"\n")
            if end and first.startswith(READY):
                self.ready_line = first.decode()
        return bool(said)

    def send(self, number: int) -> None:
        """A signal, where it lives."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def note_end(self) -> int | None:
        """Its status, once, if it has ended: from then on it waits to be started again."""
        if self.process is None or (status := self.process.poll()) is None:
            return None
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        lived = time.monotonic() - self._began
        self._pause = SOON_S if lived > STEADY_S else min(LATEST_S, self._pause * 2)
        self._next_at = time.monotonic() + self._pause
        return status

    @property
    def is_due(self) -> bool:
        """Whether it is to be started again."""
        return self.process is None and time.monotonic() >= self._next_at


OURS = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC")


def end_with_parent() -> None:
    """Runs in the child before it is one."""
    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Processes:
    """All of them, until they are told to end, or one cannot start at all."""

    def __init__(self, children: Sequence[Child], notifier: Notifier) -> None:
        self._children = children
        self._notifier = notifier
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._told = False
        self._fed_at = 0.0
        self.exit_status = 0

    def run(self) -> int:
        """Until all have ended; the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop())
        signal.signal(signal.SIGHUP, lambda *_: self._send(signal.SIGHUP))
        for child in self._children:
            if not self._stopping:
                self._start(child)
        while any(child.process for child in self._children):
            for key, _ in self._selector.select(TICK_S):
                if not key.data.read():
                    self._selector.unregister(key.fileobj)
            for child in self._children:
                self._tend(child)
            self._tell()
        return self.exit_status

    def _start(self, child: Child) -> None:
        child.start()
        self._selector.register(child.output, selectors.EVENT_READ, child)
        if self._stopping:  # since it was begun: it was not there yet to be told
            child.send(signal.SIGTERM)

    def _tend(self, child: Child) -> None:
        output = child.output if child.process else -1
        status = child.note_end()
        if status is None:
            if child.is_due and not self._stopping:
                self._start(child)
            return
        with suppress(KeyError):
            self._selector.unregister(output)
        if self._stopping or not self._told:  # one that cannot start at all says why
            if not (self._stopping and status == -signal.SIGTERM):  # told before it could listen
                self.exit_status = max(self.exit_status, status if status >= 0 else 1)
            self._stop()
            return
        logger.error("process {} ended with {}: it is started again", child.number, status)

    def _tell(self) -> None:
        """That all are ready, once; and that this one still looks after them."""
        if not self._told and all(child.ready_line for child in self._children):
            self._told = True
            print(self._children[0].ready_line, flush=True)
            self._notifier.ready(f"serving, {len(self._children)} processes")
        if self._told and time.monotonic() - self._fed_at > self._notifier.interval_s:
            self._fed_at = time.monotonic()
            self._notifier.feed_watchdog()

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._notifier.stopping()
            self._send(signal.SIGTERM)

    def _send(self, number: int) -> None:
        for child in self._children:
            child.send(number)


def run(given: str | None, overrides: Overrides, count: int) -> int:
    """As many daemons as asked for; the exit status."""
    try:
        path = loading.find_config(given)
        config = loading.load(path, **overrides)
        if not config.store.shared:
            raise ConfigError(
                "--processes: several processes need a database that they share: store.backend = "
                "'postgres' and store.shared = true; the files of 'tinydb' are one process's"
            )
        listeners: list[Any] = [] if given_descriptors() else [bind(config.server.listen)]
    except (ConfigError, OSError) as error:
        log.complain(str(error))
        return 2 if isinstance(error, ConfigError) else 1
    descriptors = given_descriptors() or [one.fileno() for one in listeners]
    directory = config.data_path().absolute() / PROCESSES
    children = [
        Child(
            number,
            words(number, path, config, overrides),
            descriptors,
            f"{number}:{directory}" if count > 1 else "",
        )
        for number in range(1, count + 1)
    ]
    return Processes(children, Notifier()).run()


def words(number: int, path: Path | None, config: Config, overrides: Overrides) -> list[str]:
    """The command line of one of them: the first has the configured directory and admin socket, the
    others their own below it, and the next ports for figures."""
    data, socket = config.data_path(), config.socket_path()
    if number > 1:
        data = data / PROCESSES / str(number)
        socket = data / "admin" / "admin.sock"
    given = ["--config", str(path)] if path else []
    given += ["--data-dir", str(data), "--socket", str(socket)]
    if listen := overrides.get("server__listen"):
        given += ["--listen", listen]
    if config.server.metrics_listen:
        host, _, port = config.server.metrics_listen.rpartition(":")
        given += ["--metrics-listen", f"{host}:{int(port) + number - 1 if int(port) else 0}"]
    return given
