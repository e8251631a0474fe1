"""Follows conversations: from where they were known, until nothing of them is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatd.terminal.core import shapes
from chatd.terminal.core.dialog import KEPT, Dialog
from chatd.terminal.core.shapes import Joined, Page, Refused

if TYPE_CHECKING:
    from chatd.terminal.core.session import Session

NEWEST = 100
MISSED = 200
MOST_JOINS = 32


class Follower:
    """Joins, and asks for what came and changed meanwhile: in one exchange, for who comes back."""

    def __init__(self, session: Session) -> None:
        self.session = session

    async def join(self, dialog_id: str) -> Dialog:
        """Follows a conversation, or takes it up where it was. One that was restored from a backup
        has fewer messages than are known: it is opened anew."""
        try:
            answer = await self.session.ask("dialog:join", **self.asking(dialog_id))
        except Refused as refused:
            if refused.code != "conflict" or "last_seq" not in refused.details:
                raise
            answer = await self.ask_anew(self.session.dialogs[dialog_id])
        return await self.complete(self.take_up(dialog_id, answer))

    def joins(self) -> list[dict[str, Any]]:
        """What a hello asks to join again."""
        return [self.asking(dialog_id) for dialog_id in list(self.session.dialogs)[:MOST_JOINS]]

    def resume(
        self, joins: list[dict[str, Any]], answers: list[dict[str, Any]]
    ) -> dict[str, Dialog]:
        """What came of these, taken up before anything else is read; not what was refused. A daemon
        that does not know of such joins gives no answers."""
        return {
            asked["dialog_id"]: self.take_up(asked["dialog_id"], answer)
            for asked, answer in zip(joins, answers, strict=False)
            if "error" not in answer
        }

    def asking(self, dialog_id: str) -> dict[str, Any]:
        """What dialog:join says: from where on, where something is known."""
        known = self.session.dialogs.get(dialog_id)
        told = {"dialog_id": dialog_id, "limit": NEWEST, **self.session.joining(dialog_id)}
        if known is None or known.afresh:
            return told
        changed = {} if known.rev is None else {"after_rev": known.rev}
        return {**told, "after_seq": known.last_seq, **changed}

    async def ask_anew(self, dialog: Dialog) -> dict[str, Any]:
        """The newest page in place of what is known."""
        dialog.afresh = True
        return await self.session.ask("dialog:join", **self.asking(dialog.id))

    def take_up(self, dialog_id: str, answer: dict[str, Any]) -> Dialog:
        """A conversation as the answer to a join tells it."""
        told = answer.get("dialog")
        place = {**told, "id": dialog_id} if isinstance(told, dict) else {"id": dialog_id}
        joined = shapes.page({**answer, "dialog": place}, Joined)
        joined.dialog.entitle(self.session.me.id)
        dialog = self.session.dialogs.setdefault(dialog_id, Dialog(joined.dialog))
        dialog.enter(joined)
        self.session.note_joined(dialog_id, joined)
        return dialog

    async def complete(self, dialog: Dialog) -> Dialog:
        """Asks on until nothing is missed; after a very long absence from the newest page on."""
        if dialog.behind > KEPT:
            self.take_up(dialog.id, await self.ask_anew(dialog))
        if dialog.behind:
            await self.catch_up(dialog)
        self.note_arrival(dialog)
        self.session.changed("people", dialog.id)
        return dialog

    async def catch_up(self, dialog: Dialog) -> None:
        """Fills the gap after the last message."""
        more = True
        while more:
            before = dialog.last_seq
            asked = {"dialog_id": dialog.id, "after_seq": before, "limit": MISSED}
            page = shapes.page(await self.session.ask("history:get", **asked), Page)
            dialog.fill(page)
            more = page.more and dialog.last_seq > before
            self.note_arrival(dialog)

    def note_arrival(self, dialog: Dialog) -> None:
        """What was on its way may be there now."""
        self.session.outbox.drop_arrived(dialog.id, dialog.last_seq)
        self.session.changed("messages", dialog.id)
