"""Pages of messages, and what became of those that a reader has: resuming by seq and rev."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from chatd.domain.message import EXPIRED, Message
from chatd.domain.reactions import trim
from chatd.errors import Conflict, Invalid
from chatd.protocol.results import MessagePage
from chatd.service import pages, showing
from chatd.service.context import Context
from chatd.store.base import Store

MAX_CHANGED = 200


class Known(Struct, frozen=True):
    """What a reader has: all messages up to ``seq``, as they were at ``rev``."""

    seq: int | None = None
    rev: int | None = None


def read_known(seq: int | None, rev: int | None, field: str = "after_seq") -> Known:
    """What a command says that its reader has; Invalid for half of it."""
    if seq is None and rev is not None:
        raise Invalid(
            f"'after_rev' goes with '{field}': up to where the messages are known", field=field
        )
    return Known(seq, rev)


class Asked(Struct, frozen=True):
    """All that decides what is on a page of a conversation: each change of it has another ``rev``.
    ``room``: how many bytes the page may have; ``begins``: the number of the message behind which
    the conversation begins for its reader."""

    dialog_id: str
    rev: int
    last_seq: int
    known: Known
    before: int | None
    limit: int
    earlier: bool
    room: int
    begins: int


def page(
    cx: Context,
    dialog_id: str,
    known: Known,
    *,
    before: int | None = None,
    limit: int,
    earlier: bool = False,
    share: int = 1,
) -> MessagePage:
    """``rev``, ``messages``, and whether there are ``more`` in that direction; for who says which
    ``rev`` they know also ``changed``, or ``resync`` with the newest page.

    ``earlier``: with the texts before an edit, for whom these are. ``share``: one of how many such
    pages of an answer this is. Of the end of a conversation it is kept for who asks for the same.
    """
    services, begins = cx.services, cx.place.begins_after(cx.principal)
    now, room = services.store.conversation(dialog_id), pages.room_for(cx) // share
    asked = Asked(dialog_id, now.rev, now.last_seq, known, before, limit, earlier, room, begins)
    kept = services.pages.get(asked)
    found, size = kept or read(services.store, asked)
    pages.count(cx, size)
    if before is None and not kept:
        found = looked_at(found)
        services.pages.keep(asked, found, size)
    return found


def looked_at(page: MessagePage) -> MessagePage:
    """A page of which it is found out once whether its messages are given out as they are."""
    if all(map(showing.is_plain, page.messages)):
        return replace(page, messages=showing.Plain(page.messages))
    return page


def read(store: Store, asked: Asked) -> tuple[MessagePage, int]:
    """A page, and how many bytes were read for it."""
    dialog_id, after, room, size = asked.dialog_id, asked.known.seq, asked.room, 0
    told: dict[str, Any] = {"rev": asked.rev}
    if asked.known.rev is not None:
        changed, size = changes(store, asked)
        told |= {"changed": changed or [], "resync": changed is None}
        after = None if changed is None else after
        room //= 2 if changed else 1
    if after is None:
        return read_newest(store, asked, told, room, size)
    check_there(asked, after)
    after = max(after, asked.begins)
    # What was sent since belongs to a later ``rev`` than is told.
    kept = store.history(dialog_id, after=after, limit=min(asked.limit, asked.last_seq - after))
    if kept and kept[0].sender_id == EXPIRED:
        if asked.known.rev is not None:  # of what came next there is only what is behind those
            return read_newest(store, asked, {**told, "changed": [], "resync": True}, room, size)
        if not asked.known.seq:
            return read(store, replace(asked, begins=count_gone(store, dialog_id)))
    next_ones, _, taken = pages.fit(room, trim_all(kept, earlier=asked.earlier))
    more = bool(next_ones) and next_ones[-1].seq < asked.last_seq
    return MessagePage(**told, messages=next_ones, more=more), size + taken


def read_newest(
    store: Store, asked: Asked, told: dict[str, Any], room: int, size: int
) -> tuple[MessagePage, int]:
    """The newest page, or the one before a message. It does not show those whose time was over:
    before them there is nothing."""
    end = asked.last_seq + 1
    end = end if asked.before is None else min(asked.before, end)
    kept = store.history(asked.dialog_id, before=end, limit=asked.limit)
    begins = max([asked.begins, *(one.seq for one in kept if one.sender_id == EXPIRED)])
    found = list(trim_all(behind(kept, begins), earlier=asked.earlier))
    newest, _, taken = pages.fit(room, reversed(found))
    more = bool(newest) and newest[-1].seq > begins + 1
    return MessagePage(**told, messages=newest[::-1], more=more), size + taken


def behind(messages: Sequence[Message], begins: int) -> Sequence[Message]:
    """Those of a page that its reader may see."""
    return [one for one in messages if one.seq > begins] if begins else messages


def changes(store: Store, asked: Asked) -> tuple[list[Message] | None, int]:
    """What became of the messages that a reader has, and how many bytes that are; ``None`` where
    it is too much, or cannot be told: then they read anew."""
    seq, rev = asked.known.seq or 0, asked.known.rev or 0
    if seq > asked.last_seq or rev > asked.rev:
        return None, 0  # an older copy of the data was restored
    if 0 < seq <= asked.begins:
        return None, 0  # they were in it before, and what they have is not theirs any more
    if rev == asked.rev:
        return [], 0
    kept = store.list_changed(asked.dialog_id, rev=rev, seq=seq, limit=MAX_CHANGED)
    kept = kept and behind(kept, asked.begins)
    if not kept:
        return (None if kept is None else []), 0
    trimmed = trim_all(kept, earlier=asked.earlier)
    found, more, size = pages.fit(asked.room // 2, trimmed)
    return (None if more else found), size


def count_gone(store: Store, dialog_id: str) -> int:
    """How many messages of a conversation are gone because their time was over: the first ones."""
    low, high = 0, store.conversation(dialog_id).last_seq
    while low < high:
        middle = (low + high + 1) // 2
        if is_gone(store, dialog_id, middle):
            low = middle
        else:
            high = middle - 1
    return low


def is_gone(store: Store, dialog_id: str, seq: int) -> bool:
    """Whether a message is one of those."""
    found = store.message(dialog_id, seq)
    return found is not None and found.sender_id == EXPIRED


def check_there(asked: Asked, after: int) -> None:
    """Conflict for who has messages that are not there."""
    last = asked.last_seq
    if after > last:
        raise Conflict(
            f"{asked.dialog_id} has no message {after} yet, its last is {last}; read it anew",
            last_seq=last,
        )


def trim_all(messages: Iterable[Message], *, earlier: bool) -> Iterable[Message]:
    """Messages as pages tell of them: with bounded reactions, and the texts before an edit only for
    whom these are."""
    return (
        message
        if showing.is_plain(message) and not message.reactions
        else lean(trim(message), earlier=earlier)
        for message in messages
    )


def lean(message: Message, *, earlier: bool) -> Message:
    """A message without what pages do not tell of it: those who reacted and are not named, and the
    texts before its edits but for whom these are."""
    if message.reactors is not UNSET:
        message = replace(message, reactors=UNSET)
    return message if earlier or message.earlier is UNSET else replace(message, earlier=UNSET)
