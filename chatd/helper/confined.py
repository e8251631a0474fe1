"""Becomes another program, which then has next to nothing in its hands: ``python -m
chatd.helper.confined SECONDS PROGRAM …``."""

from __future__ import annotations

import contextlib
import os
import resource
import sys

from chatd.helper.worker import NOBODY

MEMORY_BYTES = 1_073_741_824
MOST_OUTPUT = 16_777_216
MOST_OPEN = 64  # its own libraries


def confine(seconds: int) -> None:
    """For good. Unlike the helper itself the program has to open its libraries, and has threads."""
    with contextlib.suppress(AttributeError, OSError):  # where the kernel lets us, no network
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)  # type: ignore[attr-defined,unused-ignore]
    if os.geteuid() == 0:  # whom limits do not hold
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    bounds = {
        resource.RLIMIT_FSIZE: MOST_OUTPUT,
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_NOFILE: MOST_OPEN,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in bounds.items():
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    confine(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
