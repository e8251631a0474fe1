"""How results look over HTTP, where a message's text is its ``message``."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from chatd.domain.file import Attached
from chatd.domain.message import Earlier, Message, SenderType
from chatd.domain.places import kind_of
from chatd.protocol.results import Result


class MessageView(Struct, frozen=True):
    """A message over HTTP; what is not set is left out."""

    id: str
    seq: int
    rev: int
    sender_type: SenderType
    sender_id: str
    sender_name: str
    message: str
    type: str
    meta: dict[str, Any]
    created_at: str
    client_id: str | UnsetType = UNSET
    edited_at: str | UnsetType = UNSET
    deleted_at: str | UnsetType = UNSET
    reactions: dict[str, list[str]] | UnsetType = UNSET
    reaction_counts: dict[str, int] | UnsetType = UNSET
    files: tuple[Attached, ...] | UnsetType = UNSET
    earlier: tuple[Earlier, ...] | UnsetType = UNSET
    ticket_id: str | UnsetType = UNSET
    dialog_id: str | UnsetType = UNSET


class SaidInTicket(Result, frozen=True, kw_only=True):
    """What a customer wrote, in which ticket, and the token to come back to it with."""

    ticket_id: str
    token: str
    message: MessageView


class PersonRequested(Result, frozen=True, kw_only=True):
    """A ticket's place in the queue, as in ``TicketInLine``, and the token to come back with."""

    ticket_id: str
    token: str
    position: int
    expected_wait_s: float | None
    operators_online: int


def message_view(message: Message) -> MessageView:
    """A message of a ticket (``ticket_id``), of a room or of a ticket's notes (``dialog_id``)."""
    dialog_id = message.dialog_id
    ticket = kind_of(dialog_id).id_field == "ticket_id"
    return MessageView(
        message.id,
        message.seq,
        message.rev,
        message.sender_type,
        message.sender_id,
        message.sender_name,
        message.content,
        message.type,
        message.meta,
        message.created_at,
        message.client_id,
        message.edited_at,
        message.deleted_at,
        message.reactions,
        message.reaction_counts,
        message.files,
        message.earlier,
        dialog_id if ticket else UNSET,
        UNSET if ticket else dialog_id,
    )


def render(result: Result) -> dict[str, Any]:
    """A handler's result, member by member, with its messages as HTTP shows them."""
    told = {name: value for name, value in asdict(result).items() if value is not UNSET}
    return {name: render_member(value) for name, value in told.items()}


def render_member(value: Any) -> Any:
    """A message or a page of them; everything else as it is."""
    if isinstance(value, Message):
        return message_view(value)
    if isinstance(value, list) and value and isinstance(value[0], Message):
        return [message_view(message) for message in value]
    return value
