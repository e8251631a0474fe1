"""Whole conversations are removed: at once for everybody, then their words and bytes, some messages
at a time. What was begun is finished after a restart too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain import topics
from chatd.domain.dialog import Dialog, Pair
from chatd.domain.erasure import Erasure
from chatd.domain.errand import Errand
from chatd.domain.file import DialogUse, File, use_id
from chatd.domain.mention import Mention
from chatd.domain.ticket import NOTES, Ticket
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errors import Damaged, Overtaken
from chatd.protocol.events import DialogUpdate
from chatd.runtime.loop import in_turns
from chatd.service import announce, blanking, calls, episodes, filing, groups, mentions
from chatd.service.context import Services
from chatd.store.base import Change, Forget, Put, Remove


class Held(Struct, frozen=True):
    """How much a conversation has."""

    messages: int
    files: int
    bytes: int


def dialogs_of(found: Ticket | Dialog) -> tuple[str, ...]:
    """Where its messages are."""
    if isinstance(found, Dialog):
        return (found.id,)
    return found.id, f"{found.id}{NOTES}"


def weigh(services: Services, found: Ticket | Dialog) -> Held:
    """What would go with it."""
    dialogs = dialogs_of(found)
    uses = [services.store.get(DialogUse, use_id(one)) for one in dialogs]
    shares = [share for one in uses if one for share in one.sites.values()]
    return Held(
        messages=sum(services.store.conversation(one).last_seq for one in dialogs),
        files=sum(files for files, _ in shares),
        bytes=sum(size for _, size in shares),
    )


def begin(services: Services, found: Ticket | Dialog) -> Erasure:
    """It is there for nobody any more, and durable that the rest of it is to go."""
    erasure = Erasure(found.id, dialogs_of(found), to_text(services.now()))
    if isinstance(found, Dialog):
        gone: list[Change] = [Remove("dialogs", found.id, found.version)]
        gone += without(services, found)
        tell = partial(tell_of_dialog, services, found)
    else:
        gone = [*without_ticket(services, found)]
        tell = partial(tell_of_ticket, services, found)
    services.store.commit(*gone, Put(erasure), then=lambda done: tell())
    if isinstance(found, Dialog):
        for one in found.members:
            calls.leave(services, found.id, one.id)
    return erasure


def without_ticket(services: Services, ticket: Ticket) -> Iterator[Change]:
    """It is gone. Its requests for help stay, which figures are made of, without what was said of
    them."""
    yield Remove("tickets", ticket.id, ticket.version)
    for one in episodes.newest_first(services, ticket):
        if one.rating and one.rating.comment:
            yield Put(successor(one, rating=replace(one.rating, comment="")))


def without(services: Services, dialog: Dialog) -> Iterator[Change]:
    """The lists of those who were in a dialog, and what it is found by."""
    for member in dialog.members:
        yield from groups.list_without(services, member.id, dialog.id)
    yield from without_pair(services, dialog)


def without_pair(services: Services, dialog: Dialog) -> Iterator[Change]:
    """Nobody comes upon a dialog of two by who they are."""
    if dialog.form == "direct":
        both = groups.pair_id(*(one.id for one in dialog.members))
        if pair := services.store.get(Pair, both):
            yield Remove("pairs", pair.id, pair.version)


def tell_of_ticket(services: Services, ticket: Ticket) -> None:
    """To its customer and to the staff of its site."""
    gone = DialogUpdate(dialog_id=ticket.id, change="erased", dialog=None)
    for topic in (topics.participant(ticket.customer_id), topics.staff(ticket.id)):
        announce.tell(services, topic, gone)


def tell_of_dialog(services: Services, dialog: Dialog) -> None:
    """To those who were in it."""
    for member in dialog.members:
        groups.put_out(services, dialog.id, member.id)


def finish(services: Services, erasure: Erasure) -> None:
    """Its words and its bytes go, and what is still to be told of it; then it is over."""
    for _ in steps(services, erasure):
        pass


def steps(services: Services, erasure: Erasure) -> Iterator[None]:
    """Some messages, or a part of the errands, each; harmless twice, as after a crash."""
    store = services.store
    services.calls.forget((erasure.id, *erasure.dialogs))
    if erasure.participant:
        yield from blanking.leave_everything(services, erasure.id)
    for dialog_id in erasure.dialogs:
        yield from blanking.blank_all(services, dialog_id, blanking.blank)
        if receipts := store.conversation(dialog_id).receipts:
            store.commit(Forget(dialog_id, tuple(receipts)))
    for part in store.parts(File):
        own = (one for one in in_turns(store.part(File, part)) if one.dialog_id in erasure.dialogs)
        unsent = [one.id for one in own]
        filing.remove(services, unsent)
        yield
    named = store.all(Mention, limit=mentions.EVERYBODY)
    store.commit(*mentions.forget(one for one in named if one.dialog_id in erasure.dialogs))
    for part in store.parts(Errand):
        blanking.silence(services, (erasure.id, *erasure.dialogs), store.part(Errand, part))
        yield
    for dialog_id in erasure.dialogs:
        with suppress(OSError):  # of an index that cannot be kept, which is compared afterwards
            services.search.forget(dialog_id)
    store.commit(Remove("erasures", erasure.id))


def finish_all(services: Services) -> Iterator[None]:
    """What was begun and not finished, as a daemon was killed; where others are faster, or a file
    cannot be read, another time."""
    for erasure in services.store.all(Erasure):
        with suppress(Damaged, Overtaken):
            yield from steps(services, erasure)
