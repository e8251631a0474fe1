"""What the bare HTTP servers answer, as much as chatd when a poll finds one message; and where."""

import socket

from gevent.socket import socket as green_socket

MESSAGE = {
    "id": "TKT-1730053200:2",
    "seq": 2,
    "ticket_id": "TKT-1730053200",
    "sender_type": "customer",
    "sender_id": "p-6b014049-3470bdcbbe04",
    "sender_name": "Гость 9054",
    "message": "hi",
    "type": "text",
    "meta": {},
    "created_at": "2026-11-21T06:55:05.767Z",
}
TICKET = {"id": "TKT-1730053200", "status": "waiting", "site": "default", "last_seq": 2}
PAGE = {"success": True, "data": {"ticket": TICKET, "messages": [MESSAGE]}}


def listener(port):
    """Without Nagle's algorithm, like chatd: pywsgi sends head and body apart, and with it a kept
    connection would get 25 answers a second."""
    listening = green_socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(4096)
    return listening
