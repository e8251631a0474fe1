"""Goes through all documents of a kind, by the files that they lie in, read beside the loop."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from chatd.runtime.threads import BoundedThreads
from chatd.store.base import NAMES, D, X
from chatd.store.tiny.asking import StoreChecks
from chatd.store.tiny.naming import bucket, window

FILES = 16  # of a portion


class StoreParts(StoreChecks):
    """See :class:`chatd.store.base.Store`. What is on its way into a file is looked at before and
    after: it may get there while that is read."""

    _beside: BoundedThreads

    def parts(
        self, kind: type[D], *, since: str | None = None, until: str | None = None
    ) -> Sequence[str]:
        """Its files that are named by time, and those that are to be."""
        first, last = (window(bucket(NAMES[kind], id)) if id else None for id in (since, until))
        return [
            one
            for one in self._parts(NAMES[kind])
            if (first is None or first <= window(one)) and (last is None or window(one) <= last)
        ]

    def _parts(self, kind: str) -> list[str]:
        coming = {bucket(kind, id) for id in self._overlay(kind)}
        return sorted({*self._datafiles.buckets(kind), *filter(str.isdigit, coming)})

    def part(self, kind: type[D], name: str) -> Sequence[D]:
        before = self._coming(NAMES[kind], [name])
        stored = self._beside(self._datafiles.read_past_cache, NAMES[kind], name)
        found = before | stored | self._coming(NAMES[kind], [name])
        return [one for one in found.values() if one is not None]

    def _coming(self, kind: str, names: Collection[str]) -> dict[str, Any | None]:
        """What is not in a file yet."""
        overlay = self._overlay(kind)
        return {id: one for id, one in overlay.items() if bucket(kind, id) in names}

    def excerpts(
        self, kind: type[D], shape: type[X], *, since: str, until: str
    ) -> Iterator[Sequence[X]]:
        names = [*reversed(self.parts(kind, since=since, until=until))]
        for begin in range(0, len(names), FILES):
            some, following = names[begin : begin + FILES], names[begin + FILES :][:FILES]
            soon = following if begin else some + following
            before = self._coming(NAMES[kind], some)
            files = self._datafiles.entries(NAMES[kind], some)
            stored = self._beside(self._datafiles.excerpts, NAMES[kind], files, shape, soon)
            coming = before | self._coming(NAMES[kind], some)
            yield beside(stored, coming, shape) if coming else stored


def beside(stored: Sequence[X], coming: dict[str, Any | None], shape: type[X]) -> list[X]:
    """What lies in files, where it is not changed or gone by what is still to be written there."""
    kept = [one for one in stored if one.id not in coming]
    return kept + [shape.of(one) for one in coming.values() if one is not None]
