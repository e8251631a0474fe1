"""chatd over Socket.IO: the same commands and events as on a raw WebSocket, for the same people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import socketio
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from chatd.net.head import MAX_QUERY_FIELDS
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.socketio import MODES, PATH, Answered, Mode, SocketIoClient

ROOM = "lobby"
WHOLE_HELLO = ("participant", "token", "site", "greeting", "ticket", "files", "server_time")


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    found: Mode = request.param
    return found


Open = Callable[..., SocketIoClient]


@pytest.fixture
def enter(daemon: Daemon, mode: Mode) -> Iterator[Open]:
    opened: list[SocketIoClient] = []

    def open_one(**fields: Any) -> SocketIoClient:
        one = SocketIoClient(daemon.address, mode)
        opened.append(one)
        if fields:
            one.hello(**fields)
        return one

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def raw(daemon: Daemon) -> Iterator[Client]:
    with Client(daemon.address) as boris:
        boris.hello(name="Борис")
        yield boris


def test_nobody_can_tell_which_transport_another_is_on(enter: Open, raw: Client) -> None:
    anna, olga = enter(name="Аня"), enter(name="Оля")
    for one in (anna, olga, raw):
        one.join(ROOM)
        for other in (anna, olga, raw):
            other.settle()
    first = anna.say(ROOM, "Привет, 🙂")
    anna.ask("draft:edit", dialog_id=ROOM, seq=1, op="set", text="я пиш", cursor=5)
    anna.ask("message:edit", message_id=first["id"], content="Привет!")
    raw.ask("message:react", message_id=first["id"], emoji="👍")
    anna.ask("message:delete", message_id=first["id"])
    heard = raw.settle()
    assert {one["event"] for one in heard} >= {"message:new", "message:update", "draft:edit"}
    assert olga.settle() == heard
    with pytest.raises(Refused) as refused:
        anna.say("nowhere", "?")
    with pytest.raises(Refused) as as_raw:
        raw.say("nowhere", "?")
    assert refused.value.error == as_raw.value.error


def test_a_hello_says_all_that_a_raw_one_says_and_takes_the_same(enter: Open, raw: Client) -> None:
    anna = enter()
    known = anna.hello(name="Аня", join=[{"dialog_id": ROOM}, {"dialog_id": "nowhere"}])
    assert {*known} >= {*WHOLE_HELLO, "joined"}
    assert known["joined"][0]["dialog"]["id"] == ROOM
    assert known["joined"][1]["error"]["code"] == "not_found"
    again = enter(token=anna.token, device="other")
    assert again.id == anna.id
    raw.join(ROOM)
    said = raw.say(ROOM, "все слышат")
    assert anna.expect("message:new", id=said["id"])


def test_a_refused_hello_says_why_and_may_be_said_again(enter: Open) -> None:
    anna = enter()
    with pytest.raises(Refused) as refused:
        anna.hello(token="made up")
    assert refused.value.code == "unauthenticated"
    with pytest.raises(Refused) as wrong:
        anna.hello(name=5)
    assert wrong.value.code == "invalid" and "name" in wrong.value.error["message"]
    anna.hello(name="Аня")


def test_a_namespace_that_there_is_not_is_refused(enter: Open) -> None:
    anna = enter()
    for strange in ("/", "/admin", "/chat/x"):
        anna.namespace = strange
        with pytest.raises(Refused, match="Invalid namespace"):
            anna.hello(name="Аня")
    anna.namespace = "/chat"
    anna.hello(name="Аня")


def test_who_enters_both_namespaces_is_one_person(daemon: Daemon, enter: Open) -> None:
    anna = enter(name="Аня")
    before = anna.id
    anna.namespace = "/call"
    anna.hello(name="Аня")
    assert anna.id == before
    assert row_of(daemon, anna)["participant"] == before
    with pytest.raises(Refused, match="/chat"):
        anna.join(ROOM)


def test_what_wants_no_answer_gets_none_but_an_error(enter: Open) -> None:
    anna = enter(name="Аня")
    anna.join(ROOM)
    anna.send('42/chat,["message:send",{"dialog_id":"lobby","content":"раз"}]')
    assert anna.expect("message:new", content="раз")
    anna.send('42/chat,["message:send",{"dialog_id":"nowhere","content":"два"}]')
    assert anna.expect("error", code="not_found")


WRONG = {
    "a number": "2/chat,1[5]",
    "two arguments": '2/chat,1["ping",{},{}]',
    "no object": '2/chat,1["ping",5]',
    "no command": '2/chat,1["nothing",{}]',
    "half a character": '2/chat,1["ping",{"x":"\\ud83d"}]',
    "deep": '2/chat,1["ping",' + "[" * 200 + "]" * 200 + "]",
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_command_is_answered_and_ends_nothing(enter: Open, case: str) -> None:
    anna = enter(name="Аня")
    anna.asked[1] = "ping"
    anna.send("4" + WRONG[case])
    with pytest.raises(Refused) as refused:
        anna.answer(1)
    assert refused.value.code in ("malformed", "invalid")
    anna.asked[2] = "ping"
    anna.send('42/chat,2["ping"]')
    assert anna.answer(2)


def test_who_leaves_is_gone_and_may_come_again(enter: Open, raw: Client) -> None:
    anna = enter(name="Аня")
    raw.join(ROOM)
    anna.join(ROOM)
    anna.say(ROOM, "здесь")
    raw.expect("message:new")
    raw.settle()
    anna.send("41/chat,")
    while raw.expect("presence:update")["participant"]["id"] != anna.id:
        pass  # who was here before is seen to leave, too
    assert anna.id not in [one["id"] for one in raw.join(ROOM)["participants"]]
    before = anna.id
    anna.hello(token=anna.token)
    assert anna.id == before


def test_operators_see_by_what_somebody_is_connected(
    daemon: Daemon, enter: Open, mode: Mode
) -> None:
    anna = enter(name="Аня")
    row = row_of(daemon, anna)
    carried = "socketio-polling" if mode == "polling" else "socketio-websocket"
    assert row["transport"] == carried and row["participant"] == anna.id
    assert row["in_messages"] >= 1 and row["out_bytes"] > 0
    assert f'chatd_connections_by_transport{{transport="{carried}"}} 1.0' in metrics(daemon)


def row_of(daemon: Daemon, anna: SocketIoClient) -> dict[str, Any]:
    """The only connection there is, once those of other tests have ended."""
    eventually(lambda: len(daemon.admin_json("connections")["connections"]) == 1)
    (row,) = daemon.admin_json("connections")["connections"]
    return dict(row)


def metrics(daemon: Daemon) -> str:
    text: str = daemon.http_full("GET", "/metrics")[2].decode()
    return text


def test_who_is_kicked_is_told_and_stays_away(daemon: Daemon, enter: Open) -> None:
    anna = enter(name="Аня")
    anna_row = row_of(daemon, anna)
    assert daemon.admin("kick", anna_row["id"], "--reason", "спам").returncode == 0
    assert anna.close_code() == 4003
    assert [one["data"]["code"] for one in anna.events if one["event"] == "closed"] == [4003]
    assert anna.disconnected == ["/chat"]
    eventually(lambda: daemon.admin_json("connections")["connections"] == [])


def test_who_is_let_go_while_they_upgrade_is_told_over_the_websocket(daemon: Daemon) -> None:
    anna = SocketIoClient(daemon.address, "polling")
    anna.hello(name="Аня")
    rows = daemon.admin_json("connections")["connections"]
    (row,) = [one for one in rows if one["participant"] == anna.id]
    anna.upgrade(lambda: daemon.admin("kick", row["id"], "--reason", "спам"))
    assert anna.close_code() == 4003
    assert anna.expect("closed", code=4003) and anna.disconnected == ["/chat"]


def test_the_last_words_are_polled_before_the_end(daemon: Daemon) -> None:
    anna = SocketIoClient(daemon.address, "polling")
    anna.hello(name="Аня")
    rows = daemon.admin_json("connections")["connections"]
    (row,) = [one for one in rows if one["participant"] == anna.id]
    assert daemon.admin("kick", row["id"]).returncode == 0
    said = anna.request("GET").split("\x1e")
    assert [one[:3] for one in said] == ["42/", "41/"], "stock clients would forget what is with it"
    assert anna.id not in {
        one["participant"] for one in daemon.admin_json("connections")["connections"]
    }
    for _ in range(2):  # never CLOSE, from which the client of python-socketio does not come back
        with pytest.raises(Answered, match="Session ID unknown"):
            anna.request("GET")


def test_a_drain_sends_everybody_away_to_come_back(make_daemon: MakeDaemon, mode: Mode) -> None:
    daemon = make_daemon()
    anna = SocketIoClient(daemon.address, mode)
    anna.hello(name="Аня")
    anna.ask("ping")
    assert daemon.stop() == 0
    with pytest.raises(Exception):  # noqa: B017 what it is depends on the transport
        anna.ask("ping")
    assert anna.disconnected == [], "so that a stock client comes back by itself"


def test_who_does_not_say_hello_in_time_is_let_go(make_daemon: MakeDaemon, mode: Mode) -> None:
    daemon = make_daemon({"websocket": {"hello_seconds": 1.0}})
    anna = SocketIoClient(daemon.address, mode)
    assert anna.close_code() == (None if mode == "polling" else 4002)
    eventually(lambda: daemon.admin_json("connections")["connections"] == [])


def test_to_leave_without_having_entered_gives_no_more_time(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"websocket": {"hello_seconds": 1.0}})
    anna = SocketIoClient(daemon.address, "websocket")
    with pytest.raises(Refused):
        anna.hello(token="made up")
    assert anna.socket
    for _ in range(200):
        try:
            anna.send("41/chat,")
            anna.socket.recv(timeout=0.1)
        except TimeoutError:
            continue
        except ConnectionClosed:
            return
    pytest.fail("it is not let go")


def test_a_reader_that_is_too_slow_is_let_go_and_resumes(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"websocket": {"outbox_bytes": 20_000}})
    with Client(daemon.address) as boris:
        boris.hello(name="Борис"), boris.join(ROOM)
        slow = SocketIoClient(daemon.address, "polling")
        slow.hello(name="Аня")
        slow.join(ROOM)
        for number in range(60):
            boris.say(ROOM, f"{number} " + "х" * 500)
        assert slow.close_code() == 4008
        with SocketIoClient(daemon.address, "polling") as back:
            back.hello(token=slow.token)
            seen = 0
            while (page := back.join(ROOM, after_rev=seen, after_seq=seen))["messages"]:
                assert page["messages"][0]["seq"] == seen + 1
                seen = page["messages"][-1]["seq"]
            assert seen == 60


def test_a_poller_that_falls_behind_hears_every_message_and_the_newest_draft(
    daemon: Daemon, raw: Client
) -> None:
    with SocketIoClient(daemon.address, "polling") as anna:
        anna.hello(name="Аня")
        for one in (anna, raw):
            one.join(ROOM)
            anna.settle()
        for number in range(1, 31):
            raw.ask("draft:edit", dialog_id=ROOM, seq=number, reset=f"пишу {number}")
            if number % 10 == 0:
                raw.say(ROOM, f"сказано {number}")
        heard = [one for one in anna.settle() if one["event"] in ("message:new", "draft:edit")]
        said = [one["data"]["content"] for one in heard if one["event"] == "message:new"]
        assert said == [f"сказано {number}" for number in (10, 20, 30)]
        assert len(heard) - len(said) <= 3, "of thirty edits"


def test_only_so_many_sessions_of_one_address(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"max_connections_per_address": 5}})
    held = [SocketIoClient(daemon.address, "polling") for _ in range(5)]
    with pytest.raises(Answered, match="429"):
        SocketIoClient(daemon.address, "polling")
    held[0].send("1")
    SocketIoClient(daemon.address, "polling")


def test_foreign_pages_and_who_is_banned_stay_outside(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"sites": {"default": {"origins": ["https://shop.example"]}}})
    for mode in ("polling", "websocket"):
        with SocketIoClient(daemon.address, mode, origin="https://shop.example") as ours:
            ours.hello(name="Аня")
    with pytest.raises(Answered, match=r'403: .*"code":4'):
        SocketIoClient(daemon.address, "polling", origin="https://evil.example")
    with pytest.raises(InvalidStatus):
        SocketIoClient(daemon.address, "websocket", origin="https://evil.example")
    assert daemon.admin("ban", "127.0.0.1", "--reason", "x").returncode == 0
    with pytest.raises(Answered, match="403"):
        SocketIoClient(daemon.address, "polling")


def test_a_page_of_a_site_may_read_its_polls(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"sites": {"default": {"origins": ["https://shop.example"]}}})
    path = "/socket.io/?EIO=4&transport=polling"
    headers = daemon.http_full("GET", path, headers={"Origin": "https://shop.example"})[1]
    named = {name.lower(): value for name, value in dict(headers).items()}
    assert named["access-control-allow-origin"] == "https://shop.example"


STOCK = [["polling"], ["websocket"], ["polling", "websocket"]]


@pytest.mark.parametrize("transports", STOCK, ids=["polling", "websocket", "upgrade"])
def test_python_socketios_client(daemon: Daemon, raw: Client, transports: list[str]) -> None:
    raw.join(ROOM)
    heard: list[Any] = []
    stock = socketio.Client(reconnection=False)
    stock.on("message:new", heard.append, namespace="/chat")
    stock.connect(
        f"http://{daemon.address}",
        transports=transports,
        namespaces=["/chat", "/call"],
        auth={"name": "Аня"},
        wait_timeout=20,
    )
    try:
        assert stock.transport() == transports[-1]
        assert stock.call("dialog:join", {"dialog_id": ROOM}, "/chat", 20)["dialog"]["id"] == ROOM
        sent = {"dialog_id": ROOM, "content": "из коробки", "client_id": "c-1"}
        answers = [stock.call("message:send", sent, "/chat", 20)["message"] for _ in range(2)]
        assert answers[0] == answers[1] == raw.expect("message:new", content="из коробки")
        said = raw.say(ROOM, "и обратно")
        eventually(lambda: said in heard)
        refused = stock.call("message:send", {"dialog_id": "nowhere", "content": "?"}, "/chat", 20)
        assert refused["error"]["code"] == "not_found"
    finally:
        stock.disconnect()


def test_a_refused_stock_client_learns_why(daemon: Daemon) -> None:
    stock = socketio.Client(reconnection=False)
    told: list[Any] = []
    stock.on("connect_error", told.append, namespace="/chat")
    with pytest.raises(socketio.exceptions.ConnectionError):
        stock.connect(f"http://{daemon.address}", namespaces=["/chat"], auth={"token": "made up"})
    assert json.loads(json.dumps(told[0]))["data"]["code"] == "unauthenticated"


def test_a_page_s_own_words_in_the_query_are_let_pass(daemon: Daemon) -> None:
    words = "&".join(f"word{number}=1" for number in range(MAX_QUERY_FIELDS - 1))
    target = f"{PATH}&transport=polling&{words}"
    status, _, body = daemon.http_full("GET", target)
    assert status == 200 and body.startswith(b'0{"sid":')
    end = f"{PATH}&transport=polling&sid={json.loads(body[1:])['sid']}"
    assert daemon.http_full("POST", end, b"1")[0] == 200
    with connect(f"ws://{daemon.address}{target.replace('polling', 'websocket')}") as ws:
        assert str(ws.recv(timeout=10)).startswith('0{"sid":')
    status, _, _ = daemon.http_full("GET", f"{target}&one=1&more=1")
    assert status == 400 and "incident" not in daemon.logged()
