"""Carries errands out: when it is time, so many at once to each target, again when it fails."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from gevent.event import Event
from loguru import logger
from msgspec.structs import replace

from chatd.domain.errand import Errand, State
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errands.base import Carry, Failed, Later, Needless, Unsure
from chatd.errands.undelivered import Undelivered
from chatd.errors import Damaged, Overtaken, Unavailable
from chatd.store.base import Change, Put, Store

LOG = logger.bind(area="errands")
AT_ONCE = 4  # to one target
LONGEST_NAP_S = 60.0  # the clock may be set meanwhile
FAULT_S = 30.0  # until what a full disk or a fault of ours stopped is tried again
OVERTAKEN_S = 1.0  # until what somebody else changed meanwhile is looked at again
JITTER = 0.2
PERHAPS = (
    "the daemon ended while it was handed over: it was delivered, perhaps; 'errands retry' does it"
)
Spawn = Callable[..., object]


class Lane:
    """What one target is still to be told, by when: ids in memory, the rest is in the store."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}
        self.running: set[str] = set()
        self._heap: list[tuple[float, str]] = []
        self.full = False

    def put(self, id: str, at: float) -> None:
        """It is to be carried out then, whatever was said of it before."""
        self.times[id] = at
        heapq.heappush(self._heap, (at, id))

    def take(self, now: float) -> str | None:
        """One that it is time for, if there is one and room for it."""
        if len(self.running) < AT_ONCE and (first := self.first_at()) is not None and first <= now:
            id = heapq.heappop(self._heap)[1]
            del self.times[id]
            self.running.add(id)
            return id
        return None

    def first_at(self) -> float | None:
        """When the next one is due."""
        while self._heap:
            at, id = self._heap[0]
            if self.times.get(id) == at and id not in self.running:
                return at
            heapq.heappop(self._heap)
        return None


class Try:
    """One try of an errand; see :class:`chatd.errands.base.Trial`."""

    def __init__(self, store: Store, now: Callable[[], float], errand: Errand) -> None:
        self._store = store
        self._now = now
        self.errand = errand

    def hand_over(self, *changes: Change, **fields: object) -> None:
        """Stored before this returns."""
        handed = replace(self.errand, handed_at=to_text(self._now()), **fields)
        self._store.commit(Put(handed), *changes)
        self.errand = successor(handed)

    def over(self, **fields: object) -> Errand:
        """The errand as it is after the try, of which nobody has to wonder any more."""
        return replace(self.errand, handed_at="", **fields)


class Errands:
    """The runner. ``carriers``: by kind, who carries one out. ``delays``: how long after each try
    that failed the next one comes, in seconds; after as many it is given up.

    At least once: what was carried out and not noted, because the daemon died or the disk is full,
    is carried out again under the same id. What is handed over in a try (see
    :class:`chatd.errands.base.Trial`) is carried out at most once.
    """

    def __init__(
        self,
        store: Store,
        spawn: Spawn,
        now: Callable[[], float],
        carriers: Mapping[str, Carry],
        delays: Callable[[], Sequence[float]],
    ) -> None:
        self._store = store
        self._spawn = spawn
        self._now = now
        self._carriers = carriers
        self._delays = delays
        self._lanes: dict[str, Lane] = {}
        self._due = Event()
        self.undelivered = Undelivered()
        self.ended: Counter[tuple[str, State]] = Counter()
        self.refused = 0

    def put(self, errands: Iterable[Errand]) -> None:
        """These are in the store, and wait."""
        self.add(errands)

    def add(self, errands: Iterable[Errand]) -> None:
        """The same, wherever they were put."""
        for errand in errands:
            self.undelivered.note(errand)
            lane = self._lanes.setdefault(errand.target, Lane())
            if errand.id not in lane.running:
                lane.put(errand.id, errand.next_at)
            self._due.set()  # where there are none, as of most messages, nobody is woken

    def let_go(self, errand: Errand) -> None:
        """It is not to be carried out any more."""
        self.undelivered.note(errand)
        if lane := self._lanes.get(errand.target):
            lane.times.pop(errand.id, None)

    def has_room(self, target: str, most: int) -> bool:
        """Whether fewer than so many wait for a target. Where not, that is logged once, and what
        is not put is counted."""
        lane = self._lanes.setdefault(target, Lane())
        full = len(lane.times) + len(lane.running) >= most
        if full and not lane.full:
            LOG.error(
                "{} errands wait for {}: it is told of nothing more until they go", most, target
            )
        lane.full = full
        self.refused += full
        return not full

    def waiting(self, target: str | None = None) -> int:
        """How many are still to be carried out, to one target or to all."""
        lanes = self._lanes.values() if target is None else filter(None, [self._lanes.get(target)])
        return sum(len(lane.times) + len(lane.running) for lane in lanes)

    def run(self) -> None:
        """Begins with what was left of last time; ends never."""
        self._spawn("errands-left", self.take_up)
        while True:
            self._due.clear()
            if self._may_begin():
                self._begin_due()
            self._due.wait(self._nap())

    def _may_begin(self) -> bool:
        """Whether it is for this process to carry them out."""
        return True

    def _begin_due(self) -> None:
        for lane in self._lanes.values():
            while (id := lane.take(self._now())) is not None:
                self._spawn(f"errand {id}", self._carry, lane, id)

    def _nap(self) -> float:
        """Until something may be due, in seconds."""
        free = (lane for lane in self._lanes.values() if len(lane.running) < AT_ONCE)
        times = [at for lane in free if (at := lane.first_at()) is not None]
        return max(0.0, min([LONGEST_NAP_S, *(at - self._now() for at in times)]))

    def figures(self) -> dict[str, int]:
        """How many wait; how many were delivered, given up, and refused since the start."""
        return {
            "waiting": self.waiting(),
            "delivered": self._count("delivered"),
            "failed": self._count("failed"),
            "refused": self.refused,
        }

    def _count(self, state: State) -> int:
        return sum(count for (_, ended), count in self.ended.items() if ended == state)

    def take_up(self) -> None:
        """Finds what waits, failed or was dropped since before this start."""
        found = 0
        for part in self._store.parts(Errand):
            with suppress(Damaged):
                for one in self._store.part(Errand, part):
                    if one.state != "delivered":
                        found += self._take_up(self._store.get(Errand, one.id))
        self.undelivered.whole = True
        if found:
            LOG.info("{} errands wait since before the start", found)

    def _take_up(self, errand: Errand | None) -> bool:
        """Whether one waits of which nobody knew."""
        if errand is None:
            return False
        self.undelivered.note(errand)
        if not errand.waits or self._knows(errand):
            return False
        self.add([errand])
        return True

    def _knows(self, errand: Errand) -> bool:
        lane = self._lanes.get(errand.target)
        return lane is not None and (errand.id in lane.times or errand.id in lane.running)

    def _carry(self, lane: Lane, id: str) -> None:
        """One try. What it was is noted before it counts as over; where it cannot be noted, or the
        try ends in a fault of ours, it is made again later."""
        again: float | None = self._now() + FAULT_S
        try:
            errand = self._store.get(Errand, id)
            again = self._note(self._try(errand)) if errand and errand.waits else None
        except Unavailable as full:
            LOG.debug("errand {} is tried again: {}", id, full)
        except Overtaken:
            again = self._now() + OVERTAKEN_S
        except Damaged as error:
            LOG.warning("errand {} is out of service: {}", id, error)
            again = None
        finally:
            lane.running.discard(id)
            if again is not None:
                lane.put(id, again)
            self._due.set()

    def _try(self, errand: Errand) -> Errand:
        """Tries; the errand as it is afterwards."""
        if errand.handed_at:
            return self._give_up(successor(errand), PERHAPS)
        attempt = Try(self._store, self._now, successor(errand, attempts=errand.attempts + 1))
        try:
            answer = self._carriers[errand.kind](attempt)
        except Failed as failed:
            LOG.warning("{} {} to {}: {}", errand.type, errand.id, errand.target, failed)
            return self._put_off(attempt.over(last_error=str(failed)), failed)
        except Unsure as unsure:
            return self._give_up(attempt.over(), str(unsure))
        except Later as later:
            return attempt.over(attempts=errand.attempts, next_at=self._now() + later.after)
        except Needless as needless:
            return self._end(attempt.over(last_error=str(needless)), "dropped")
        LOG.info("{} {} to {}: {}", errand.type, errand.id, errand.target, answer)
        return self._end(attempt.over(last_error=""), "delivered")

    def _give_up(self, errand: Errand, why: str) -> Errand:
        LOG.error("{} {} to {}: {}", errand.type, errand.id, errand.target, why)
        return self._end(replace(errand, handed_at="", last_error=why), "failed")

    def _put_off(self, errand: Errand, failed: Failed) -> Errand:
        delays = self._delays()
        if not failed.again or errand.attempts > len(delays):
            return self._end(errand, "failed")
        usual = delays[errand.attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)
        return replace(errand, next_at=self._now() + max(usual, failed.after))

    def _end(self, errand: Errand, state: State) -> Errand:
        return replace(errand, state=state, ended_at=to_text(self._now()))

    def _note(self, errand: Errand) -> float | None:
        """Stores how a try ended, unless somebody decided otherwise meanwhile; when the next one is
        due."""
        try:
            self._store.commit(Put(errand))
        except Overtaken:
            now = self._store.get(Errand, errand.id)
            return now.next_at if now and now.waits else None
        self._note_try(errand)
        if errand.waits:
            return errand.next_at
        self.ended[errand.kind, errand.state] += 1
        return None

    def _note_try(self, errand: Errand) -> None:
        """It is stored how it ended."""
        self.undelivered.note(errand)
