"""Listening sockets: made of an address, and told as one."""

from __future__ import annotations

from gevent import socket

from chatd.config.loading import split_address

BACKLOG = 4_096


def bind(listen: str) -> socket.socket:
    """A listening socket on ``HOST:PORT``."""
    host, port = split_address(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"{listen}: {error.strerror}") from None
    listener.listen(BACKLOG)
    return listener


def address_text(listener: socket.socket) -> str:
    """Where a socket listens, as people write it."""
    if listener.family == socket.AF_UNIX:
        return f"unix:{listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
