"""What was said in rooms and dialogs of people goes when its time is over: a message that is too
old keeps its number and nothing else, and so do all before it.

Those that went so are always the first of a conversation, and say so: hence nothing needs to be
kept of how far it has come, and who was killed goes on where that ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count

from loguru import logger
from msgspec import Struct
from msgspec.structs import asdict

from chatd.domain import topics
from chatd.domain.dialog import PREFIX, Dialog
from chatd.domain.errand import Errand
from chatd.domain.message import EXPIRED, Message
from chatd.domain.place import DialogPlace
from chatd.domain.places import kind_of
from chatd.domain.times import to_text
from chatd.domain.versions import rerun
from chatd.errors import Damaged, Overtaken
from chatd.protocol.events import MessageUpdate
from chatd.runtime.loop import in_turns
from chatd.service import (
    announce,
    belongings,
    blanking,
    listing,
    own_acts,
    resuming,
    rooms,
)
from chatd.service.blanking import AT_ONCE
from chatd.service.context import Services
from chatd.service.expiry import DAY
from chatd.store.base import Advance, Change, Committed, Touch

LOG = logger.bind(area="storage")
ROUNDS = 5  # of AT_ONCE messages in a step
# Of the newest messages of a conversation it is told that they are gone: nobody holds more of them.
# Where very many follow it, of fewer in a step.
TOLD = 2_000
SPREAD = 20_000


class Tally(Struct):
    """What has gone: of how many conversations, how much."""

    dialogs: int = 0
    messages: int = 0
    files: int = 0


def remove_old(services: Services) -> Iterator[None]:
    """One pass over the rooms, then over the dialogs that are old enough; without a rule nothing is
    read."""
    for room in list(services.rooms):
        if days_of(services, room):
            with counting(services, room) as tally:
                yield from clear(services, room, rooms.count, tally)
    if days := services.config.keep.dialog_messages_days:
        newest = f"{PREFIX}{int(services.now() - days * DAY):x}-"
        with counting(services, "dialogs") as tally:
            for part in services.store.parts(Dialog, until=newest):
                with suppress(Damaged):
                    for dialog in in_turns(services.store.part(Dialog, part)):
                        yield from clear(services, dialog.id, tell_people, tally)
                yield


def days_of(services: Services, dialog_id: str) -> int:
    """How many days messages of a conversation are kept, 0 for ever; those of tickets go with
    theirs."""
    keep = services.config.keep
    if room := services.rooms.get(dialog_id):
        return max(0, room.keep_messages_days or keep.room_messages_days)
    return keep.dialog_messages_days if kind_of(dialog_id) is DialogPlace else 0


def clear(
    services: Services, dialog_id: str, tell: Callable[[Services, str], None], tally: Tally
) -> Iterator[None]:
    """What is too old in a conversation goes, the oldest first; ``tell``: that it is another one
    now. What is damaged, or where others were always faster, is for another pass."""
    now, store = services.now(), services.store
    before = to_text(now - days_of(services, dialog_id) * DAY)
    if not services.kept_since.is_due(dialog_id, before, now):
        return
    with suppress(Damaged, Overtaken):
        begun = after = resuming.count_gone(store, dialog_id)
        for number in count(1):
            most = how_many(services, dialog_id, after)
            old = find_old(services, dialog_id, after, before, to_text(now))[:most]
            if not old:
                break
            rerun(partial(blank_old, services, dialog_id, after, old[-1].seq))()
            after = old[-1].seq
            add_up(tally, old)
            if number % ROUNDS == 0 or most < AT_ONCE:
                yield
        first = store.message(dialog_id, after + 1)
        since = min(first.created_at, to_text(now)) if first else to_text(now)
        services.kept_since.note(dialog_id, since, now)
        if after > begun:
            tally.dialogs += 1
            tell(services, dialog_id)
            LOG.info("messages of {} were removed: their time was over", dialog_id)
            yield


def how_many(services: Services, dialog_id: str, after: int) -> int:
    """How many messages may go at once: one by one is told of them, to all who follow."""
    if after + AT_ONCE <= services.store.conversation(dialog_id).last_seq - TOLD:
        return AT_ONCE
    followers = services.hub.count(topics.dialog(dialog_id))
    return max(1, min(AT_ONCE, SPREAD // max(1, followers)))


def find_old(
    services: Services, dialog_id: str, after: int, before: str, now: str
) -> list[Message]:
    """The next messages that are too old, some of them at most. What was said by a clock that was
    ahead is as old as what came after it."""
    found: list[Message] = []
    old = 0
    for message in belongings.read(services, dialog_id, after):
        if before <= message.created_at <= now or old == AT_ONCE:
            break
        if len(found) < AT_ONCE:
            found.append(message)
        if message.created_at < before:
            old = len(found)
    return found[:old]


def blank_old(services: Services, dialog_id: str, after: int, upto: int) -> Callable[[], None]:
    """These go, and what is connected shows it, as when somebody deletes them; who has not read
    them need not. See :func:`blanking.blank_some`."""
    shown = services.store.conversation(dialog_id).last_seq - TOLD
    return blanking.blank_some(
        services,
        dialog_id,
        after,
        partial(expire, upto),
        also=read_by_all(services, dialog_id, upto),
        then=lambda done: tell_gone(services, done, shown),
    )


def expire(upto: int, message: Message, at: str) -> Message | None:
    """See :data:`chatd.service.blanking.Blank`."""
    return blanking.blank(message, at, EXPIRED) if message.seq <= upto else None


def read_by_all(services: Services, dialog_id: str, upto: int) -> list[Change]:
    """What is gone is unread for nobody who has the dialog in their list."""
    dialog = services.store.get(Dialog, dialog_id) if kind_of(dialog_id) is DialogPlace else None
    receipts = services.store.conversation(dialog_id).receipts
    behind = [
        one.id
        for one in (dialog.members if dialog else ())
        if one.id not in receipts or receipts[one.id].read < upto
    ]
    return [Advance(dialog_id, id, delivered=upto, read=upto) for id in behind]


def tell_gone(services: Services, done: Committed, shown: int) -> None:
    """Of the messages behind ``shown``, to those who follow."""
    for message in done.replaced:
        if message.seq > shown:
            services.updates.put(message, partial(tell_update, services), whole=True)


def tell_update(services: Services, message: Message, whole: bool) -> None:
    """See :class:`chatd.live.updates.Updates`."""
    announce.tell(services, topics.dialog(message.dialog_id), MessageUpdate(message=message))


def tell_people(services: Services, dialog_id: str) -> None:
    """A dialog is another one now, to those who are in it and in their lists."""

    def publish(done: Committed) -> None:
        if dialog := services.store.get(Dialog, dialog_id):
            listing.tell_members(services, dialog, "changed")

    services.store.commit(Touch(dialog_id), then=publish)


def silence(services: Services, errands: Sequence[Errand]) -> Iterator[None]:
    """Of those of a file, what carries words whose time is over is kept no longer."""
    for number, errand in enumerate(errands, 1):
        if errand.message and is_over(services, errand.message):
            with suppress(Damaged, Overtaken):
                rerun(partial(blanking.drop, services, errand.id))
        if number % AT_ONCE == 0:
            yield


def is_over(services: Services, message: Message) -> bool:
    """Whether a message was said so long ago that it is not kept any more."""
    days = days_of(services, message.dialog_id)
    return bool(days) and message.created_at < to_text(services.now() - days * DAY)


def add_up(tally: Tally, gone: Sequence[Message]) -> None:
    """What has just gone, but what was deleted before."""
    tally.messages += sum(not one.deleted_at for one in gone)
    tally.files += sum(len(one.files or ()) for one in gone)


@contextmanager
def counting(services: Services, what: str) -> Iterator[Tally]:
    """How much goes in here of what is named so, which the audit log is told; never what was
    said."""
    tally = Tally()
    try:
        yield tally
    finally:
        if tally.messages:
            own_acts.note(
                services, "message:delete", what, wait=False, reason="age", **asdict(tally)
            )
