"""A voice message as browsers can play it that know neither WebM nor Ogg: made by ffmpeg, which may
read what it is given and write what it makes, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import gevent
from gevent.subprocess import Popen

CONFINED = (sys.executable, "-m", "chatd.helper.confined")
SECONDS = 10  # of the processor; five minutes of sound take two
GRACE_S = 30.0  # on top of it, on a busy machine
LONGEST_S = 300
READERS = {
    "video/webm": "matroska",
    "audio/webm": "matroska",
    "audio/ogg": "ogg",
}
MARK = b"ftyp"  # of a file of boxes, behind the length of the first


def make_m4a(program: str, data: bytes, kind: str) -> bytes:
    """The same sound; nothing where ``program`` is not there, or makes none of it. TimeoutError."""
    found = shutil.which(program) if program else None
    if found is None or kind not in READERS or not hasattr(os, "memfd_create"):
        return b""
    given, made = (os.memfd_create(name) for name in ("given", "made"))
    try:
        with os.fdopen(os.dup(given), "wb") as file:
            file.write(data)
        os.lseek(given, 0, os.SEEK_SET)
        status = run([found, *words(READERS[kind], f"/dev/fd/{made}")], given, made)
        size = os.fstat(made).st_size
        sound = os.pread(made, size, 0)
        return sound if status == 0 and sound[4:8] == MARK else b""
    finally:
        os.close(given)
        os.close(made)


def words(reader: str, target: str) -> list[str]:
    """What ffmpeg is told: what it reads is of one kind and refers to nothing else, what it writes
    is sound alone and the same each time."""
    return [
        *("-nostdin", "-loglevel", "error", "-threads", "1"),
        *("-protocol_whitelist", "pipe", "-f", reader, "-t", str(LONGEST_S), "-i", "pipe:0"),
        *("-map", "0:a:0", "-map_metadata", "-1", "-ac", "1", "-c:a", "aac", "-b:a", "48k"),
        *("-bitexact", "-threads", "1", "-movflags", "+faststart", "-f", "ipod", "-y", target),
    ]


def run(command: list[str], given: int, made: int) -> int:
    """How it ended; TimeoutError where it did not."""
    process = Popen(
        [*CONFINED, str(SECONDS), *command],
        stdin=given,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(made,),
        env={},
    )
    try:
        with gevent.Timeout(SECONDS + GRACE_S, TimeoutError("it took too long")):
            return int(process.wait())
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
