"""Pages of messages, and what became of those that a reader has: resuming by seq and rev."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from chatd.domain.conversation import Conversation
from chatd.domain.message import Message
from chatd.domain.reactions import trim
from chatd.errors import Conflict, Invalid
from chatd.protocol.results import MessagePage
from chatd.service import pages, showing
from chatd.service.context import Context

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
    pages of an answer this is.
    """
    store, begins = cx.services.store, cx.place.begins_after(cx.principal)
    now = store.conversation(dialog_id)
    told: dict[str, Any] = {"rev": now.rev}
    after = known.seq
    if known.rev is not None:
        changed = changes(cx, now, known, share * 2, earlier=earlier)
        told |= {"changed": changed or [], "resync": changed is None}
        after = None if changed is None else after
        share *= 2 if changed else 1
    if after is None:
        end = now.last_seq + 1 if before is None else min(before, now.last_seq + 1)
        kept = behind(store.history(dialog_id, before=end, limit=limit), begins)
        found = list(trim_all(kept, earlier=earlier))
        newest = pages.first_fitting(cx, reversed(found), share)[0][::-1]
        more = bool(newest) and newest[0].seq > begins + 1
        return MessagePage(**told, messages=newest, more=more)
    check_there(now, after)
    after = max(after, begins)
    # What was sent since belongs to a later ``rev`` than is told.
    kept = store.history(dialog_id, after=after, limit=min(limit, now.last_seq - after))
    next_ones = pages.first_fitting(cx, trim_all(kept, earlier=earlier), share)[0]
    more = bool(next_ones) and next_ones[-1].seq < now.last_seq
    return MessagePage(**told, messages=next_ones, more=more)


def behind(messages: Sequence[Message], begins: int) -> Sequence[Message]:
    """Those of a page that its reader may see."""
    return [one for one in messages if one.seq > begins] if begins else messages


def changes(
    cx: Context, now: Conversation, known: Known, share: int, *, earlier: bool
) -> list[Message] | None:
    """What became of the messages that a reader has; ``None`` where that is too much, or cannot be
    told: then they read anew."""
    seq, rev = known.seq or 0, known.rev or 0
    if seq > now.last_seq or rev > now.rev:
        return None  # an older copy of the data was restored
    if rev == now.rev:
        return []
    kept = cx.services.store.list_changed(now.id, rev=rev, seq=seq, limit=MAX_CHANGED)
    kept = kept and behind(kept, cx.place.begins_after(cx.principal))
    if not kept:
        return None if kept is None else []
    found, more = pages.first_fitting(cx, trim_all(kept, earlier=earlier), share)
    return None if more else found


def check_there(now: Conversation, after: int) -> None:
    """Conflict for who has messages that are not there."""
    if after > now.last_seq:
        raise Conflict(
            f"{now.id} has no message {after} yet, its last is {now.last_seq}; read it anew",
            last_seq=now.last_seq,
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
