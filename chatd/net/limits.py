"""The configured caps and deadlines of a connection, as the layers below take them."""

from __future__ import annotations

from msgspec.structs import replace

from chatd.config.settings import WebSocketSettings
from chatd.net.frames import encode_text
from chatd.net.socketio.contracts import Deadlines
from chatd.net.websocket import Limits
from chatd.protocol.socketio import PING

PING_TIMEOUT_S = 20.0  # of Socket.IO


def limits(settings: WebSocketSettings) -> Limits:
    """Those of a raw WebSocket."""
    return Limits(
        max_message=settings.max_message_bytes,
        outbox_bytes=settings.outbox_bytes,
        header_timeout=settings.header_seconds,
        ping_interval=settings.ping_seconds,
        idle_timeout=settings.idle_seconds,
        close_timeout=settings.close_seconds,
    )


def deadlines(settings: WebSocketSettings) -> Deadlines:
    """Those of a session of Engine.IO."""
    return Deadlines(
        ping_interval=settings.ping_seconds,
        ping_timeout=min(PING_TIMEOUT_S, settings.idle_seconds - settings.ping_seconds),
        close_timeout=settings.close_seconds,
        max_message=settings.max_message_bytes,
        queue_bytes=settings.outbox_bytes,
    )


def pinged_by_packets(limits: Limits, deadlines: Deadlines) -> Limits:
    """The same for a WebSocket of Engine.IO, whose pings are packets, and regular."""
    return replace(
        limits,
        ping=encode_text(PING.encode()),
        pings_regularly=True,
        ping_interval=deadlines.ping_interval,
        idle_timeout=deadlines.ping_interval + deadlines.ping_timeout,
    )
