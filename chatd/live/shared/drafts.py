"""What is being written, on all nodes: each tells the whole text of what was written on it last."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from msgspec import convert, to_builtins

from chatd.delivery.broker.exchange import Exchange
from chatd.domain.draft import Draft, Op
from chatd.domain.principal import Principal
from chatd.errors import ChatdError
from chatd.live.local import drafts as local
from chatd.live.shared.facts import Fact, Facts

Told = tuple[Principal, int, str, str, str, float]
A_MOMENT_S = 1e-6


class Drafts(local.Drafts):
    """See :class:`chatd.live.base.Drafts`. What is told of a draft is the fact of the node where it
    was written last; edits that others watch go as announcements."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._facts = Facts(exchange, "drafts", self)
        self._written_at: dict[Fact, float] = {}

    def edit(
        self,
        dialog_id: str,
        who: Principal,
        seq: int,
        ops: Sequence[Op],
        network: str = "",
        *,
        connection: str = "",
    ) -> Draft:
        marked = self._facts.mark(connection)
        draft = super().edit(dialog_id, who, seq, ops, network, connection=marked)
        self._hold(dialog_id, who, draft, network, marked)
        return draft

    def reset(
        self,
        dialog_id: str,
        who: Principal,
        seq: int,
        text: str,
        network: str = "",
        *,
        connection: str = "",
    ) -> Draft:
        marked = self._facts.mark(connection)
        draft = super().reset(dialog_id, who, seq, text, network, connection=marked)
        self._hold(dialog_id, who, draft, network, marked)
        return draft

    def clear(self, dialog_id: str, participant_id: str, connection: str | None = None) -> bool:
        marked = None if connection is None else self._facts.mark(connection)
        written_here = (dialog_id, participant_id) in self._facts.own
        seen = super().clear(dialog_id, participant_id, marked)
        if seen or (written_here and not self._has(dialog_id, participant_id)):
            self._facts.revoke((dialog_id, participant_id))
        return seen

    def believe(self, fact: Fact, value: Any) -> None:
        """See :class:`chatd.live.shared.facts.Believer`."""
        who, seq, text, network, marked, at = convert(value, Told)
        if at <= self._written_at.get(fact, 0.0):
            return
        self._written_at[fact] = at
        self._facts.drop(fact)
        try:
            super().reset(fact[0], who, seq, text, network, connection=marked)
        except ChatdError:  # here its network has no more room: who looks on from here asks for it
            super().clear(*fact)

    def forget_fact(self, fact: Fact) -> None:
        self._written_at.pop(fact, None)
        super().clear(*fact)

    def _hold(
        self, dialog_id: str, who: Principal, draft: Draft, network: str, marked: str
    ) -> None:
        """Unless it was the one too many of its conversation."""
        fact = dialog_id, who.id
        if self._has(*fact):
            at = max(time.time(), self._written_at.get(fact, 0.0) + A_MOMENT_S)
            self._written_at[fact] = at
            told = who, draft.seq, draft.text, network, marked, at
            self._facts.hold(fact, to_builtins(told))

    def _has(self, dialog_id: str, participant_id: str) -> bool:
        return participant_id in self._dialogs.get(dialog_id, {})
