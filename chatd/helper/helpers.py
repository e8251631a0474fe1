"""The daemon's side of the helper: has jobs done, so many at a time, and believes nothing of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import gevent
import msgspec
from gevent import socket as gsocket
from gevent.lock import BoundedSemaphore
from gevent.subprocess import Popen
from loguru import logger

from chatd.errors import Unavailable
from chatd.helper import sounds
from chatd.helper.frames import Job, Nonsense, Outcome, frame, read

AT_ONCE = 2
JOBS_EACH = 100  # then a helper is let go, and with it whatever it has leaked
PATIENCE_S = 20.0  # nobody waits longer for what is only offered as well
GRACE_S = 5.0  # on top of the processor's seconds, on a busy machine
MOST_OUTPUT = 104_857_600
LOG = logger.bind(area="storage")
COMMAND = (sys.executable, "-m", "chatd", "helper")


class HelperFailed(Unavailable):
    """The helper died, took too long or answered nonsense: nothing is known of the bytes."""


class Helper:
    """One process, with a line to it."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self.jobs = 0
        self._line, theirs = gsocket.socketpair()
        with theirs:
            self._process = Popen(command, stdin=theirs, stdout=subprocess.DEVNULL, env={})

    def do(self, job: Job, body: bytes) -> tuple[Outcome, bytes]:
        """The answer; OSError, Nonsense when there is none."""
        self.jobs += 1
        self._line.sendall(frame(job, body))
        answer = read(self._line.recv, MOST_OUTPUT)
        if answer is None:
            raise Nonsense("it is gone")
        return msgspec.json.decode(answer[0], type=Outcome), answer[1]

    def end(self) -> None:
        """Lets it go, whatever it is doing."""
        self._line.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()


class Helpers:
    """Those that there are; made when there is something to do. ``count``: called once for each
    that failed. ``command``: starts one."""

    def __init__(self, count: Callable[[], None], command: tuple[str, ...] = COMMAND) -> None:
        self._count = count
        self._command = command
        self._room = BoundedSemaphore(AT_ONCE)
        self._sounding = BoundedSemaphore(AT_ONCE)
        self._idle: list[Helper] = []

    def do(
        self,
        name: str,
        body: bytes | Callable[[], bytes],
        options: Mapping[str, Any] | None = None,
        seconds: float = 5.0,
    ) -> tuple[Outcome, bytes]:
        """What came of a job that may take so many seconds of the processor. Waits for a helper
        that is free; a large ``body`` is got only then, so that those who wait hold none.
        HelperFailed: nothing is known of the bytes."""
        job = Job(name, seconds, dict(options or {}))
        with self._room:
            given = body if isinstance(body, bytes) else body()
            helper: Helper | None = None
            try:
                with gevent.Timeout(seconds + GRACE_S, TimeoutError("it took too long")):
                    helper = self._idle.pop() if self._idle else Helper(self._command)
                    done = helper.do(job, given)
            except (OSError, Nonsense, msgspec.DecodeError) as error:
                self._note_failure(name, error)
                raise HelperFailed("this could not be looked at; try again") from None
            else:
                self._keep(helper)
                helper = None
            finally:
                if helper is not None:
                    helper.end()
        return done

    def make_m4a(self, program: str, body: Callable[[], bytes], kind: str) -> bytes:
        """A voice message as an m4a; nothing where there is no such program, it makes none, or too
        many wait for theirs."""
        if not self._sounding.acquire(timeout=PATIENCE_S):
            return b""
        try:
            return sounds.make_m4a(program, body(), kind)
        except (OSError, TimeoutError) as error:
            self._note_failure("m4a", error)
            return b""
        finally:
            self._sounding.release()

    def _keep(self, helper: Helper) -> None:
        if helper.jobs < JOBS_EACH:
            self._idle.append(helper)
        else:
            helper.end()

    def _note_failure(self, name: str, error: Exception) -> None:
        self._count()
        LOG.warning("the helper failed at {}: {}", name, error)

    def stop(self) -> None:
        while self._idle:
            self._idle.pop().end()
