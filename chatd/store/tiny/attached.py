"""The bytes of files beside the store: what there must be of them, and copied with it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from chatd.domain.file import Blob, File
from chatd.store.tiny.journal import damage
from chatd.store.tiny.maintenance import BLOBS
from chatd.store.tiny.sealed import MISSING

BESIDE = ".new"


def path_of(directory: Path, digest: str) -> Path:
    """Where the bytes of a digest are."""
    return directory / BLOBS / digest[:2] / digest


def shelves(directory: Path) -> list[Path]:
    """The directories that bytes are in."""
    place = directory / BLOBS
    return sorted(one for one in place.iterdir() if one.is_dir()) if place.is_dir() else []


def bytes_in(shelf: Path) -> list[Path]:
    """Those of a directory that are whole."""
    return sorted(one for one in shelf.iterdir() if one.suffix != BESIDE)


def count_uses(files: Mapping[str, File]) -> Counter[str]:
    """How many files have which bytes."""
    return Counter(digest for file in files.values() for digest in file.blobs)


def check_one(path: Path, digest: str, blob: Blob | None, uses: int) -> None:
    """Damaged, where bytes are missing, others than their name says, or counted wrongly."""
    if blob is None or blob.uses != uses:
        counted = blob.uses if blob else 0
        raise damage(path, 0, f"{uses} files have it, where {counted} are counted")
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except FileNotFoundError:
        raise damage(path, 0, MISSING) from None
    if size != blob.size or found != digest:
        raise damage(path, 0, f"its {size} bytes are not those that it is named after")
