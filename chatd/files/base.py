"""What a store of bytes has to do; whatever waits for a disk does so beside the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol


class Bytes(Protocol):
    """Bytes under their SHA-256, which never change, and uploads under the ids of their files,
    which grow. OSError, wherever the disk fails or is full."""

    def write(self, upload: str, offset: int, data: bytes) -> None:
        """Writes a piece of an upload, which begins with its first; what stood from there on is
        gone."""

    def settle(self, upload: str) -> None:
        """What was written of an upload is durable."""

    def length(self, upload: str) -> int:
        """How long an upload is; 0 where there is none."""

    def read(self, upload: str, offset: int, size: int) -> bytes:
        """So many bytes of an upload, fewer at its end."""

    def digest(self, upload: str) -> str:
        """The SHA-256 of an upload."""

    def keep(self, upload: str, digest: str) -> None:
        """The bytes of an upload are durable under their digest; the upload stays as well."""

    def name(self, data: bytes) -> str:
        """The SHA-256 of bytes."""

    def put(self, digest: str, data: bytes) -> None:
        """Bytes are durable under their digest."""

    def drop(self, upload: str) -> None:
        """An upload is gone."""

    def uploads(self) -> list[str]:
        """Those that there are."""

    def pieces(self, digest: str, offset: int, size: int) -> Iterator[bytes]:
        """So many of the bytes, piece by piece; NotFound where there are none."""

    def remove(self, digest: str) -> None:
        """Bytes are gone; not while they are held, so that they are found again later."""

    def shelves(self) -> list[str]:
        """The parts in which one can go through all bytes."""

    def shelf(self, name: str) -> list[str]:
        """The digests of a part."""

    def tidy(self, name: str) -> None:
        """What a crash has left half written in a part is gone."""

    def hold(self) -> AbstractContextManager[None]:
        """Nothing is removed meanwhile."""

    def alone(
        self, what: str, patience: float, ask: Callable[[], None]
    ) -> AbstractContextManager[None]:
        """No other daemon that has these bytes is at what is named so; of this one nobody is kept
        out. ``ask``: has who is at it end; Conflict, where they do not within so many seconds."""

    def is_taken(self, what: str) -> bool:
        """Whether another daemon is at it."""

    def free(self) -> int:
        """How many bytes there is room for."""
