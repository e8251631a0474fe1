"""What nobody reads is given back in time, counted from when it began to wait."""

from __future__ import annotations

import gevent
from gevent import socket

from chatd.config.settings import WebSocketSettings
from chatd.delivery.outbox import Flusher
from chatd.delivery.unsent import Unsent
from chatd.net.frames import TOO_SLOW
from chatd.net.server import limits
from chatd.net.websocket import Heart, WebSocket, encode_text


def test_bytes_that_wait_come_back_at_their_deadline_whatever_is_answered() -> None:
    near, far = socket.socketpair()
    bounds, heart, unsent = limits(WebSocketSettings()), Heart(), Unsent()
    ws = WebSocket(near, bounds, heart, Flusher(unsent))
    heart.now += 20  # in the midst between two beats
    began, late = heart.now, heart.now + bounds.idle_timeout
    ws.outbox.append(encode_text(b"x" * 3_000_000))
    gevent.sleep(0.01)
    assert unsent.total > 1_000_000
    for now in (began + 25, began + 50, late - 0.1):
        ws._seen = heart.now = now  # it pongs
        ws.beat(now)
        assert not ws.closed and ws.due <= late
    ws.beat(late)
    assert ws.close_code == TOO_SLOW
    heart.now = late + bounds.close_timeout
    ws.beat(heart.now)
    ws.release()
    assert unsent.total == 0
    near.close()
    far.close()
