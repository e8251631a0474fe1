"""People with accounts: made, logged in and out, shut out, and how long their sessions last."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain.participant import LoginSession, Participant
from chatd.domain.person import Account, Invitation
from chatd.domain.times import to_text
from chatd.errors import ChatdError, Conflict, Forbidden, Unauthenticated
from chatd.live.connections import CLOSE_KICKED, CLOSE_REPLACED, CLOSE_UNIDENTIFIED
from chatd.protocol.commands import EditMessage, Hello, Ping
from chatd.protocol.operating import ListRooms
from chatd.protocol.people import (
    ChangePassword,
    CreateUser,
    InviteUser,
    ListUsers,
    LogInPerson,
    LogOutPerson,
    Register,
    RemoveUser,
    SetUserDisabled,
    SetUserPassword,
    ShowPerson,
)
from chatd.service import expiry, identity, people
from tests.daemon import PASSWORD
from tests.handlers.stage import Person, Stage
from tests.handlers.test_accounts import is_open
from tests.trust.house import DAY, convert_config

OTHER = "another long password"


def settle_in(stage: Stage, registration: str, **tables: Any) -> None:
    """Who may make an account, on both sites, and other settings, as after a reload."""
    sites = {name: {"registration": registration} for name in ("shop", "bank")}
    given = {**stage.settings, "data_dir": str(stage.directory), "sites": sites, **tables}
    stage.services.config = convert_config(given)
    stage.services.limiter.apply(stage.services.config.limits)


def register(stage: Stage, username: str, **fields: Any) -> Any:
    """An account made by who is nobody yet; the code of the error, or the answer."""
    asked = Register(username=username, password=PASSWORD, **{"site": "shop", **fields})
    try:
        return stage.ask(stage.connect(), asked)
    except ChatdError as error:
        return error.code


def log_in(stage: Stage, username: str = "anna", password: str = PASSWORD) -> Any:
    """The answer to a log-in; the code of the error."""
    try:
        return stage.ask(stage.connect(), LogInPerson(username=username, password=password))
    except ChatdError as error:
        return error.code


def sessions(stage: Stage, username: str) -> list[LoginSession]:
    return identity.sessions_of_person(stage.services, username)


def test_where_registration_is_closed_nobody_makes_an_account(stage: Stage) -> None:
    code = stage.shell(InviteUser(site="shop")).code
    assert register(stage, "eve") == register(stage, "eve", invite=code) == "forbidden"
    assert stage.store.all(Account) == []


def test_an_invitation_is_good_as_often_as_it_says_for_its_site_and_time(stage: Stage) -> None:
    settle_in(stage, "invite")
    code = stage.shell(InviteUser(site="shop", uses=2, hours=24)).code
    assert register(stage, "anna") == register(stage, "anna", invite="none") == "forbidden"
    assert register(stage, "anna", invite=code, site="bank") == "forbidden"
    assert register(stage, "anna", invite=code).person.username == "anna"
    assert register(stage, "anna", invite=code) == "conflict", "and it is not used up by that"
    stage.later(0.99)
    assert register(stage, "boris", invite=code).person.site == "shop"
    assert register(stage, "vera", invite=code) == "forbidden"
    assert stage.store.all(Invitation) == []
    code = stage.shell(InviteUser(site="shop", hours=24)).code
    stage.later(1)
    assert register(stage, "vera", invite=code) == "forbidden"


def test_so_many_accounts_and_invitations_and_no_more(stage: Stage) -> None:
    settle_in(stage, "open", people={"accounts": 2, "invitations": 2})
    assert register(stage, "a1").token and register(stage, "a2").token
    assert register(stage, "a3") == "conflict"
    with pytest.raises(Conflict, match="2 accounts") as refused:
        stage.shell(CreateUser(username="a3", password=PASSWORD))
    assert refused.value.details["allowed"] == 2
    stage.shell(InviteUser(hours=1))
    stage.shell(InviteUser(hours=48))
    with pytest.raises(Conflict, match="2 invitations"):
        stage.shell(InviteUser())
    stage.later(1)
    assert stage.shell(InviteUser()).uses == 1, "one of them has run out"


def test_so_often_from_one_address(stage: Stage) -> None:
    settle_in(stage, "open", limits={"registrations_per_address": "2/hour"})
    told = [register(stage, name) for name in ("a1", "a1", "a2")]
    assert told[1:] == ["conflict", "rate_limited"], "a name that is taken counts, too"


def test_a_visitor_becomes_the_same_person_under_a_new_name(stage: Stage) -> None:
    settle_in(stage, "open")
    first = stage.visitor("Guest")
    second, boris = stage.again(first.token, device="other"), stage.visitor("Boris")
    boris.join("lobby")
    first.join("lobby")
    mine = first.say("lobby", "nobody yet")
    boris.heard()
    made = first.ask(Register(username="vera", password=PASSWORD, display_name="Vera"))
    assert made.person.id == first.id and made.person.display_name == "Vera"
    assert [one["participant"]["name"] for one in boris.heard("presence:update")] == ["Vera"]
    assert (first.closed, second.closed) == ([], [CLOSE_UNIDENTIFIED])
    assert not is_open(stage, first.token)
    with pytest.raises(Unauthenticated):
        stage.ask(stage.connect(), Hello(token=first.token))
    person = stage.again(made.token)
    assert person.id == first.id
    person.ask(EditMessage(message_id=mine.id, content="Vera"))
    who = stage.store.get(Participant, person.id)
    assert who and who.wrote and who.expires_at == people.NEVER
    with pytest.raises(Conflict, match="vera's session"):
        person.ask(Register(username="other", password=PASSWORD))


def test_the_connection_that_made_an_account_is_the_accounts(stage: Stage) -> None:
    settle_in(stage, "open")
    guest = stage.visitor()
    made = guest.ask(Register(username="vera", password=PASSWORD))
    with pytest.raises(Conflict, match="vera's session"):
        guest.ask(Register(username="second", password=PASSWORD))
    expiry.look_at(stage.services, guest.connection)
    assert guest.closed == []
    again = stage.again(made.token, device="other")
    again.ask(ChangePassword(old=PASSWORD, password=f"{PASSWORD}!"))
    assert guest.closed == [], "it is of the session that changed it"
    stage.shell(SetUserDisabled(username="vera"))
    assert guest.closed == again.closed == [CLOSE_KICKED]


def test_of_a_visitor_comes_one_account(stage: Stage) -> None:
    settle_in(stage, "open")
    guest = stage.visitor()
    hashed = stage.services.hashing.for_stranger

    def meanwhile(*args: Any) -> Any:
        stage.services.hashing.for_stranger = hashed  # type: ignore[method-assign]
        assert guest.ask(Register(username="first", password=PASSWORD)).token
        return hashed(*args)

    stage.services.hashing.for_stranger = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Conflict, match="meanwhile"):
        guest.ask(Register(username="second", password=PASSWORD))
    assert stage.store.get(Account, "first") and not stage.store.get(Account, "second")


def test_names_are_taken_once_also_where_two_ask_at_once(stage: Stage) -> None:
    settle_in(stage, "open")
    hashed = stage.services.hashing.for_stranger

    def meanwhile(*args: Any) -> Any:
        stage.services.hashing.for_stranger = hashed  # type: ignore[method-assign]
        assert register(stage, "anna", display_name="First").token
        return hashed(*args)

    stage.services.hashing.for_stranger = meanwhile  # type: ignore[method-assign]
    assert register(stage, "anna", display_name="Second") == "conflict"
    (only,) = stage.shell(ListUsers()).people
    assert only.display_name == "First"


def test_one_invitation_makes_one_account_also_where_two_ask_at_once(stage: Stage) -> None:
    settle_in(stage, "invite")
    code = stage.shell(InviteUser(site="shop")).code
    hashed = stage.services.hashing.for_stranger

    def meanwhile(*args: Any) -> Any:
        stage.services.hashing.for_stranger = hashed  # type: ignore[method-assign]
        assert register(stage, "anna", invite=code).token
        return hashed(*args)

    stage.services.hashing.for_stranger = meanwhile  # type: ignore[method-assign]
    assert register(stage, "boris", invite=code) == "forbidden"
    assert [one.id for one in stage.store.all(Account)] == ["anna"]


def test_a_person_is_there_several_times_and_a_device_once(stage: Stage) -> None:
    phone = stage.person(device="phone")
    tab, other = stage.again(phone.token), stage.again(phone.token)
    back = stage.again(phone.token, device="phone")
    assert phone.closed == [CLOSE_REPLACED]
    assert tab.closed == other.closed == back.closed == []
    assert {one.id for one in (tab, other, back)} == {phone.id}
    assert tab.ask(ShowPerson()).person.status == "online"


def test_a_log_in_is_with_the_right_password_of_an_account_that_is_open(stage: Stage) -> None:
    stage.person()
    stage.shell(SetUserDisabled(username="anna"))
    assert log_in(stage) == "unauthenticated"
    stage.shell(SetUserDisabled(username="anna", disabled=False))
    with pytest.raises(Conflict, match="enabled already"):
        stage.shell(SetUserDisabled(username="anna", disabled=False))
    for username, password in (("anna", OTHER), ("nobody", PASSWORD)):
        assert log_in(stage, username, password) == "unauthenticated"
    told = log_in(stage, "ANNA")
    assert is_open(stage, told.token)
    assert stage.services.tokens.confirms("anna person", told.device)


def test_in_a_page_of_another_site_a_person_is_nobody(stage: Stage) -> None:
    anna = stage.person()
    connection = stage.connect()
    connection.sites = ("bank",)
    for asked in (LogInPerson(username="anna", password=PASSWORD), Hello(token=anna.token)):
        with pytest.raises(Forbidden):
            stage.ask_from_page(connection, asked)
    connection.sites = ("bank", "shop")
    assert stage.ask_from_page(connection, Hello(token=anna.token)).participant.username == "anna"


def test_of_very_many_sessions_the_oldest_go(stage: Stage) -> None:
    anna = stage.person()
    oldest = sessions(stage, "anna")[0]
    for number in range(people.MOST_SESSIONS):
        stage.now += 1
        assert len(sessions(stage, "anna")) == number + 1
        log_in(stage)
    assert len(sessions(stage, "anna")) == people.MOST_SESSIONS
    assert oldest not in sessions(stage, "anna") and not is_open(stage, anna.token)


def test_a_session_lasts_as_long_as_it_is_used_and_ends_by_disuse(stage: Stage) -> None:
    anna, idle = stage.person(), stage.person("boris")
    for _ in range(60):
        stage.later(1)
        anna.ask(ListRooms())
        expiry.tend(stage.services)
        stage.turn()
    assert is_open(stage, anna.token) and anna.closed == []
    assert not is_open(stage, idle.token) and idle.closed == [CLOSE_KICKED]
    stage.later(30.1)
    assert not is_open(stage, anna.token)


@pytest.mark.parametrize(("days", "step"), [(5, DAY / 2), (30, DAY)])
def test_its_end_is_put_off_once_a_tenth_is_gone_or_a_day(
    stage: Stage, days: int, step: float
) -> None:
    settle_in(stage, "closed", tokens={"person_days": days})
    stage.person()
    (session,) = sessions(stage, "anna")
    assert session.expires_at == to_text(stage.now + days * DAY)
    stage.now += step
    assert not expiry.is_worn(stage.services, session)
    stage.now += 0.001
    assert expiry.is_worn(stage.services, session)


def test_who_logs_out_ends_this_session_or_all(stage: Stage) -> None:
    first = stage.person()
    second, third = (stage.again(log_in(stage).token) for _ in range(2))
    boris = stage.person("boris")
    assert first.ask(LogOutPerson()).ended == 1
    stage.turn()
    assert (first.closed, second.closed) == ([CLOSE_KICKED], [])
    assert stage.over_http(third, LogOutPerson(everywhere=True)).ended == 2
    stage.turn()
    assert second.closed == third.closed == [CLOSE_KICKED] and boris.closed == []
    assert [is_open(stage, one.token) for one in (first, second, third, boris)] == [
        *(False, False, False, True)
    ]


def test_a_new_password_of_ones_own_ends_the_other_sessions(stage: Stage) -> None:
    here = stage.person()
    there = stage.again(log_in(stage).token)
    with pytest.raises(Unauthenticated):
        here.ask(ChangePassword(old=OTHER, password=OTHER))
    here.ask(ChangePassword(old=PASSWORD, password=OTHER))
    assert (here.closed, there.closed) == ([], [CLOSE_KICKED])
    assert log_in(stage) == "unauthenticated" and log_in(stage, "anna", OTHER).token


def test_a_session_that_ends_while_the_password_is_hashed_changes_nothing(stage: Stage) -> None:
    anna = stage.person()
    known = stage.services.hashing.for_known

    def meanwhile(*args: Any) -> Any:
        stage.services.hashing.for_known = known  # type: ignore[method-assign]
        made = known(*args)
        stage.store.commit(*identity_end(stage))
        return made

    check = stage.services.hashing.for_stranger
    stage.services.hashing.for_stranger = check  # type: ignore[method-assign]
    stage.services.hashing.for_known = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Unauthenticated):
        anna.ask(ChangePassword(old=PASSWORD, password=OTHER))
    assert log_in(stage).token, "the old one is still good"


def identity_end(stage: Stage) -> list[Any]:
    """Anna is logged out everywhere."""
    return [*people.end_sessions(stage.services, "anna")]


@pytest.mark.parametrize(
    "asked",
    [
        SetUserPassword(username="anna", password=OTHER),
        SetUserDisabled(username="anna"),
        RemoveUser(username="anna"),
    ],
    ids=lambda one: one.event,
)
def test_who_runs_it_shuts_a_person_out_at_once_and_nobody_else(stage: Stage, asked: Any) -> None:
    anna, boris, artem = stage.person(), stage.person("boris"), stage.staff("anna")
    anna.join("lobby")
    stage.shell(asked)
    assert anna.closed == [CLOSE_KICKED] and boris.closed == artem.closed == []
    assert not is_open(stage, anna.token) and log_in(stage) == "unauthenticated"
    assert is_open(stage, artem.token), "an operator of this name is somebody else"
    with pytest.raises(Unauthenticated):
        stage.over_http(anna, ShowPerson())


def test_what_was_decided_holds_before_the_connection_has_ended(stage: Stage) -> None:
    anna = stage.person()
    expel, people.expel = people.expel, lambda *_, **__: None
    try:
        stage.shell(SetUserDisabled(username="anna"))
        with pytest.raises(Unauthenticated):
            anna.ask(Ping())
    finally:
        people.expel = expel


def test_a_name_is_free_again_when_its_account_is_gone_and_is_somebody_else(stage: Stage) -> None:
    anna = stage.person()
    stage.shell(RemoveUser(username="anna"))
    old = stage.store.get(Participant, anna.id)
    assert old and old.expires_at <= to_text(stage.now)
    assert stage.person().id != anna.id


def test_who_guesses_is_stopped_and_an_operator_of_that_name_is_not(stage: Stage) -> None:
    stage.person()
    artem = stage.staff("anna")
    settle_in(stage, "closed", limits={"logins_per_account": "3/hour"})
    told = [log_in(stage, "anna", OTHER) for _ in range(4)]
    assert told == ["unauthenticated"] * 3 + ["rate_limited"]
    assert log_in(stage, "nobody", OTHER) == "unauthenticated"
    assert is_open(stage, artem.token)


def test_everybody_is_listed_page_by_page(stage: Stage) -> None:
    here: list[Person] = [stage.person(name) for name in ("vera", "anna", "boris")]
    stage.leave(here[2])
    page = stage.shell(ListUsers(limit=2))
    assert [(one.username, one.status) for one in page.people] == [
        *(("anna", "online"), ("boris", "offline"))
    ]
    rest = stage.shell(ListUsers(cursor=page.cursor))
    assert [one.username for one in rest.people] == ["vera"] and not rest.more
