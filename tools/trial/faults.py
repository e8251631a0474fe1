"""The checks of faults: what dies, hangs or is mistyped, and who is served all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from guest import (
    ADDRESS,
    CONFIG,
    PATIENCE_S,
    SERVICE,
    SOCKET,
    active,
    configured,
    cursor,
    drop_in,
    get,
    journal,
    pid,
    said,
    say,
    serving,
    sh,
    show,
    until,
)

WATCHDOG_S = 6
FAILURES = 8


def killed_process_comes_back() -> str:
    say("before the kill")
    before, restarts = pid(), int(show("NRestarts"))
    sh("systemctl", "kill", "--signal=KILL", "--kill-whom=main", SERVICE)
    until(lambda: int(show("NRestarts")) == restarts + 1 and active(), "it is started again")
    assert pid() != before and said("before the kill")
    return "started again, nothing lost"


def frozen_process_comes_back() -> str:
    say("before the freeze")
    with drop_in(f"WatchdogSec={WATCHDOG_S}"):
        time.sleep(2.5 * WATCHDOG_S)
        assert show("NRestarts") == "0", "the watchdog bit a daemon that was well"
        mark, frozen = cursor(), pid()
        os.kill(frozen, signal.SIGSTOP)
        begun = time.monotonic()
        until(lambda: show("NRestarts") == "1" and active(), "it is started again")
        took = time.monotonic() - begun
        assert pid() != frozen and said("before the freeze")
        sh("journalctl", "--sync")
        heard = journal(mark)
        assert "Fatal Python error: Aborted" in heard, heard[:1500]  # only the watchdog aborts
        assert "most recent call first" in heard, "nothing says where it stood"
    return f"started again {took:.0f} s after the freeze, its stack in the journal"


def bad_configuration_loses_nobody() -> str:
    """Restarted with a broken file, left so for a while, repaired: who came meanwhile is served."""
    with configured(CONFIG.read_text("utf-8") + "\nnonsense = 1\n"):
        sh("systemctl", "restart", SERVICE, status=1)
        waiting = subprocess.Popen(
            ["curl", "-sS", "--max-time", "120", f"http://{ADDRESS}/healthz"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        until(lambda: int(show("NRestarts")) >= 2, "it is tried again")
        assert waiting.poll() is None, waiting.communicate()[0]
        assert show("ActiveState", SOCKET) == "active", show("Result", SOCKET)
        tries = show("NRestarts")
    serving()
    answer = waiting.communicate(timeout=PATIENCE_S)[0]
    assert waiting.returncode == 0, answer
    return f"{tries} attempts; repaired, it came up by itself and answered who had waited"


def failing_at_once_keeps_the_socket() -> str:
    """More failures in a few seconds than systemd puts up with by default."""
    flaw = Path("/run/flaw")
    with drop_in(f"ExecStartPre=/bin/sh -c '! test -e {flaw}'\nRestartSec=100ms"):
        flaw.touch()
        sh("systemctl", "kill", "--signal=KILL", "--kill-whom=main", SERVICE)
        until(lambda: int(show("NRestarts")) >= FAILURES, "it is tried again")
        state = show("ActiveState", SOCKET)
        flaw.unlink()
        assert state == "active", (state, show("Result", SOCKET))
        get("/healthz")
    return f"{FAILURES} failures in a row, and whoever comes is served when they end"
