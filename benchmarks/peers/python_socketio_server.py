"""A bare room server on python-socketio: `join` names the room, `msg` goes to everybody in it."""

import asyncio
import sys

import socketio
from aiohttp import web
from looping import run

server = socketio.AsyncServer(
    async_mode="aiohttp", transports=["websocket"], ping_interval=600, ping_timeout=600
)
room_of = {}


@server.event
async def join(sid, name):
    room_of[sid] = name
    await server.enter_room(sid, name)
    await server.emit("joined", name, to=sid)


@server.event
async def msg(sid, text):
    await server.emit("msg", text, room=room_of[sid])


async def main():
    application = web.Application()
    server.attach(application)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(sys.argv[1]), backlog=4096).start()
    print("ready", flush=True)
    await asyncio.Future()


run(main())
