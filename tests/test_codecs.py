"""What every codec promises: mypy holds its methods against the contract, the cases here what they
do."""

from __future__ import annotations

import pytest

from chatd.admin.lines import Lines
from chatd.delivery.codec import Codec
from chatd.errors import NotFound
from chatd.net.codec import JSON_FRAMES
from chatd.net.socketio.codec import FRAMED, POLLED
from chatd.protocol.envelope import BadCommand

CODECS: dict[str, Codec] = {
    "websocket": JSON_FRAMES,
    "socketio-polling": POLLED,
    "socketio-websocket": FRAMED,
    "admin": Lines(),
}
GARBAGE = ["", "{", "null", "[]", '{"event": 1}', "42[", "\ud800", b"\xff\x00"]


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_a_codec_is_declared_to_be_one(codec: Codec) -> None:
    assert Codec in type(codec).__mro__, "else mypy does not see where it departs from the contract"


@pytest.mark.parametrize("frame", GARBAGE)
@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_what_is_no_command_is_refused_as_such(codec: Codec, frame: str | bytes) -> None:
    with pytest.raises(BadCommand) as bad:
        codec.decode(frame, 8_000, known=True)
    assert codec.refusal(bad.value.caller_id, bad.value.error)


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_what_answers_no_command_has_its_frame(codec: Codec) -> None:
    assert b"not_found" in codec.refusal(None, NotFound("no such thing"))
    assert b'"text"' in codec.event("message:new", b'{"text":1}')
