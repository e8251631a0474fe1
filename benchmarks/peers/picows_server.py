"""A bare room server on picows: the first message names the room, later ones go to it."""

import asyncio
import sys
from collections import defaultdict

from looping import run
from picows import WSListener, WSMsgType, ws_create_server

rooms = defaultdict(set)


class Member(WSListener):
    room = None

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            self.take(transport, frame.get_payload_as_bytes())

    def take(self, transport, payload):
        if self.room is None:
            self.room = rooms[payload]
            self.room.add(transport)
            transport.send(WSMsgType.TEXT, payload)
            return
        for member in self.room:
            member.send(WSMsgType.TEXT, payload)

    def on_ws_disconnected(self, transport):
        if self.room is not None:
            self.room.discard(transport)


async def main():
    await ws_create_server(
        lambda request: Member(),
        "127.0.0.1",
        int(sys.argv[1]),
        backlog=4096,
        enable_auto_ping=False,
    )
    print("ready", flush=True)
    await asyncio.Future()


run(main())
