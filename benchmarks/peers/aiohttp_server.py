"""A bare room server on aiohttp: the first message names the room, later ones go to it."""

import asyncio
import sys
from collections import defaultdict

from aiohttp import WSMsgType, web
from looping import run

rooms = defaultdict(set)


async def serve_one(request):
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    name = await socket.receive_str()
    room = rooms[name]
    room.add(socket)
    await socket.send_str(name)
    try:
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                for member in tuple(room):
                    await member.send_str(message.data)
    finally:
        room.discard(socket)
    return socket


async def main():
    application = web.Application()
    application.router.add_get("/", serve_one)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(sys.argv[1]), backlog=4096).start()
    print("ready", flush=True)
    await asyncio.Future()


run(main())
