"""What tests start again and again, as processes of their own, made by one that has imported all:
``python -m chatd …`` takes most of a second of the processor to come to its first line.

``python -m tests.forks KIND SOCKET`` is such a root. Each process that it makes is the child of who
asked for it, has the words, streams and environment it was given, and ends as any other does.
"""

from __future__ import annotations

import ctypes
import gc
import inspect
import io
import json
import os
import posix  # whatever is patched
import runpy
import socket
import struct
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

DAEMON, CLIENT = "daemon", "client"
IMPORTED = {
    DAEMON: ("chatd.daemon.entry", "chatd.daemon.nodes", "chatd.store.postgres.store"),
    CLIENT: ("chatd.cli", "chatd.admin.running", "chatd.admin.words", "chatd.terminal.rooms.plain"),
}
MODULES = ("chatd", "tests.faulty")
# What an interpreter reads as it starts: each kind has a root for what stands there.
EARLY = ("PYTHON", "LC_", "LANG")
STREAMS = ("p2cread", "c2pwrite", "errwrite")
PIPES = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
HEAD, MADE = struct.Struct("!I"), struct.Struct("!i")
DONE = b"."
SUBREAPER = 36
# The fewest that there are: a password takes a millisecond instead of a quarter of a second.
HASH_ROUNDS = 4


class Forked(subprocess.Popen[Any]):
    """A Popen; ``python -m`` and one of the modules comes from a root."""

    def _execute_child(self, *how: Any) -> None:
        as_ever = super()._execute_child  # type: ignore[misc]
        given = inspect.signature(as_ever).bind(*how).arguments
        words, environ = [os.fsdecode(one) for one in given["args"]], given["env"] or os.environ
        if words[:2] != [sys.executable, "-m"] or words[2] not in MODULES:
            as_ever(*how)
            return
        streams = [n if given[one] == -1 else given[one] for n, one in enumerate(STREAMS)]
        self.pid = root_for(words, environ).make(words[2:], environ, streams)
        self._child_created = True
        self._close_pipe_fds(*(given[one] for one in PIPES))  # type: ignore[attr-defined]


def run(words: Sequence[str], **how: Any) -> subprocess.CompletedProcess[Any]:
    """As :func:`subprocess.run` does it."""
    given, seconds = how.pop("input", None), how.pop("timeout", None)
    if given is not None:
        how["stdin"] = subprocess.PIPE
    if how.pop("capture_output", False):
        how["stdout"] = how["stderr"] = subprocess.PIPE
    with Forked(words, **how) as process:
        try:
            out, err = process.communicate(given, seconds)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(words, process.returncode, out, err)


class Root:
    """The one that makes the others; ends when who uses it has ended."""

    def __init__(self, kind: str, environ: dict[str, str]) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forks", kind, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environ,
                cwd=Path(__file__).parent.parent,  # where this is found, wherever the test is
                pass_fds=[theirs.fileno()],
            )

    def make(self, words: Sequence[str], environ: Any, streams: list[int]) -> int:
        """A process: its number. It becomes a child of ours since its parent ends at once, and for
        as long we adopt."""
        request = json.dumps([words, dict(environ), str(Path.cwd())]).encode()
        with TURN, adopting():
            socket.send_fds(self._line, [HEAD.pack(len(request))], streams)
            self._line.sendall(request)
            # Part by part: a signal that comes meanwhile cuts short what waits for all of it.
            made = whole(self._line, MADE.size)
            assert whole(self._line, len(DONE)) == DONE
        return int(MADE.unpack(made)[0])


ROOTS: dict[tuple[str, ...], Root] = {}
TURN = threading.Lock()


def root_for(words: Sequence[str], environ: Any) -> Root:
    """The one of its kind, started with the first."""
    kind = DAEMON if words[2] != "chatd" or words[3] == "start" else CLIENT
    early = {name: value for name, value in environ.items() if name.startswith(EARLY)}
    key = (kind, *(f"{name}={early[name]}" for name in sorted(early)))
    if key not in ROOTS:
        ROOTS[key] = Root(kind, dict(environ))
    return ROOTS[key]


@contextmanager
def adopting() -> Iterator[None]:
    """Those below us whose parents end become ours."""
    prctl = ctypes.CDLL(None).prctl
    assert prctl(SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        assert prctl(SUBREAPER, 0, 0, 0, 0) == 0


def requested(line: Any) -> tuple[Any, list[int]]:
    """The next request and its streams; ends where there is none."""
    head, sent, _, _ = line.recvmsg(HEAD.size, socket.CMSG_SPACE(12))
    if not head:
        os._exit(0)
    streams = array("i")
    for _, _, data in sent:
        streams.frombytes(data)
    (size,) = HEAD.unpack(head)
    return json.loads(whole(line, size)), streams.tolist()


def whole(line: Any, size: int) -> bytes:
    """So many bytes, whatever signals come meanwhile."""
    told = b""
    while len(told) < size:
        part = line.recv(size - len(told))
        assert part, "the other side has ended"
        told += part
    return told


def become(line: Any) -> None:
    """Makes them, and comes back in each."""
    while True:
        (words, environ, place), streams = requested(line)
        first = posix.fork()
        if not first:
            made = posix.fork()
            if made:
                line.send(MADE.pack(made))
                os._exit(0)
            break
        posix.waitpid(first, 0)
        line.send(DONE)
        for one in streams:
            posix.close(one)
    line.close()
    for number, one in enumerate(streams):
        posix.dup2(one, number)
        posix.close(one)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(place)
    time.tzset()
    sys.argv = words


def open_streams() -> None:
    """As the interpreter does, when it starts."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        old = getattr(sys, name)
        raw = io.FileIO(number, "w" if number else "r", closefd=False)
        buffer: Any = io.BufferedWriter(raw) if number else io.BufferedReader(raw)
        lines = number == 2 or raw.isatty()
        how = {"encoding": old.encoding, "errors": old.errors, "line_buffering": lines}
        made = io.TextIOWrapper(buffer, newline="\n", **how)
        setattr(sys, name, made)
        setattr(sys, f"__{name}__", made)


def hash_quickly() -> None:
    """Passwords, whose slowness has tests of its own."""
    import bcrypt

    from chatd.handlers import logins

    logins.ROUNDS = HASH_ROUNDS
    logins.NOBODYS_HASH = bcrypt.hashpw(b"nobody's", bcrypt.gensalt(HASH_ROUNDS)).decode()


def serve(kind: str, number: str) -> None:
    """Until one of them is to be something."""
    for name in IMPORTED[kind]:
        import_module(name)
    if kind == DAEMON:
        hash_quickly()
    gc.collect()
    gc.freeze()  # what nobody looks at stays in memory that all of them share
    import _socket

    become(_socket.socket(fileno=int(number)))
    if "gevent" in sys.modules:
        import gevent

        gevent.reinit()
    open_streams()


if __name__ == "__main__":
    serve(*sys.argv[1:])
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
