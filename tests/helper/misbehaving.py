"""A helper whose jobs do what no job should: loop, eat memory, die, answer nonsense, reach out."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chatd.helper.frames import LENGTHS
from chatd.helper.worker import Made, Work, serve

MEMORY = 268_435_456
Options = Mapping[str, Any]


def shout(body: bytes, options: Options) -> Made:
    if b"?" in body:
        raise ValueError("questions are not shouted")
    return {"pid": os.getpid(), "uid": os.getuid(), **options}, body.upper()


def loop(body: bytes, options: Options) -> Made:
    while True:
        pass


def sleep(body: bytes, options: Options) -> Made:
    time.sleep(3_600)
    return {}, b""


def eat(body: bytes, options: Options) -> Made:
    return {"bytes": len(bytearray(4 * MEMORY))}, b""


def die(body: bytes, options: Options) -> Made:
    os._exit(0)


def crash(body: bytes, options: Options) -> Made:
    os.abort()


def raising(body: bytes, options: Options) -> Made:
    raise KeyError("a fault of the job's own")


def nonsense(body: bytes, options: Options) -> Made:
    os.write(sys.stdin.fileno(), body)
    return {}, b""


def boasting(body: bytes, options: Options) -> Made:
    os.write(sys.stdin.fileno(), LENGTHS.pack(2, 2**40) + b"{}")
    return {}, b""


def cut(body: bytes, options: Options) -> Made:
    os.write(sys.stdin.fileno(), LENGTHS.pack(20, 0) + b"{}")
    os._exit(0)


def read_file(body: bytes, options: Options) -> Made:
    return {}, Path("/etc/passwd").read_bytes()


def connect(body: bytes, options: Options) -> Made:
    with socket.create_connection(("127.0.0.1", int(body))):
        return {}, b"reached"


def reuse(body: bytes, options: Options) -> Made:
    os.close(2)
    return connect(body, options)


def fork(body: bytes, options: Options) -> Made:
    if os.fork() == 0:
        os._exit(0)
    return {}, b"forked"


def write_file(body: bytes, options: Options) -> Made:
    os.write(os.open("left", os.O_CREAT | os.O_WRONLY), b"x")
    return {}, b"written"


JOBS: dict[str, Work] = {
    work.__name__: work
    for work in (
        *(shout, loop, sleep, eat, die, crash, raising, nonsense, boasting, cut),
        *(read_file, write_file, connect, reuse, fork),
    )
}

if __name__ == "__main__":
    serve(JOBS, MEMORY)
