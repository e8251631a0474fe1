"""Packets of Socket.IO as commands and back: what each says, and what is none of ours."""

from __future__ import annotations

import json
import struct
from typing import Any

import gevent
import pytest
from gevent import socket
from gevent.event import Event

from chatd.delivery.unsent import Unsent
from chatd.errors import Conflict, Invalid, Malformed, NotFound
from chatd.net.socketio import refused
from chatd.net.socketio.codec import FRAMED, POLLED
from chatd.net.socketio.polling import PollQueue, watching
from chatd.protocol.commands import GetHistory, Hello, Ping
from chatd.protocol.envelope import BadCommand
from chatd.protocol.socketio import LARGEST_ID, LONGEST_NAMESPACE, NoPacket, head, read_packet

END = b"\x1e"


def decode(frame: str | bytes, longest: int = 8_000, *, known: bool = True) -> Any:
    return POLLED.decode(frame, longest, known=known)


def refusal(frame: str | bytes, **how: Any) -> tuple[Any, Any]:
    """How the answer begins, and the error."""
    with pytest.raises(BadCommand) as caught:
        decode(frame, **how)
    return caught.value.caller_id, caught.value.error


@pytest.mark.parametrize(
    ("frame", "caller_id", "command"),
    [
        ('2/chat,7["ping"]', "3/chat,7", Ping()),
        ('2/chat,["ping",{}]', "2/chat,", Ping()),
        ('2/chat,0["ping"]', "3/chat,0", Ping()),
        (
            '2/chat,1["history:get",{"dialog_id":"lobby"}]',
            "3/chat,1",
            GetHistory(dialog_id="lobby"),
        ),
        ("0/chat,", "0/chat,", Hello()),
        ("0/call", "0/call,", Hello()),
        ('0/chat,{"name":"Anna"}', "0/chat,", Hello(name="Anna")),
    ],
)
def test_a_packet_is_a_command_and_how_its_answer_begins(
    frame: str, caller_id: str | None, command: Any
) -> None:
    assert decode(frame) == (caller_id, command)


@pytest.mark.parametrize(
    ("frame", "caller_id", "kind", "said"),
    [
        (b"2/chat", None, Malformed, "text"),
        ("9", None, NoPacket, "begins with a digit"),
        ('3/chat,7["ping"]', "2/chat,", Malformed, "CONNECT, EVENT or DISCONNECT"),
        ("4/call,", "2/call,", Malformed, "CONNECT, EVENT or DISCONNECT"),
        ('51-/chat,7["ping"]', "3/chat,7", Malformed, "binary data"),
        ('51-/call,["ping"]', "2/call,", Malformed, "binary data"),
        ('61-/chat,7["ping"]', "2/chat,", Malformed, "binary data"),
        ("0/other,", "0/other,", NotFound, "Invalid namespace"),
        ("0", "0", NotFound, "Invalid namespace"),
        ('0/chat,{"name":5}', "0/chat,", Invalid, "name"),
        ("0/chat,5", "0/chat,", Invalid, "hello"),
        (f"0/{'x' * 65},", None, NoPacket, "a namespace has at most 64"),
        ('2/chat,7["ping",{},{}]', "3/chat,7", Malformed, "takes one argument"),
        ('2/chat,7["nonsense"]', "3/chat,7", Malformed, "unknown command"),
        ('2/call,7["nonsense"]', "3/call,7", Malformed, "unknown command"),
        ('2/call,7["ping"]', "3/call,7", Malformed, "ping is a command of /chat"),
        ('2/call,["ping"]', "2/call,", Malformed, "ping is a command of /chat"),
        ('2/chat,7["call:x"]', "3/chat,7", Malformed, "call:x is a command of /call"),
        ('2/chat,7["voice:x"]', "3/chat,7", Malformed, "voice:x is a command of /call"),
        ('2["ping"]', "2", Malformed, "ping is a command of /chat"),
        ("2/chat,7[]", "3/chat,7", NoPacket, "an event is"),
        ("2/chat,7{}", "3/chat,7", NoPacket, "an event is"),
        ('2/chat,7["ping"', "3/chat,7", NoPacket, "an event is"),
        ('2/chat,x["ping"]', "2/chat,", NoPacket, "an event is"),
        ("2/chat,7", "3/chat,7", NoPacket, "an event is"),
        ("2/chat,7[5]", "3/chat,7", Malformed, "its first element names the command"),
        ('2/chat,7["\\ud83d"]', "3/chat,7", Malformed, "an event is"),
        ('2/chat,7["ping",{"x":"\\ud83d"}]', "3/chat,7", Malformed, "an event is"),
        ('2/chat,7["ping",5]', "3/chat,7", Invalid, "ping"),
    ],
)
def test_what_is_no_command_is_refused_where_an_answer_is_wanted(
    frame: str | bytes, caller_id: str | None, kind: type[Exception], said: str
) -> None:
    begins, error = refusal(frame)
    assert begins == caller_id and isinstance(error, kind) and said in error.message
    assert isinstance(error, NoPacket) == (kind is NoPacket), "what ends the connection"


def test_a_stranger_may_say_less_than_who_is_known() -> None:
    long = '2/chat,7["ping",{"x":"%s"}]' % ("y" * 60_000)
    assert "at most" in refusal(long, known=False)[1].message
    assert isinstance(refusal('2/chat,["message:send",{}]')[1], Invalid)
    for namespace in ("/chat", "/call"):
        begins, error = refusal(f'0{namespace},{{"pad":"{"y" * 60_000}"}}', known=False)
        assert begins == f"0{namespace}," and "at most" in error.message
    known = refusal(long)[1]
    assert "ping has at most" in known.message, "it is read, and too long for this command"


def packets(data: bytes) -> list[str]:
    """Of an answer for a poll, each."""
    assert data.endswith(END)
    return data.decode().split("\x1e")[:-1]


def test_an_answer_goes_to_who_wants_one() -> None:
    assert POLLED.answer("2/chat,", {"a": 1}) == b""
    assert packets(POLLED.answer("3/chat,7", {"a": 1})) == ['43/chat,7[{"a":1}]']
    connected, hello = packets(POLLED.answer("0/call,", {"a": 1}))
    assert connected.startswith('40/call,{"sid":"')
    assert len(json.loads(connected.partition(",")[2])["sid"]) == 16
    assert hello == '42/call,["hello",{"a":1}]'
    assert packets(POLLED.answer("0/call,", {}))[0] != connected, "each has an id of its own"


def test_a_refusal_is_an_answer_or_an_event() -> None:
    error = Conflict("it is closed", by="artem")
    told = '{"code":"conflict","message":"it is closed","by":"artem"}'
    for namespace in ("/chat", "/call"):
        said = packets(POLLED.refusal(f"2{namespace},", error))
        assert said == [f'42{namespace},["error",{told}]'], "where it was spoken"
    assert packets(POLLED.refusal("3/chat,7", error)) == [f'43/chat,7[{{"error":{told}}}]']
    (connect,) = packets(POLLED.refusal("0/chat,", error))
    assert connect.startswith("44/chat,")
    assert json.loads(connect.removeprefix("44/chat,")) == {
        "message": "it is closed",
        "data": {"code": "conflict", "by": "artem"},
    }


def test_an_event_is_told_in_the_namespace_that_it_is_of() -> None:
    assert packets(POLLED.event("message:new", b"{}")) == ['42/chat,["message:new",{}]']
    assert packets(POLLED.event("call:ring", b"{}")) == ['42/call,["call:ring",{}]']
    assert packets(POLLED.event("voice:x", b"{}")) == ['42/call,["voice:x",{}]']
    framed = FRAMED.event("message:new", b"{}")
    assert framed[0] == 0x81 and framed[2:] == b'42/chat,["message:new",{}]'


def test_the_beginning_of_a_packet_is_read_as_it_is_written() -> None:
    for kind, namespace, id in (("2", "/chat", 7), ("0", "/", None), ("3", "/", 0)):
        assert (
            head(kind, namespace, id)
            == {
                "2": "2/chat,7",
                "0": "0",
                "3": "30",
            }[kind]
        )
        packet = read_packet(head(kind, namespace, id) + "[]")
        assert (packet.kind, packet.namespace, packet.id, packet.data) == (
            kind,
            namespace,
            id,
            "[]",
        )
    assert read_packet("0/chat?token=x,{}").namespace == "/chat"
    assert read_packet("0/chat?token=x").namespace == "/chat"


def test_numbers_and_names_have_bounds() -> None:
    name = "/" + "n" * (LONGEST_NAMESPACE - 1)
    assert read_packet(f"0{name},").namespace == name
    with pytest.raises(NoPacket, match="at most 64 characters"):
        read_packet(f"0{name}n,")
    assert read_packet(f"2{LARGEST_ID}[]").id == LARGEST_ID == 2**53 - 1
    with pytest.raises(NoPacket, match="at most"):
        read_packet(f"2{LARGEST_ID + 1}[]")
    for strange in ("01-[]", "11-[]", "21-[]", "31-[]", "41-[]", "5[]", "6[]"):
        with pytest.raises(NoPacket, match="have attachments"):
            read_packet(strange)
    assert [read_packet(one).attachments for one in ("50-[]", "52-/chat,7[]", "2[]")] == [0, 2, 0]


def test_a_refusal_of_engine_io_has_its_number() -> None:
    assert refused.describe(refused.Refused(*refused.UNKNOWN_SID)) == {
        "code": 1,
        "message": "Session ID unknown",
    }
    assert refused.Refused(*refused.UNKNOWN_SID).status == 400
    assert refused.Refused(*refused.UNKNOWN_SID).reason == "malformed"
    assert refused.describe(Conflict("no")) == {"code": 4, "message": "no"}
    numbers = [
        one[0]
        for one in (
            refused.UNKNOWN_TRANSPORT,
            refused.UNKNOWN_SID,
            refused.BAD_METHOD,
            refused.BAD_REQUEST,
            refused.FORBIDDEN,
            refused.UNSUPPORTED,
        )
    ]
    assert numbers == [*range(6)]


def test_what_waits_for_a_poll_is_of_everybodys_share_until_it_is_taken() -> None:
    unsent, said = Unsent(100), list[str]()
    queue = PollQueue(80, unsent)
    queue.on_overflow = lambda: said.append("overflow")
    queue.append(b"x" * 50)
    assert (unsent.total, queue.queued) == (50, 50)
    assert queue.take_all() == b"x" * 50 and (unsent.total, queue.queued) == (0, 0)
    assert queue.take_all() == b""
    queue.append(b"x" * 80)
    assert not said and unsent.total == 80
    unsent.waits("other", 21, lambda: said.append("other"))
    assert said == ["overflow"] and queue.queued == 0, "who keeps the most lets go"


def test_a_poll_that_waits_is_woken_and_nothing_counts_as_unsent() -> None:
    unsent = Unsent(100)
    queue = PollQueue(80, unsent)
    ready = queue.ready = Event()
    queue.append(b"x")
    assert ready.is_set() and unsent.total == 0
    queue.ready = None
    queue.append(b"y")
    assert unsent.total == 2
    ready = queue.ready = Event()
    queue.close()
    assert ready.is_set() and unsent.total == 0 and queue.take_all() == b""


@pytest.mark.parametrize(("sent", "told"), [(None, 1), (b"x", 0)])
def test_who_hangs_up_while_a_poll_waits_is_noticed_once(sent: bytes | None, told: int) -> None:
    near, far = socket.socketpair()
    said: list[str] = []
    with watching(near, lambda: said.append("gone")):
        gevent.sleep(0.005)
        assert said == [], "that one could write says nothing"
        if sent is None:
            far.close()
        else:
            far.sendall(sent)
        gevent.sleep(0.01)
        assert len(said) == told
    far.close()
    gevent.sleep(0.01)
    assert len(said) == told, "afterwards nobody looks"
    if sent:
        assert near.recv(9) == sent, "what came is left for who reads"
    near.close()
    with watching(None, lambda: said.append("nobody")):
        gevent.sleep(0)
    assert len(said) == told


def test_a_line_that_breaks_is_noticed_like_one_that_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        far = socket.create_connection(listening.getsockname(), timeout=10)
        near, _ = listening.accept()
    said: list[str] = []
    with watching(near, lambda: said.append("gone")):
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        far.close()
        gevent.sleep(0.01)
    assert said == ["gone"]
    near.close()
