"""Told of how far people have read: whoever looks, and their own lists elsewhere."""

from __future__ import annotations

from chatd.domain import topics
from chatd.domain.message import HOUSE, Message
from chatd.protocol.events import ReceiptUpdate
from chatd.protocol.views import Receipt
from chatd.service import announce, crowds, views
from chatd.service.context import Context


def tell(cx: Context, receipt: Receipt) -> None:
    """Somebody has received or read further."""
    crowds.tell_receipt(cx.services, receipt)
    if cx.place.listed:
        own = topics.listing(receipt.participant_id)
        announce.tell(cx.services, own, ReceiptUpdate(receipt=receipt))


class CatchingUp:
    """Who writes has read what stands above it, as the store notes with the message: where that is
    news, it is told. The house reads nothing. Written out, for it is entered with every message."""

    __slots__ = ("_behind", "_cx", "_message")

    def __init__(self, cx: Context, message: Message) -> None:
        self._cx, self._message = cx, message
        self._behind = message.sender_type not in HOUSE and cx.services.store.is_behind(
            message.dialog_id, message.sender_id
        )

    def __enter__(self) -> None:
        """What was unread before is known already."""

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._behind and kind is None:
            said = self._message
            tell(self._cx, views.receipt(self._cx.services, said.dialog_id, said.sender_id))
