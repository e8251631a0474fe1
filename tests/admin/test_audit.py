"""The audit log: everything that was done is in it, nothing secret, and nothing goes unnoticed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chatd.admin import audit
from chatd.admin.audit import TORN, AuditLog
from tests.admin.test_shell import ask_as, ticket
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon


def newest(daemon: Daemon, count: int) -> list[dict[str, Any]]:
    """The last entries, oldest first."""
    entries: list[dict[str, Any]] = daemon.admin_json("audit", "--limit", str(count))["entries"]
    return entries


def test_every_action_is_told_with_who_whose_behalf_arguments_and_outcome(daemon: Daemon) -> None:
    daemon.add_operator("petr", "Пётр")
    daemon.add_operator("rita", "Рита")
    id = ticket(daemon)
    daemon.admin("accept", id, "--as", "petr")
    daemon.admin("transfer", id, "rita")
    daemon.admin("close", id)
    daemon.admin("close", id)
    daemon.admin("ban", "192.0.2.9", "--seconds", "60", "--reason", "spam")
    told = [
        (one["verb"], one["target"], one["as"], one["arguments"], one["outcome"])
        for one in newest(daemon, 6)
    ]
    assert told == [
        ("operator add", "rita", None, {"display_name": "Рита", "role": "operator"}, "done"),
        ("accept", id, "petr", {}, "done"),
        ("transfer", id, None, {"operator": "rita"}, "done"),
        ("close", id, None, {}, "done"),
        ("close", id, None, {}, "conflict"),
        ("ban", "192.0.2.9", None, {"seconds": "60", "reason": "spam"}, "done"),
    ]
    assert {(one["uid"], one["gid"]) for one in newest(daemon, 6)} == {(os.getuid(), os.getgid())}


def test_neither_texts_nor_passwords_come_into_it(daemon: Daemon) -> None:
    daemon.add_operator("olga", "Ольга")
    id = ticket(daemon)
    daemon.admin("system", id, "a secret text")
    daemon.admin("reply", "--as", "olga", id, "another secret text")
    written = (daemon.data / "audit.log").read_text()
    assert id in written
    assert "secret text" not in written and PASSWORD not in written


def test_reading_leaves_no_trace(daemon: Daemon) -> None:
    before = newest(daemon, 1)
    for verb in ("queue", "tickets", "rooms", "connections", "stats", "ping"):
        assert daemon.admin(verb).returncode == 0
    assert newest(daemon, 1) == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_what_was_refused_is_told_too(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"admin": {"mode": "666"}})
    for parent in (daemon.home, *list(daemon.home.parents)[:3]):
        parent.chmod(0o755)
    assert ask_as(65534, daemon, "drain")["exit"] == 4
    (entry,) = newest(daemon, 1)
    assert (entry["verb"], entry["uid"], entry["outcome"]) == ("drain", 65534, "forbidden")


def test_what_is_changed_or_missing_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    log = AuditLog(path)
    for number in range(5):
        log.write({"verb": "close", "target": f"TKT-{number}"})
    log.close()
    assert audit.verify(path) == 5
    lines = path.read_bytes().splitlines(keepends=True)
    for forged in (
        lines[:1] + lines[2:],
        lines[1:],
        [*lines[:2], lines[2].replace(b"TKT-2", b"TKT-9"), *lines[3:]],
        [lines[1], lines[0], *lines[2:]],
        [*lines[:3], b"garbage\n", *lines[3:]],
    ):
        path.write_bytes(b"".join(forged))
        with pytest.raises(ValueError, match=r"line \d does not fit"):
            audit.verify(path)


def test_the_chain_goes_on_over_restarts_and_a_torn_line_is_told(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    for text in ("one", "two"):
        log = AuditLog(path)
        log.write({"verb": text})
        log.close()
    with path.open("ab") as torn:
        torn.write(b'{"verb": "\xd0')
    assert audit.verify(path) == 2, "what a crash tore off was no entry yet"
    log = AuditLog(path)
    log.write({"verb": "three"})
    told = log.newest(10)
    log.close()
    assert [one["verb"] for one in told] == ["one", "two", TORN, "three"]
    assert told[2]["target"] == '{"verb": "\\xd0'
    assert audit.verify(path) == 4
    assert len(path.read_bytes().splitlines()) == 4


def test_an_action_is_answered_although_the_log_cannot_be_written(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    for _ in range(20):  # longer than any other file that is appended to, so that only it is full
        daemon.admin("log-level", "all", "warning")
    assert daemon.process
    size = (daemon.data / "audit.log").stat().st_size + 10
    subprocess.run(
        ["prlimit", f"--pid={daemon.process.pid}", f"--fsize={size}:"], check=True, timeout=10
    )
    done = daemon.admin("log-level", "all", "debug")
    assert done.returncode == 0, done.stderr
    assert "not in the audit log" in daemon.logged()
    subprocess.run(
        ["prlimit", f"--pid={daemon.process.pid}", "--fsize=unlimited:"], check=True, timeout=10
    )
    assert daemon.admin("log-level", "all", "info").returncode == 0
    assert audit.verify(daemon.data / "audit.log") >= 1


def test_verify_checks_it_with_the_rest(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    daemon.admin("say", "lobby", "x")
    daemon.admin("say", "lobby", "y")
    daemon.stop(signal.SIGKILL)
    command = [sys.executable, "-m", "chatd", "verify", str(daemon.data)]
    good = subprocess.run(command, capture_output=True, text=True)
    assert good.returncode == 0 and "2 audit entries" in good.stderr
    path = daemon.data / "audit.log"
    first, second = path.read_bytes().splitlines()
    entry = json.loads(first)
    path.write_bytes(json.dumps({**entry, "user": "nobody"}).encode() + b"\n" + second + b"\n")
    bad = subprocess.run(command, capture_output=True, text=True)
    assert bad.returncode == 1 and f"{path}: line 2" in bad.stderr
