"""As whom one has logged in: a file for each daemon, for nobody else to read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from chatd.terminal.core.kept import contents, directory, keep
from chatd.terminal.core.link import socket_url

LARGEST = 16 * 1024
PREFIX = "person-"
Environ = Mapping[str, str]


class Identity(Struct):
    """A person's login session at a daemon."""

    url: str
    token: str
    username: str
    name: str


def file_of(url: str, environ: Environ = os.environ) -> Path:
    """Where that of one daemon is; OSError for who has no home."""
    return directory(environ) / f"{PREFIX}{quote(socket_url(url), safe='')}"


def find(url: str, environ: Environ = os.environ) -> Identity | None:
    """As whom one has logged in at this daemon, if one has."""
    try:
        return read(file_of(url, environ))
    except OSError:
        return None


def everywhere(environ: Environ = os.environ) -> list[Identity]:
    """At all daemons, in the order of their addresses."""
    try:
        files = sorted(directory(environ).glob(f"{PREFIX}*"))
    except OSError:
        return []
    return [found for found in map(read, files) if found]


def read(file: Path) -> Identity | None:
    """What is no identity, somebody else's or another daemon's is as none: no token is sent where
    it was not given."""
    try:
        found = msgspec.json.decode(contents(file, LARGEST) or b"", type=Identity)
    except msgspec.MsgspecError:
        return None
    return found if file.name == f"{PREFIX}{quote(socket_url(found.url), safe='')}" else None


def write(identity: Identity, environ: Environ = os.environ) -> None:
    """In place of whatever there was at that daemon; OSError when that cannot be."""
    keep(file_of(identity.url, environ), msgspec.json.encode(identity))


def forget(url: str, environ: Environ = os.environ) -> None:
    """One is nobody there any more; OSError when that cannot be."""
    file_of(url, environ).unlink(missing_ok=True)
