"""Logos of sites: an address elsewhere, or a picture below the configuration's directory, which is
taken by what is in it, not by what it is called."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

from msgspec import Struct

MOST_BYTES = 262_144
ELSEWHERE = "https://"
# How the files of a kind begin; a WebP has its length between the two.
BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", b"", "png", "image/png"),
    (b"\xff\xd8\xff", b"", "jpg", "image/jpeg"),
    (b"GIF87a", b"", "gif", "image/gif"),
    (b"GIF89a", b"", "gif", "image/gif"),
    (b"RIFF", b"WEBP", "webp", "image/webp"),
)
SECOND = 8
KINDS = "a PNG, JPEG, GIF or WebP file"


class Logo(Struct, frozen=True):
    """A picture as it is sent; its name changes with what is in it."""

    name: str
    type: str
    data: bytes


class NoLogo(Exception):
    """Why something is no logo; the text follows what it is called."""


def locate(directory: Path, named: str) -> Path:
    """The file that is meant, below a directory, wherever links lead."""
    top = directory.resolve()
    path = (top / named).resolve()
    if not path.is_relative_to(top):
        raise NoLogo(f"is not below {top}, where the configuration is")
    return path


def read(path: Path) -> Logo:
    """The picture in a file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise NoLogo(f"is not {KINDS}")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise NoLogo(f"cannot be read: {error.strerror}") from None
    if len(data) > MOST_BYTES:
        raise NoLogo(f"is larger than {MOST_BYTES} bytes")
    for first, second, suffix, kind in BEGINNINGS:
        if data.startswith(first) and data[SECOND:].startswith(second):
            return Logo(f"{hashlib.sha256(data).hexdigest()[:20]}.{suffix}", kind, data)
    raise NoLogo(f"is not {KINDS}")
