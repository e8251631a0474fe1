"""What every command goes through: who may, how often, again when somebody was faster, and what a
fault of ours tells of itself."""

from __future__ import annotations

from typing import Any

import pytest
from loguru import logger
from msgspec.structs import replace

from chatd.dispatch.dispatcher import RATES
from chatd.errors import (
    Banned,
    Forbidden,
    Internal,
    NotFound,
    Overtaken,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from chatd.protocol.assisting import DraftAnswer, Summarize
from chatd.protocol.calls import RecordCall, StartCall
from chatd.protocol.commands import (
    Command,
    DeleteMessage,
    EditDraft,
    EditMessage,
    GetHistory,
    JoinDialog,
    MarkDelivered,
    MarkRead,
    Ping,
    ReactToMessage,
    SendMessage,
    SetPresence,
    StartTyping,
    StopTyping,
    TicketCommand,
)
from chatd.protocol.endings import CancelTicket, RateTicket
from chatd.protocol.groups import CreateDialog, EnterDialog
from chatd.protocol.operating import AddBan
from chatd.protocol.operators import SetDisabled, SetOperator
from chatd.protocol.pushing import Keys, Subscribe, Unsubscribe
from chatd.protocol.results import Done
from chatd.protocol.searching import SearchMessages
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    GetQueue,
    MailTranscript,
    OpenTicket,
    ReplyTicket,
    TagTicket,
    UpdateTicket,
)
from chatd.protocol.work import SnoozeTicket
from chatd.service.context import Caller, Context
from tests.handlers.stage import Person, Stage

LOBBY = "lobby"


def done(cx: Context, command: Command) -> Done:
    """A handler that has nothing to do."""
    return Done()


def run(stage: Stage, person: Person, command: Command, handler: Any = done) -> Any:
    """A command on somebody's connection, with a handler of its own."""
    connection = person.connection
    caller = Caller(connection.principal, connection.address, connection)
    return stage.dispatcher.carry_out(caller, command, handler)


class Loser:
    """A handler that somebody is faster than so many times; ``places`` are what it was about."""

    def __init__(self, times: int, meanwhile: Any = lambda: None) -> None:
        self.left, self.meanwhile = times, meanwhile
        self.places: list[Any] = []

    def __call__(self, cx: Context, command: Command) -> Done:
        self.places.append(cx.place)
        if self.left:
            self.left -= 1
            self.meanwhile()
            raise Overtaken("somebody was faster")
        return Done()


def test_who_lost_a_race_is_run_again_a_bounded_number_of_times(stage: Stage) -> None:
    anna, command = stage.visitor(), GetHistory(dialog_id=LOBBY)
    for times in (0, 1, 8):
        loser = Loser(times)
        assert run(stage, anna, command, loser) == Done()
        assert len(loser.places) == times + 1
    loser = Loser(1)
    assert run(stage, anna, Ping(), loser) == Done(), "also what is about no conversation"
    loser = Loser(99)
    with pytest.raises(Overtaken):
        run(stage, anna, command, loser)
    assert len(loser.places) == 9
    assert run(stage, anna, command) == Done(), "nobody is kept waiting by who lost"


def test_who_is_run_again_goes_by_what_there_is_then(stage: Stage) -> None:
    anna = stage.visitor(site="shop")
    loser = Loser(1, lambda: stage.furnish(lobby={"topic": "new"}))
    run(stage, anna, GetHistory(dialog_id=LOBBY), loser)
    assert [one.room.topic for one in loser.places] == ["", "new"]
    loser = Loser(1, lambda: stage.furnish(lobby={"sites": ["bank"]}))
    with pytest.raises(NotFound):
        run(stage, anna, GetHistory(dialog_id=LOBBY), loser)
    assert len(loser.places) == 1


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        (SetDisabled(username="artem"), Unauthenticated),
        (SetOperator(username="artem", sites=["bank"]), NotFound),
    ],
    ids=["disabled", "other sites"],
)
def test_who_is_run_again_has_the_rights_of_then(
    stage: Stage, taken: Command, refused: type[Exception]
) -> None:
    artem, ticket = stage.staff(), stage.visitor(site="shop").open_ticket()
    loser = Loser(1, lambda: stage.shell(taken))
    with pytest.raises(refused):
        run(stage, artem, AcceptTicket(ticket_id=ticket), loser)
    assert len(loser.places) == 1


def test_an_operator_has_the_rights_of_now(stage: Stage) -> None:
    artem, ticket = stage.staff(), stage.visitor(site="shop").open_ticket()
    seen = artem.connection.principal
    stage.shell(SetOperator(username="artem", sites=["bank"]))
    artem.connection.principal = seen
    with pytest.raises(NotFound):
        run(stage, artem, AcceptTicket(ticket_id=ticket))
    assert run(stage, artem, GetQueue(), lambda cx, _: cx.principal.sites) == ("bank",)
    stage.shell(SetDisabled(username="artem"))
    artem.connection.principal = seen
    with pytest.raises(Unauthenticated):
        run(stage, artem, Ping())


def incidents(stage: Stage) -> float:
    """How many there were."""
    return stage.services.metrics.registry.get_sample_value("chatd_incidents_total") or 0.0


def test_a_fault_of_ours_is_told_with_a_number_and_nothing_else(stage: Stage) -> None:
    def broken(cx: Context, command: Command) -> Done:
        raise RuntimeError("a secret of the house")

    anna, before, lines = stage.visitor(), incidents(stage), list[str]()
    sink = logger.add(lines.append, format="{message}")
    with pytest.raises(Internal) as told:
        run(stage, anna, Ping(), broken)
    logger.remove(sink)
    incident = told.value.details["incident"]
    assert "secret" not in str(told.value.as_dict()) and len(incident) == 8
    (line,) = (one for one in lines if incident in one)
    assert f"ping of {anna.connection.principal.label} over {anna.connection.id}" in line
    assert incidents(stage) == before + 1
    assert anna.ask(Ping())


def test_what_is_wrong_inside_the_house_is_not_told_in_its_words(stage: Stage) -> None:
    def full(cx: Context, command: Command) -> Done:
        error = Unavailable("/var/lib/chatd: no space left")
        error.public = "the daemon cannot store anything now"
        raise error

    for person in (stage.visitor(), stage.staff()):
        with pytest.raises(Unavailable) as told:
            run(stage, person, Ping(), full)
        assert "/var/lib" not in str(told.value.as_dict())


PERSON, ADDRESS, CONNECTION = "per_participant", "per_address", "per_connection"
MESSAGES, CHANGES, CALLS, DIALOGS, SEARCHES, ASSISTS = (
    {f"{what}_per_participant": PERSON, f"{what}_per_address": ADDRESS}
    for what in ("messages", "changes", "calls", "dialogs", "searches", "assists")
)
COUNTED: dict[str, tuple[Command, dict[str, str]]] = {
    "send": (SendMessage(dialog_id=LOBBY, content="x"), MESSAGES),
    "edit": (EditMessage(message_id=f"{LOBBY}:1", content="x"), CHANGES),
    "delete": (DeleteMessage(message_id=f"{LOBBY}:1"), CHANGES),
    "react": (ReactToMessage(message_id=f"{LOBBY}:1", emoji="👍"), CHANGES),
    "draft": (
        EditDraft(dialog_id=LOBBY, seq=1, reset="x"),
        {"drafts_per_connection": CONNECTION, "drafts_per_address": ADDRESS},
    ),
    "typing": (
        StartTyping(dialog_id=LOBBY),
        {"signs_per_participant": PERSON, "signs_per_address": ADDRESS},
    ),
    "typed": (
        StopTyping(dialog_id=LOBBY),
        {"signs_per_participant": PERSON, "signs_per_address": ADDRESS},
    ),
    "away": (
        SetPresence(status="away"),
        {"signs_per_participant": PERSON, "signs_per_address": ADDRESS},
    ),
    "delivered": (
        MarkDelivered(dialog_id=LOBBY, seq=1),
        {"receipts_per_participant": PERSON, "receipts_per_address": ADDRESS},
    ),
    "read": (
        MarkRead(dialog_id=LOBBY, seq=1),
        {"receipts_per_participant": PERSON, "receipts_per_address": ADDRESS},
    ),
    "join": (
        JoinDialog(dialog_id=LOBBY),
        {"joins_per_participant": PERSON, "joins_per_address": ADDRESS},
    ),
    "open": (
        OpenTicket(content="x"),
        {"tickets_per_address": ADDRESS, "messages_per_address": ADDRESS},
    ),
    "subscribe": (
        Subscribe(endpoint="https://push.example/1", keys=Keys(p256dh="x", auth="x")),
        {"changes_per_participant": PERSON, "changes_per_address": ADDRESS},
    ),
    "unsubscribe": (Unsubscribe(endpoint="https://push.example/1"), CHANGES),
    "call": (StartCall(dialog_id=LOBBY, media=["audio"]), CALLS),
    "record": (RecordCall(call_id="x", media=["audio"]), CALLS),
    "search": (SearchMessages(query="x"), SEARCHES),
    "summary": (Summarize(ticket_id=""), ASSISTS),
    "answer for an operator": (DraftAnswer(ticket_id=""), ASSISTS),
    "dialog": (CreateDialog(kind="group", title="Tea"), DIALOGS),
    "enter": (EnterDialog(code="x"), DIALOGS),
    "update": (UpdateTicket(ticket_id=""), CHANGES),
    "tag": (TagTicket(ticket_id=""), CHANGES),
    "close": (CloseTicket(ticket_id=""), CHANGES),
    "snooze": (SnoozeTicket(ticket_id="", until=None), CHANGES),
    "transcript": (
        MailTranscript(ticket_id=""),
        {"mails_per_participant": PERSON, "mails_per_address": ADDRESS},
    ),
    "reply": (ReplyTicket(ticket_id="", message="x"), MESSAGES),
}


@pytest.mark.parametrize(
    ("what", "rate"), [(what, rate) for what, (_, rates) in COUNTED.items() for rate in rates]
)
def test_what_is_counted_is_refused_above_its_rate_for_whom_it_counts(
    stage: Stage, what: str, rate: str
) -> None:
    command, rates = COUNTED[what]
    of_staff = isinstance(command, ReplyTicket | TicketCommand)
    if of_staff:
        ticket = stage.visitor(address="192.0.2.77").open_ticket()
        command = replace(command, ticket_id=ticket)
    somebody = stage.person if what in ("dialog", "enter") else stage.visitor
    first = stage.staff() if of_staff else somebody()
    again = stage.again(first.token, device="2") if not of_staff else first
    neighbour = stage.staff("olga") if of_staff else somebody("boris")
    distant = stage.staff("boris") if of_staff else somebody("vera")
    distant.connection.address = "198.51.100.9"
    stage.services.limiter.apply(stage.limits(**{rate: "2/hour"}))
    for _ in range(2):
        run(stage, first, command)
    with pytest.raises(RateLimited) as refused:
        run(stage, first, command)
    assert refused.value.details["limit"] == rate
    kind = rates[rate]
    for person, counts in ((again, kind != CONNECTION), (neighbour, kind == ADDRESS)):
        if person is first:
            continue
        if counts:
            with pytest.raises(RateLimited):
                run(stage, person, command)
        else:
            run(stage, person, command)
    run(stage, distant, command)


def test_every_rate_of_a_command_is_among_those_above() -> None:
    tested = {(command.event, rate) for command, rates in COUNTED.values() for rate in rates}
    tested |= {("dialog:invite", rate) for rate in COUNTED["dialog"][1]}  # of owners: test_members
    ends = ("ticket:rate", "ticket:cancel")  # of customers: below
    tested |= {(event, rate) for event in ends for rate in CHANGES}
    assert tested == {(event, rate) for event, rates in RATES.items() for rate, _ in rates}


@pytest.mark.parametrize("rate", CHANGES)
@pytest.mark.parametrize("ends", [RateTicket(ticket_id="", score=5), CancelTicket(ticket_id="")])
def test_the_ends_of_tickets_are_counted_with_the_changes_of_their_customer(
    stage: Stage, ends: RateTicket | CancelTicket, rate: str
) -> None:
    anna = stage.visitor()
    command = replace(ends, ticket_id=anna.open_ticket())
    stage.services.limiter.apply(stage.limits(**{rate: "2/hour"}))
    for _ in range(2):
        run(stage, anna, command)
    with pytest.raises(RateLimited) as refused:
        run(stage, anna, command)
    assert refused.value.details["limit"] == rate


def test_every_command_counts_for_its_connection(stage: Stage) -> None:
    stage.services.limiter.apply(stage.limits(commands_per_connection="3/hour"))
    anna = stage.visitor()  # who has said hello
    anna.ask(Ping())
    with pytest.raises(NotFound):
        anna.ask(GetHistory(dialog_id="nowhere"))
    anna.ask(Ping())
    with pytest.raises(RateLimited):
        anna.ask(Ping())
    assert stage.again(anna.token, device="2").ask(Ping())


def test_who_is_at_the_machine_is_neither_limited_nor_banned(stage: Stage) -> None:
    anna = stage.visitor()
    said = [anna.say(LOBBY, "x") for _ in range(3)]
    names = ("changes_per_participant", "changes_per_address", "read_bytes_per_address")
    stage.services.limiter.apply(stage.limits(**dict.fromkeys(names, "1/hour")))
    stage.shell(AddBan(target="192.0.2.0/24", sure=True))
    for message in said:
        stage.shell(GetHistory(dialog_id=LOBBY))
        assert stage.shell(DeleteMessage(message_id=message.id)).message.deleted_at
    with pytest.raises(Banned):
        stage.visitor()
    with pytest.raises(Banned):
        run(stage, anna, Ping())


def test_what_is_not_allowed_counts_towards_no_limit(stage: Stage) -> None:
    anna = stage.visitor()
    stage.furnish(lobby={}, vault={"sites": ["bank"]})
    stage.services.limiter.apply(stage.limits(messages_per_participant="1/hour"))
    for _ in range(3):
        with pytest.raises(NotFound):
            run(stage, anna, SendMessage(dialog_id="vault", content="x"))
    run(stage, anna, SendMessage(dialog_id=LOBBY, content="x"))


def test_who_has_read_too_much_reads_no_page_and_does_all_else(stage: Stage) -> None:
    anna, boris = stage.visitor(), stage.visitor("Boris", address="198.51.100.7")
    anna.say(LOBBY, "x" * 500)
    stage.services.limiter.apply(stage.limits(read_bytes_per_participant="400/hour"))
    anna.ask(GetHistory(dialog_id=LOBBY))
    with pytest.raises(RateLimited, match="400"):
        anna.ask(GetHistory(dialog_id=LOBBY))
    with pytest.raises(RateLimited):
        anna.ask(JoinDialog(dialog_id=LOBBY))
    assert anna.say(LOBBY, "y").seq == 2
    assert boris.ask(GetHistory(dialog_id=LOBBY)).messages
    stage.services.limiter.apply(stage.limits(read_bytes_per_participant="5/hour"))
    vera = stage.visitor("Vera")
    for _ in range(9):
        assert vera.ask(GetHistory(dialog_id="quiet")).messages == [], "nothing costs nothing"


def test_a_connection_is_in_use_by_all_that_is_asked_but_pings(stage: Stage) -> None:
    anna = stage.visitor()
    anna.connection.used = False
    anna.ask(Ping())
    assert not anna.connection.used
    anna.ask(GetHistory(dialog_id=LOBBY))
    assert anna.connection.used


def test_who_may_not_is_told_so_and_who_may_not_know_that_nothing_is_there(stage: Stage) -> None:
    anna, boris, artem = stage.visitor(), stage.visitor("Boris"), stage.staff()
    nobody = Person(stage, stage.connect(), "")
    ticket = anna.open_ticket()
    absent = "TKT-1000000000"
    for id in (ticket, absent):
        with pytest.raises(NotFound, match=r"^no such dialog$"):
            boris.ask(GetHistory(dialog_id=id))
        with pytest.raises(Unauthenticated):
            nobody.ask(GetHistory(dialog_id=id))
        with pytest.raises((Forbidden, NotFound)):
            boris.ask(AcceptTicket(ticket_id=id))
    with pytest.raises(NotFound, match=rf"^no such ticket: {absent}$"):
        artem.ask(AcceptTicket(ticket_id=absent))
    with pytest.raises(NotFound, match=r"^no such room or ticket: nowhere$"):
        artem.ask(GetHistory(dialog_id="nowhere"))
    with pytest.raises(NotFound, match=r"^no such message: odd$"):
        artem.ask(DeleteMessage(message_id="odd"))
    with pytest.raises(NotFound, match=r"^no such ticket: lobby$"):
        run(stage, artem, AcceptTicket(ticket_id=LOBBY))
    with pytest.raises(NotFound, match=r"^no such room or ticket: nowhere$"):
        artem.ask(DeleteMessage(message_id="nowhere:1"))
    with pytest.raises(Forbidden, match=r"^ticket:accept is not for a visitor$"):
        anna.ask(AcceptTicket(ticket_id=ticket))
