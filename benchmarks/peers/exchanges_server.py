"""No server but the exchanges of one: a greenlet for each connection reads an upgrade and a hello
with a join, answers with prepared bytes of a real answer's size, and tells the others of the room
who has come.

What it does not reach, no server reaches that has a greenlet for each connection and resumes.
"""

import json
import sys
from collections import defaultdict

import gevent
from gevent.server import StreamServer
from page import MESSAGE, listener

UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n"
)
MISSED = [MESSAGE | {"seq": seq} for seq in range(6, 16)]
rooms = defaultdict(list)


def frame(event, **more):
    payload = json.dumps({"event": event, **more}, separators=(",", ":")).encode()
    return b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload


RESUMED = frame(
    "ack",
    id=1,
    data={"token": "t" * 64, "participant": MESSAGE, "joined": [{"messages": MISSED}]},
)
CAME = frame("presence:update", data=MESSAGE)


def serve(sock, address):
    sock.recv(65_536)
    sock.sendall(UPGRADED)
    room = rooms[sock.recv(65_536).partition(b'"dialog_id": ')[2]]
    for other in room:
        other.send(CAME)
    room.append(sock)
    sock.sendall(RESUMED)
    while sock.recv(65_536):
        pass


server = StreamServer(listener(int(sys.argv[1])), serve)
server.start()
print("ready", flush=True)
gevent.wait()
