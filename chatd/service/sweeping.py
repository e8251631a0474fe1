"""Nothing stays for ever: visitors who never wrote, tokens that have ended, bans that have run out,
tickets that nobody comes back to; a file of newcomers at a time, so that nobody is held up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from loguru import logger

from chatd.domain.errand import Errand
from chatd.domain.file import Blob, File
from chatd.domain.participant import Ban, LoginSession, Participant
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.domain.visit import without_old
from chatd.errors import Conflict, Damaged, Overtaken, Unavailable
from chatd.service import (
    erasing,
    filing,
    old_words,
    recorded,
    retention,
    subjects,
    tickets,
    uploads,
)
from chatd.service.context import Services
from chatd.service.expiry import DAY, has_ended
from chatd.service.own_acts import SYSTEM
from chatd.store.base import Change, Forget, Put, Remove

LOG = logger.bind(area="storage")
PASS_S = 600.0
JUMP_S = 600.0
DISBELIEF_S = 3_600.0
CLOSED_AT_ONCE = 50


class Sweep:
    """Goes through everything again and again, a step at a time; a pass that is over begins anew
    after PASS_S at the earliest. A clock that was set is not believed at once: what is forgotten
    by a wrong one would be gone."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._steps: Iterator[None] | None = None
        self._began = self._believed = float("-inf")
        self._offset = services.now() - time.monotonic()

    def turn(self) -> None:
        """The next step, if it is time for one. A full disk, or a damaged file, is for later."""
        now = time.monotonic()
        self._watch_clock(now)
        if now < self._believed or not self._services.leader.leads():
            return
        if self._steps is None:
            if now - self._began < PASS_S:
                return
            self._began, self._steps = now, steps(self._services)
        try:
            next(self._steps)
        except StopIteration:
            self._steps = None
        except Unavailable as full:
            self._steps = None
            LOG.debug("nothing can be cleared away now: {}", full)

    def _watch_clock(self, now: float) -> None:
        before, self._offset = self._offset, self._services.now() - now
        if abs(self._offset - before) > JUMP_S:
            self._believed, self._steps = now + DISBELIEF_S, None
            LOG.warning("the clock was set: nothing is cleared away for an hour")


def steps(services: Services) -> Iterator[None]:
    """One pass; every step is a commit at most."""
    let_go(services, bans_that_are_over(services))
    with suppress(Overtaken):  # a session that is used meanwhile is looked at another time
        let_go(services, sessions_that_are_over(services))
    yield
    yield from erasing.finish_all(services)
    yield from close_abandoned(services)
    yield from retention.remove_old(services)
    for part in services.store.parts(Participant):
        with suppress(Damaged, Overtaken):  # who came back meanwhile is looked at another time
            known = services.store.part(Participant, part)
            forget_visitors(services, known)
            forget_pages(services, known)
        yield
    for part in services.store.parts(Errand):
        with suppress(Damaged):
            errands = services.store.part(Errand, part)
            let_go(services, ended_errands(services, errands))
            yield from old_words.silence(services, errands)
        yield
    yield from sweep_files(services)
    yield from old_words.remove_old(services)


def sweep_files(services: Services) -> Iterator[None]:
    """Files that no message has got, uploads that nobody has gone on with; and what a crash has
    left of bytes."""
    for part in services.store.parts(File):
        with suppress(Damaged):
            over = [one.id for one in services.store.part(File, part) if is_unsent(services, one)]
            filing.remove(services, over)
        yield
    for id in services.bytes.uploads():
        if services.store.get(File, id) is None:
            filing.drop_upload(services, id)
    yield
    for shelf in services.bytes.shelves():
        with suppress(Damaged):
            services.bytes.tidy(shelf)
            for digest in services.bytes.shelf(shelf):
                if services.store.get(Blob, digest) is None:
                    filing.let_go_of(services, digest)
        yield


def is_unsent(services: Services, known: File) -> bool:
    """Whether a file's time is over, without any message that has it; as it is by now."""
    if known.sent or uploads.expires_at(services, known) > services.now():
        return False
    file = services.store.get(File, known.id)
    if file is None or file.sent or recorded.is_going_on(services, file):
        return False
    return not is_received(services, file.id)


def is_received(services: Services, id: str) -> bool:
    """Whether somebody is at this upload, on any node."""
    return id in services.receiving or services.bytes.is_taken(filing.name_upload(id))


def let_go(services: Services, changes: Sequence[Change]) -> None:
    """Commits what is to go, if anything is."""
    if changes:
        services.store.commit(*changes)


def bans_that_are_over(services: Services) -> list[Change]:
    """Bans that have run out."""
    bans = services.bans.over(services.now())
    for ban in bans:
        services.bans.remove(ban)
    return [Remove("bans", ban.id) for ban in bans if services.store.get(Ban, ban.id)]


def sessions_that_are_over(services: Services) -> list[Change]:
    """Sessions that have ended."""
    over = [
        one for one in services.store.all(LoginSession, limit=100_000) if has_ended(services, one)
    ]
    return [Remove("sessions", one.id, one.version) for one in over]


def ended_errands(services: Services, known: Sequence[Errand]) -> list[Change]:
    """Those of a file that ended long ago, as they are by now: one may be due again."""
    before = to_text(services.now() - services.config.keep.errands_days * DAY)
    listed = (services.store.get(Errand, one.id) for one in known if one.ended_at < before)
    over = [one for one in listed if one and not one.waits and one.ended_at < before]
    return [Remove("errands", one.id, one.version) for one in over]


def forget_visitors(services: Services, known: Sequence[Participant]) -> None:
    """Those of a file who are over, with what rooms keep of how far they have read. Judged again
    as they are by now: somebody may have come back while the file was read."""
    listed = [services.store.get(Participant, one.id) for one in known if is_over(services, one)]
    gone = [one for one in listed if one and is_over(services, one)]
    over = [one.id for one in gone]
    if not over:
        return
    removed: list[Change] = [Remove("participants", one.id, one.version) for one in gone]
    for one in gone:
        removed += subjects.forget_subject(services, one)
    services.store.commit(*removed, *receipts_of(services, over))
    LOG.info("{} visitors who were long gone are forgotten", len(over))


def forget_pages(services: Services, known: Sequence[Participant]) -> None:
    """What pages told of those of a file, where it was long ago; as they are by now."""
    before = to_text(services.now() - services.config.keep.pages_days * DAY)
    listed = (services.store.get(Participant, one.id) for one in known if one.visits)
    let_go(
        services,
        [
            Put(successor(one, visits=left))
            for one in listed
            if one and one.visits and (left := without_old(one.visits, before)) != one.visits
        ],
    )


def receipts_of(services: Services, over: Sequence[str]) -> Iterator[Change]:
    """What rooms keep of these."""
    for room in services.rooms:
        with suppress(Damaged):
            receipts = services.store.conversation(room).receipts
            if read := tuple(id for id in over if id in receipts):
                yield Forget(room, read)


def is_over(services: Services, one: Participant) -> bool:
    """Whether a visitor's token has ended, or they never wrote and have not been back for long.
    Who is here is not over."""
    if services.connections.has(one.id):
        return False
    if has_ended(services, one):
        return True
    if one.wrote or one.tickets:
        return False
    config = services.config
    used = min(config.tokens.visitor_days, config.keep.silent_visitors_days) * DAY
    return one.expires_at <= to_text(services.now() + config.tokens.visitor_days * DAY - used)


def close_abandoned(services: Services) -> Iterator[None]:
    """Closes what waits, or talks to the bot, and has not been touched for long by who is not here
    any more."""
    days = services.config.keep.abandoned_tickets_days
    before = to_text(services.now() - days * DAY)
    old = [
        ticket
        for ticket in services.store.open_tickets()
        if ticket.status in ("waiting", "bot") and ticket.updated_at < before
    ]
    for number, ticket in enumerate(old, 1):
        with suppress(Conflict, Damaged):
            if is_abandoned(services, ticket, before):
                tickets.close(services, ticket, SYSTEM)
        if number % CLOSED_AT_ONCE == 0:
            yield


def is_abandoned(services: Services, ticket: Ticket, before: str) -> bool:
    """Whether nobody wrote either, and the customer is not connected."""
    last = services.store.conversation(ticket.id).last_at
    return last < before and not services.connections.has(ticket.customer_id)
