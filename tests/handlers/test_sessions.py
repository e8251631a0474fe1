"""Where operators are logged in: listed, ended by themselves or by who looks after them."""

from __future__ import annotations

import pytest

from chatd.domain.participant import LoginSession
from chatd.errors import Forbidden, NotFound
from chatd.live.connections import CLOSE_KICKED
from chatd.protocol.sessions import EndSession, EndSessionOf, ListSessions, ListSessionsOf
from tests.handlers.stage import Person, Stage
from tests.handlers.test_accounts import PASSWORD, is_open
from tests.handlers.test_logins import hash_of, log_in
from tests.handlers.test_roles import configure

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"


@pytest.fixture
def artem(stage: Stage) -> Person:
    """Somebody with a password, who has logged in with a program."""
    return stage.staff(password_hash=hash_of(PASSWORD))


def id_of(token: str) -> str:
    """Which session a token is of."""
    return token.partition(".")[0]


def elsewhere(stage: Stage, agent: str, address: str = "198.51.100.7") -> Person:
    """Artem logs in there, too."""
    connection = stage.connect(address)
    connection.agent = agent
    return stage.again(log_in(stage, "artem", connection=connection).token)


def test_one_is_told_where_one_is_logged_in_and_which_of_it_is_here(
    stage: Stage, artem: Person
) -> None:
    stage.now += 60
    browser = elsewhere(stage, CHROME, "2001:db8::17")
    stage.now += 60
    terminal = elsewhere(stage, "chatd/1.0")
    told = {one.id: one for one in browser.ask(ListSessions()).sessions}
    assert list(told) == [id_of(one.token) for one in (artem, browser, terminal)]
    here = told[id_of(browser.token)]
    assert (here.where, here.address, here.current) == ("browser", "2001:db8::/64", True)
    assert here.device.startswith("Chrome 126")
    assert here.created_at == here.used_at < here.expires_at
    others = [told[id_of(one.token)] for one in (artem, terminal)]
    assert [(one.where, one.current) for one in others] == [("other", False), ("terminal", False)]
    page = browser.ask(ListSessions(limit=2))
    assert page.more and [id_of(terminal.token)] == [
        one.id for one in browser.ask(ListSessions(cursor=page.cursor)).sessions
    ]
    assert "token_hash" not in str(told) and "agent" not in str(told)
    began, stage.now = here.used_at, stage.now + 2 * 3_600
    assert is_open(stage, browser.token)
    stage.turn()
    used = {one.id: one.used_at for one in browser.ask(ListSessions()).sessions}
    assert used[here.id] > used[id_of(terminal.token)] > began, "which nobody has used since"
    stage.now += 30 * 86_400
    assert [one.id for one in stage.shell(ListSessionsOf(username="artem")).sessions] == []


def test_one_of_them_is_ended_or_all_others_with_their_connections(
    stage: Stage, artem: Person
) -> None:
    browser, phone, terminal = (elsewhere(stage, CHROME) for _ in range(3))
    olga = stage.staff("olga")
    for named in (id_of(olga.token), "s-nothing"):
        with pytest.raises(NotFound):
            artem.ask(EndSession(session=named))
    assert artem.ask(EndSession(session=id_of(phone.token))).ended == 1
    assert (phone.closed, browser.closed, olga.closed) == ([CLOSE_KICKED], [], [])
    assert not is_open(stage, phone.token) and is_open(stage, browser.token)
    assert artem.ask(EndSession()).ended == 2
    assert [one.closed for one in (artem, browser, terminal)] == [[], *[[CLOSE_KICKED]] * 2]
    assert artem.ask(EndSession()).ended == 0 and is_open(stage, artem.token)
    assert artem.ask(EndSession(session=id_of(artem.token))).ended == 1, "and answered"
    stage.turn()
    assert artem.closed == [CLOSE_KICKED] and not is_open(stage, artem.token)
    assert stage.services.operators.status("artem") == "offline"
    assert [one.operator for one in stage.store.all(LoginSession)] == ["olga"]


def test_an_operators_are_for_who_looks_after_them(stage: Stage, artem: Person) -> None:
    configure(stage, lead={"may": ["operator:sessions", "operator:session_end"]})
    lead, boss = stage.staff("lead", role="lead"), stage.staff("boss", role="admin")
    there = elsewhere(stage, CHROME)
    for command in (ListSessionsOf(username="boss"), EndSessionOf(username="boss")):
        for who in (artem, lead):
            with pytest.raises(Forbidden):
                who.ask(command)
    assert [one.current for one in boss.ask(ListSessionsOf(username="artem")).sessions] == [
        False,
        False,
    ]
    assert boss.ask(EndSessionOf(username="artem", session=id_of(there.token))).ended == 1
    assert (there.closed, artem.closed) == ([CLOSE_KICKED], [])
    with pytest.raises(NotFound):
        boss.ask(EndSessionOf(username="artem", session=id_of(boss.token)))
    assert stage.shell(EndSessionOf(username="artem")).ended == 1
    assert artem.closed == [CLOSE_KICKED] and boss.closed == []
    for command in (ListSessionsOf(username="nobody"), EndSessionOf(username="nobody")):
        with pytest.raises(NotFound):
            stage.shell(command)
