"""No server but the system calls of one: every message goes to the whole room, and nothing else.

How is the first word: "compiled", the sends in a compiled loop, which no server surpasses that
sends to each receiver apart; "synced", the same, after a write and a sync of each message;
"python", synced, and the loop is Python's, which no durable server in Python surpasses.
"""

import ctypes
import os
import select
import socket
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n"
)
UNMASKED = 6  # the load masks with zeros: a payload is what follows a head of 6 or 8 bytes
library = ctypes.CDLL(str(Path(__file__).parents[1] / ".cache" / "drain.so"))
journal, path = tempfile.mkstemp(dir="/var/tmp")
Path(path).unlink()


def synced(frame):
    os.write(journal, frame)
    os.fdatasync(journal)


def compiled(room, frame):
    members = (ctypes.c_int * len(room))(*[one.fileno() for one in room])
    library.blast(members, len(room), frame, len(frame))


def compiled_synced(room, frame):
    synced(frame)
    compiled(room, frame)


def python(room, frame):
    synced(frame)
    for one in room:
        one.send(frame)


WAYS = {"compiled": compiled, "synced": compiled_synced, "python": python}
send_to_all = WAYS[sys.argv[1]]
rooms = defaultdict(list)


class Member:
    def __init__(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.upgraded = False
        self.room = None

    def readable(self):
        """Whether it is still there. One message a read, as when one is sent at a time."""
        data = self.sock.recv(65_536)
        if not self.upgraded:
            self.upgraded = True
            self.sock.sendall(ANSWER)
        elif self.room is None:
            self.enter(data)
        elif data:
            self.spread(data)
        return bool(data)

    def enter(self, data):
        self.room = rooms[data[UNMASKED:]]
        self.room.append(self.sock)
        self.sock.sendall(bytes((0x81, len(data) - UNMASKED)) + data[UNMASKED:])

    def spread(self, data):
        payload = data[UNMASKED + 2 :]
        send_to_all(self.room, b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload)


def serve(port):
    listener = socket.create_server(("127.0.0.1", port), backlog=4096)
    epoll, members = select.epoll(), {}
    epoll.register(listener.fileno(), select.EPOLLIN)
    print("ready", flush=True)
    while True:
        for fd, _ in epoll.poll():
            if fd == listener.fileno():
                sock, _ = listener.accept()
                members[sock.fileno()] = Member(sock)
                epoll.register(sock.fileno(), select.EPOLLIN)
            elif not members[fd].readable():
                epoll.unregister(fd)
                members.pop(fd).sock.close()


serve(int(sys.argv[2]))
