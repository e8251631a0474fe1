"""The helper's own side: does one job after another, with next to nothing in its hands.

Before it reads a byte it can open no file and no socket any more, make no process, and have no more
memory than its bound; each job has so many seconds of the processor.
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chatd.helper.frames import Done, Job, Refused, frame, read

MEMORY_BYTES = 536_870_912
MOST_INPUT = 104_857_600
LIFE_SECONDS = 3_600  # of the processor, over all jobs
NO_MORE = (
    *(resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE),
    resource.RLIMIT_CORE,
)
NOBODY = 65_534
Made = tuple[dict[str, Any], bytes]
Work = Callable[[bytes, Mapping[str, Any]], Made]
"""Facts and bytes made of bytes and options; ValueError says what the bytes should have been."""


def serve(jobs: Mapping[str, Work], memory_bytes: int = MEMORY_BYTES) -> None:
    """Does what comes over the socket that is this process's standard input, until its end."""
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as line:
        give_up_rights(memory_bytes)
        while (came := read(line.recv, MOST_INPUT)) is not None:
            head, body = came
            line.sendall(outcome(jobs, msgspec.json.decode(head, type=Job), body))


def outcome(jobs: Mapping[str, Work], job: Job, body: bytes) -> bytes:
    """The answer to a job, as a frame."""
    if job.name not in jobs:
        return frame(Refused(f"there is no job {job.name!r}"))
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + job.seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (min(until, LIFE_SECONDS), LIFE_SECONDS))
    try:
        facts, made = jobs[job.name](body, job.options)
    except ValueError as error:
        return frame(Refused(str(error)))
    return frame(Done(facts), made)


def give_up_rights(memory_bytes: int) -> None:
    """For good: what a job takes over has no more than this."""
    with contextlib.suppress(
        AttributeError, OSError
    ):  # where the kernel lets us, no network at all
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)  # type: ignore[attr-defined,unused-ignore]
    if os.geteuid() == 0:  # whom limits do not hold
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    for kind in NO_MORE:
        resource.setrlimit(kind, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (LIFE_SECONDS, LIFE_SECONDS))
