"""Writing: send, edit, delete, react; and system messages."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain import reactions, topics
from chatd.domain.errand import WebhookEvent
from chatd.domain.message import SAID, Earlier, Message, revise, seq_of
from chatd.domain.participant import Participant
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.domain.visible import emoji, shows
from chatd.errors import Conflict, Forbidden, Invalid, NotFound
from chatd.protocol.commands import (
    DeleteMessage,
    EditMessage,
    GetEarlier,
    ReactToMessage,
    SendMessage,
)
from chatd.protocol.events import MessageUpdate
from chatd.protocol.results import EarlierTexts, OneMessage
from chatd.protocol.support import PostSystem
from chatd.protocol.views import Reactions
from chatd.service import (
    announce,
    attachments,
    colleagues,
    compose,
    groups,
    listing,
    mentions,
    muting,
    pages,
    reading,
    showing,
    spread,
    tickets,
    webhooks,
)
from chatd.service.context import Context, Handlers
from chatd.store.base import Append, Change, Committed, Expect, Put, Replace

MAX_EARLIER = 20
MAX_EARLIER_BYTES = 64_000


def send(cx: Context, command: SendMessage) -> OneMessage:
    """→ ``message``, durable and numbered; a retry by ``client_id`` answers with the first one.

    The sender's draft becomes the message, which supersedes it on every screen.
    """
    if command.files and (before := attachments.find_repeated(cx, command)):
        return OneMessage(message=before)
    files = attachments.of_message(cx, command)
    if files and not shows(command.content):
        names = attachments.names_of(files)[: cx.place.max_message_chars]
        command = replace(command, content=names)
    who = cx.principal
    compose.check(command.content, cx.place.max_message_chars, command.meta)
    muting.check_writable(cx)
    if command.reply_to is not None:
        compose.check_quoted(command, cx.place.begins_after(who))
    spread.count(cx, command.dialog_id, (command.content, command.meta))
    if cx.services.drafts.clear(command.dialog_id, who.id):
        colleagues.tell(cx.services, who, command.dialog_id)
    if cx.place.has_customer:
        return OneMessage(message=tickets.write(cx, cx.ticket, command, files))
    if dialog := cx.place.dialog:
        groups.bring_back(cx.services, dialog, *dialog.away)
    message = compose.personal(
        cx.services,
        who,
        cx.place.sender_type(who),
        command.dialog_id,
        command.content,
        meta=compose.meta_of(cx.services, command),
        client_id=command.client_id,
        type=command.type,
        files=attachments.attach_all(files) if files else (),
    )
    return OneMessage(message=append(cx, message))


def append(cx: Context, message: Message) -> Message:
    """Stores a message and tells those who follow; returns it as stored. One that was stored before
    adds nothing to what is kept."""
    store, sender, client_id = cx.services.store, message.sender_id, message.client_id
    before = store.find_sent(message.dialog_id, sender, client_id) if client_id else None
    if before:
        return before
    errands = webhooks.of_message(cx.services, message, cx.place.webhook_sites)
    calls = cx.place.calls_named
    named = mentions.in_note(cx.services, message) if calls else []
    read = mentions.settle(cx.services, cx.principal, message.dialog_id) if calls else []

    def publish(done: Committed) -> None:
        cx.services.errands.put(errands)
        announce.new_messages(cx.services, done.messages)
        if cx.place.listed:
            listing.tell_message(cx.services, cx.place, done.messages[-1])
        if named:
            mentions.call(cx.services, named, done.messages[-1])

    with spread.Keeping(cx, message), reading.CatchingUp(cx, message):
        sent = attachments.sending(cx.services, message) if message.files else ()
        kept = (*read, *mentions.keep(cx.services, named)) if calls else ()
        asked = (Append(message), *sent, *kept, *first_writing(cx), *map(Put, errands))
        done = cx.services.store.commit(*asked, then=publish)
    return done.messages[-1]


def first_writing(cx: Context) -> tuple[Change, ...]:
    """That a visitor wrote something, when it is the first time: those who never did are forgotten
    sooner."""
    connection = cx.caller.connection
    if cx.principal.kind != "visitor" or (connection and connection.wrote):
        return ()
    who = cx.services.store.get(Participant, cx.principal.id)
    if who is not None and not who.wrote:
        return (Put(successor(who, wrote=True)),)
    if connection:
        connection.wrote = True
    return ()


def find(cx: Context, message_id: str) -> Message:
    """The message that a command names, as it was last asked to become, or NotFound."""
    dialog_id = message_id.rpartition(":")[0]
    seq = seq_of(message_id, dialog_id)
    message = cx.services.store.message_asked(dialog_id, seq) if seq else None
    if message is None or message.seq <= cx.place.begins_after(cx.principal):
        raise NotFound(f"no such message: {message_id}")
    return message


def edit(cx: Context, command: EditMessage) -> OneMessage:
    """→ ``message``; only one's own, none that is deleted, and none of a ticket that is closed.
    What it said before is kept with it, for staff."""
    message = find(cx, command.message_id)
    check_own(cx, message)
    muting.check_writable(cx)
    cx.place.check_unsettled()
    compose.check(command.content, cx.place.max_message_chars)
    spread.count(cx, command.dialog_id, (command.content, message.meta, message.reactions or {}))
    edited_at = to_text(cx.services.now())
    said_before = earlier_texts(message)
    now = revise(message, content=command.content, edited_at=edited_at, earlier=said_before)
    return change(cx, message, now, also=still_open(cx))


def earlier_texts(message: Message) -> tuple[Earlier, ...]:
    """Those that were kept and the one that goes now: the first always, and the newest that fit."""
    since = message.edited_at or message.created_at
    first, *newer = (*(message.earlier or ()), Earlier(message.content, since))
    kept: list[Earlier] = []
    room = MAX_EARLIER_BYTES - len(first.content.encode())
    for version in reversed(newer[-(MAX_EARLIER - 1) :]):
        room -= len(version.content.encode())
        if room < 0:
            break
        kept.append(version)
    return (first, *reversed(kept))


def earlier(cx: Context, command: GetEarlier) -> EarlierTexts:
    """→ ``earlier``: the texts of a message before its edits, oldest first, and ``at`` what time it
    began to say so; whether there are ``more``, and the ``cursor`` that gets those."""
    texts, limit, cursor = find(cx, command.message_id).earlier or (), command.limit, command.cursor
    page = pages.place_page(cx, texts, lambda one: one, limit=limit, cursor=cursor)
    return EarlierTexts(earlier=page.rows, more=page.more, cursor=page.cursor)


def delete(cx: Context, command: DeleteMessage) -> OneMessage:
    """→ ``message`` without its text, also those from before an edit; one's own while its ticket
    is open, or anybody's at any time as an administrator, or in a group as its owner."""
    message = find(cx, command.message_id)
    still: list[Change] = []
    if cx.place.moderates(cx.principal):
        check_there(message)
    else:
        check_own(cx, message)
        cx.place.check_unsettled()
        still = still_open(cx)
    deleted_at = to_text(cx.services.now())
    gone = revise(message, content="", meta={}, deleted_at=deleted_at, earlier=UNSET, files=UNSET)
    taken, let_go = attachments.taken_along(cx.services, message)
    named = mentions.withdraw(cx.services, message) if cx.place.calls_named else []
    done = change(cx, message, gone, also=(*still, *taken, *named))
    let_go()
    return done


def check_own(cx: Context, message: Message) -> None:
    """People's messages are their own; a deleted one stays deleted."""
    if message.sender_id != cx.principal.id:
        raise Forbidden("only who wrote a message may change it")
    check_there(message)


def check_there(message: Message) -> None:
    """What is deleted stays so."""
    if message.deleted_at:
        raise Conflict("the message is deleted", at=message.deleted_at)


def react(cx: Context, command: ReactToMessage) -> OneMessage:
    """→ ``message`` with its ``reactions``: who put which emoji. Twice is once."""
    message = find(cx, command.message_id)
    check_there(message)
    cx.place.check_unsettled()
    muting.check_unmuted(cx)
    sign = emoji(command.emoji)
    if sign is None and not command.remove:
        raise Invalid("a reaction is an emoji", field="emoji")
    after = reactions.react(message, sign or command.emoji, cx.principal.id, remove=command.remove)
    if after is None:
        cx.services.store.commit()  # what it was the second time of may be on its way to the disk
        return OneMessage(message=reactions.trim(message))
    spread.count(cx, command.dialog_id, reaction_update(after))
    return change(cx, message, after, whole=False, also=still_open(cx))


def still_open(cx: Context) -> list[Change]:
    """That a ticket is still what a change in it was decided by: it may be closed meanwhile."""
    ticket = cx.place.ticket
    return [Expect("tickets", ticket.id, ticket.version)] if ticket else []


def change(
    cx: Context,
    before: Message,
    message: Message,
    *,
    whole: bool = True,
    also: Sequence[Change] = (),
) -> OneMessage:
    """Stores a changed message, with what ``also`` changes, and tells those who follow; not
    ``whole``: of its reactions only."""
    services = cx.services

    def tell(newest: Message, whole: bool) -> None:
        told = newest if whole else reaction_update(newest)
        update = MessageUpdate(message=told)
        announce.tell(services, topics.dialog(newest.dialog_id), update)

    asked = reactions.trim(message)
    event: WebhookEvent = "message.deleted" if asked.deleted_at else "message.edited"
    errands = webhooks.of_message(services, asked, cx.place.webhook_sites, event) if whole else []

    def publish(done: Committed) -> None:
        services.errands.put(errands)
        # What is read for it may wait, which the end of a turn must not.
        shown = showing.one(services, done.replaced[0])
        services.updates.put(shown, tell, whole=whole)
        if whole and cx.place.listed:
            listing.tell_message(services, cx.place, done.replaced[0])

    with spread.Keeping(cx, asked, before):
        done = services.store.commit(Replace(asked), *also, *map(Put, errands), then=publish)
    return OneMessage(message=done.replaced[0])


def reaction_update(message: Message) -> Reactions:
    """What a reaction changes of a message."""
    return Reactions(
        id=message.id,
        dialog_id=message.dialog_id,
        seq=message.seq,
        rev=message.rev,
        version=message.version or 0,
        reactions=message.reactions or {},
        reaction_counts=message.reaction_counts or {},
    )


def post_system(cx: Context, command: PostSystem) -> OneMessage:
    """→ ``message``: what the house says, in a room or a ticket."""
    compose.check(command.message, cx.place.max_message_chars, field="message")
    services = cx.services
    site = cx.place.site or services.config.default_site
    message = compose.system(
        services, site, command.dialog_id, command.message, meta={"kind": SAID}
    )
    return OneMessage(message=append(cx, message))


HANDLERS: Handlers = {
    SendMessage: send,
    EditMessage: edit,
    DeleteMessage: delete,
    GetEarlier: earlier,
    ReactToMessage: react,
    PostSystem: post_system,
}
