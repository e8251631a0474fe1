"""Programs' tokens: what each is good for, for which sites, how long; and what none is good for."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.domain import policy, scopes
from chatd.domain.participant import LoginSession
from chatd.domain.scopes import SCOPES
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import (
    ChatdError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from chatd.handlers import programs
from chatd.live.connections import CLOSE_KICKED
from chatd.protocol.canned import ListCanned, PutCanned, RemoveCanned
from chatd.protocol.commands import Command, GetHistory, Hello, JoinDialog, Ping, SendMessage
from chatd.protocol.envelope import COMMANDS
from chatd.protocol.operating import GetStats, ListRooms
from chatd.protocol.programs import CreateToken, ListTokens, RevokeToken, ShowToken
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    ListTickets,
    ReplyTicket,
    RequestPerson,
    ShowTicket,
)
from chatd.service import expiry, identity
from chatd.service.context import Caller
from tests.handlers.stage import Person, Stage
from tests.trust.house import convert_config

HOUR = 3_600


def make(stage: Stage, *wanted: str, name: str = "crm", **fields: Any) -> str:
    """A program's token."""
    made = stage.shell(CreateToken(name=name, scopes=list(wanted), **fields))
    assert made.token.partition(".")[2], "it is told once"
    return str(made.token)


def program(stage: Stage, *wanted: str, **fields: Any) -> Person:
    """A program that has said hello."""
    return stage.again(make(stage, *wanted, **fields))


def refusal(who: Person, command: Command) -> str:
    """The code and the words of what it was refused with."""
    with pytest.raises(ChatdError) as refused:
        who.ask(command)
    return f"{refused.value.code}: {refused.value.message}"


def test_a_token_is_good_for_what_its_scopes_say_and_says_which_is_missing(stage: Stage) -> None:
    id = stage.visitor().open_ticket()
    reading = program(stage, "tickets:read")
    assert reading.ask(ListTickets()).tickets[0].id == id
    assert reading.ask(ShowTicket(ticket_id=id)).messages
    reply = ReplyTicket(ticket_id=id, message="by a program")
    needed = "forbidden: ticket:reply needs a token with the scope tickets:write"
    assert refusal(reading, reply) == needed
    assert "scope figures:read" in refusal(reading, GetStats())
    writing = program(stage, "tickets:write", name="answers")
    assert writing.ask(reply).message.content == "by a program"
    assert "tickets:read" in refusal(writing, ListTickets())
    assert writing.ask(CloseTicket(ticket_id=id)).ticket.status == "closed"
    figures = program(stage, "figures:read", name="board")
    assert figures.ask(GetStats()) and figures.ask(Ping())


def test_what_it_writes_is_signed_by_the_house_and_told_of_as_the_programs(stage: Stage) -> None:
    anna = stage.visitor()
    id = anna.open_ticket()
    bot = program(stage, "tickets:write")
    said = bot.ask(ReplyTicket(ticket_id=id, message="hello")).message
    assert said.sender_type == "admin" and "crm" not in said.sender_name
    bot.ask(CloseTicket(ticket_id=id))
    ticket = stage.store.get(Ticket, id)
    assert ticket and ticket.closed_by == bot.connection.principal.label == "program:crm"
    assert not ticket.operator, "it is in nobody's hands"


def test_no_scope_gives_what_only_people_are_trusted_with(stage: Stage) -> None:
    """Not even all of them: no log-ins, no accounts, no tokens, nothing of who runs the daemon."""
    allowed = {name for name in COMMANDS if not scopes.missing(scopes.NAMES, name, "notes")}
    assert allowed == set().union(scopes.ALWAYS, *SCOPES.values())
    running = {name for name, who in policy.RULES.items() if "operator" not in who}
    of_programs = {"staff", "customer", "member", "anonymous", "program"}
    assert not any(policy.RULES[one].isdisjoint(of_programs) for one in allowed & running)
    bot = program(stage, *scopes.NAMES)
    id = stage.visitor().open_ticket()
    for command in (
        *(CreateToken(name="more", scopes=["tickets:read"]), ListTokens(), RevokeToken(name="crm")),
        *(JoinDialog(dialog_id=id), AcceptTicket(ticket_id=id)),
    ):
        told = f"forbidden: {command.event} is not for programs: no scope of a token allows it"
        assert refusal(bot, command) == told
    stage.staff("boris")
    for_another = ReplyTicket(ticket_id=id, message="I am Boris", operator="boris")
    assert refusal(bot, for_another).startswith("forbidden: only an administrator acts")


def test_who_notes_for_people_says_nothing_to_customers_nor_in_rooms(stage: Stage) -> None:
    anna = stage.visitor()
    id = anna.open_ticket()
    noting = program(stage, "tickets:read", "tickets:note", name="helper")
    note = noting.ask(SendMessage(dialog_id=f"{id}/notes", content="A draft: hello")).message
    assert (note.sender_name, note.sender_type) == ("program:helper", "admin")
    for command in (
        SendMessage(dialog_id=id, content="x"),
        SendMessage(dialog_id="lobby", content="x"),
    ):
        assert "no scope of a token allows it" in refusal(noting, command)
    assert "scope tickets:write" in refusal(noting, ReplyTicket(ticket_id=id, message="x"))
    said = anna.ask(GetHistory(dialog_id=id)).messages
    assert not any("draft" in one.content for one in said)
    only_reading = program(stage, "tickets:read", name="reader")
    told = refusal(only_reading, SendMessage(dialog_id=f"{id}/notes", content="x"))
    assert told == "forbidden: message:send needs a token with the scope tickets:note"


def test_who_may_answer_only_does_nothing_else_to_a_ticket(stage: Stage) -> None:
    id = stage.visitor().open_ticket()
    answering = program(stage, "tickets:send")
    assert answering.ask(ReplyTicket(ticket_id=id, message="hello")).message.content == "hello"
    for command in (CloseTicket(ticket_id=id), ShowTicket(ticket_id=id)):
        assert refusal(answering, command).startswith("forbidden")


def test_a_program_is_told_what_its_own_token_is_good_for(stage: Stage) -> None:
    who = program(stage, "tickets:read", "tickets:send", sites=["shop"])
    token = who.ask(ShowToken()).token
    assert (token.name, token.scopes, token.sites) == (
        "crm",
        ["tickets:read", "tickets:send"],
        ["shop"],
    )
    assert refusal(stage.staff("boris"), ShowToken()).startswith("forbidden")


def test_a_scope_table_names_only_commands_that_there_are(stage: Stage) -> None:
    for name, commands in SCOPES.items():
        assert commands <= set(COMMANDS), name


def test_of_other_sites_it_sees_nothing_whatever_it_may(stage: Stage) -> None:
    ours, theirs = stage.visitor(site="shop").open_ticket(), stage.visitor(site="bank")
    hidden = theirs.open_ticket()
    bot = program(stage, *scopes.NAMES, sites=["shop"])
    assert [one.id for one in bot.ask(ListTickets()).tickets] == [ours]
    for command in (
        *(ShowTicket(ticket_id=hidden), ReplyTicket(ticket_id=hidden, message="x")),
        *(CloseTicket(ticket_id=hidden), GetHistory(dialog_id=hidden)),
        GetHistory(dialog_id="vault"),
    ):
        assert refusal(bot, command).startswith("not_found"), command
    assert "vault" not in [one.id for one in bot.ask(ListRooms()).rooms]


def test_a_program_edits_canned_answers_of_its_sites_with_the_scope_for_it(stage: Stage) -> None:
    editing = program(stage, "canned:write", name="ours", sites=["shop"])
    told = editing.ask(PutCanned(name="ship", text="It is on its way.", site="shop")).answer
    assert (told.by, told.version) == ("program:ours", 1)
    assert "answers of all sites" in refusal(editing, PutCanned(name="ship", text="x"))
    assert "no such site" in refusal(editing, PutCanned(name="ship", text="x", site="bank"))
    assert [one.name for one in editing.ask(ListCanned()).canned][-1] == "ship"
    reading = program(stage, "tickets:read", name="theirs")
    assert "scope canned:write" in refusal(reading, RemoveCanned(name="ship", site="shop"))
    assert refusal(stage.staff("olga"), PutCanned(name="a", text="b")).startswith("forbidden")
    assert editing.ask(RemoveCanned(name="ship", site="shop")).name == "ship"


def test_a_hello_shows_no_ticket_to_who_may_not_read_them(stage: Stage) -> None:
    id = stage.visitor().open_ticket()
    token = make(stage, "figures:read")
    with pytest.raises(NotFound):
        stage.ask(stage.connect(), Hello(token=token, ticket_id=id))
    assert stage.ask(stage.connect(), Hello(token=token)).participant.kind == "program"
    seeing = make(stage, "tickets:read", name="other")
    assert stage.ask(stage.connect(), Hello(token=seeing, ticket_id=id)).ticket.id == id


def test_it_is_nobody_on_line_whom_tickets_are_offered_to(stage: Stage) -> None:
    program(stage, *scopes.NAMES)
    anna = stage.visitor()
    id = anna.open_ticket()
    stage.round()
    ticket = stage.store.get(Ticket, id)
    assert ticket and not ticket.offered_to
    assert anna.ask(RequestPerson(ticket_id=id)).operators_online == 0


def test_a_token_ends_when_it_says_however_much_it_is_used(stage: Stage) -> None:
    bot = program(stage, "figures:read", seconds=2 * HOUR)
    stage.now += 2 * HOUR - 1
    bot.connection.used = True
    expiry.tend(stage.services)
    stage.turn()
    assert bot.ask(Ping()) and not bot.closed
    stage.now += 1
    with pytest.raises(Unauthenticated, match="expired"):
        bot.ask(Ping())
    with pytest.raises(Unauthenticated, match="expired"):
        stage.again(bot.token)
    expiry.tend(stage.services)
    assert bot.closed == [CLOSE_KICKED]
    assert stage.shell(ListTokens()).tokens == []
    make(stage, "figures:read")
    assert len(programs.of_programs(stage.services)) == 1, "what has run out is cleared away"


def test_when_it_was_used_is_noted_once_an_hour(stage: Stage) -> None:
    token = make(stage, "figures:read")
    assert stage.shell(ListTokens()).tokens[0].used_at is None
    began = to_text(stage.now)
    ends = stage.shell(ListTokens()).tokens[0].expires_at
    for after, noted in ((0, began), (HOUR - 1, began), (1, to_text(stage.now + HOUR))):
        stage.now += after
        identity.identify(stage.services, token, "192.0.2.1")
        stage.turn()
        assert stage.shell(ListTokens()).tokens[0].used_at == noted
    assert stage.shell(ListTokens()).tokens[0].expires_at == ends, "it is not put off"


def test_a_token_that_is_taken_back_is_good_for_nothing_at_once(stage: Stage) -> None:
    bot, other = program(stage, "tickets:read"), program(stage, "tickets:read", name="other")
    stage.shell(RevokeToken(name="crm"))
    assert bot.closed == [CLOSE_KICKED] and not other.closed
    for refused in (lambda: stage.again(bot.token), lambda: bot.ask(Ping())):
        with pytest.raises(Unauthenticated, match="taken back"):
            refused()
    assert [one.name for one in stage.shell(ListTokens()).tokens] == ["other"]
    with pytest.raises(NotFound, match="'crm'"):
        stage.shell(RevokeToken(name="crm"))
    make(stage, "tickets:read")
    with pytest.raises(Unauthenticated):
        stage.again(bot.token)


def test_it_is_kept_as_a_digest_and_listed_without(stage: Stage) -> None:
    token = make(stage, "tickets:read", sites=["shop"])
    secret = token.partition(".")[2]
    (kept,) = programs.of_programs(stage.services)
    (listed,) = stage.shell(ListTokens()).tokens
    assert secret not in str(kept) and kept.token_hash not in str(listed)
    assert kept.id not in str(listed)
    assert (listed.scopes, listed.sites, listed.by) == (["tickets:read"], ["shop"], "shell")


def test_what_a_token_may_not_be(stage: Stage) -> None:
    make(stage, "tickets:read")
    with pytest.raises(Conflict, match="revoke it first"):
        make(stage, "tickets:write")
    with pytest.raises(Invalid, match="allowed: shop, bank"):
        make(stage, "tickets:read", name="other", sites=["moon"])
    stage.shell(RevokeToken(name="crm"))
    assert stage.store.all(LoginSession) == []


def test_so_many_and_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST", 2)
    for name in ("a", "b"):
        make(stage, "tickets:read", name=name, seconds=HOUR)
    with pytest.raises(Conflict, match="2 tokens"):
        make(stage, "tickets:read", name="c")
    stage.now += HOUR
    make(stage, "tickets:read", name="c")


def test_in_a_page_of_another_site_it_is_refused(stage: Stage) -> None:
    """Whoever runs the page could have taken it."""
    bot = program(stage, "tickets:read", sites=["shop"])
    who = bot.connection.principal
    assert identity.is_foreign(who, ("bank",)) and not identity.is_foreign(who, ("shop",))
    with pytest.raises(Forbidden):
        identity.refuse_foreign(who, Caller(who, "192.0.2.1", None, ("bank",)))


def test_so_many_commands_of_one_token_wherever_they_come_from(stage: Stage) -> None:
    given = {**stage.settings, "data_dir": str(stage.directory)}
    given["limits"] = {"commands_per_token": "3/hour"}
    stage.services.config = convert_config(given)
    stage.services.limiter.apply(stage.services.config.limits)
    bot = program(stage, "figures:read")
    again = stage.again(bot.token)
    for who in (bot, again, bot):
        who.ask(Ping())
    for who in (bot, again):
        with pytest.raises(RateLimited, match="at most 3 in 1 hour"):
            who.ask(Ping())
    program(stage, "figures:read", name="other").ask(Ping())
