"""A relay that says its tenth message twice: the benchmarks must not take it for a good server."""

import asyncio
import sys
from collections import defaultdict

from websockets.asyncio.server import ServerConnection, broadcast, serve

rooms: dict[str, set[ServerConnection]] = defaultdict(set)
DOUBLED = 10


async def serve_one(socket: ServerConnection) -> None:
    """The first message names the room, later ones go to it."""
    name = str(await socket.recv())
    rooms[name].add(socket)
    await socket.send(name)
    heard = 0
    async for message in socket:
        heard += 1
        for _ in range(2 if heard == DOUBLED else 1):
            broadcast(rooms[name], message)


async def main() -> None:
    """Until it is killed."""
    async with serve(serve_one, "127.0.0.1", int(sys.argv[1]), compression=None):
        print("ready", flush=True)
        await asyncio.Future()


asyncio.run(main())
