"""Where one listens: made of an address and told as one; what cannot be had is said by its name."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from gevent import socket

from chatd.net.listening import BACKLOG, address_text, bind


@pytest.mark.parametrize(("listen", "told"), [("127.0.0.1:0", "127.0.0.1:"), ("[::1]:0", "[::1]:")])
def test_a_socket_listens_where_it_says(listen: str, told: str) -> None:
    with bind(listen) as listener:
        port = listener.getsockname()[1]
        assert address_text(listener) == f"{told}{port}"
        with socket.create_connection(listener.getsockname()[:2], 10):
            listener.accept()[0].close()
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
    bind(f"{told}{port}").close()  # at once, though a connection of it has just ended


def test_so_many_may_wait() -> None:
    """As the kernel tells it: of a socket that listens the second figure is its backlog."""
    most = int(Path("/proc/sys/net/core/somaxconn").read_text())
    with bind("127.0.0.1:0") as listener:
        asked = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)
        assert int.from_bytes(asked[28:32], "little") == min(BACKLOG, most)


def test_an_address_that_is_taken_is_named() -> None:
    with bind("127.0.0.1:0") as listener:
        taken = address_text(listener)
        with pytest.raises(OSError, match=f"{taken}: Address already in use") as refused:
            bind(taken)
    assert refused.value.errno == errno.EADDRINUSE


def test_a_unix_socket_is_told_by_its_path(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert address_text(listener) == f"unix:{tmp_path}/s"
