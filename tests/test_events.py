"""Events and views are what their types say, and each event goes to whom it says. Every event that
any test of the suite gets over a WebSocket is judged likewise, in ``tests/client.py``."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any, get_type_hints

import jwt
import msgspec
import pytest

from chatd.domain import topics
from chatd.domain.message import Cursor, Message
from chatd.net.http.views import MessageView
from chatd.protocol import events, views
from chatd.service import announce
from tests.client import Client
from tests.daemon import PASSWORD, Daemon
from tests.shapes import check, check_event

OF_THE_STORE = {"reactors"}  # what is told to nobody


KEY = "k" * 32


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One whose calls may be recorded, and whose site names its customers."""
    directory = tmp_path_factory.mktemp("daemon")
    (directory / "key").write_text(KEY)
    identity = {"secret_file": f"{directory}/key"}
    sites = {"default": {"recording": True, "visitors": True, "identity": identity}}
    running = Daemon(directory, {"sites": sites}).start()
    yield running
    assert running.stop() == 0, running.logged()


def test_a_message_is_shown_as_it_is_stored() -> None:
    shown, stored = get_type_hints(views.Message), get_type_hints(Message)
    assert shown == {name: kind for name, kind in stored.items() if name not in OF_THE_STORE}
    assert views.Message.__struct_fields__ == tuple(
        name for name in Message.__struct_fields__ if name not in OF_THE_STORE
    )


def test_a_receipt_is_shown_as_it_is_stored() -> None:
    assert get_type_hints(views.Cursor) == get_type_hints(Cursor)
    assert views.Cursor.__struct_fields__ == Cursor.__struct_fields__


def test_a_message_over_http_differs_only_in_what_its_text_and_its_place_are_called() -> None:
    shown, over_http = get_type_hints(views.Message), get_type_hints(MessageView)
    assert over_http.pop("message") == shown.pop("content")
    assert over_http.pop("dialog_id") == over_http.pop("ticket_id")
    del shown["dialog_id"], shown["version"]
    assert over_http == shown


def test_the_types_of_the_pages_are_not_served(daemon: Daemon) -> None:
    assert daemon.http("GET", "/assets/shared/list.js")[0] == 200
    assert daemon.http("GET", "/assets/shared/protocol.d.ts")[0] == 404


def test_what_is_unknown_or_missing_in_an_event_is_noticed() -> None:
    flag = {"dialog_id": "lobby", "participant_id": "p-1", "name": "Ян"}
    check_event("typing:start", flag)
    for wrong in ({**flag, "secret": 1}, {"dialog_id": "lobby"}, {**flag, "name": 1}):
        with pytest.raises(AssertionError):
            check_event("typing:start", wrong)
    with pytest.raises(AssertionError):
        check_event("typing:on", flag)


def test_no_event_is_told_to_others_than_it_says() -> None:
    flag = events.TypingStart(dialog_id="lobby", participant_id="p-1", name="Ян")
    with pytest.raises(ValueError, match="typing:start is not for queue:"):
        announce.tell(None, topics.QUEUE, flag)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (events.TypingStop(dialog_id="d", participant_id="p", name="n"), "typing:d:p"),
        (
            events.DraftEdit(dialog_id="d", participant_id="p", name="n", seq=4, ops=[]),
            "draft:d:p:4",
        ),
        (
            events.DraftEdit(dialog_id="d", participant_id="p", name="n", seq=4, reset=""),
            "draft:d:p",
        ),
        (events.DialogUpdate(dialog_id="d", change="position"), "place:d"),
        (events.DialogUpdate(dialog_id="d"), "activity:d"),
        (events.DialogUpdate(dialog_id="d", change="closed"), None),
        (events.DialogUpdate(dialog_id="d", change="retired", dialog=None), None),
    ],
)
def test_what_may_be_dropped_for_a_newer_one(event: events.Event, key: str | None) -> None:
    assert event.key == key


@pytest.fixture
def watched(daemon: Daemon) -> Iterator[Any]:
    """The lines of who watches the events at the machine."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(str(daemon.socket))
        lines = line.makefile("rb")
        lines.readline()
        line.sendall(b'{"verb": "watch", "fields": {"what": "events"}}\n')
        lines.readline()
        yield lines


def talk_among_people(daemon: Daemon) -> set[str]:
    """What somebody hears who watches the list of their dialogs."""
    words = ("user", "add", "yana", "--password-stdin")
    assert daemon.admin(*words, stdin=PASSWORD).returncode == 0
    body = {"username": "yana", "password": PASSWORD}
    token = daemon.http("POST", "/api/auth/login", body)[1]["data"]["token"]
    with Client(daemon.address) as yana:
        yana.hello(token=token)
        yana.ask("dialog:watch")
        made = yana.ask("dialog:create", kind="group", title="Чай")["dialog"]
        yana.join(made["id"])
        yana.ask("voice:join", dialog_id=made["id"])
        yana.say(made["id"], "Есть кто?")
        return {one["event"] for one in yana.settle()}


def call(caller: Client, callee: Client, ticket_id: str) -> None:
    """They talk, and are told how to reach each other."""
    id = caller.ask("call:start", dialog_id=ticket_id, media=["audio"])["call"]["id"]
    callee.ask("call:accept", call_id=id)
    caller.ask("call:signal", call_id=id, description={"type": "offer", "sdp": "v=0"})
    caller.ask("call:record", call_id=id, media=["audio"])


def test_a_story_with_every_event_tells_them_as_their_types_say(
    daemon: Daemon, watched: Any
) -> None:
    staff = daemon.add_operator("petra", "Петра", "admin")
    another = daemon.add_operator("vera", "Вера")
    with Client(daemon.address) as visitor, Client(daemon.address) as operator:
        ending = jwt.encode({"sub": "42", "exp": time.time() + 60}, KEY)
        known = visitor.hello(name="Ян", user_token=ending)
        check(known["participant"], views.Me, "hello")
        operator.hello(token=staff)
        joined = [one.join("lobby") for one in (operator, visitor)][1]
        check(joined["dialog"], views.Dialog, "dialog:join")
        for one in joined["participants"]:
            check(one, views.Participant, "dialog:join")
        message = operator.say("lobby", "hi")
        operator.ask("message:react", message_id=message["id"], emoji="👍")
        operator.ask("message:edit", message_id=message["id"], content="hello")
        operator.ask("typing:start", dialog_id="lobby")
        operator.ask("typing:stop", dialog_id="lobby")
        operator.ask("draft:edit", dialog_id="lobby", seq=1, ops=[["i", "he"]])
        operator.ask("draft:edit", dialog_id="lobby", seq=2, reset="hey")
        visitor.ask("receipt:read", dialog_id="lobby", seq=message["seq"])
        operator.ask("presence:set", status="away")
        operator.ask("presence:set", status="online")
        watching = operator.ask("queue:watch")
        operator.ask("visitor:watch")
        ticket = visitor.ask("ticket:open", content="help", wants_person=True)["ticket"]
        check(ticket, views.Ticket, "ticket:open")
        assert "operator" not in ticket and "version" not in ticket
        visitor.join(ticket["id"])
        rows = operator.ask("queue:get")["tickets"]
        check(rows, list[views.QueueRow], "queue:get")
        notes = operator.join(f"{ticket['id']}/notes")["dialog"]
        check(notes, views.Dialog, "dialog:join")
        assert notes["kind"] == "notes" and notes["ticket"]["version"]
        with Client(daemon.address) as colleague:
            colleague.hello(token=another)
            colleague.say(notes["id"], "@petra, look at this")
        operator.ask("ticket:accept", ticket_id=ticket["id"])
        operator.join(ticket["id"])
        visitor.hello(token=known["token"], here={"language": "ru"})
        with Client(daemon.address) as guest:
            new = guest.hello(name="Гость", here={})["participant"]["id"]
            operator.ask("visitor:invite", participant_id=new, text="Чем помочь?")
            heard = {one["event"] for one in guest.settle()}
        call(operator, visitor, ticket["id"])
        operator.ask("ticket:close", ticket_id=ticket["id"])
        check(operator.ask("ticket:list")["tickets"], list[views.Ticket], "ticket:list")
        check(operator.ask("operator:list")["operators"], list[views.Operator], "operator:list")
        check(operator.ask("room:list")["rooms"], list[views.Room], "room:list")
        assert {"waiting", "operators_online"} <= watching.keys()
        heard |= {one["event"] for one in (*visitor.settle(), *operator.settle())}
        heard |= talk_among_people(daemon)
        for change in ("opened", "accepted"):
            told = msgspec.json.decode(watched.readline())
            while told["data"]["change"] != change:
                told = msgspec.json.decode(watched.readline())
            check_event(told["event"], told["data"])
            heard.add(told["event"])
    assert heard == set(events.EVENTS)
