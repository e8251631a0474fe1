"""Closed streams, full disks, odd encodings and odd terminals: words and a status, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.admin.terminal import Terminal
from tests.daemon import Daemon

EVERYTHING = [
    ("--help",),
    ("admin", "help"),
    ("admin", "queue"),
    ("admin", "history", "lobby", "--json"),
    ("admin", "ping"),
    ("admin", "nonsense"),
    ("admin",),
    ("check-config", "CONFIG"),
    ("verify", "DATA"),
    ("chat", "--plain"),
    ("console", "--token", "x"),
    ("login", "anna", "--password-stdin"),
    ("logout",),
]
REDIRECTS = (">&-", "<&- >&- 2>&-", "2>/dev/full")
SAID = "Привет, 世界 😀 é"


@pytest.fixture(scope="module", autouse=True)
def said(daemon: Daemon) -> None:
    """Something to show that few encodings have."""
    assert daemon.admin("say", "lobby", SAID).returncode == 0


def chatd(daemon: Daemon, *words: str, redirect: str = "", **environ: str) -> Any:
    """``chatd …`` in a shell, with streams redirected."""
    named = {"CONFIG": str(daemon.config_file), "DATA": str(daemon.data)}
    given = [named.get(word, word) for word in words]
    if given[0] == "admin":
        given[1:1] = ["--socket", str(daemon.socket)]
    command = ["sh", "-c", f'exec "$@" {redirect}', "sh", sys.executable, "-m", "chatd", *given]
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        env={**os.environ, "CHATD_URL": daemon.address, "TERM": "xterm", **environ},
    )


@pytest.mark.parametrize("words", EVERYTHING, ids=" ".join)
def test_a_full_disk_behind_stdout_is_one_clear_line(daemon: Daemon, words: tuple[str]) -> None:
    usual = chatd(daemon, *words)
    full = chatd(daemon, *words, redirect=">/dev/full")
    assert b"Traceback" not in full.stderr and b"Exception ignored" not in full.stderr, full
    if usual.stdout:
        assert full.returncode == (usual.returncode or 1)
        assert full.stderr.decode().count("stdout: No space left on device") == 1
        assert b"Errno" not in full.stderr
    else:
        assert full.returncode == usual.returncode


@pytest.mark.parametrize("words", EVERYTHING, ids=" ".join)
def test_streams_that_are_closed_or_full_change_no_status(
    daemon: Daemon, words: tuple[str]
) -> None:
    usual = chatd(daemon, *words)
    for redirect in REDIRECTS:
        odd = chatd(daemon, *words, redirect=redirect)
        assert odd.returncode == usual.returncode, (redirect, odd)
        assert b"Traceback" not in odd.stdout + odd.stderr


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "koi8-r"])
def test_what_an_encoding_lacks_is_escaped(daemon: Daemon, encoding: str) -> None:
    shown = chatd(daemon, "admin", "history", "lobby", PYTHONIOENCODING=encoding)
    assert shown.returncode == 0 and b"\\u4e16" in shown.stdout, shown
    told = chatd(daemon, "admin", "--json", "history", "lobby", PYTHONIOENCODING=encoding)
    messages = json.loads(told.stdout.decode(encoding))["messages"]
    assert messages[0]["content"] == SAID, "an escape in JSON means the letter itself"
    for words in EVERYTHING if encoding == "latin-1" else ():
        done = chatd(daemon, *words, PYTHONIOENCODING=encoding, LANG="en_US", PYTHONUTF8="0")
        assert b"Traceback" not in done.stderr, (words, done)


def test_what_is_no_text_is_refused(daemon: Daemon) -> None:
    command = [sys.executable, "-m", "chatd", "admin", "--socket", str(daemon.socket)]
    once = subprocess.run([*command, "say", "lobby", b"\xff\xfe"], capture_output=True, timeout=60)
    assert once.returncode == 2 and b"not text" in once.stderr, once
    script = subprocess.run(command, input=b"say lobby \xff\n", capture_output=True, timeout=60)
    assert script.returncode == 2 and b"stopped at line 1" in script.stderr, script
    assert b"Traceback" not in once.stderr + script.stderr


def test_who_stops_reading_ends_it_quietly(daemon: Daemon) -> None:
    done = chatd(daemon, "admin", "help", redirect="| head -1")
    assert done.stderr == b"" and len(done.stdout.splitlines()) == 1


def test_the_console_says_that_it_needs_a_terminal(daemon: Daemon) -> None:
    token = daemon.add_operator("artem", "Артём")
    environ = {"CHATD_TOKEN": token, "CHATD_URL": daemon.address, "LC_ALL": "en_US.UTF-8"}
    done = chatd(daemon, "console", **environ)
    assert done.returncode == 2 and b"needs a terminal" in done.stderr and done.stdout == b""
    for term in ("dumb", ""):
        with Terminal("console", **{**environ, "TERM": term}) as shown:
            status, text = shown.ends()
            assert status == 2 and "needs a terminal" in text and "\x1b[?" not in text


def test_a_dumb_terminal_has_a_plain_chat_and_a_plain_shell(daemon: Daemon) -> None:
    with Terminal("chat", CHATD_URL=daemon.address, TERM="dumb") as chat:
        before = chat.shows("Привет")
        chat.types("/quit\r")
        status, text = chat.ends()
        assert status == 0 and "\x1b[?1049" not in before + text
    environ = {"CHATD_HISTORY": "/dev/null", "HOME": str(daemon.home), "TERM": "dumb"}
    with Terminal("admin", "--socket", str(daemon.socket), **environ) as shell:
        shell.shows("sock>")
        shell.types("rooms -q\r")
        shell.shows("lobby")
        shell.types("exit\r")
        assert shell.ends()[0] == 0


def test_the_daemon_serves_without_any_stream(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    words = ["start", "--config", str(daemon.config_file), "--listen", "127.0.0.1:0"]
    words += ["--data-dir", str(daemon.data), "--socket", str(daemon.socket)]
    process = subprocess.Popen(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-m", "chatd", *words]
    )
    try:
        done = daemon.admin("ping")
        for _ in range(100):
            if done.returncode == 0:
                break
            done = daemon.admin("ping")
        assert done.returncode == 0
        assert daemon.admin("say", "lobby", "x").returncode == 0
    finally:
        process.terminate()
        assert process.wait(20) == 0
    for path in daemon.data.rglob("*"):
        assert not path.is_file() or b"Traceback" not in path.read_bytes(), path
