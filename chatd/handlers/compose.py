"""Messages as they are written: by people, by the house, by the bot."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from chatd.context import Context, Services
from chatd.domain.message import Message, SenderType
from chatd.domain.principal import Principal
from chatd.domain.room import Room
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import Forbidden, Invalid, TooLarge
from chatd.handlers.texts import site_text
from chatd.protocol.envelope import encode_json

MAX_META_BYTES = 16_384


def check(
    content: str, limit: int, meta: dict[str, Any] | None = None, *, field: str = "content"
) -> None:
    """A message says something, and not too much. ``limit``: characters; ``field``: what the
    command calls the text."""
    if not content.strip():
        raise Invalid("a message needs some text", field=field)
    if len(content) > limit:
        raise TooLarge(f"a message holds at most {limit} characters", limit=limit)
    if "\0" in content:
        raise Invalid("a message cannot hold the character U+0000", field=field)
    if meta and len(encode_json(meta)) > MAX_META_BYTES:
        raise TooLarge(f"meta holds at most {MAX_META_BYTES} bytes", limit=MAX_META_BYTES)


def check_writable(cx: Context) -> None:
    """In a read-only room only operators write, nor does anybody watch others try."""
    if isinstance(cx.place, Room) and cx.place.read_only and cx.principal.kind == "visitor":
        raise Forbidden(f"{cx.place.id} is read-only")


def personal(
    services: Services,
    who: Principal,
    sender_type: SenderType,
    dialog_id: str,
    content: str,
    *,
    type: str = "text",
    meta: dict[str, Any] | None = None,
    client_id: str | None = None,
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
    )


def system(
    services: Services,
    site: str,
    dialog_id: str,
    content: str,
    *,
    meta: dict[str, Any] | None = None,
) -> Message:
    """What the house says."""
    return Message(
        dialog_id=dialog_id,
        sender_type="system",
        sender_id="system",
        sender_name=site_text(services, site, "system_name"),
        content=content,
        meta=meta or {},
        created_at=to_text(services.now()),
    )


def notice(services: Services, ticket: Ticket, key: str, **values: object) -> Message:
    """A system message of a ticket, in its site's words; ``meta.kind`` names it for programs."""
    content = site_text(services, ticket.site, key, **values)
    return system(services, ticket.site, ticket.id, content, meta={"kind": key})


def bot(services: Services, ticket: Ticket, content: str, kind: str = "answer") -> Message:
    """What the bot says."""
    return Message(
        dialog_id=ticket.id,
        sender_type="bot",
        sender_id="bot",
        sender_name=site_text(services, ticket.site, "bot_name"),
        content=content,
        meta={"kind": kind},
        created_at=to_text(services.now()),
    )
