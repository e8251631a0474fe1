"""Small file systems that fill up, where mounting is permitted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

KILO = 1024


class Disk:
    """A small file system, mounted; ``home`` is all of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._ballast = home / "ballast"

    def fill(self, leaving: int = 0) -> None:
        """Nothing more fits, or only so many bytes."""
        reserve = self.home / "reserve"
        with suppress(OSError):
            reserve.write_bytes(b"x" * leaving)
        with suppress(OSError), self._ballast.open("ab", buffering=0) as ballast:
            while True:
                ballast.write(b"x" * KILO)
        reserve.unlink(missing_ok=True)

    def free(self) -> None:
        """There is space again."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def mounted(place: Path, kilobytes: int, kind: str = "tmpfs") -> Iterator[Disk]:
    """A file system of this size and kind (``tmpfs`` or ``ext4``) at a new directory."""
    place.mkdir()
    run = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
    if kind == "ext4":
        image = place.with_name(f"{place.name}.img")
        with image.open("wb") as file:
            file.truncate(kilobytes * KILO)
        make = ["mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", str(image)]
        if subprocess.run(make, capture_output=True).returncode:
            pytest.skip("no mkfs.ext4 here")
        run = ["mount", "-o", "loop", str(image), str(place)]
    if subprocess.run(run, capture_output=True).returncode:
        pytest.skip(f"mounting {kind} is not permitted here")
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
