"""Polling over HTTP: `GET /api/support/messages/ID?after=N`, beside a bare Flask and falcon."""

from __future__ import annotations

import json
import select
import socket
import time
from functools import partial

from benchmarks.measuring import Figures, Plan, Row, against, core_share, rounds
from benchmarks.operators import post
from benchmarks.servers import CHATD, HTTP_PEERS, Peer, Running, started
from benchmarks.sockets import Broken

CLIENTS = 50
HEADER = ("server", "answers a second", "chatd is", "load's core busy")
NOTE = (
    f"{CLIENTS} clients on kept connections, each asks again when it is answered. chatd "
    "identifies the visitor by the bearer token, judges, and reads its store: one new message, "
    "every time. Flask and falcon, on the same WSGI server, answer a constant page of the same "
    "form and ask nobody who he is."
)


class Poller:
    """One connection that asks, and asks again."""

    def __init__(self, port: int, request: bytes) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = request
        self.buffer = b""
        self.answers = 0

    def ask(self) -> None:
        self.sock.sendall(self.request)

    def take(self) -> None:
        """Reads; a whole answer is counted, one in a hundred read for what it says."""
        data = self.sock.recv(65_536)
        if not data:
            raise Broken("a poller was hung up on")
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            raise Broken(f"refused: {self.buffer[:300]!r}")
        self.answers += 1
        if self.answers % 100 == 1:
            check(body)
        self.buffer = b""
        self.ask()


def check(body: bytes) -> None:
    """One message, the second of the ticket."""
    seqs = [message["seq"] for message in json.loads(body)["data"]["messages"]]
    if seqs != [2]:
        raise Broken(f"polled messages {seqs} where 2 is new")


def request_for(running: Running) -> bytes:
    """The poll: with chatd of a ticket that there is, as its customer."""
    ticket, token = "TKT-1730053200", "none"
    if running.peer is CHATD:
        made = post(running, "/api/support/send-message", {"message": "hi"})
        ticket, token = made["ticket_id"], made["token"]
    return (
        f"GET /api/support/messages/{ticket}?after=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\nAccept: application/json\r\n\r\n"
    ).encode()


def measure(peer: Peer, plan: Plan) -> Figures:
    """One server."""
    with started(peer) as running:
        request = request_for(running)
        pollers = [Poller(running.port, request) for _ in range(plan.of(CLIENTS))]
        for poller in pollers:
            poller.ask()
        drive(pollers, plan.seconds / 4)
        rate, share = core_share(partial(drive, pollers, plan.seconds))
        for poller in pollers:
            poller.sock.close()
    return {"rate": rate, "load": share}


def drive(pollers: list[Poller], seconds: float) -> float:
    """Answers a second."""
    epoll, by_fd = select.epoll(), {one.sock.fileno(): one for one in pollers}
    for fd in by_fd:
        epoll.register(fd, select.EPOLLIN)
    before, began = sum(one.answers for one in pollers), time.perf_counter()
    while time.perf_counter() - began < seconds:
        for fd, _ in epoll.poll(0.1):
            by_fd[fd].take()
    epoll.close()
    return (sum(one.answers for one in pollers) - before) / (time.perf_counter() - began)


def run(plan: Plan) -> list[Row]:
    """The row."""
    servers = [CHATD, *HTTP_PEERS]
    found = rounds(plan, [(peer.name, partial(measure, peer, plan)) for peer in servers])
    own = found["chatd"]["rate"]
    verdict = against("against bare Flask", found, ["Flask"], "rate", 1.0)
    raw = [
        (name, f"{one['rate']:,.0f}", f"{own / one['rate']:.2f} ×", f"{one['load']:.0%}")
        for name, one in found.items()
    ]
    return [Row("Polling over HTTP", [verdict], HEADER, raw, [NOTE, *found.lost])]
