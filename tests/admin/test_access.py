"""The admin socket: garbage and silence on it, and whom the kernel lets in."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from typing import Any

import pytest

from tests.conftest import MakeDaemon
from tests.daemon import Daemon


@pytest.mark.parametrize(
    "line",
    [
        b"garbage\n",
        b"[]\n",
        b'{"verb": 5}\n',
        b'{"verb": "nope"}\n',
        b'{"verb":"kick"}\n',
        b"\xff\n",
    ],
)
def test_garbage_on_the_socket_is_answered_and_harms_nobody(daemon: Daemon, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as raw, raw.makefile("rwb") as lines:
        raw.connect(str(daemon.socket))
        assert json.loads(lines.readline())["chatd"]
        lines.write(line)
        lines.flush()
        answer = json.loads(lines.readline())
        assert answer["ok"] is False and answer["exit"] == 2 and answer["error"]["message"]
    assert daemon.admin("ping").returncode == 0


def test_a_client_that_hangs_in_mid_command_is_let_go(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"admin": {"timeout_seconds": 1.0}})
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(daemon.socket))
        raw.settimeout(10)
        raw.recv(1000)
        raw.sendall(b'{"verb": "que')
        assert raw.recv(1000) == b""
    assert daemon.admin("ping").returncode == 0


def test_the_socket_is_private_and_goes_with_the_daemon(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    assert oct(daemon.socket.stat().st_mode & 0o777) == "0o660"
    second = Daemon(daemon.home)
    second.data = daemon.home / "other"
    with pytest.raises(AssertionError, match="another chatd answers"):
        second.start()
    second.stop()
    assert daemon.admin("ping").returncode == 0
    daemon.stop(signal.SIGKILL)
    assert daemon.socket.exists()
    daemon.start()
    assert daemon.stop() == 0 and not daemon.socket.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_the_kernel_says_who_may_act_and_who_may_only_read(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon(start=False)
    daemon.write_config({"admin": {"mode": "666", "read_users": ["nobody"]}})
    daemon.start()
    assert ask_as(65534, daemon, "rooms")["ok"]
    refused = ask_as(65534, daemon, "drain")
    assert refused["exit"] == 4 and "read-only" in refused["error"]["message"]
    assert ask_as(12345, daemon, "rooms")["exit"] == 4


def ask_as(uid: int, daemon: Daemon, verb: str) -> Any:
    """A verb, asked by another user, from the socket's directory: the way there is not theirs."""
    script = (
        "import os, socket, sys; os.setgroups([]); os.setgid(int(sys.argv[1]));"
        "os.setuid(int(sys.argv[1])); s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[2]);"
        "f = s.makefile('rwb'); f.readline();"
        'f.write(b\'{"verb": "%s"}\\n\' % sys.argv[3].encode()); f.flush();'
        "print(f.readline().decode())"
    )
    daemon.socket.parent.chmod(0o755)
    done = subprocess.run(
        ["/usr/bin/python3", "-c", script, str(uid), daemon.socket.name, verb],
        cwd=daemon.socket.parent,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
