"""Connections by the token of a visitor who is somebody by now."""

from __future__ import annotations

from chatd.domain.tokens import digest
from chatd.live.connections import CLOSE_UNIDENTIFIED, Connection
from chatd.service import presence
from chatd.service.context import Services


def end(services: Services, participant_id: str, asking: Connection | None = None) -> None:
    """Those to this process, but the one that asked for it: they say hello again, as whom they are
    now."""
    for connection in services.connections.of(participant_id):
        if connection is not asking:
            presence.disconnect(services, connection)
            connection.close(CLOSE_UNIDENTIFIED, "this visitor is somebody by now: say hello again")


def end_device(services: Services, participant_id: str, token_hash: str) -> None:
    """Those to this process by one token, which is good no more."""
    for connection in services.connections.of(participant_id):
        if digest(connection.secret) == token_hash:
            presence.disconnect(services, connection)
            connection.close(CLOSE_UNIDENTIFIED, "logged out: say hello again")
