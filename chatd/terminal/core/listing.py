"""The dialogs that a person is in, as their list has them: exact whichever way they are told."""

from __future__ import annotations

from typing import Any

from chatd.domain.times import to_text
from chatd.terminal.core.dialog import TYPING_FOR
from chatd.terminal.core.shapes import Listed, News, ReceiptUpdate, Typing
from chatd.terminal.core.told import convert_list


class Listing:
    """Rows by id. ``whole``: all of them have come."""

    def __init__(self) -> None:
        self.rows: dict[str, Listed] = {}
        self.typing: dict[str, dict[str, tuple[str, float]]] = {}
        self.whole = False
        self._told: set[str] = set()

    def begin(self) -> None:
        """The list is told anew, page by page; what happens meanwhile comes between these."""
        self._told.clear()
        self.typing.clear()

    def take(self, page: Any, own_id: str) -> None:
        """Some of its rows."""
        for one in convert_list(page, Listed):
            self.put(one, own_id)

    def put(self, row: Listed, own_id: str) -> None:
        """A dialog as it is now."""
        row.entitle(own_id)
        self.rows[row.id] = row
        self._told.add(row.id)

    def settle(self) -> None:
        """All pages have come: what none of them told of is not there any more."""
        self.rows = {id: row for id, row in self.rows.items() if id in self._told}
        self.whole = True

    def drop(self, dialog_id: str) -> Listed | None:
        """It is not there any more for this person; as it was last."""
        self.typing.pop(dialog_id, None)
        return self.rows.pop(dialog_id, None)

    def take_news(self, news: News, own_id: str) -> bool:
        """Whether a message is new and of somebody else. What is known already changes nothing;
        whoever writes has read what was before."""
        self.typing.get(news.dialog_id, {}).pop(news.sender_id, None)
        row = self.rows.get(news.dialog_id)
        if row is None or news.rev <= row.rev:
            return False
        fresh = news.seq > row.last_seq and news.sender_id != own_id
        row.rev, row.last_seq = news.rev, max(row.last_seq, news.last_seq)
        row.last_message = news.last_message
        if news.deleted and news.seq not in row.deleted:
            row.deleted.append(news.seq)
        if news.sender_id == own_id:
            row.read = max(row.read or 0, news.seq)
        return fresh

    def note_read(self, receipt: ReceiptUpdate, own_id: str) -> None:
        """One has read further, here or elsewhere."""
        row = self.rows.get(receipt.dialog_id)
        if row and receipt.participant_id == own_id:
            row.read = max(row.read or 0, receipt.read)

    def note_typing(self, who: Typing, until: float | None) -> None:
        """Somebody types, for a while, or no longer."""
        writers = self.typing.setdefault(who.dialog_id, {})
        if until is None:
            writers.pop(who.participant_id, None)
        else:
            writers[who.participant_id] = (who.name, until + TYPING_FOR)

    def writing(self, dialog_id: str, now: float) -> list[str]:
        """Who types there now."""
        writers = self.typing.get(dialog_id, {})
        return [name for name, until in writers.values() if until > now]

    @property
    def latest(self) -> list[Listed]:
        """The one with the newest message first."""
        return sorted(self.rows.values(), key=lambda row: row.at, reverse=True)

    @property
    def usernames(self) -> set[str]:
        """Of whom one talks to."""
        return {one.username for row in self.rows.values() for one in row.members if one.username}


def is_muted(row: Listed, now: float) -> bool:
    """Whether one wants to hear of it in the list only."""
    return row.muted_until > to_text(now)
