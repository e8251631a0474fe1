"""The check of chatd@.service: several processes on one socket, with what was in files taken along
into PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

from guest import CHECKOUT, CONFIG, SERVICE, SOCKET, configured, said, say, serving, sh, show, until

MANY = "chatd@2.service"
DSN = "postgresql:///chatd"
SHARED = (
    (r'^backend = "tinydb"', 'backend = "postgres"'),
    (r'^dsn = ""', f'dsn = "{DSN}"'),
    (r"^shared = false", "shared = true"),
    (r'^directory = ""', 'directory = "/var/lib/chatd/files"'),
)


def many_processes_serve_on_one_socket() -> str:
    say("in files")
    (version,) = Path("/etc/postgresql").iterdir()
    sh("systemctl", "start", f"postgresql@{version.name}-main.service")
    sh(*as_user("postgres"), "createuser", "chatd")
    made = ("--owner", "chatd", "--encoding", "UTF8", "--template", "template0", "chatd")
    sh(*as_user("postgres"), "createdb", *made)
    sh("systemctl", "stop", SOCKET, SERVICE)
    copied = sh(*as_user("chatd"), "chatd", "store", "copy", "--to", DSN)
    sh("install", "-m", "644", str(CHECKOUT / "systemd" / "chatd@.service"), "/etc/systemd/system/")
    sh("systemctl", "daemon-reload")
    said_of_units = sh("systemd-analyze", "verify", MANY)
    text = CONFIG.read_text("utf-8")
    for pattern, instead in SHARED:
        text, count = re.subn(pattern, instead, text, count=1, flags=re.M)
        assert count, pattern
    try:
        with configured(text):
            told = serve_as_one()
    finally:
        sh("systemctl", "stop", MANY)
        sh("systemctl", "start", SOCKET, SERVICE)
        serving()
    assert not said_of_units, said_of_units
    return f"{copied.splitlines()[-1]}; {told}"


def serve_as_one() -> str:
    """Two processes: one killed, all told of a reload, all restarted."""
    sh("systemctl", "start", MANY)
    assert show("ActiveState", MANY) == "active" and show("ActiveState") == "inactive"
    before = until(lambda: serving_pids() if len(serving_pids()) == 2 else None, "both serve")
    assert said("in files"), "what was copied is there"
    os.kill(max(before), signal.SIGKILL)
    until(lambda: len(serving_pids() - {max(before)}) == 2, "who was killed is started again")
    assert show("NRestarts", MANY) == "0", "the service itself went on"
    until(lambda: None not in answers().values(), "who was killed is not asked any more")
    sh("systemctl", "reload", MANY)
    first = show("MainPID", MANY)
    say("by many")
    sh("systemctl", "restart", MANY)
    assert show("MainPID", MANY) != first and said("by many")
    log = sh("journalctl", "--no-pager", "-o", "cat", "-u", MANY)
    assert "incident" not in log and "Traceback" not in log, log[-2000:]
    return "two processes, one of them killed and started again, reloaded, restarted"


def as_user(name: str) -> tuple[str, ...]:
    """The beginning of a command of theirs."""
    return "runuser", "-u", name, "--"


def serving_pids() -> set[int]:
    """The processes that answer, from whichever is asked."""
    return {pid for pid in answers().values() if pid}


def answers() -> dict[str, int | None]:
    """Of each node which process answers; of one that does not, none."""
    if not Path("/run/chatd/admin.sock").exists():
        return {}
    said, *_ = sh("chatd", "admin", "--json", "status", status=None).splitlines() or [""]
    if not said.startswith("{"):  # it has not begun to serve yet
        return {}
    status = json.loads(said)
    others = {one["node"]: one["result"] for one in status.get("nodes", ())}
    return {"": status["pid"]} | {node: told and told["pid"] for node, told in others.items()}
