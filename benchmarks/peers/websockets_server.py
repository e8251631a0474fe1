"""A bare room server on `websockets`: the first message names the room, later ones go to it."""

import asyncio
import sys
from collections import defaultdict

from looping import run
from websockets.asyncio.server import broadcast, serve

rooms = defaultdict(set)


async def serve_one(socket):
    name = await socket.recv()
    room = rooms[name]
    room.add(socket)
    await socket.send(name)
    try:
        async for message in socket:
            broadcast(room, message)
    finally:
        room.discard(socket)


async def main():
    options = {"compression": None, "ping_interval": None, "backlog": 4096}
    async with serve(serve_one, "127.0.0.1", int(sys.argv[1]), **options):
        print("ready", flush=True)
        await asyncio.Future()


run(main())
