"""Watching each other type: typing flags and live drafts, as far as the place allows them."""

from __future__ import annotations

from msgspec import UNSET

from chatd.domain.network import network_of
from chatd.domain.room import LiveTyping
from chatd.domain.topics import Topic
from chatd.protocol.commands import EditDraft, StartTyping, StopTyping
from chatd.protocol.events import DraftEdit, Event, TypingFlag, TypingStart, TypingStop
from chatd.protocol.results import Done, DraftTaken
from chatd.protocol.views import Draft
from chatd.service import announce, colleagues, muting, pages, spread
from chatd.service.context import Context, Handlers


def announce_typing(cx: Context, flag: type[TypingFlag]) -> None:
    """The flag, to everybody who may see at least that."""
    muting.check_writable(cx)
    told = typing_flag(cx, flag)
    for topic, seen in cx.place.audiences(cx.principal).items():
        if seen != "off":
            tell(cx, topic, told)
    announce.typing_to_lists(cx.services, cx.place, told)
    colleagues.tell(cx.services, cx.principal, cx.place.id, types=flag is TypingStart)


def typing_flag(cx: Context, flag: type[TypingFlag]) -> TypingFlag:
    """Up or down, for who gives the command."""
    who = cx.principal
    return flag(dialog_id=cx.place.id, participant_id=who.id, name=who.name)


def tell(cx: Context, topic: Topic, event: Event) -> None:
    """Announces to all but the connection that typed."""
    origin = cx.caller.connection.id if cx.caller.connection else None
    announce.tell(cx.services, topic, event, skip=origin)


def start(cx: Context, command: StartTyping) -> Done:
    """Others see that somebody types."""
    announce_typing(cx, TypingStart)
    return Done()


def stop(cx: Context, command: StopTyping) -> Done:
    """Others see it no longer."""
    announce_typing(cx, TypingStop)
    return Done()


def edit(cx: Context, command: EditDraft) -> DraftTaken:
    """→ the draft's ``seq``; Conflict asks for a reset. Others see the ops, or only the flag."""
    muting.check_writable(cx)
    drafts, who, dialog_id = cx.services.drafts, cx.principal, command.dialog_id
    network = network_of(cx.caller.address)
    line = cx.caller.connection.id if cx.caller.connection else ""
    spread.count(cx, dialog_id, command.ops if command.reset is None else command.reset)
    typed = drafts.has(dialog_id, who.id)
    if command.reset is not None:
        draft = drafts.reset(dialog_id, who, command.seq, command.reset, network, connection=line)
    else:
        draft = drafts.edit(dialog_id, who, command.seq, command.ops, network, connection=line)
    for topic, seen in cx.place.audiences(who).items():
        announce_draft(cx, command, topic, seen, bool(draft.text))
    if typed != bool(draft.text):
        flag = typing_flag(cx, TypingStop if typed else TypingStart)
        announce.typing_to_lists(cx.services, cx.place, flag)
    if not draft.text:
        drafts.clear(dialog_id, who.id)
    if typed != bool(draft.text):
        colleagues.tell(cx.services, who, dialog_id)
    return DraftTaken(seq=command.seq)


def announce_draft(
    cx: Context, command: EditDraft, topic: Topic, seen: LiveTyping, typing: bool
) -> None:
    """An edit to those who see it all; the flag to those who see only that."""
    who = cx.principal
    if seen == "full":
        whole = command.reset is not None
        moved = DraftEdit(
            dialog_id=command.dialog_id,
            participant_id=who.id,
            name=who.name,
            seq=command.seq,
            ops=UNSET if whole else command.ops,
            reset=UNSET if command.reset is None else command.reset,
        )
        tell(cx, topic, moved)
    elif seen == "indicator":
        tell(cx, topic, typing_flag(cx, TypingStart if typing else TypingStop))


def visible_drafts(cx: Context, dialog_id: str) -> list[Draft]:
    """What a joiner may see of what others have half-written: the latest, as far as they fit."""
    written = list(cx.services.drafts.within(dialog_id))
    if not written:
        return []
    heard = cx.place.follows(cx.principal)
    seen = (
        draft
        for writer, draft in written
        if writer.id != cx.principal.id
        and any(
            seen == "full" for topic, seen in cx.place.audiences(writer).items() if topic in heard
        )
    )
    return pages.first_fitting(cx, seen, share=4)[0][::-1]


HANDLERS: Handlers = {StartTyping: start, StopTyping: stop, EditDraft: edit}
