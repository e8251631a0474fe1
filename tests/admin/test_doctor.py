"""``status`` says which daemon is asked; ``doctor`` names what is not in order, and only that."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd import __version__
from chatd.admin import outside
from chatd.config import extras
from chatd.daemon import doctor
from chatd.store import examining
from tests.conftest import MakeDaemon
from tests.daemon import Daemon


def checks(daemon: Daemon, *words: str) -> dict[str, tuple[str, str]]:
    """What the doctor finds: the last finding of each check."""
    done = daemon.admin("doctor", *words)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    wrong = any(state == "wrong" for state, _, _ in rows)
    assert done.returncode == (1 if wrong else 0), done
    assert f"of {len(rows)} checks" in done.stderr
    return {check: (state, said) for state, check, said in rows}


def test_status_says_which_daemon_with_which_files(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    assert daemon.process
    told = daemon.admin_json("status")
    assert told["version"] == __version__ and told["pid"] == daemon.process.pid
    assert told["configuration"] == str(daemon.config_file) and told["data"] == str(daemon.data)
    assert told["listening"] == [daemon.address] and told["admin_socket"] == str(daemon.socket)
    assert told["node"] == socket.gethostname() and told["state"] == "serving"
    assert 0 <= told["uptime_s"] < 600 and told["asked"] == f"{daemon.socket}, named by --socket"
    rows = dict(line.split("\t") for line in daemon.admin("status").stdout.splitlines())
    assert rows["listening"] == daemon.address and rows["pid"] == str(daemon.process.pid)


def test_status_says_which_configuration_named_the_socket(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    config = daemon.home / "other.toml"
    config.write_text(f'[admin]\nsocket = "{daemon.socket}"\n')
    command = [sys.executable, "-m", "chatd", "admin", "--config", str(config), "status"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and f"{daemon.socket}, named by {config}" in done.stdout


def test_a_daemon_in_order_has_nothing_wrong(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"max_connections": 100}})
    found = checks(daemon)
    assert {state for state, _ in found.values()} == {"ok"}, found
    wanted = {"configuration", "descriptors", "data directory", "admin socket", "disk space"}
    assert wanted | {"clock", "proxies", "serving", "shell"} == found.keys()


def test_a_changed_and_a_broken_configuration_are_named(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    daemon.write_config({"rooms": {"lobby": {}, "tea": {}}})
    state, said = checks(daemon)["configuration"]
    assert state == "warning" and "rooms.tea" in said and "reload" in said
    daemon.config_file.write_text("[rooms.tea]\ncapacity = 0\n")
    state, said = checks(daemon)["configuration"]
    assert state == "wrong" and "rooms.tea.capacity" in said


SPOILED: dict[str, tuple[str, Callable[[Daemon], Any]]] = {
    "data directory": ("others can read", lambda daemon: daemon.data.chmod(0o755)),
    "admin socket": ("everybody may knock", lambda daemon: daemon.socket.chmod(0o666)),
    "admin users": ("no user 'typo'", lambda daemon: None),
    "descriptors": ("LimitNOFILE", lambda daemon: None),
}


def test_modes_users_and_descriptors_are_named(make_daemon: MakeDaemon) -> None:
    settings = {"admin": {"act_users": ["typo"]}, "server": {"max_connections": 10_000_000}}
    daemon = make_daemon(settings)
    for _, spoil in SPOILED.values():
        spoil(daemon)
    found = checks(daemon)
    for check, (said, _) in SPOILED.items():
        assert found[check][0] == "warning" and said in found[check][1], found[check]


def test_a_proxy_that_is_not_trusted_is_named(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    for _ in range(3):
        daemon.http("GET", "/healthz", headers={"X-Forwarded-For": "198.51.100.7"})
    state, said = checks(daemon)["proxies"]
    assert state == "warning" and "127.0.0.1 sent" in said and "3 requests" in said
    assert 'server.trusted_proxies = ["127.0.0.1"]' in said


def test_a_trusted_proxy_is_not(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"trusted_proxies": ["127.0.0.0/8"]}})
    daemon.http("GET", "/healthz", headers={"X-Forwarded-For": "198.51.100.7"})
    assert checks(daemon)["proxies"][0] == "ok"


def test_an_origin_is_judged_as_pages_are(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"sites": {"shop": {"origins": ["https://shop.example"]}}})
    assert checks(daemon, "--origin", "https://shop.example")["origin"] == (
        "ok",
        "https://shop.example may connect, to shop",
    )
    state, said = checks(daemon, "--origin", "http://shop.example")["origin"]
    assert state == "wrong" and "may not connect" in said and "[sites.NAME]" in said


def test_the_outside_url_is_tried_like_a_page(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    assert checks(daemon, "--url", f"http://{daemon.address}/")["outside"][0] == "ok"
    state, said = checks(daemon, "--url", f"http://{daemon.address}/prefix")["outside"]
    assert state == "wrong" and "answers 404" in said and "path prefix" in said
    state, said = checks(daemon, "--url", "http://127.0.0.1:1")["outside"]
    assert state == "wrong" and "refused" in said
    assert checks(daemon, "--url", "ftp://x")["outside"][0] == "wrong"


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """A server that answers everything with the same bytes; its URL."""
    listeners = []

    def serve(answer: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def once() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(65_536)
                peer.sendall(answer)

        threading.Thread(target=once, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n", "Upgrade and Connection"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "changes Host"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "not chatd's WebSocket"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "not chatd's WebSocket"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "does not reach"),
        (b"garbage\r\n\r\n", "garbage"),
        (b"", "Remote end closed"),
    ],
)
def test_what_stands_before_the_daemon_is_told(
    answering: Callable[[bytes], str], answer: bytes, said: str
) -> None:
    found = outside.reach(answering(answer))
    assert found.state == "wrong" and said in found.said, found


def test_without_a_daemon_the_doctor_says_what_is_there(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    daemon.stop()
    config = daemon.home / "other.toml"
    config.write_text(f'data_dir = "{daemon.data}"\n[admin]\nsocket = "{daemon.socket}"\n')
    command = [sys.executable, "-m", "chatd", "admin", "--config", str(config), "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    rows = {line.split("\t")[1]: line for line in done.stdout.splitlines()}
    assert rows["daemon"].startswith("wrong") and str(daemon.socket) in rows["daemon"]
    assert rows["data directory"].startswith("ok") and rows["disk space"]


def test_a_clock_that_jumps_or_lags_is_told(tmp_path: Path) -> None:
    began = time.time(), time.monotonic()
    assert examining.clock(began, tmp_path).state == "ok"
    found = examining.clock((began[0] - 60, began[1]), tmp_path)
    assert found.state == "warning" and "+60 s" in found.said
    (tmp_path / "journal").mkdir()
    newest = tmp_path / "journal" / "00000001.log"
    newest.touch()
    os.utime(newest, (time.time() + 3600, time.time() + 3600))
    assert examining.clock(began, tmp_path).state == "wrong"


def test_passkeys_that_nobody_can_use_here_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(doctor.of_passkeys(2)) == []
    monkeypatch.setitem(extras.MODULES, "passkeys", ("no_such_module",))
    assert list(doctor.of_passkeys(0)) == [], "nobody has any"
    (found,) = doctor.of_passkeys(1)
    assert (found.check, found.state) == ("passkeys", "warning")
    assert found.said.startswith(
        "1 operator cannot log in by the passkeys of theirs: not installed"
    )
    assert found.said.endswith("pip install 'chatd[passkeys]'")


def test_little_space_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def free(count: int) -> str:
        sizes = os.statvfs_result((4096, 4096, 9**9, 9**9, count // 4096, 9**9, 9**9, 9**9, 0, 255))
        monkeypatch.setattr(os, "statvfs", lambda place: sizes)
        return next(iter(examining.disk(tmp_path / "not" / "there"))).state

    assert [free(size) for size in (2 * 10**9, 5 * 10**8, 10**7)] == ["ok", "warning", "wrong"]
