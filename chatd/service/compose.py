"""Messages as they are written: by people, by the house, by the bot."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from chatd.domain.file import Attached
from chatd.domain.message import Message, SenderType
from chatd.domain.principal import Principal
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.domain.visible import shows
from chatd.errors import Invalid, NotFound, TooLarge
from chatd.protocol.commands import SendMessage
from chatd.service.context import Services
from chatd.service.texts import site_language, site_text

OWN_META = frozenset({"kind", "reply_to", "words"})


def check(
    content: str, limit: int, meta: dict[str, Any] | None = None, *, field: str = "content"
) -> None:
    """A message says something, and not too much. ``limit``: characters; ``field``: what the
    command calls the text."""
    if not shows(content):
        raise Invalid("a message needs some text", field=field)
    if len(content) > limit:
        raise TooLarge(f"a message holds at most {limit} characters", limit=limit)
    if "\0" in content:
        raise Invalid("a message cannot hold the character U+0000", field=field)
    if taken := OWN_META & (meta or {}).keys():
        raise Invalid(
            f"meta '{min(taken)}' is the daemon's own: a quote is asked for by reply_to, "
            "the seq of a message, and what one does is told by action",
            field=f"meta.{min(taken)}",
        )


def check_quoted(command: SendMessage, begins_after: int) -> None:
    """A quote is of a message that its writer can see."""
    if (command.reply_to or 0) <= begins_after:
        raise NotFound(f"no message {command.reply_to} to reply to")


def meta_of(services: Services, command: SendMessage) -> dict[str, Any]:
    """The meta of a message that is sent: what programs keep there, and what the daemon says."""
    meta: dict[str, Any] = dict(command.meta)
    if command.action:
        meta["kind"] = "action"
    if command.reply_to is not None:
        quoted = services.store.message(command.dialog_id, command.reply_to)
        if quoted is None or quoted.deleted_at:
            raise NotFound(f"no message {command.reply_to} to reply to")
        meta["reply_to"] = {"seq": command.reply_to}
    return meta


def personal(
    services: Services,
    who: Principal,
    sender_type: SenderType,
    dialog_id: str,
    content: str,
    *,
    meta: dict[str, Any] | None = None,
    client_id: str | None = None,
    type: str = "text",
    files: tuple[Attached, ...] = (),
) -> Message:
    """A message as a person wrote it."""
    return Message(
        dialog_id=dialog_id,
        sender_type=sender_type,
        sender_id=who.id,
        sender_name=who.name,
        type=type,
        content=content,
        meta=meta or {},
        created_at=to_text(services.now()),
        client_id=client_id or UNSET,
        files=files or UNSET,
    )


def system(
    services: Services,
    site: str,
    dialog_id: str,
    content: str,
    *,
    meta: dict[str, Any] | None = None,
    type: str = "text",
) -> Message:
    """What the house says."""
    return Message(
        dialog_id=dialog_id,
        sender_type="system",
        sender_id="system",
        sender_name=site_text(services, site, "system_name"),
        type=type,
        content=content,
        meta=meta or {},
        created_at=to_text(services.now()),
    )


def notice(
    services: Services, ticket: Ticket, key: str, *, again: bool = False, **values: object
) -> Message:
    """A system message of a ticket, in its site's words; ``meta.kind`` names it for programs.
    ``again``: of its kind it is not the first in this episode, and says so."""
    content, words = compose_words(services, ticket.site, key, **values)
    meta = {"kind": key, "words": words} | ({"again": True} if again else {})
    return system(services, ticket.site, ticket.id, content, meta=meta)


def compose_words(
    services: Services, site: str, key: str, **values: object
) -> tuple[str, dict[str, object]]:
    """A text in a site's words, and by what who reads another language gets it in theirs."""
    content = site_text(services, site, key, **values)
    return content, {"key": key, "language": site_language(services, site), "values": values}


def house_bot(services: Services, ticket: Ticket, key: str, kind: str) -> Message:
    """What the bot says in the house's words."""
    content, words = compose_words(services, ticket.site, key)
    return bot(services, ticket, content, kind, words)


def bot(
    services: Services,
    ticket: Ticket,
    content: str,
    kind: str = "answer",
    words: dict[str, object] | None = None,
) -> Message:
    """What the bot says; its name, at least, is in the language of the site."""
    return Message(
        dialog_id=ticket.id,
        sender_type="bot",
        sender_id="bot",
        sender_name=site_text(services, ticket.site, "bot_name"),
        content=content,
        meta={"kind": kind, "words": words or {"language": site_language(services, ticket.site)}},
        created_at=to_text(services.now()),
    )
