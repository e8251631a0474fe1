"""``/ws`` asked for without an upgrade: 426, and where it was probably lost."""

from __future__ import annotations

import falcon

from chatd.errors import ChatdError


class UpgradeRequired(ChatdError):
    """The path is the WebSocket's, and the request none."""

    reason = "malformed"
    code, status = "upgrade_required", 426


class WebSocketOnly:
    """Answers whoever comes by plain HTTP; a WebSocket is taken over before it comes here."""

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        response.set_header("Upgrade", "websocket")
        response.set_header("Connection", "Upgrade")
        raise UpgradeRequired(
            "this is the WebSocket, and the request came without 'Upgrade: websocket'; a proxy on "
            "the way has to pass the headers Upgrade and Connection on"
        )

    on_head = on_get
