"""Starts what is measured, pinned to its core; looks at its memory and CPU time; stops it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dialects import Chatd, Dialect, Plain, SocketIO, Typing
from benchmarks.sockets import Broken

HERE = Path(__file__).parent
CACHE = HERE / ".cache"
PEER_PYTHON = CACHE / "venv" / "bin" / "python"
NODE = CACHE / "node"
SERVER_CORE, LOAD_CORE = 0, 1
PAGE = os.sysconf("SC_PAGE_SIZE")
UNLIMITED = "100000000/second"
CONFIG = f"""
[server]
max_connections = 30000
max_connections_per_address = 30000

[limits]
commands_per_connection = "{UNLIMITED}"
messages_per_participant = "{UNLIMITED}"
messages_per_address = "{UNLIMITED}"
drafts_per_connection = "{UNLIMITED}"
spread_per_participant = "1000000000000/second"
spread_per_address = "1000000000000/second"
changes_per_participant = "{UNLIMITED}"
changes_per_address = "{UNLIMITED}"
drafts_per_address = "{UNLIMITED}"
signs_per_participant = "{UNLIMITED}"
signs_per_address = "{UNLIMITED}"
joins_per_participant = "{UNLIMITED}"
joins_per_address = "{UNLIMITED}"
renames_per_participant = "{UNLIMITED}"
renames_per_address = "{UNLIMITED}"
read_bytes_per_participant = "1000000000000/second"
read_bytes_per_address = "1000000000000/second"
connections_per_address = "{UNLIMITED}"
requests_per_address = "{UNLIMITED}"
visitors_per_address = "{UNLIMITED}"
tickets_per_address = "{UNLIMITED}"
logins_per_account = "{UNLIMITED}"
logins_per_address = "{UNLIMITED}"

[tickets]
capacity = 1000

[rooms.bench]
title = "Bench"
capacity = 30000
"""


def rooms(count: int) -> str:
    """The configuration of as many rooms: r0, r1, …"""
    return "".join(f'[rooms.r{number}]\ntitle = "R{number}"\n' for number in range(count))


@dataclass(frozen=True)
class Peer:
    """A program that is measured; ``command`` gets the port as its last word."""

    name: str
    command: tuple[str, ...]
    dialect: Dialect


def node(script: str) -> tuple[str, ...]:
    return ("node", str(HERE / "peers" / script))


def python(script: str) -> tuple[str, ...]:
    return (str(PEER_PYTHON), str(HERE / "peers" / script))


CHATD = Peer("chatd", (), Chatd())
TYPING = Peer("chatd, drafts", (), Typing())
PEERS = (
    Peer("ws", node("ws_server.js"), Plain()),
    Peer("socket.io", node("socketio_server.js"), SocketIO()),
    Peer("websockets", python("websockets_server.py"), Plain()),
    Peer("aiohttp", python("aiohttp_server.py"), Plain()),
    Peer("python-socketio", python("python_socketio_server.py"), SocketIO()),
    Peer("picows", python("picows_server.py"), Plain()),
)
CALLS = tuple(
    Peer(name, (sys.executable, str(HERE / "peers" / "calls_server.py"), way), Plain())
    for name, way in (
        ("system calls alone", "compiled"),
        ("system calls alone and a sync", "synced"),
        ("the same, in Python", "python"),
    )
)
EXCHANGES = Peer(
    "exchanges alone", (sys.executable, str(HERE / "peers" / "exchanges_server.py")), Plain()
)
HTTP_PEERS = (
    Peer("Flask", python("flask_server.py"), Plain()),
    Peer("falcon", python("falcon_server.py"), Plain()),
)
PYTHON_PEERS = frozenset({"websockets", "aiohttp", "python-socketio"})


@dataclass
class Running:
    """A server that serves. ``ready_s``: how long it took to say so."""

    peer: Peer
    process: subprocess.Popen[str]
    port: int
    directory: Path
    ready_s: float

    @property
    def admin_socket(self) -> Path:
        """chatd's."""
        return self.directory / "admin.sock"

    def memory(self) -> int:
        """Resident bytes."""
        statm = Path(f"/proc/{self.process.pid}/statm").read_text()
        return int(statm.split()[1]) * PAGE

    def cpu_seconds(self) -> float:
        """On a core so far, all threads that are still there; exact, not counted in ticks."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def descriptors(self) -> int:
        """How many are open."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())

    def stop(self) -> int:
        """Asks it to stop; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pin(core: int) -> None:
    """This process, or a child before it begins."""
    if core < (os.cpu_count() or 1):
        os.sched_setaffinity(0, {core})


def scratch() -> Path:
    """A directory on a real disk, for what must be durable."""
    return Path(tempfile.mkdtemp(prefix="chatd-bench-", dir="/var/tmp"))


@contextlib.contextmanager
def started(peer: Peer, *, data: Path | None = None, config: str = CONFIG) -> Iterator[Running]:
    """Runs a server for a while. ``data``: chatd's data directory, else a new one."""
    directory = scratch()
    try:
        running = launch(peer, directory, data or directory / "data", config)
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def launch(peer: Peer, directory: Path, data: Path, config: str, module: str = "chatd") -> Running:
    """Starts a server and waits for its word that it serves. ``module``: what is run as chatd."""
    port = free_port()
    command = [*peer.command, str(port)]
    if not peer.command:
        command = [sys.executable, "-m", module, *chatd(directory, data, port, config)]
    asked = time.monotonic()
    with (directory / "stderr").open("w") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=HERE.parent,
            env={**os.environ, "NODE_PATH": str(NODE / "node_modules")},
            preexec_fn=lambda: pin(SERVER_CORE),
        )
    try:
        wait_until_ready(process, directory / "stderr")
    except BaseException:
        process.kill()
        process.wait()
        raise
    return Running(peer, process, port, directory, time.monotonic() - asked)


def wait_until_ready(process: subprocess.Popen[str], errors: Path) -> None:
    """Until it says so; Broken with its last words when it ends instead."""
    assert process.stdout is not None
    if not process.stdout.readline().startswith("ready"):
        process.wait()
        last = errors.read_text().strip().splitlines()[-1:]
        raise Broken(f"it does not start: {last[0] if last else 'it says nothing'}")


def chatd(directory: Path, data: Path, port: int, config: str) -> list[str]:
    """How the daemon is started as it is used: journal with sync on, everything else too."""
    file = directory / "chatd.toml"
    file.write_text(config)
    options = {
        "--config": file,
        "--listen": f"127.0.0.1:{port}",
        "--data-dir": data,
        "--socket": directory / "admin.sock",
    }
    words = [str(word) for pair in options.items() for word in pair]
    return ["start", *words]
