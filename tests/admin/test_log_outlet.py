"""The way out of the log: readers that do not read, a full disk, the journal; none holds it up."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually


def started(daemon: Daemon, stderr: Any, **environ: str) -> subprocess.Popen[str]:
    """The daemon with another standard error."""
    command = [sys.executable, "-m", "chatd", "start", "--config", str(daemon.config_file)]
    places = ["--listen", "127.0.0.1:0", "--data-dir", str(daemon.data)]
    process = subprocess.Popen(
        [*command, *places, "--socket", str(daemon.socket)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={**os.environ, **environ},
    )
    assert process.stdout
    daemon.address = process.stdout.readline().split()[1].removeprefix("http://").rstrip(",")
    return process


@pytest.fixture
def bare(make_daemon: MakeDaemon) -> Iterator[Daemon]:
    """A daemon that is not started yet; whatever is started is ended."""
    daemon = make_daemon({"log": {"level": "debug", "format": "text"}}, start=False)
    yield daemon


def test_a_log_that_nobody_reads_holds_up_nobody(bare: Daemon) -> None:
    reading, writing = os.pipe()
    process = started(bare, writing)
    os.close(writing)
    try:
        with Client(bare.address) as anna:
            anna.hello(name="Аня")
            for number in range(12_000):
                anna.give("ping", n=number)
                if number % 500 == 499:
                    anna.ask("ping")
            before = bare.admin_json("stats")["log_lines_lost"]
            assert before > 1_000, "the queue is bounded"
            missing, seen = 0, b""
            while not missing:
                assert select.select([reading], [], [], 10)[0]
                seen += os.read(reading, 65_536)
                if found := re.search(rb"(\d+) lines of the log are missing", seen):
                    missing = int(found[1])
            assert missing >= before and b"nobody read them" in seen
        assert bare.admin("ping").returncode == 0
    finally:
        process.send_signal(signal.SIGTERM)
        os.set_blocking(reading, False)
        assert process.wait(20) == 0, "SIGTERM still works"
        os.close(reading)
        assert process.stdout
        process.stdout.close()


def test_a_full_disk_under_the_log_harms_nobody(bare: Daemon) -> None:
    with Path("/dev/full").open("w") as full:
        process = started(bare, full)
    assert bare.admin("ping").returncode == 0
    assert bare.http("GET", "/healthz")[0] == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert process.stdout
    process.stdout.close()


@pytest.mark.parametrize("format", ["text", "json"])
def test_the_journal_is_told_each_lines_level(bare: Daemon, format: str) -> None:
    bare.write_config({"log": {"level": "debug", "format": format}})
    ours, theirs = socket.socketpair()
    found = os.fstat(theirs.fileno())
    stream = f"{found.st_dev}:{found.st_ino}"
    process = started(bare, theirs.fileno(), JOURNAL_STREAM=stream)
    theirs.close()
    bad = {"username": "artem", "password": "wrong-wrong"}
    assert bare.http("POST", "/manager/auth", bad)[0] == 401
    process.send_signal(signal.SIGTERM)
    lines = b"".join(iter(lambda: ours.recv(65_536), b"")).decode().splitlines()
    ours.close()
    assert process.wait(20) == 0 and process.stdout
    process.stdout.close()
    marks = {line[:3] for line in lines}
    assert marks == {"<4>", "<6>", "<7>"}, [line for line in lines if line.startswith("<3>")]
    if format == "json":
        assert all(json.loads(line[3:]) for line in lines)
    else:
        assert not re.search(r"^<\d>\d{4}-", lines[0]), "the journal knows the time itself"


def test_without_the_journal_no_line_is_marked(bare: Daemon, tmp_path: Path) -> None:
    path = tmp_path / "stderr"
    with path.open("w") as log:
        process = started(bare, log, JOURNAL_STREAM="8:12345")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0 and process.stdout
    process.stdout.close()
    lines = path.read_text().splitlines()
    assert lines and all(re.match(r"\d{4}-\d\d-\d\dT.* \w+ +\w+ ", line) for line in lines)
    assert eventually(lambda: lines[-1].endswith("stopped"))
