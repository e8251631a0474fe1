"""Whose a token is, how often it may be tried, and when it ends: each bound to the second."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.participant import LoginSession, Operator, Participant
from chatd.domain.times import to_text
from chatd.domain.tokens import Tokens, digest
from chatd.domain.versions import successor
from chatd.errors import Forbidden, Invalid, RateLimited, Unauthenticated
from chatd.live.connections import CLOSE_KICKED, CLOSE_UNIDENTIFIED, Connection
from chatd.protocol.commands import Ping
from chatd.protocol.operating import ListRooms
from chatd.service import expiry, identity
from chatd.service.context import Caller
from chatd.store.base import Put, Remove
from tests.handlers.stage import Person, Stage
from tests.trust.house import DAY, convert_config

HOUR = 3_600
ADDRESS = "192.0.2.1"


def set_tokens(stage: Stage, **tokens: int) -> None:
    """Tokens last so long, as after a reload."""
    given = {**stage.settings, "data_dir": str(stage.directory), "tokens": tokens}
    stage.services.config = convert_config(given)


def visitor_of(stage: Stage, person: Person) -> Participant:
    """As they are stored."""
    found = stage.store.get(Participant, person.id)
    assert found
    return found


def session_of(stage: Stage, person: Person) -> LoginSession:
    """By which an operator is here."""
    found = stage.store.get(LoginSession, person.token.partition(".")[0])
    assert found
    return found


@pytest.mark.parametrize(("days", "step"), [(5, DAY / 2), (10, DAY), (30, DAY)])
def test_a_visitors_end_is_put_off_once_a_tenth_is_gone_or_a_day(
    stage: Stage, days: int, step: float
) -> None:
    set_tokens(stage, visitor_days=days)
    anna = visitor_of(stage, stage.visitor())
    ends = stage.now + days * DAY
    assert anna.expires_at == expiry.until(stage.services, "visitor") == to_text(ends)
    for short, worn in ((step - 0.001, False), (step, False), (step + 0.001, True)):
        known = replace(anna, expires_at=to_text(ends - short))
        assert expiry.is_worn(stage.services, known) is worn
    assert expiry.soon(stage.services) == to_text(ends - step)


@pytest.mark.parametrize(("hours", "step"), [(5, HOUR / 2), (10, HOUR), (30, HOUR)])
def test_a_sessions_end_is_put_off_once_a_tenth_is_gone_or_an_hour(
    stage: Stage, hours: int, step: float
) -> None:
    set_tokens(stage, operator_hours=hours)
    artem = session_of(stage, stage.staff())
    ends = stage.now + hours * HOUR
    assert artem.expires_at == expiry.until(stage.services, "operator") == to_text(ends)
    for short, worn in ((step - 0.001, False), (step, False), (step + 0.001, True)):
        known = replace(artem, expires_at=to_text(ends - short))
        assert expiry.is_worn(stage.services, known) is worn


def test_a_token_ends_with_the_second_that_it_says(stage: Stage) -> None:
    anna = visitor_of(stage, stage.visitor())
    for at, ended in ((-0.001, True), (0.0, True), (0.001, False)):
        known = replace(anna, expires_at=to_text(stage.now + at))
        assert expiry.has_ended(stage.services, known) is ended


def test_what_is_worn_and_has_not_ended_lasts_and_nothing_else(stage: Stage) -> None:
    fresh, worn, ended = (stage.visitor(name) for name in ("Fresh", "Worn", "Ended"))
    artem = stage.staff()
    for one, at in ((worn, stage.now + DAY), (ended, stage.now - 1)):
        known = visitor_of(stage, one)
        stage.store.commit(Put(successor(known, expires_at=to_text(at))))
    stage.store.commit(Put(successor(session_of(stage, artem), expires_at=to_text(stage.now + 9))))
    before = {one.id: visitor_of(stage, one) for one in (fresh, worn, ended)}
    for id in (*before, session_of(stage, artem).id, "p-unknown", "s-unknown"):
        expiry.prolong(stage.services, id)
    assert visitor_of(stage, fresh) == before[fresh.id]
    assert visitor_of(stage, ended) == before[ended.id]
    assert visitor_of(stage, worn).expires_at == expiry.until(stage.services, "visitor")
    assert session_of(stage, artem).expires_at == expiry.until(stage.services, "operator")


def look(stage: Stage, connection: Connection, *, used: bool, ends: float) -> bool:
    """Whether it is still there once it was looked at; ``ends``: as far as it knows."""
    connection.used, connection.ends_at = used, to_text(stage.now + ends)
    expiry.look_at(stage.services, connection)
    return stage.services.connections.get(connection.id) is connection


def lose(stage: Stage, person: Person) -> None:
    """Their token is taken back."""
    kept: Any = session_of(stage, person) if person.id.startswith("operator") else None
    gone = Remove("sessions", kept.id) if kept else Remove("participants", person.id)
    stage.store.commit(gone)


def test_of_a_visitor_nothing_is_read_before_it_is_time(stage: Stage) -> None:
    lasts = expiry.lasting_s(stage.services, "visitor")
    for used, ends, stays in (
        (False, 0.001, True),
        (True, lasts - DAY + 1, True),
        (False, 0.0, False),
        (True, lasts - DAY, False),
        (True, 5.0, False),
    ):
        anna = stage.visitor()
        lose(stage, anna)
        assert look(stage, anna.connection, used=used, ends=ends) is stays, (used, ends)
        assert anna.closed == ([] if stays else [CLOSE_UNIDENTIFIED])
        assert not (used and stays and anna.connection.used), "it counts from here on"


def test_of_an_operator_the_session_is_read_each_time(stage: Stage) -> None:
    for used in (False, True):
        artem = stage.staff(f"artem{used}".lower())
        assert look(stage, artem.connection, used=used, ends=10**6)
        assert artem.connection.ends_at == session_of(stage, artem).expires_at
        lose(stage, artem)
        assert not look(stage, artem.connection, used=used, ends=10**6)
        assert artem.closed == [CLOSE_KICKED]
    olga = stage.staff("olga")
    account = stage.store.get(Operator, "olga")
    assert account
    stage.store.commit(Put(successor(account, disabled=True)))
    assert not look(stage, olga.connection, used=True, ends=10**6)


def test_what_was_put_off_elsewhere_keeps_a_connection(stage: Stage) -> None:
    anna = stage.visitor()
    assert look(stage, anna.connection, used=False, ends=0.0)
    assert anna.connection.ends_at == visitor_of(stage, anna).expires_at
    known = visitor_of(stage, anna)
    stage.store.commit(Put(successor(known, expires_at=to_text(stage.now))))
    assert not look(stage, anna.connection, used=True, ends=0.0)


def test_what_is_used_over_a_connection_lasts_and_nobody_else_is_looked_at(stage: Stage) -> None:
    anna, nobody = stage.visitor(), stage.connect()
    expiry.tend(stage.services)
    stage.later(2)
    anna.ask(Ping())
    expiry.tend(stage.services)
    stage.settle()
    assert visitor_of(stage, anna).expires_at < expiry.until(stage.services, "visitor")
    anna.ask(ListRooms())
    expiry.tend(stage.services)
    stage.settle()
    assert visitor_of(stage, anna).expires_at == expiry.until(stage.services, "visitor")
    assert stage.services.connections.get(nobody.id) is nobody


def old_token(stage: Stage, who: Person) -> str:
    """The token that they would have from before there were marks."""
    stage.services.tokens = Tokens("ab" * 32, to_text(stage.now))
    secret = secrets.token_urlsafe(24)
    known = replace(visitor_of(stage, who), id="p-1388-0123456789ab", token_hash=digest(secret))
    stage.store.commit(Put(replace(known, version=1)))
    return f"{known.id}.{secret}"


def limit(stage: Stage, **limits: str) -> None:
    """Other limits, from now on."""
    stage.services.limiter.apply(stage.limits(**limits))


def identify(stage: Stage, token: str, address: str = ADDRESS) -> str:
    """Whose it is, that it is wrong, or the limit that refuses it."""
    try:
        return identity.identify(stage.services, token, address).id
    except Unauthenticated:
        return "wrong"
    except RateLimited as refused:
        return str(refused.details["limit"])


PLENTY = "1000/day"


def test_a_token_without_a_mark_is_looked_up_and_is_wrong_or_somebodys(stage: Stage) -> None:
    limit(stage, old_tokens_per_address="3/day", old_tokens=PLENTY, old_tokens_first=PLENTY)
    token = old_token(stage, stage.visitor())
    id = token.partition(".")[0]
    assert [identify(stage, token) for _ in range(5)] == [id] * 5, "good ones use up nothing"
    wrong = [f"{id}.{'A' * 32}", f"p-1388-0123456789ac.{'A' * 32}"]
    assert [identify(stage, one) for one in wrong] == ["wrong", "wrong"]
    assert identify(stage, token) == id
    assert identify(stage, wrong[0]) == "wrong"
    assert identify(stage, token) == "old_tokens_per_address"
    assert identify(stage, token, "198.51.100.1") == id
    known = stage.visitor("Boris")
    assert identify(stage, known.token) == known.id, "ours for sure: not counted"
    assert identify(stage, "nonsense") == "wrong"


def test_who_tried_many_wrong_ones_shares_what_is_left_and_the_first_do_not(stage: Stage) -> None:
    limit(
        stage,
        old_tokens_per_address=PLENTY,
        old_tokens_first_per_address="1/day",
        old_tokens="1/day",
        old_tokens_first="2/day",
    )
    token = old_token(stage, stage.visitor())
    id = token.partition(".")[0]
    wrong = f"{id}.{'A' * 32}"
    assert [identify(stage, wrong) for _ in range(2)] == ["wrong", "wrong"]
    assert [identify(stage, wrong) for _ in range(2)] == ["old_tokens"] * 2
    others = [f"198.51.100.{number}" for number in range(4)]
    assert identify(stage, token, others[0]) == id
    assert identify(stage, wrong, others[1]) == "wrong"
    for _ in range(2):
        assert identify(stage, wrong, others[2]) == "old_tokens_first", "nothing was looked up"
    assert identify(stage, wrong, others[3]) == "old_tokens_first"


def test_what_was_not_looked_up_is_not_counted_for_who_asked(stage: Stage) -> None:
    limit(stage, old_tokens_per_address="2/day", old_tokens_first="1/day", old_tokens=PLENTY)
    old_token(stage, stage.visitor())
    wrong = f"p-1388-0123456789ac.{'A' * 32}"
    assert identify(stage, wrong, "198.51.100.1") == "wrong"
    assert [identify(stage, wrong) for _ in range(4)] == ["old_tokens_first"] * 4


def test_a_session_is_good_as_long_as_its_operator_is(stage: Stage) -> None:
    artem = stage.staff()
    assert identify(stage, artem.token) == artem.id
    account = stage.store.get(Operator, "artem")
    assert account
    stage.store.commit(Put(successor(account, disabled=True)))
    assert identify(stage, artem.token) == "wrong"
    stage.store.commit(Remove("operators", "artem"))
    assert identify(stage, artem.token) == "wrong"
    olga = stage.staff("olga")
    stage.store.commit(Remove("sessions", session_of(stage, olga).id))
    assert identify(stage, olga.token) == "wrong"


def test_a_newcomer_has_not_written_and_is_the_same_for_the_same_request(stage: Stage) -> None:
    services, seed = stage.services, b"a request"
    assert identity.find_token(services, seed) is None
    made, token = identity.new_visitor(services, "Anna", "shop", seed)
    assert not made.wrote and identity.find_token(services, seed) == token
    assert identify(stage, token) == made.id
    assert identity.find_token(services, b"another") is None
    other, second = identity.new_visitor(services, "Anna", "shop")
    assert other.id != made.id and identify(stage, second) == other.id


def test_with_a_new_session_those_that_have_ended_go(stage: Stage) -> None:
    artem = stage.staff()
    ended = session_of(stage, artem)
    stage.later(stage.services.config.tokens.operator_hours / 24 + 1)
    olga = stage.staff("olga")
    assert stage.store.get(LoginSession, ended.id) is None
    assert [one.id for one in identity.sessions(stage.services)] == [session_of(stage, olga).id]
    assert identity.sessions(stage.services, "artem") == []
    assert len(identity.end_sessions(stage.services, "olga")) == 1


def test_operators_are_nobody_on_pages_of_sites_that_they_do_not_serve(stage: Stage) -> None:
    who = stage.staff(sites=("bank",)).connection.principal
    for sites, foreign in ((("shop",), True), (("shop", "bank"), False), (None, False), ((), True)):
        assert identity.is_foreign(who, sites) is foreign
    anna = stage.visitor().connection.principal
    assert not identity.is_foreign(anna, ("bank",))
    with pytest.raises(Forbidden, match="serves no site of the page"):
        identity.refuse_foreign(who, Caller(who, sites=("shop",)))
    identity.refuse_foreign(who, Caller(who, sites=("shop",), own=True))


def test_a_name_is_on_one_line_and_shows() -> None:
    assert identity.clean_name(" Anna\n\t Maria\u200b ") == "Anna Maria"
    for name in ("", " ", "\u200b", "\n"):
        with pytest.raises(Invalid) as refused:
            identity.clean_name(name, "title")
        assert refused.value.details["field"] == "title"


def test_a_log_in_looks_at_so_many_sessions_only(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "LOOKED_AT", 2)
    old = sorted(session_of(stage, stage.staff(name)).id for name in ("a", "b", "c"))
    stage.later(stage.services.config.tokens.operator_hours / 24 + 1)
    olga = session_of(stage, stage.staff("olga"))
    assert [one.id for one in stage.store.all(LoginSession)] == [old[2], olga.id]


def test_all_sessions_of_somebody_are_found_however_many_there_are(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "PAGE", 2)
    for name in ("a", "b", "c", "d", "e"):
        stage.staff(name)
    found = [one.operator for one in identity.sessions(stage.services)]
    assert sorted(found) == list("abcde")
    for name in "abcde":
        assert len(identity.end_sessions(stage.services, name)) == 1
