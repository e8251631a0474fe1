"""Nobody is refused anything by what they found on its way to the disk and never came to be, as
where another node was faster; and what a node does for another one is not counted twice."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from chatd.domain.dialog import Dialog, Memberships
from chatd.domain.participant import LoginSession, Operator
from chatd.domain.person import Account
from chatd.domain.ticket import Ticket
from chatd.errors import NotFound, Overtaken, Unauthenticated
from chatd.net.http.identity import whose
from chatd.protocol.commands import Command, GetHistory
from chatd.protocol.operating import GetStats, KickConnection
from chatd.protocol.support import GetQueue, ShowTicket
from chatd.service.context import Caller
from chatd.store.base import NAMES, Remove
from tests.handlers.among import direct
from tests.handlers.stage import Person, Stage
from tests.trust.house import SHELL


class Misled:
    """A store in which a document was about to be gone when it was first read; that never came to
    be, as who reads is told when they ask."""

    def __init__(self, stage: Stage, kind: type[Any], id: str) -> None:
        self._store, self._place, self._stage = stage.store, (kind, id), stage
        self.read = self.asked = 0
        stage.services.store = self  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, kind: type[Any], id: str) -> Any:
        if (kind, id) == self._place:
            self.read += 1
            if self.read == 1:
                return None
        return self._store.get(kind, id)

    def confirm(self) -> None:
        self.asked += 1
        if self.asked == 1 and self.read:
            raise Overtaken("what this was decided by never came to be")

    def leave(self) -> None:
        """Nobody is misled any more."""
        self._stage.services.store = self._store
        assert self.read > 1 and self.asked


def test_who_was_misled_is_asked_about_once_more(stage: Stage) -> None:
    visitor, operator = stage.visitor(), stage.staff("olga", role="admin")
    anna, _ = stage.person("anna"), stage.person("boris")
    ticket, dialog = visitor.open_ticket(), direct(anna, "boris").id
    misled: list[tuple[Person, Command, type[Any], str]] = [
        (operator, ShowTicket(ticket_id=ticket), Ticket, ticket),
        (operator, GetQueue(), Operator, "olga"),
        (visitor, GetHistory(dialog_id=ticket), Ticket, ticket),
        (anna, GetHistory(dialog_id=dialog), Dialog, dialog),
        (anna, GetHistory(dialog_id=dialog), Memberships, anna.id),
        (anna, GetHistory(dialog_id=dialog), Account, "anna"),
    ]
    for who, command, kind, id in misled:
        store = Misled(stage, kind, id)
        assert who.ask(command), (kind, id)
        store.leave()
    session = operator.token.partition(".")[0]
    store = Misled(stage, LoginSession, session)
    assert whose(stage.services, operator.token, "192.0.2.1").operator == "olga"
    store.leave()


def test_what_is_gone_is_refused_all_the_same(stage: Stage) -> None:
    visitor, operator = stage.visitor(), stage.staff("olga")
    ticket = visitor.open_ticket()
    stage.store.commit(Remove(NAMES[Ticket], ticket))
    missing = GetHistory(dialog_id="TKT-1")
    for who, wrong in ((operator, ShowTicket(ticket_id=ticket)), (visitor, missing)):
        with pytest.raises(NotFound):
            who.ask(wrong)
    stage.store.commit(Remove(NAMES[Operator], "olga"))
    with pytest.raises(Unauthenticated):
        operator.ask(GetQueue())
    with pytest.raises(Unauthenticated):
        whose(stage.services, operator.token, "192.0.2.1")


def test_what_is_done_for_another_node_counts_there(stage: Stage) -> None:
    def counted() -> float:
        told = stage.services.metrics.registry.get_sample_value
        how = "done", "not_found"
        return sum(told("chatd_commands_total", {"outcome": one}) or 0 for one in how)

    before = counted()
    wanted: list[Command] = [GetStats(), KickConnection(connection="c-1")]
    for here_only in (True, False):
        for command in wanted:
            with suppress(NotFound):
                stage.dispatcher.carry_out(Caller(SHELL, "unix", here_only=here_only), command)
        assert counted() == before + (0 if here_only else 2)
