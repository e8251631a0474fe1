"""The admin socket's name: made again when somebody removes it, left alone when it is another's."""

from __future__ import annotations

import json
import socket

from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually


def test_who_removes_the_name_shuts_nobody_out(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    mode = daemon.socket.stat().st_mode
    with following(daemon) as stream:
        daemon.socket.unlink()
        eventually(lambda: daemon.admin("ping").returncode == 0)
        assert daemon.socket.stat().st_mode == mode
        assert f"somebody has removed the admin socket {daemon.socket}" in daemon.logged()
        assert daemon.admin("say", "lobby", "still there").returncode == 0
        assert "still there" in stream.makefile().readline(), "who was there before goes on"
    assert daemon.stop() == 0 and not daemon.socket.exists()


def test_what_is_in_its_way_is_said_and_left_alone(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    said = f"{daemon.socket} is not the admin socket any more"
    for times in (1, 2):
        daemon.socket.unlink()
        daemon.socket.write_text("somebody's")
        eventually(lambda times=times: daemon.logged().count(said) == times)
        assert daemon.http("GET", "/healthz")[0] == 200
        if times == 1:
            daemon.socket.unlink()
            eventually(lambda: daemon.admin("ping").returncode == 0)
    assert daemon.stop() == 0 and daemon.socket.read_text() == "somebody's"
    assert daemon.logged().count(said) == 2, "once each, however often it was tried"


def following(daemon: Daemon) -> socket.socket:
    """A client of the admin socket that watches the lobby."""
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    stream.settimeout(10)
    stream.connect(str(daemon.socket))
    stream.sendall(json.dumps({"verb": "watch", "fields": {"what": "lobby"}}).encode() + b"\n")
    heard = b""
    while b"watching" not in heard:
        heard += stream.recv(4096)
    return stream
