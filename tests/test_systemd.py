"""What systemd is told, and the sockets that it keeps over a restart."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path


def test_systemd_is_told_and_its_socket_keeps_callers_over_a_restart(tmp_path: Path) -> None:
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(tmp_path / "notify"))
    told.settimeout(10)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        host, port = listener.getsockname()
        environ = {
            **os.environ,
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "WATCHDOG_USEC": "400000",
        }
        for turn in range(2):
            with socket.create_connection((host, port)) as early:
                daemon = activated(tmp_path, environ, listener)
                assert heard(told, b"READY=1") and heard(told, b"WATCHDOG=1")
                early.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                early.settimeout(10)
                assert early.recv(1000).startswith(b"HTTP/1.1 200"), turn
            daemon.send_signal(signal.SIGHUP)
            assert heard(told, b"RELOADING=1") and heard(told, b"READY=1")
            daemon.terminate()
            assert heard(told, b"STOPPING=1")
            assert daemon.wait(20) == 0
    told.close()


def activated(
    home: Path, environ: dict[str, str], *listeners: socket.socket
) -> subprocess.Popen[bytes]:
    """A daemon that is handed its sockets as systemd does it."""
    script = (
        "import fcntl, os, sys;"
        "given = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 100) for one in sys.argv[1].split(',')];"
        "[os.dup2(one, 3 + number) for number, one in enumerate(given)];"
        "os.environ['LISTEN_FDS'] = str(len(given)); os.environ['LISTEN_PID'] = str(os.getpid());"
        "os.execv(sys.executable, [sys.executable, '-m', 'chatd', 'start', *sys.argv[2:]])"
    )
    numbers = [listener.fileno() for listener in listeners]
    given = ["--data-dir", str(home / "data"), "--socket", str(home / "admin.sock")]
    return subprocess.Popen(
        [sys.executable, "-c", script, ",".join(map(str, numbers)), *given],
        pass_fds=numbers,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_all_sockets_of_systemd_are_served_unix_ones_as_well(tmp_path: Path) -> None:
    path = tmp_path / "http.sock"
    with socket.socket() as one, socket.socket() as other, socket.socket(socket.AF_UNIX) as local:
        for listener, address in (
            (local, str(path)),
            (one, ("127.0.0.1", 0)),
            (other, ("127.0.0.1", 0)),
        ):
            listener.bind(address)
            listener.listen()
        daemon = activated(tmp_path, dict(os.environ), local, one, other)
        for listener in (one, other, local):
            with socket.socket(listener.family) as client:
                client.settimeout(20)
                client.connect(listener.getsockname())
                client.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                assert client.recv(1000).startswith(b"HTTP/1.1 200"), listener
        daemon.terminate()
        assert daemon.wait(20) == 0


def heard(told: socket.socket, what: bytes) -> bool:
    """Waits until systemd is told this."""
    while what not in told.recv(4096):
        pass
    return True
