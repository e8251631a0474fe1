"""Receipts: cursors that say how far a participant has received and read a conversation."""

from __future__ import annotations

from chatd.errors import Invalid
from chatd.locale.counting import count_of
from chatd.protocol.commands import MarkDelivered, MarkRead
from chatd.protocol.results import OneReceipt
from chatd.protocol.views import Receipt
from chatd.service import crowds, mentions, reading, spread
from chatd.service.context import Context, Handlers
from chatd.store.base import Advance, Committed


def mark_delivered(cx: Context, command: MarkDelivered) -> OneReceipt:
    """Everything up to ``seq`` has reached me."""
    return advance(cx, command.dialog_id, command.seq, delivered=command.seq)


def mark_read(cx: Context, command: MarkRead) -> OneReceipt:
    """I have read everything up to ``seq``."""
    return advance(cx, command.dialog_id, command.seq, read=command.seq)


def advance(
    cx: Context, dialog_id: str, seq: int, *, delivered: int = 0, read: int = 0
) -> OneReceipt:
    """→ ``receipt``; the others are told when the cursor really moved."""
    services, who = cx.services, cx.principal
    conversation = services.store.conversation(dialog_id)
    if seq > conversation.last_seq:
        there = count_of(conversation.last_seq, "message")
        raise Invalid(f"{dialog_id} has only {there}", field="seq")
    before = conversation.receipt(who.id)
    after = before.advance(delivered, read)
    receipt = Receipt(
        dialog_id=dialog_id,
        participant_id=who.id,
        delivered=after.delivered,
        read=after.read,
    )
    if after != before:
        if crowds.hears(services, receipt):
            spread.count(cx, dialog_id, receipt)

        def publish(done: Committed) -> None:
            reading.tell(cx, receipt)

        called = cx.place.calls_named and read > before.read
        settled = mentions.settle(services, who, dialog_id, read) if called else []
        moved = Advance(dialog_id, who.id, delivered=delivered, read=read)
        services.store.commit(moved, *settled, then=publish)
    return OneReceipt(receipt=receipt)


HANDLERS: Handlers = {MarkDelivered: mark_delivered, MarkRead: mark_read}
