"""Every command carried out with its largest input, every route asked with its longest query: the
calls that it takes are counted, so that a slow machine changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import bcrypt
import msgspec
import pytest
from falcon.testing import create_environ
from gevent.event import Event

from chatd.daemon.assembly import FAMILIES
from chatd.dispatch.dispatcher import Dispatcher
from chatd.dispatch.registry import merge
from chatd.domain import policy, scopes
from chatd.domain.errand import Errand, Target
from chatd.domain.participant import LoginSession, Operator, Participant
from chatd.domain.person import Account
from chatd.domain.piece import LONGEST
from chatd.domain.places import AVATARS
from chatd.domain.principal import of_operator, of_person
from chatd.domain.times import to_text
from chatd.errors import ChatdError
from chatd.handlers.logins import digestible
from chatd.live.connections import Connection
from chatd.net.head import MAX_QUERY_FIELDS
from chatd.net.http.application import make_http_app
from chatd.net.http.route import Route
from chatd.net.http.routes import ROUTES
from chatd.protocol import calls, passkeys, second_factors
from chatd.protocol.bounds import MOST_BYTES
from chatd.protocol.calls import (
    AcceptCall,
    AgreeToRecording,
    GetIce,
    JoinVoice,
    LeaveVoice,
    RecordCall,
    SetVoice,
    SignalCall,
    StartCall,
    TellQuality,
    TestTurn,
)
from chatd.protocol.commands import MOST_JOINS, Command, JoinDialog, ReactToMessage, SendMessage
from chatd.protocol.envelope import COMMANDS, convert, encode_json
from chatd.protocol.erasing import EraseConversation
from chatd.protocol.files import CreateFile, WriteFile
from chatd.protocol.groups import CreateDialog, MakeLink
from chatd.protocol.managing import RemoveDepartment, ResetDepartment, ResetSite
from chatd.protocol.operators import CreateOperator, Login
from chatd.protocol.people import CreateUser, FindPeople, InviteUser, Register, SetAvatar
from chatd.protocol.programs import CreateToken
from chatd.protocol.support import AcceptTicket, OpenTicket, TagTicket
from chatd.protocol.work import SnoozeTicket
from chatd.service import identity
from chatd.service.context import Caller, Context, Handlers
from chatd.store.base import Put
from tests.files import stored
from tests.shapes import check_answer
from tests.test_largest import Work, fields_of
from tests.trust.house import SHELL, House

CALLS = 10_000  # a page of messages, or an event for a room, costs so much whoever asks
CALLS_PER_BYTE = 2
MESSAGES = 30
PAGE = 200
PASSWORD = "correct horse battery"
LONG_QUERY = 8_000
WRITING = ("commands_per_connection", "messages_per_participant", "messages_per_address")
# Refused, or made up.
LEFT_OUT = {"before_seq", "cursor", "device", "node", "session", "user_token"}
# A long password is a wrong one; without a secret; without a server; of nobody whom a site names.
FORM = [{"name": f"name{number:028}", "label": "x"} for number in range(16)]
SITE = {"registration": "open", "recording": True, "visitors": True, "form": FORM}
REFUSED = {"operator:login", "person:login", "webhook:test", "mail:test", "identity:end"}
REFUSED |= {one.event for one in second_factors.COMMANDS}  # by no session, without a factor
REFUSED |= {one.event for one in passkeys.COMMANDS}  # by no browser, with none
REFUSED |= {"bot:ask", "ticket:draft", "ticket:summary"}  # no bot
HASHED = bcrypt.hashpw(digestible(PASSWORD), bcrypt.gensalt(4)).decode()
WITH_CODES = {Login, *second_factors.COMMANDS, *passkeys.COMMANDS}
IN_GROUPS = {"owner", "insider"}
OF_A_CALL = {*calls.COMMANDS} - {StartCall, JoinVoice, LeaveVoice, SetVoice, TestTurn}
NEW_NAMES = {CreateOperator, CreateUser, Register}


class Seen:
    """Handlers that note who was handed a command; what they do is not changed."""

    def __init__(self, handlers: Handlers) -> None:
        self.reached: set[type[Command]] = set()
        self.handlers = {kind: self._noting(kind, act) for kind, act in handlers.items()}

    def _noting(self, kind: type[Command], act: Any) -> Any:
        def handle(context: Context, command: Any) -> Any:
            self.reached.add(kind)
            return act(context, command)

        return handle


class Furnished:
    """A house with a room that was talked in, a ticket, a customer and an administrator."""

    def __init__(self, directory: Path, messages: int = MESSAGES) -> None:
        limits = dict.fromkeys(WRITING, "1000/second")
        webhook = {"url": "https://crm.invalid/", "secret_env": "NONE"}
        mail = {"host": "127.0.0.1", "port": 1, "tls": "none", "from": "help@shop.example"}
        self.house = House(
            directory,
            limits=limits,
            server={"drain_seconds": 0.1},
            webhooks={"crm": webhook},
            departments={DEPARTMENT: {"members": ["artem"]}},
            sites={"default": SITE},
            mail=mail,
            push={"contact": "mailto:help@shop.example"},
        )
        self.house.services.search.turn()  # its index is open
        self.refused: list[str] = []
        self.seen = Seen(merge(FAMILIES))
        self.dispatcher = Dispatcher(self.house.services, self.seen.handlers)
        self.customer, self.token = self.house.hello(name="Ann")
        for number in range(messages):
            said = SendMessage(dialog_id="lobby", content="x" * 100, client_id=f"m{number}")
            self.house.ask(self.customer, said)
        self.ticket = self.house.ask(self.customer, OpenTicket(content="help")).ticket.id
        self.house.ask(self.customer, JoinDialog(dialog_id="lobby"))
        self.house.ask(self.customer, ReactToMessage(message_id="lobby:2", emoji="\N{FIRE}"))
        coming = CreateFile(dialog_id="lobby", name="plan.txt", size=1)
        self.file = self.house.ask(self.customer, coming).file.id
        coming = CreateFile(dialog_id="lobby", name="plan.txt", size=MOST_BYTES)
        self.given = self.house.shell(coming).file.id
        account = Operator(
            id="artem", name="Artem", password_hash=HASHED, created_at="", role="admin"
        )
        self.house.store.commit(Put(account))
        self.errand = Errand("e-1-1", "webhook", "crm", "ticket.closed", "", next_at=2e9)
        self.house.store.commit(Put(self.errand), Put(Target("crm", webhook["url"], "", "gone")))
        self.operator = self.house.connect()
        self.operator.principal = of_operator(account)
        self.invitation = self.house.shell(InviteUser()).code
        self.friend, self.person = self.log_in("friend"), self.log_in("artem")
        making = CreateDialog(kind="group", title="Tea", companions=["friend"])
        self.group = self.house.ask(self.person, making).dialog.id
        self.code = self.house.ask(self.person, MakeLink(dialog_id=self.group)).code
        owner = self.person.principal.id
        self.picture = stored.put(self.house, owner, 5, dialog_id=AVATARS, type="image/webp")

    def log_in(self, username: str) -> Connection:
        """The connection of a person, whose session is good."""
        visitor, _ = self.house.hello(name=username.title())
        who = self.house.store.get(Participant, visitor.principal.id)
        assert who
        person = Account(id=username, participant=who.id, password_hash=HASHED, created_at="")
        session, token = identity.make_session(self.house.services, person)
        self.house.store.commit(Put(person), Put(session))
        visitor.principal, visitor.key = of_person(who, username), token
        return visitor

    def carry_out(self, caller: Caller, command: Command) -> Any:
        """The result; a refusal is kept."""
        try:
            return self.dispatcher.carry_out(caller, command)
        except ChatdError as error:
            self.refused.append(error.message)
            raise

    def lines(self) -> tuple[Connection, ...]:
        """The connections of all kinds of people."""
        return self.customer, self.operator, self.person, self.friend

    def callers(self, kind: type[Command]) -> list[Caller]:
        """Whoever may give commands; programs, where only these may."""
        if policy.RULES[kind.event] == policy.PROGRAM:
            made = self.house.shell(CreateToken(name="crm", scopes=[*scopes.NAMES]))
            session = self.house.store.get(LoginSession, made.token.partition(".")[0])
            assert session
            return [Caller(scopes.of_program(session), "192.0.2.1")]
        lines = [Caller(one.principal, one.address, one) for one in self.lines()]
        return [*lines, Caller(SHELL, "unix")]

    def call(self, kind: type[Command]) -> str:
        """The id of a call in the group, active where it has to be."""
        if kind in (RecordCall, AgreeToRecording):
            return self.call_of_ticket(kind)
        starting = StartCall(dialog_id=self.group, media=["audio"])
        id: str = self.house.ask(self.person, starting).call.id
        if kind in (SignalCall, GetIce, TellQuality):
            self.house.ask(self.friend, AcceptCall(call_id=id))
        return id

    def call_of_ticket(self, kind: type[Command]) -> str:
        """The id of one that may be recorded, and has been asked about where it has to be."""
        self.house.ask(self.operator, AcceptTicket(ticket_id=self.ticket))
        starting = StartCall(dialog_id=self.ticket, media=["audio"])
        id: str = self.house.ask(self.operator, starting).call.id
        self.house.ask(self.customer, AcceptCall(call_id=id))
        if kind is AgreeToRecording:
            self.house.ask(self.operator, RecordCall(call_id=id, media=["audio"]))
        return id

    def come_in(self, kind: type[Command]) -> None:
        """Somebody has the group open; and is in its voice channel, where that is needed."""
        self.house.ask(self.person, JoinDialog(dialog_id=self.group))
        if kind is not JoinVoice:
            self.house.ask(self.person, JoinVoice(dialog_id=self.group))

    def placed(self, fields: dict[str, Any], kind: type[Command]) -> dict[str, Any]:
        """The same, about what there is, so that it is not refused for something else."""
        of_group = kind in (StartCall, JoinVoice) or (
            kind.event in policy.RULES and policy.RULES[kind.event] <= IN_GROUPS
        )
        room = self.group if of_group else "lobby"
        file = {WriteFile: self.given, SetAvatar: self.picture}.get(kind, self.file)
        there = {
            "ticket_id": self.ticket,
            "dialog_id": self.ticket if kind.event == "message:system" else room,
            "who": "friend",
            "with": ["friend"],
            "until": "2030-01-31T08:00:00Z",
            "code": "0" * 64 if kind in WITH_CODES else self.code,
            "message_id": f"{self.ticket}:1" if kind.event == "message:earlier" else "lobby:1",
            "username": "b" * 32 if kind in NEW_NAMES else "artem",
            "old": PASSWORD,
            "invite": self.invitation,
            "operator": "artem",
            "file_id": file,
            "participant_id": self.friend.principal.id,
            "offset": 0,
            "files": [],
            "type": "text",
            "size": 1,
            "errand_id": self.errand.id,
            "what": self.group if kind is EraseConversation else self.errand.id,
            "webhook": "crm",
            "connection": self.house.connect().id,
            "to": "2030-03-31" if "from" in fields else "anna@mail.example",
            "media": ["audio", "video"],
            "call_id": self.call(kind) if kind in OF_A_CALL else "c" * 80,
            "contact": "anna@mail.example",
            "phone": "+7 912 345-67-89",
            "endpoint": "https://push.example/" + "x" * 1_000,
            "keys": {"p256dh": "BA" + "A" * 85, "auth": "A" * 22},
            "language": "en",
            "query": "x" * (32 if kind is FindPeople else 256),
            "since": "2001-01-31T08:00:00Z",
            "directory": str(self.house.directory.parent / "copy"),
            "site": "default",
            "role": "operator",
            "department": DEPARTMENT,
            "tag": "vip",
            "version": None,
            **dict.fromkeys(("view", "viewer", "was")),
            **({"add": MOST_TAGGED, "remove": []} if kind is TagTicket else {}),
            **({"until": to_text(self.house.now + 86_400)} if kind is SnoozeTicket else {}),
            "piece": "sla = {} #".ljust(LONGEST, "x"),
            **({"keys": []} if kind in (ResetSite, ResetDepartment) else {}),
            **({"department": "made", "to": ""} if kind is RemoveDepartment else {}),
            "sites": [],
            "from": "2030-03-01",
            "tz": "Europe/Moscow",
            "token": self.token,
            "target": "192.0.2.77",
            "join": [{"dialog_id": self.ticket, "after_seq": 1, "after_rev": 1}] * MOST_JOINS,
            **dict.fromkeys(("seq", "after", "after_seq", "after_rev", "reply_to"), 1),
        }
        if kind is SignalCall:
            there["to"] = None
        taken = {name: there.get(name, value) for name, value in fields.items()}
        return {name: value for name, value in taken.items() if name not in LEFT_OUT}


DEPARTMENT = "d" * 64
MOST_TAGGED = [f"{n:032}" for n in range(20)]
BEFORE = {
    "ticket:return": ("operator", "ticket:accept", {}),
    "ticket:snooze": ("operator", "ticket:accept", {}),
    "ticket:reopen": ("operator", "ticket:close", {}),
    "ticket:rate": ("operator", "ticket:close", {}),
    "ban:remove": ("operator", "ban:add", {"target": "192.0.2.77", "reason": ""}),
    "member:unmute": ("operator", "member:mute", {}),
    "user:avatar": ("person", "person:avatar", {}),
    "token:revoke": ("operator", "token:create", {}),
    "view:remove": ("operator", "view:save", {}),
    "visitor:invite": ("friend", "visit:note", {}),
    "canned:remove": ("operator", "canned:put", {"new_name": None}),
    "site:reset": ("operator", "site:put", {}),
    "department:reset": ("operator", "department:put", {}),
    "department:remove": (
        *("operator", "department:put"),
        {"department": "made", "piece": "members = ['artem']"},
    ),
}


@pytest.fixture
def furnished(tmp_path: Path) -> Iterator[Furnished]:
    found = Furnished(tmp_path / "data")
    stopped = Event()
    found.house.app.on_stopped = stopped.set
    yield found
    if found.house.app.problem() is None:
        found.house.close()
    else:  # it was told to stop
        assert stopped.wait(20)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_largest_is_carried_out_with_bounded_work(furnished: Furnished, name: str) -> None:
    kind = COMMANDS[name]
    fields = furnished.placed(fields_of(kind), kind)
    if kind in (JoinVoice, LeaveVoice, SetVoice):
        furnished.come_in(kind)
    if name in BEFORE:
        who, first, more = BEFORE[name]
        needed = furnished.placed(fields_of(COMMANDS[first]), COMMANDS[first]) | more
        line = getattr(furnished, who)
        caller = Caller(line.principal, line.address, line)
        furnished.carry_out(caller, convert(COMMANDS[first], needed))
    command, size = convert(kind, fields), len(json.dumps(fields))
    work, results = Work(), []
    for caller in furnished.callers(kind):
        results.append(work.of(lambda caller=caller: furnished.carry_out(caller, command)))
        assert work.calls < CALLS + CALLS_PER_BYTE * size, f"{name}: {work.calls} for {size} bytes"
    assert kind in furnished.seen.reached, "nobody could give it"
    assert any(results) or name in REFUSED, furnished.refused
    for told in filter(None, results):
        check_answer(name, msgspec.json.decode(encode_json(told)))


@pytest.fixture(scope="module")
def asked(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Furnished, Any, tuple[str, str]]]:
    """The application behind the routes, and the tokens of an administrator and a program."""
    found = Furnished(tmp_path_factory.mktemp("asked") / "data", PAGE)
    found.house.shell(
        CreateOperator(username="olga", password=PASSWORD, display_name="Olga", role="admin")
    )
    login = Login(username="olga", password=PASSWORD)
    token = found.house.ask(found.house.connect(), login).token
    program = found.house.shell(CreateToken(name="desk", scopes=[*scopes.NAMES])).token
    app = make_http_app(found.dispatcher, found.house.services)
    yield found, app, (token, program)
    found.house.close()


def longest_query(furnished: Furnished, route: Route) -> str:
    """All fields at their longest, and as many unknown ones as there may be."""
    fields = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in furnished.placed(fields_of(route.command), route.command).items()
        if f"{{{name}" not in route.path and name not in route.fixed and value is not None
    }
    room = MAX_QUERY_FIELDS - len(fields)
    left = (LONG_QUERY - len(urlencode(fields))) // room
    assert left >= 6
    return urlencode(fields | {f"x{number}": "y" * (left - 6) for number in range(room)})


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if one.method == "GET"], ids=lambda one: one.path
)
def test_a_route_answers_its_longest_query_with_bounded_work(
    asked: tuple[Furnished, Any, tuple[str, str]], route: Route
) -> None:
    furnished, app, tokens = asked
    path = route.path.replace("{ticket_id}", furnished.ticket)
    path = path.replace("{dialog_id:path}", "lobby").replace("{report}", "queue")
    query = longest_query(furnished, route)
    answered: list[str] = []
    work = Work()
    for bearer in (*tokens, furnished.token, furnished.person.key):
        environ = create_environ(path, query, headers={"Authorization": f"Bearer {bearer}"})
        work.of(
            lambda environ=environ: b"".join(
                app(environ, lambda status, headers, *rest: answered.append(status))
            )
        )
        assert work.calls < CALLS + CALLS_PER_BYTE * len(query), f"{path}: {work.calls}"
    assert "200 OK" in answered, answered
