"""Accounts: whose rights end, what they held, and what they may."""

from __future__ import annotations

from typing import Any

import gevent
import pytest

from chatd.domain.participant import LoginSession
from chatd.domain.ticket import Ticket
from chatd.errors import (
    Banned,
    ChatdError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from chatd.live.connections import CLOSE_KICKED
from chatd.protocol.commands import GetHistory, Ping
from chatd.protocol.operating import AddBan, KickConnection, ListConnections
from chatd.protocol.operators import (
    CreateOperator,
    ListOperators,
    Logout,
    RemoveOperator,
    SetDisabled,
    SetOperator,
    SetPassword,
    WhoAmI,
)
from chatd.protocol.support import (
    AcceptTicket,
    GetQueue,
    ListOwnTickets,
    ReplyTicket,
    TransferTicket,
    WatchQueue,
)
from chatd.service import identity
from tests.handlers.stage import Person, Stage

PASSWORD = "correct horse battery"


def is_open(stage: Stage, token: str) -> bool:
    """Whether a session is good."""
    try:
        identity.identify(stage.services, token, "192.0.2.1")
    except Unauthenticated:
        return False
    return True


ENDS = {
    "password": SetPassword(username="artem", password="another password"),
    "disabled": SetDisabled(username="artem"),
    "removed": RemoveOperator(username="artem"),
}


@pytest.mark.parametrize("how", ENDS)
def test_what_ends_an_operators_rights_ends_all_of_their_sessions_and_nobody_elses(
    stage: Stage, how: str
) -> None:
    artem, olga, anna = stage.staff(), stage.staff("olga"), stage.visitor()
    elsewhere = stage.session("artem")
    second = stage.again(elsewhere)
    for one in (artem, second, olga, anna):
        one.join("lobby")
    stage.shell(ENDS[how])
    assert (artem.closed, second.closed) == ([CLOSE_KICKED], [CLOSE_KICKED])
    assert (olga.closed, anna.closed) == ([], [])
    assert [is_open(stage, one.token) for one in (artem, second)] == [False, False]
    assert is_open(stage, olga.token)
    assert [one.operator for one in stage.store.all(LoginSession)] == ["olga"]
    assert stage.services.operators.status("artem") == "offline"
    artem.heard()
    second.heard()
    anna.say("lobby", "one")
    assert artem.heard() == second.heard() == [], "who was put out follows nothing"
    stage.reopen()
    assert not is_open(stage, elsewhere), "nor after a restart"


def test_logging_out_ends_one_session_or_all_of_ones_own(stage: Stage) -> None:
    artem, olga = stage.staff(), stage.staff("olga")
    second, third = (stage.again(stage.session("artem")) for _ in range(2))
    assert artem.ask(Logout()).ended == 1
    stage.turn()
    assert [is_open(stage, one.token) for one in (artem, second, third)] == [False, True, True]
    assert (artem.closed, second.closed) == ([CLOSE_KICKED], [])
    assert stage.services.operators.status("artem") == "online"
    assert second.ask(Logout(everywhere=True)).ended == 2
    stage.turn()
    assert not is_open(stage, third.token) and third.closed == [CLOSE_KICKED]
    assert stage.services.operators.status("artem") == "offline"
    assert is_open(stage, olga.token) and olga.closed == []


def test_the_last_session_over_http_takes_its_operator_off_line(stage: Stage) -> None:
    artem = stage.staff()
    stage.leave(artem)
    stage.services.operators.note_seen("artem")
    assert stage.services.operators.status("artem") == "online"
    assert stage.over_http(artem, Logout()).ended == 1
    stage.turn()
    assert stage.services.operators.status("artem") == "offline"


def tickets_of(stage: Stage, operator: Person, *sites: str) -> list[str]:
    """A ticket of each site, accepted."""
    found = []
    for site in sites:
        ticket = stage.visitor(site=site).open_ticket()
        operator.ask(AcceptTicket(ticket_id=ticket))
        found.append(ticket)
    return found


def states(stage: Stage, *ids: str) -> list[tuple[str, str | None]]:
    """How tickets are, and in whose hands."""
    found = [stage.store.get(Ticket, id) for id in ids]
    return [(one.status, one.operator) for one in found if one]


@pytest.mark.parametrize("how", ["disabled", "removed"])
def test_the_tickets_of_who_is_shut_out_wait_again_and_those_of_others_do_not(
    stage: Stage, how: str
) -> None:
    artem, olga = stage.staff(), stage.staff("olga")
    mine, hers = tickets_of(stage, artem, "shop"), tickets_of(stage, olga, "shop")
    stage.shell(ENDS[how])
    if how == "removed":
        assert states(stage, *mine) == [("waiting", None)]
    assert states(stage, *hers) == [("active", "olga")]


def test_changed_sites_take_what_is_of_others_and_leave_the_rest(stage: Stage) -> None:
    artem = stage.staff()
    shop, bank = tickets_of(stage, artem, "shop", "bank")
    for dialog_id in (shop, bank, f"{bank}/notes", "vault", "lobby"):
        artem.join(dialog_id)
    artem.ask(WatchQueue())
    stage.shell(SetOperator(username="artem", sites=["shop"]))
    assert states(stage, shop, bank) == [("active", "artem"), ("waiting", None)]
    assert sorted(artem.connection.dialogs()) == sorted({"lobby", shop})
    assert artem.closed == []
    artem.heard()
    other = stage.visitor("Boris", "bank")
    ticket = other.open_ticket()
    other.say("vault", "secret")
    assert artem.heard() == [], "nothing of the bank any more"
    stage.visitor("Vera", "shop").open_ticket()
    assert artem.heard("queue:update"), "the shop's queue is watched on"
    for command in (GetHistory(dialog_id=bank), AcceptTicket(ticket_id=ticket)):
        with pytest.raises(NotFound):
            artem.ask(command)


def test_who_does_not_watch_the_queue_does_not_after_a_change(stage: Stage) -> None:
    artem = stage.staff(sites=("shop", "bank"))
    stage.shell(SetOperator(username="artem", sites=["shop"]))
    artem.heard()
    stage.visitor().open_ticket()
    assert artem.heard("queue:update") == []


def test_nobody_removes_themselves_or_names_what_there_is_not(stage: Stage) -> None:
    boss = stage.staff("boss", role="admin")
    with pytest.raises(Conflict, match="nobody removes themselves"):
        boss.ask(RemoveOperator(username="boss"))
    assert is_open(stage, boss.token)
    with pytest.raises(NotFound, match="no such operator 'nobody'"):
        boss.ask(RemoveOperator(username="nobody"))
    with pytest.raises(Invalid, match="nothing to change"):
        boss.ask(SetOperator(username="boss"))
    with pytest.raises(Conflict, match="enabled already"):
        boss.ask(SetDisabled(username="boss", disabled=False))
    with pytest.raises(Invalid, match="no such site 'mars'; allowed: shop, bank"):
        boss.ask(SetOperator(username="boss", role="operator", sites=["mars"]))
    with pytest.raises(Invalid, match="serves every site"):
        boss.ask(SetOperator(username="boss", sites=["shop"]))


def test_an_account_that_becomes_an_administrators_serves_every_site(stage: Stage) -> None:
    artem = stage.staff(sites=("shop",))
    changed = stage.shell(SetOperator(username="artem", role="admin")).operator
    assert (changed.role, changed.sites) == ("admin", [])
    assert artem.ask(GetQueue()).waiting == 0
    again = stage.shell(SetOperator(username="artem", role="operator", sites=["bank"])).operator
    assert (again.role, again.sites) == ("operator", ["bank"])


def test_operators_may_do_nothing_with_accounts(stage: Stage) -> None:
    artem = stage.staff()
    stage.staff("olga")
    for command in (
        CreateOperator(username="new", password=PASSWORD, display_name="New"),
        SetPassword(username="olga", password=PASSWORD),
        SetOperator(username="artem", role="admin"),
        SetDisabled(username="olga"),
        RemoveOperator(username="olga"),
    ):
        with pytest.raises(Forbidden):
            artem.ask(command)


def test_of_two_who_make_the_same_account_at_once_one_is_refused(stage: Stage) -> None:
    ask = CreateOperator(username="new", password=PASSWORD, display_name="New")
    both = [gevent.spawn(outcome, stage, ask) for _ in range(2)]
    gevent.joinall(both, timeout=20)
    assert sorted(one.value for one in both) == ["Conflict", "done"]


def outcome(stage: Stage, command: Any) -> str:
    """What came of it."""
    try:
        stage.shell(command)
    except ChatdError as error:
        return type(error).__name__
    return "done"


def test_colleagues_are_those_who_serve_a_site_together(stage: Stage) -> None:
    artem = stage.staff(sites=("shop",))
    stage.staff("boris", sites=("bank",))
    stage.staff("olga", sites=("bank", "shop"))
    stage.staff("boss", role="admin")
    told = artem.ask(ListOperators()).operators
    assert [one.username for one in told] == ["artem", "boss", "olga"]
    assert [one.sites for one in told if one.username == "olga"] == [["shop"]]
    assert [one.username for one in stage.shell(ListOperators()).operators] == [
        *("artem", "boris", "boss", "olga")
    ]


def limited(stage: Stage, **limits: str) -> None:
    """Other limits, from now on."""
    stage.services.limiter.apply(stage.limits(**limits))


def test_whoever_is_shut_out_gives_no_command_more(stage: Stage) -> None:
    artem, boss = stage.staff(), stage.staff("boss", role="admin")
    stage.shell(AddBan(target="203.0.113.0/24"))
    anna = stage.visitor()
    stage.shell(AddBan(target=anna.id))
    for command in (Ping(), GetHistory(dialog_id="lobby")):
        with pytest.raises(Banned):
            anna.ask(command)
    with pytest.raises(Banned):
        stage.visitor("Boris", address="203.0.113.5")
    assert artem.ask(WhoAmI()).operator.username == "artem"
    boss.ask(KickConnection(connection=artem.connection.id))
    with pytest.raises(NotFound):
        boss.ask(KickConnection(connection=artem.connection.id))
    with pytest.raises(Forbidden):
        stage.again(artem.token).ask(ListConnections())


def test_what_operators_hold_and_may_be_given(stage: Stage) -> None:
    artem, boss = stage.staff(sites=("shop",)), stage.staff("boss", role="admin")
    stage.staff("boris", sites=("bank",))
    stage.staff("olga", sites=("shop", "bank"))
    stage.staff("gone", sites=("shop",))
    stage.shell(SetDisabled(username="gone"))
    mine, other = tickets_of(stage, artem, "shop"), stage.visitor().open_ticket()
    for username, refused in (
        ("boris", NotFound),
        ("gone", Conflict),
        ("nobody", NotFound),
        ("artem", Conflict),
    ):
        with pytest.raises(refused):
            artem.ask(TransferTicket(ticket_id=mine[0], operator=username))
    with pytest.raises(Conflict, match="does not serve the site shop"):
        boss.ask(TransferTicket(ticket_id=mine[0], operator="boris"))
    for command in (
        AcceptTicket(ticket_id=other, operator="olga"),
        ReplyTicket(ticket_id=other, message="as her", operator="olga"),
    ):
        with pytest.raises(Forbidden, match="only an administrator acts for another"):
            artem.ask(command)
    assert states(stage, *mine, other) == [("active", "artem"), ("waiting", None)]
    assert [one.id for one in artem.ask(ListOwnTickets()).tickets] == mine
    assert boss.ask(ListOwnTickets()).tickets == []
    assert boss.ask(AcceptTicket(ticket_id=other, operator="olga")).ticket.operator == "olga"
    limited(stage, messages_per_participant="1/minute")
    boss.ask(ReplyTicket(ticket_id=mine[0], message="one"))
    with pytest.raises(RateLimited):
        boss.ask(ReplyTicket(ticket_id=mine[0], message="two"))
