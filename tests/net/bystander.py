"""How long somebody waits beside an attack, on this machine or on a quiet one."""

from __future__ import annotations

import time
from pathlib import Path

from tests.client import Client
from tests.daemon import Daemon

BETWEEN_S = 0.01


def worked(pid: int) -> float:
    """Seconds that a process has had a processor, in all its threads, to a few milliseconds."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def longest_wait(daemon: Daemon, bystander: Client, seconds: float) -> float:
    """The longest wait for the answer to a ping, so far as it is the daemon's doing: as long as it
    took, or as long as the daemon worked meanwhile, which is what it takes at most where nothing
    else runs. What other processes of this machine take is not in it."""
    longest, deadline = 0.0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        began, before = time.monotonic(), worked(daemon.pid)
        bystander.ask("ping")
        waited = time.monotonic() - began
        longest = max(longest, min(waited, worked(daemon.pid) - before))
        time.sleep(BETWEEN_S)
    return longest
