"""Whether the WebSocket is there under the address that the outside uses."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

from chatd.errors import in_words
from chatd.protocol.views import Finding

PATIENCE_S = 10.0
KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
ACCEPT = "ICX+Yqv66kxgM0FcWaLWlFLwTAI="
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
}
HINTS = {
    400: "the proxy does not hand on Upgrade and Connection",
    403: "the page's origin may not connect, or the proxy changes Host: see the log and --origin",
    404: "the proxy does not hand on /ws, or this is another path prefix",
    426: "the proxy does not hand on Upgrade and Connection, or speaks HTTP/1.0 to the daemon",
    429: "too many connections from this address: is the proxy trusted?",
    502: "the proxy does not reach the daemon",
    503: "the daemon is stopping, or full",
    504: "the proxy does not reach the daemon",
}


def reach(url: str) -> Finding:
    """Asks for the WebSocket as a page of that address would."""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return Finding("outside", "wrong", f"{url!r} is no address like https://chat.example")
    path = f"{parts.path.rstrip('/')}/ws"
    asked = f"{parts.scheme}://{parts.netloc}{path}"
    try:
        status, accept = answer(parts.scheme, parts.netloc, path)
    except ssl.SSLError as error:
        return Finding("outside", "wrong", f"{asked}: TLS: {error.reason or error}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Finding("outside", "wrong", f"{asked}: {in_words(error)}")
    if status == 101 and accept == ACCEPT:
        return Finding("outside", "ok", f"{asked} is a WebSocket")
    hint = HINTS.get(status, "what answers there is not chatd's WebSocket")
    return Finding("outside", "wrong", f"{asked} answers {status}: {hint}")


def answer(scheme: str, netloc: str, path: str) -> tuple[int, str | None]:
    """The status, and what proves that a WebSocket has answered."""
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    connection = kinds[scheme](netloc, timeout=PATIENCE_S)
    try:
        connection.request("GET", path, headers={**UPGRADE, "Origin": f"{scheme}://{netloc}"})
        response = connection.getresponse()
        return response.status, response.getheader("Sec-WebSocket-Accept")
    finally:
        connection.close()
