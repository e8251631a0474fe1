"""What was built of the pages, while they are as they were then; see ``tools/build-pages``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

DIRECTORY = "built"
MANIFEST = "manifest.json"
KINDS = (".js", ".css", ".html")


class Built(Struct, frozen=True):
    """``sources``: the fingerprint of what it was built of. ``files``: what is sent in place of a
    file of the pages, by name, as ``built/chat-4WMA2NPC.css``."""

    sources: str = ""
    files: dict[str, str] = {}


def beside(root: Path) -> Path:
    """Where the build of a directory of pages is."""
    return root.parent / DIRECTORY


def sources(root: Path) -> Iterator[Path]:
    """The files that a build is made of."""
    return (path for path in sorted(root.rglob("*")) if path.suffix in KINDS)


def fingerprint(root: Path) -> str:
    """A word that another content of the pages does not have."""
    digest = hashlib.sha256()
    for path in sources(root):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()[:20]


def find(root: Path) -> Built:
    """What was built; nothing where there is none, or where the modules have changed since."""
    try:
        made = msgspec.json.decode((beside(root) / MANIFEST).read_bytes(), type=Built)
    except (OSError, msgspec.MsgspecError):
        return Built()
    return made if made.sources == fingerprint(root) else Built()
