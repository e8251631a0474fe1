"""How results look over HTTP, where a message's text is its ``message``."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from chatd.domain.message import Message
from chatd.domain.ticket import NOTES

OPTIONAL = ("edited_at", "deleted_at", "reactions", "client_id")


def message_view(message: Message) -> dict[str, Any]:
    """A message of a ticket (``ticket_id``), of a room or of a ticket's notes (``dialog_id``)."""
    ticket = message.dialog_id.startswith("TKT-") and not message.dialog_id.endswith(NOTES)
    view = {
        "id": message.id,
        "seq": message.seq,
        "ticket_id" if ticket else "dialog_id": message.dialog_id,
        "sender_type": message.sender_type,
        "sender_id": message.sender_id,
        "sender_name": message.sender_name,
        "message": message.content,
        "type": message.type,
        "meta": message.meta,
        "created_at": message.created_at,
    }
    for name in OPTIONAL:
        if (value := getattr(message, name)) is not UNSET:
            view[name] = value
    return view


def rendered(result: Any) -> Any:
    """A handler's result with its messages as HTTP shows them."""
    if isinstance(result, dict):
        return {name: rendered_member(value) for name, value in result.items()}
    return result


def rendered_member(value: Any) -> Any:
    """A message or a page of them; everything else as it is."""
    if isinstance(value, Message):
        return message_view(value)
    if isinstance(value, list) and value and isinstance(value[0], Message):
        return [message_view(message) for message in value]
    return value
