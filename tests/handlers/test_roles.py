"""Roles of the configuration: what they let, at once, and that nobody gives more than they have."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from chatd.config import loading
from chatd.config.roles import RoleSettings
from chatd.config.settings import Config
from chatd.domain import roles
from chatd.domain.participant import Operator
from chatd.errors import Forbidden, Invalid
from chatd.handlers import accounts
from chatd.protocol.commands import DeleteMessage
from chatd.protocol.managing import ListRoles
from chatd.protocol.operating import AddBan, ListBans
from chatd.protocol.operators import (
    CreateOperator,
    ListOperators,
    RemoveOperator,
    SetDisabled,
    SetOperator,
    SetPassword,
    WhoAmI,
)
from chatd.protocol.programs import CreateToken
from chatd.protocol.reports import GetReport
from chatd.protocol.second_factors import TakeOffFactor
from chatd.protocol.support import AcceptTicket, CloseTicket, GetQueue, WatchQueue
from tests.handlers.stage import Person, Stage
from tests.handlers.test_accounts import PASSWORD
from tests.trust.house import convert_config

ROLES: dict[str, Any] = {
    "lead": {"may": ["operator", "operator:*", "ban:*", "token:create", "report:all"]},
    "trainee": {"may": ["operator"], "may_not": ["ticket:close", "message:delete"]},
    "auditor": {"may": ["ticket:list", "ticket:get", "dialog:join", "history:get"]},
}


def configure(stage: Stage, **changed: Any) -> None:
    """As a reload does, with other roles."""
    stage.services.config = convert_config({**stage.settings, "roles": {**ROLES, **changed}})
    accounts.apply_roles(stage.services)


@pytest.fixture
def lead(stage: Stage) -> Person:
    """Somebody who may make operators, and not everything."""
    configure(stage)
    return stage.staff("lead", role="lead")


def new(username: str, role: str, **fields: Any) -> CreateOperator:
    """An account to be made."""
    named = {"username": username, "display_name": "X", "password": PASSWORD}
    return CreateOperator(**named, role=role, **fields)


def test_who_manages_operators_reads_which_roles_there_are(stage: Stage, lead: Person) -> None:
    admin = stage.staff("root", role="admin")
    first = admin.ask(ListRoles(limit=2))
    assert first.more and [one.name for one in first.roles] == list(roles.BUILT_IN)
    rest = admin.ask(ListRoles(cursor=first.cursor))
    assert [(one.name, one.built_in) for one in rest.roles] == [(one, False) for one in ROLES]
    may = {one.name: one.may for one in (*first.roles, *rest.roles)}
    assert roles.permissions(may["auditor"]) == set(ROLES["auditor"]["may"])
    assert "operator:*" in may["lead"] and "ticket:close" not in may["trainee"]
    assert roles.permissions(may["admin"]) == roles.PERMISSIONS == set(rest.permissions)
    for who in (lead, stage.staff("plain")):
        with pytest.raises(Forbidden):
            who.ask(ListRoles())


def test_a_role_lets_what_it_lists_and_nothing_else(stage: Stage, lead: Person) -> None:
    ticket = stage.visitor().open_ticket()
    trainee, auditor = stage.staff("t", role="trainee"), stage.staff("a", role="auditor")
    trainee.ask(AcceptTicket(ticket_id=ticket))
    with pytest.raises(Forbidden, match="ticket:close is not for the role trainee"):
        trainee.ask(CloseTicket(ticket_id=ticket))
    said = trainee.say(ticket, "one")
    with pytest.raises(Forbidden, match="message:delete"):
        trainee.ask(DeleteMessage(message_id=said.id))
    assert auditor.join(ticket).messages
    for refused in (GetQueue(), AddBan(target="192.0.2.99"), GetReport(report="queue")):
        with pytest.raises(Forbidden, match="not for the role auditor"):
            auditor.ask(refused)
    with pytest.raises(Forbidden):
        auditor.say(ticket, "two")
    assert lead.ask(AddBan(target="203.0.113.99")) and lead.ask(ListBans()).bans
    assert lead.ask(GetReport(report="queue", operator="t")) is not None
    with pytest.raises(Forbidden, match="their own figures"):
        trainee.ask(GetReport(report="queue", operator="a"))
    assert not stage.services.takes_tickets(account(stage, "a"))
    assert stage.services.takes_tickets(account(stage, "t"))


def account(stage: Stage, username: str) -> Operator:
    """As it is stored."""
    found = stage.store.get(Operator, username)
    assert found
    return found


def test_a_changed_role_holds_at_once_on_open_connections(stage: Stage, lead: Person) -> None:
    anna = stage.visitor()
    ticket = anna.open_ticket()
    rita = stage.staff("rita", role="trainee")
    rita.ask(WatchQueue())
    rita.join(ticket)
    lead.ask(SetOperator(username="rita", role="auditor"))
    rita.heard()
    stage.visitor("Boris").open_ticket()
    anna.say(ticket, "still heard, for auditors join")
    heard = rita.heard()
    assert "message:new" in heard and "queue:update" not in heard
    configure(stage, auditor={"may": ["ticket:list"]})
    rita.heard()
    anna.say(ticket, "no more")
    assert rita.heard() == [] and not rita.closed
    with pytest.raises(Forbidden):
        rita.join(ticket)
    configure(stage, auditor={"may": ["operator"]})
    assert rita.join(ticket).messages and rita.ask(WatchQueue()) is not None
    stage.services.config = convert_config({**stage.settings, "roles": {}})
    with pytest.raises(Forbidden, match="not for the role auditor"):
        rita.ask(GetQueue())


def test_nobody_gives_or_touches_more_than_they_have(stage: Stage, lead: Person) -> None:
    stage.staff("boss", role="admin")
    stage.shell(new("rita", "trainee"))
    configure(stage, wide={"may": ["operator", "config:reload"]})
    stage.shell(new("wide", "wide"))
    assert lead.ask(new("olga", "lead")) and lead.ask(new("vera", "operator", sites=["shop"]))
    refused: list[Any] = [new("eve", "admin"), new("eve", "wide")]
    refused += [SetOperator(username=one, role="admin") for one in ("rita", "lead")]
    refused += [SetOperator(username="rita", role="wide")]
    for whom in ("boss", "wide"):
        refused += [
            SetOperator(username=whom, role="trainee"),
            SetPassword(username=whom, password="another password"),
            SetDisabled(username=whom),
            RemoveOperator(username=whom),
            TakeOffFactor(username=whom),
        ]
    for command in refused:
        with pytest.raises(Forbidden, match=r"more than the role lead may|for administrators"):
            lead.ask(command)
    assert lead.ask(CreateToken(name="crm", scopes=["tickets:read"])).token
    configure(stage, lead={"may": ["token:create", "queue:get"]})
    with pytest.raises(Forbidden, match="more than the role lead may"):
        lead.ask(CreateToken(name="more", scopes=["tickets:read"]))
    for command in (new("x", "captain"), SetOperator(username="rita", role="captain")):
        with pytest.raises(Invalid, match="no such role 'captain'; allowed: operator, admin"):
            stage.shell(command)
    configure(stage)
    with pytest.raises(Invalid, match="serves every site: ban:add"):
        stage.shell(new("x", "lead", sites=["shop"]))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"admin": {"may": ["ban:*"]}}, "roles.admin: 'admin' is built in"),
        ({"x": {"may": []}}, "roles.x.may: at least one permission"),
        ({"x": {"may": ["ban:ad"]}}, "roles.x.may: no such permission 'ban:ad', perhaps 'ban:add'"),
        ({"x": {"may": ["dog:*"]}}, "roles.x.may: no such permission 'dog:*'"),
        ({"x": {"may": ["operator"], "may_not": ["*"]}}, "roles.x.may_not: no such permission '*'"),
        ({"x": {"may": ["store:backup"]}}, "no such permission 'store:backup'"),
    ],
)
def test_a_role_that_is_none_is_refused_at_the_start(
    table: dict[str, dict[str, list[str]]], told: str
) -> None:
    made = {
        name: RoleSettings(may=tuple(one["may"]), may_not=tuple(one.get("may_not", ())))
        for name, one in table.items()
    }
    problem = loading.inconsistency(Config(roles=made))
    assert problem and told in problem, problem


def test_what_a_role_names_is_made_of_what_an_administrator_may() -> None:
    assert roles.permissions(["admin"]) == roles.PERMISSIONS
    assert roles.permissions(["ban:*"]) == {"ban:add", "ban:remove", "ban:list"}
    assert roles.permissions(["admin"], ["operator"]) & roles.OF_OPERATORS == frozenset()
    assert not roles.OF_OPERATORS & roles.OF_THE_HOUSE
    assert {"ticket:close", "message:send", "queue:watch"} <= roles.OF_OPERATORS
    assert "audit:read" not in roles.PERMISSIONS and "ticket:open" not in roles.PERMISSIONS


def test_one_is_told_what_one_may_and_nobody_elses_permissions(stage: Stage, lead: Person) -> None:
    told = {one.username: one for one in lead.ask(ListOperators()).operators}
    assert {"operator:*", "ban:*", "report:*", "token:create"} <= set(told["lead"].may or ())
    assert "token:list" not in told["lead"].may
    trainee = stage.staff("t", role="trainee")
    own = trainee.ask(WhoAmI()).operator.may
    assert "ticket:close" not in own and "ticket:*" not in own and "ticket:accept" in own
    others = [one for one in trainee.ask(ListOperators()).operators if one.username != "t"]
    assert others and all(one.may is UNSET for one in others)
    for role, all_of_it in roles.EVERYTHING.items():
        given = roles.permissions(roles.compact(all_of_it))
        assert given == all_of_it, role
