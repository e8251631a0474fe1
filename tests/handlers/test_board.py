"""The live board: what it says of the queue and of who works, and to whom."""

from __future__ import annotations

import pytest

from chatd.errors import ChatdError
from chatd.protocol.board import Board, GetBoard
from chatd.protocol.commands import SetPresence
from chatd.protocol.operators import SetOperator
from chatd.protocol.programs import CreateToken
from chatd.protocol.support import AcceptTicket
from tests.handlers.stage import Stage


def pass_time(stage: Stage, seconds: float) -> None:
    """Nothing happens meanwhile."""
    stage.clock += seconds
    stage.now += seconds


def test_the_board_says_who_waits_who_has_what_and_who_is_away(stage: Stage) -> None:
    chief, artem = stage.staff("chief", role="admin"), stage.staff("artem", role="operator")
    boris = stage.staff("boris", role="operator")
    first, second = (stage.visitor().open_ticket() for _ in range(2))
    pass_time(stage, 30)
    stage.visitor(site="bank").open_ticket()
    for id in (first, second):
        artem.ask(AcceptTicket(ticket_id=id))
    boris.ask(SetPresence(status="away"))
    stage.shell(SetOperator(username="artem", capacity=1))
    pass_time(stage, 5)
    told: Board = chief.ask(GetBoard())
    assert (told.waiting, told.longest_wait_s) == (1, 5.0)
    assert [(one.site, one.department, one.waiting) for one in told.lines] == [("bank", "", 1)]
    rows = {one.username: one for one in told.operators}
    assert [*rows] == ["artem", "chief", "boris"]
    assert (rows["artem"].active, rows["artem"].capacity, rows["artem"].over) == (2, 1, True)
    assert {one.id: one.for_s for one in rows["artem"].tickets} == {first: 5.0, second: 5.0}
    assert (rows["boris"].status, rows["boris"].over, rows["boris"].tickets) == ("away", False, [])
    page = stage.shell(GetBoard(limit=2))
    rest = stage.shell(GetBoard(limit=2, cursor=page.cursor))
    assert [one.username for one in (*page.operators, *rest.operators)] == [*rows]
    assert page.more and not rest.more


def test_the_board_is_for_who_runs_it(stage: Stage) -> None:
    nobody = (stage.staff("artem", role="operator"), stage.visitor(), stage.person())
    for who in nobody:
        with pytest.raises(ChatdError) as refused:
            who.ask(GetBoard())
        assert refused.value.code == "forbidden"
    made = stage.shell(CreateToken(name="reader", scopes=["figures:read"]))
    with pytest.raises(ChatdError, match="not for programs"):
        stage.again(made.token).ask(GetBoard())
