"""Words are replaced by nothing: messages keep their numbers, and what was to be told of them is
not told any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count

import msgspec
from msgspec import UNSET

from chatd.domain.dialog import Dialog
from chatd.domain.errand import Errand
from chatd.domain.message import EXPIRED, Message, revise
from chatd.domain.reactions import withdraw
from chatd.domain.times import to_text
from chatd.domain.versions import rerun, successor
from chatd.runtime.loop import in_turns
from chatd.service import belongings, filing
from chatd.service.context import Services
from chatd.store.base import Change, Committed, Forget, Put, Remove, Replace

AT_ONCE = 100
GONE = "erased"  # whose messages they are that have no words any more
# What becomes of a message, and None for one that stays as it is.
Blank = Callable[[Message, str], Message | None]


def leave_everything(services: Services, participant_id: str) -> Iterator[None]:
    """What somebody said, and put on others' messages, in rooms and dialogs of people; how far they
    have read there; their files. Groups that they have left are looked at too."""
    of_theirs = partial(blank_own, participant_id)
    for dialog_id in where_people_speak(services, participant_id):
        yield from blank_all(services, dialog_id, of_theirs)
        if participant_id in services.store.conversation(dialog_id).receipts:
            services.store.commit(Forget(dialog_id, (participant_id,)))
    filing.remove(services, [one.id for one in belongings.files(services, {participant_id})])


def where_people_speak(services: Services, participant_id: str) -> Iterator[str]:
    """The rooms, all groups, and somebody's dialogs of two."""
    yield from services.rooms
    for part in services.store.parts(Dialog):
        for dialog in in_turns(services.store.part(Dialog, part)):
            if dialog.form == "group" or dialog.member(participant_id):
                yield dialog.id


def blank_all(services: Services, dialog_id: str, become: Blank) -> Iterator[None]:
    """All messages of a conversation, some at a time."""
    for first in count(0, AT_ONCE):
        if first >= services.store.conversation(dialog_id).last_seq:
            break
        rerun(partial(blank_some, services, dialog_id, first, become))()
        yield


def blank_some(
    services: Services,
    dialog_id: str,
    first: int,
    become: Blank,
    *,
    also: Sequence[Change] = (),
    then: Callable[[Committed], None] | None = None,
) -> Callable[[], None]:
    """So many messages after one, with what ``also`` changes; ``then``: once that is durable. What
    lets go of the bytes of those that are gone."""
    some = services.store.history(dialog_id, after=first, limit=AT_ONCE)
    at = to_text(services.now())
    changed = [(one, now) for one in some if (now := become(one, at))]
    files = [file.id for one, now in changed if not now.files for file in one.files or ()]
    let_go_of, let_go = filing.removing(services, files)
    if changed:
        blanked = (Replace(now) for _, now in changed)
        services.store.commit(*blanked, *let_go_of, *also, then=then)
    return let_go


def blank_own(participant_id: str, message: Message, at: str) -> Message | None:
    """Nothing of what somebody said, or was told of by the house; of others' messages only their
    reactions go."""
    if message.sender_id == participant_id:
        return blank(message, at)
    if message.sender_type == "system" and participant_id in str(message.meta):
        return blank(message, at)
    return withdraw(message, participant_id)


def blank(message: Message, at: str, whose: str = GONE) -> Message | None:
    """Its place, and nothing else: it is shown as a deleted one of somebody's."""
    if message.sender_id in (whose, EXPIRED):
        return None
    return revise(
        message,
        sender_type="member",
        sender_id=whose,
        sender_name="",
        type="text",
        content="",
        meta={},
        client_id=UNSET,
        edited_at=UNSET,
        deleted_at=message.deleted_at or at,
        reactions=UNSET,
        reaction_counts=UNSET,
        reactors=UNSET,
        files=UNSET,
        earlier=UNSET,
    )


def silence(services: Services, ids: Sequence[str], errands: Sequence[Errand]) -> None:
    """Nobody is told any more of these conversations and people, and what was told is not kept."""
    names = [id.encode() for id in ids]
    for errand in in_turns(errands):
        text = msgspec.json.encode(errand)
        if any(name in text for name in names):
            rerun(partial(drop, services, errand.id))


def drop(services: Services, errand_id: str) -> None:
    """An errand is not carried out, and not kept."""
    known = services.store.get(Errand, errand_id)
    if known is None:
        return
    if known.waits:
        known = successor(known, state="dropped", data={}, message=None)
        services.store.commit(Put(known))
        services.errands.let_go(known)
    services.store.commit(Remove("errands", known.id, known.version))
