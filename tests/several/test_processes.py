"""``chatd start --processes N``: several daemons that are started, told and ended as one."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatd.config.settings import Config, ServerSettings
from chatd.daemon.processes import Child, Processes, words
from chatd.daemon.systemd import Notifier
from tests.client import Client
from tests.cluster import shared
from tests.daemon import READY, Daemon, eventually
from tests.several.processes import COUNT, Several


def test_they_serve_as_one_and_who_dies_is_started_again(several: Several) -> None:
    eventually(lambda: several.serving() == set(several.workers), 30)
    before = set(several.workers)
    assert len(before) == COUNT
    with ExitStack() as stack:
        people = [stack.enter_context(Client(several.address)) for _ in range(12)]
        for number, one in enumerate(people):
            one.hello(name=f"Гость {number}")
            one.join("lobby")
        said = people[0].say("lobby", "всем")
        for one in people:
            assert one.expect("message:new")["id"] == said["id"]
    killed = max(before)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: len(several.serving() - {killed}) == COUNT, 30)
    assert "is started again" in several.logged()
    os.kill(several.pid, signal.SIGHUP)
    eventually(lambda: several.logged().count("reloaded:") == COUNT, 20)
    assert several.process and several.process.stdout
    assert not select.select([several.process.stdout], [], [], 0)[0], "ready is said once"


def test_on_a_socket_of_systemds(several: Several, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = "{}:{}".format(*listener.getsockname())
        script = (
            f"import os, sys; os.dup2({listener.fileno()}, 3); os.set_inheritable(3, True);"
            "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
            "os.execv(sys.executable, [sys.executable, '-m', 'chatd', 'start', *sys.argv[1:]])"
        )
        words = ["--config", str(several.config_file), "--processes", "2"]
        words += ["--data-dir", str(tmp_path / "data"), "--socket", str(tmp_path / "a.sock")]
        with subprocess.Popen(
            [sys.executable, "-c", script, *words],
            pass_fds=(listener.fileno(),),
            stdout=subprocess.PIPE,
            stderr=(tmp_path / "log").open("w"),
            text=True,
        ) as process:
            try:
                assert process.stdout
                ready = READY.match(process.stdout.readline().strip())
                assert ready and ready[1] == address, (tmp_path / "log").read_text()
                with Client(address) as anna:
                    anna.hello(name="Аня")
            finally:
                process.terminate()
                assert process.wait(30) == 0


@pytest.mark.parametrize(
    "config, status, said",
    [
        ({}, 2, "the files of 'tinydb' are one process's"),
        ({"store": {"backend": "postgres", "dsn": "host=/x dbname=y"}}, 2, "store.shared = true"),
        ({"store": {"backend": "tinydb", "shared": True}}, 2, "store.shared"),
        (shared("host=/nowhere dbname=y"), 1, "cannot start: PostgreSQL"),
    ],
)
def test_why_they_cannot_is_said(
    tmp_path: Path, config: dict[str, object], status: int, said: str
) -> None:
    daemon = Daemon(tmp_path, config)
    done = subprocess.run(
        [
            *(*daemon.command, "start", "--config", str(daemon.config_file)),
            *("--processes", "2", "--listen", "127.0.0.1:0", "--data-dir", str(daemon.data)),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (status, "") and said in done.stderr


class Slow(Child):
    """One that somebody ends all of while it is started."""

    def __init__(self, number: int) -> None:
        super().__init__(number, (), ())
        self.during: Callable[[], object] = list

    def start(self) -> None:
        self.during()
        sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
        self.process = subprocess.Popen(sleep, stdout=subprocess.PIPE)


def test_who_is_started_while_all_are_ended_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    slow = [Slow(number) for number in (1, 2, 3)]
    processes = Processes(slow, Notifier())
    slow[1].during = processes._stop
    begun = time.monotonic()
    assert processes.run() == 0
    assert time.monotonic() - begun < 30
    assert not any(one.process for one in slow)


def test_all_of_them_tell_figures_the_first_where_it_was_said() -> None:
    config = Config(server=ServerSettings(metrics_listen="127.0.0.1:9100"))
    told = [words(number, None, config, {})[-2:] for number in (1, 2)]
    assert told == [["--metrics-listen", f"127.0.0.1:910{port}"] for port in (0, 1)]
