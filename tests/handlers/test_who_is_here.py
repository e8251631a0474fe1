"""Who says hello as whom, who is here or away, and accounts that come, go out and end."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from chatd.domain.participant import LoginSession, Operator, Participant
from chatd.errors import Conflict, ForeignOrigin, Invalid, NotFound, RateLimited
from chatd.handlers import operators
from chatd.live.connections import CLOSE_KICKED
from chatd.protocol.commands import Hello, SetPresence
from chatd.protocol.operators import (
    CreateOperator,
    ListOperators,
    Logout,
    SetDisabled,
    SetOperator,
    WhoAmI,
)
from chatd.protocol.support import WatchQueue
from chatd.service import expiry, identity
from chatd.service.context import Caller
from chatd.store.base import Put
from tests.handlers.stage import Person, Stage


def test_a_welcome_says_who_one_is_and_no_more_than_there_is(stage: Stage) -> None:
    anna = stage.ask(stage.connect(), Hello(name="Anna", site="bank"))
    assert (anna.site, anna.participant.site, anna.participant.kind) == ("bank", "bank", "visitor")
    assert (anna.ticket, anna.participant.username, anna.joined) == (None, None, UNSET)
    artem = stage.ask(stage.connect(), Hello(token=stage.staff().token))
    assert (artem.site, artem.participant.site, artem.participant.username) == (None, None, "artem")
    guest = stage.ask(stage.connect(), Hello()).participant.name
    number = "".join(char for char in guest if char.isdecimal())
    assert len(number) == 4 and not number.startswith("0")


def test_by_the_consoles_cookie_one_is_its_operator_and_told_no_token(stage: Stage) -> None:
    artem = stage.staff()
    connection = stage.connect()
    anonymous = connection.principal
    caller = Caller(anonymous, "192.0.2.1", connection, session=artem.token)
    told = stage.dispatcher.carry_out(caller, Hello(session=True))
    assert (told.participant.username, told.token) == ("artem", None)
    assert connection.principal.operator == "artem"


def test_an_operator_who_only_talks_is_not_at_work(stage: Stage) -> None:
    boss, artem = stage.staff("boss"), stage.staff()
    boss.ask(WatchQueue())
    talks = stage.again(artem.token, device="rooms")
    talks.ask(Hello(token=artem.token, device="rooms", off_duty=True))
    assert talks.connection.principal.operator == "artem" and not artem.closed
    assert stage.services.operators.is_available("artem")
    stage.leave(artem)
    assert not stage.services.operators.is_available("artem")
    assert stage.services.operators.status("artem") == "offline"
    talks.join("lobby")
    assert changes(boss)[-1] == "operator_offline"


def test_a_connection_ends_with_its_token(stage: Stage) -> None:
    anna, artem = stage.visitor(), stage.staff()
    kept = stage.store.get(Participant, anna.id)
    session = stage.store.get(LoginSession, artem.token.partition(".")[0])
    assert kept and session
    assert anna.connection.ends_at == kept.expires_at == expiry.until(stage.services, "visitor")
    assert artem.connection.ends_at == session.expires_at


def test_a_page_that_may_not_is_told_from_where_it_is(stage: Stage) -> None:
    connection = stage.connect()
    connection.sites, connection.origin = (), "https://evil.test"
    with pytest.raises(ForeignOrigin) as refused:
        stage.ask_from_page(connection, Hello())
    assert "https://evil.test" in str(refused.value.as_dict()) + str(vars(refused.value))
    with pytest.raises(ForeignOrigin):
        caller = Caller(connection.principal, "192.0.2.1", sites=())
        stage.dispatcher.carry_out(caller, Hello())


@pytest.mark.parametrize("name", ["Aaron", "Zoe"])
@pytest.mark.parametrize("rate", ["renames_per_participant", "renames_per_address"])
def test_each_new_name_is_counted(stage: Stage, name: str, rate: str) -> None:
    anna = stage.visitor("Maria")
    stage.services.limiter.apply(stage.limits(**{rate: "1/day"}))
    for _ in range(3):
        assert stage.ask(anna.connection, Hello(token=anna.token)).participant.name == "Maria"
    assert anna.ask(Hello(token=anna.token, name=name)).participant.name == name
    with pytest.raises(RateLimited):
        anna.ask(Hello(token=anna.token, name="Other"))


def test_whose_ticket_it_is_may_come_back_to_it_and_who_serves_it(stage: Stage) -> None:
    people = [stage.visitor(name) for name in ("Anna", "Boris", "Vera")]
    tickets = [one.open_ticket() for one in people]
    for one, own in zip(people, tickets, strict=True):
        for ticket in tickets:
            ask = Hello(token=one.token, ticket_id=ticket, device=ticket)
            if ticket == own:
                assert stage.ask(stage.connect(), ask).ticket.id == own
            else:
                with pytest.raises(NotFound, match="no such ticket"):
                    stage.ask(stage.connect(), ask)


def changes(person: Person) -> list[str]:
    """What changed by what somebody hears of the queue."""
    return [one["change"] for one in person.heard("queue:update")]


def test_who_is_away_is_told_where_they_are_and_offered_nothing(stage: Stage) -> None:
    anna, boss, artem = stage.visitor(), stage.staff("boss", role="admin"), stage.staff()
    boss.ask(WatchQueue())
    for one in (anna, artem):
        one.join("lobby")
    anna.heard()
    boss.heard()
    for status, told in (("away", ["away"]), ("away", []), ("online", ["online"])):
        assert artem.ask(SetPresence(status=status)).status == status
        heard = anna.heard("presence:update")
        assert [one["participant"]["status"] for one in heard] == told
        assert changes(boss) == [status]
        assert stage.services.operators.is_available("artem") is (status == "online")
    anna.ask(SetPresence(status="away"))
    assert changes(boss) == [], "visitors stand in no queue of operators"


def test_over_http_one_is_available_only_once_that_was_said(stage: Stage) -> None:
    artem = stage.staff()
    stage.leave(artem)
    stage.services.operators.note_seen("artem")
    assert not stage.services.operators.is_available("artem")
    stage.over_http(artem, SetPresence(status="online"))
    assert stage.services.operators.is_available("artem")
    olga = stage.staff("olga")
    olga.ask(SetPresence(status="online"))
    stage.leave(olga)
    stage.services.operators.note_seen("olga")
    assert not stage.services.operators.is_available("olga"), "it was said on a connection"


def sessions(stage: Stage, username: str) -> int:
    """How many of theirs there are."""
    return len(identity.sessions(stage.services, username))


def test_who_logs_out_ends_one_session_with_its_connections_or_all(stage: Stage) -> None:
    artem, olga = stage.staff(), stage.staff("olga")
    same = stage.again(artem.token, device="second")
    others = [stage.again(stage.session("artem")) for _ in range(2)]
    assert stage.over_http(artem, Logout()).ended == 1
    stage.turn()
    assert artem.closed == same.closed == [CLOSE_KICKED]
    assert [one.closed for one in (*others, olga)] == [[], [], []]
    assert sessions(stage, "artem") == 2 and stage.services.operators.status("artem") == "online"
    assert others[0].ask(Logout()).ended == 1
    stage.turn()
    assert [one.closed for one in others] == [[CLOSE_KICKED], []]
    third = stage.again(stage.session("artem"))
    assert third.ask(Logout(everywhere=True)).ended == 2
    stage.turn()
    assert [one.closed for one in (others[1], third)] == [[CLOSE_KICKED]] * 2
    assert olga.closed == [] and sessions(stage, "olga") == 1
    assert stage.services.operators.status("artem") == "offline"


def test_an_account_is_shown_to_who_it_is_and_to_colleagues_in_pages(stage: Stage) -> None:
    artem = stage.staff(sites=("shop",))
    for name, sites in (("bank", ("bank",)), ("boss", ()), ("olga", ("shop", "bank"))):
        stage.staff(name, sites=sites)
    assert artem.ask(WhoAmI()).operator.username == "artem"
    for limit in (1, 2, 3, 4):
        seen: list[str] = []
        cursor = None
        for _ in range(9):
            page = artem.ask(ListOperators(limit=limit, cursor=cursor))
            seen += [one.username for one in page.operators]
            cursor = page.cursor
            assert page.more is (cursor is not None)
            if cursor is None:
                break
        assert seen == ["artem", "boss", "olga"]
    with pytest.raises(NotFound, match="no such operator"):
        stage.shell(SetDisabled(username="nobody", disabled=True))


def create(stage: Stage, username: str, **fields: Any) -> Operator:
    """A new account, as it is stored."""
    values = {"username": username, "display_name": "New One", "password": "long enough secret"}
    stage.shell(CreateOperator(**{**values, **fields}))
    found = stage.store.get(Operator, username)
    assert found
    return found


def test_an_account_serves_sites_that_there_are_and_administrators_all(stage: Stage) -> None:
    made = create(stage, "artem", sites=["shop"], capacity=3)
    assert (made.sites, made.capacity, made.name, made.role) == (
        ("shop",),
        3,
        "New One",
        "operator",
    )
    assert len(made.alias) == 16 and made.alias != create(stage, "olga").alias
    assert create(stage, "boss", role="admin").sites == ()
    for fields in ({"sites": ["shop", "mars", "venus"]}, {"sites": ["mars"], "role": "admin"}):
        with pytest.raises(Invalid, match="no such site 'mars'; allowed: shop, bank"):
            create(stage, "new", **fields)
    with pytest.raises(Invalid, match="an administrator serves every site"):
        create(stage, "new", sites=["shop"], role="admin")
    with pytest.raises(Conflict, match="there is an operator 'artem' already"):
        create(stage, "artem")
    with pytest.raises(Invalid, match="visible character"):
        create(stage, "new", display_name="\u200b")


def test_accounts_from_before_aliases_are_given_one(stage: Stage) -> None:
    old = Operator(id="old", name="Old", password_hash="-", created_at="")
    named = Operator(id="new", name="New", password_hash="-", created_at="", alias="kept")
    stage.store.commit(Put(old), Put(named))
    operators.give_aliases(stage.store)
    found = [stage.store.get(Operator, one) for one in ("old", "new")]
    assert all(found)
    assert [one.alias == "kept" for one in found if one] == [False, True]
    assert [one.version for one in found if one] == [2, 1]
    operators.give_aliases(stage.store)
    assert [stage.store.get(Operator, one) for one in ("old", "new")] == found


def test_an_account_is_shut_out_once_and_let_in_once(stage: Stage) -> None:
    artem, olga = stage.staff(), stage.staff("olga")
    with pytest.raises(Conflict, match="operator artem is enabled already"):
        stage.shell(SetDisabled(username="artem", disabled=False))
    assert stage.shell(SetDisabled(username="artem", disabled=True)).operator.disabled
    assert (artem.closed, olga.closed) == ([CLOSE_KICKED], [])
    assert (sessions(stage, "artem"), sessions(stage, "olga")) == (0, 1)
    with pytest.raises(Conflict, match="operator artem is disabled already"):
        stage.shell(SetDisabled(username="artem", disabled=True))
    token = stage.session("artem")
    assert not stage.shell(SetDisabled(username="artem", disabled=False)).operator.disabled
    assert stage.again(token).closed == [], "to let somebody in ends nothing"


def test_who_watches_hears_of_a_changed_account_on_old_sites_and_new(stage: Stage) -> None:
    shop, bank = stage.staff("ann", sites=("shop",)), stage.staff("ben", sites=("bank",))
    stage.staff("artem", sites=("shop",))
    for one in (shop, bank):
        one.ask(WatchQueue())
        one.heard()
    stage.shell(SetOperator(username="artem", sites=["bank"]))
    assert [changes(one) for one in (shop, bank)] == [["operator_changed"]] * 2
