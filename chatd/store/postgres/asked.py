"""What is on its way to the database, read as if it were there; and who has read it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import gevent

from chatd.domain.message import Message
from chatd.errors import race_lost
from chatd.store.base import Change, Expect, Put, Remove, Replace, expected_version
from chatd.store.tiny.state import check_follows, document, key

Place = tuple[str, str | int]
REMEMBERED = 10_000


class Asked:
    """By the document or message that it changes. ``origin``: the commit that asks for it, to be
    told apart from others by identity.

    What a greenlet reads of this, its next commit needs: it fails where that one does.
    """

    def __init__(self) -> None:
        self._there: dict[Place, tuple[Any, Any]] = {}
        self._last: OrderedDict[Place, int] = OrderedDict()
        self._read: WeakKeyDictionary[Any, list[Any]] = WeakKeyDictionary()
        self._have_stored = WeakSet[Any]()

    def __contains__(self, place: Place) -> bool:
        return place in self._there

    def read(self, place: Place) -> Any:
        """What it is to become; noted for what the greenlet asks for next."""
        found, origin = self._there[place]
        before = self._read.get(gevent.getcurrent(), [])
        self._read[gevent.getcurrent()] = [
            *(one for one in before if not one.done.successful()),
            origin,
        ]
        return found

    def take_needs(self) -> list[Any]:
        """The commits that this greenlet has read from since it asked last."""
        return self._read.pop(gevent.getcurrent(), [])

    def note_stored(self) -> None:
        """Something that this greenlet has asked for is durable."""
        self._have_stored.add(gevent.getcurrent())

    def take_stored(self) -> bool:
        """Whether anything was, since it asked last."""
        stored = gevent.getcurrent() in self._have_stored
        self._have_stored.discard(gevent.getcurrent())
        return stored

    def check(self, changes: Iterable[Change]) -> None:
        """Overtaken, where one of these does not follow what is on its way."""
        for change in changes:
            place = key(change) if isinstance(change, Expect) else place_of(change) or ("", "")
            known = self._there.get(place)
            if known is None:
                self._check_last(change, place)
                continue
            if isinstance(change, Replace):
                check_follows(change.message, known[0])
            elif isinstance(change, Put | Remove | Expect):
                wanted = expected_version(change)
                if wanted not in (None, getattr(known[0], "version", 0)):
                    raise race_lost(key(change)[1])

    def _check_last(self, change: Change, place: Place) -> None:
        """What was settled after somebody read it is not asked for in vain: others would read
        meanwhile what never comes to be."""
        last = self._last.get(place)
        wanted = version_before(change)
        if last is not None and wanted is not None and wanted < last:
            raise race_lost(str(place[1]))

    def take(self, changes: Iterable[Change], origin: Any) -> None:
        """These are on their way."""
        for change in changes:
            if place := place_of(change):
                self._there[place] = becoming(change), origin

    def settle(self, changes: Iterable[Change], origin: Any) -> None:
        """They are there, or never will be; what was asked for after them stays."""
        for change in changes:
            place = place_of(change)
            if place is None:
                continue
            if place in self._there and self._there[place][1] is origin:
                del self._there[place]
            if not origin.failed:
                self._remember(place, becoming(change))

    def _remember(self, place: Place, found: Any) -> None:
        self._last.pop(place, None)
        if version := getattr(found, "version", None):
            self._last[place] = version
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)


def version_before(change: Change) -> int | None:
    """The version that a change is made from, where that matters."""
    if isinstance(change, Replace):
        return (change.message.version or 0) - 1
    return expected_version(change) if isinstance(change, Put | Remove | Expect) else None


def place_of(change: Change) -> Place | None:
    """What a change makes of something, if that can be read before it is durable."""
    if isinstance(change, Put | Remove):
        return key(change)
    if isinstance(change, Replace):
        return change.message.dialog_id, change.message.seq
    return None


def becoming(change: Change) -> Any:
    """The document or message, ``None``: gone."""
    if isinstance(change, Replace):
        message: Message = change.message
        return message
    assert isinstance(change, Put | Remove)
    return document(change)
