"""The daemon as an assistant's tools ask it: over HTTP, with the token of a program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from chatd import __version__

SECONDS = 180.0  # a model that writes a draft may be tried twice
MOST_BYTES = 4_194_304
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class NotDone(Exception):
    """What did not come to be; the text says why, and what is allowed."""


class TokenRefused(NotDone):
    """The daemon knows no such token, or none that is good."""


class Stay(HTTPRedirectHandler):
    """Follows nobody elsewhere: the token is for one address."""

    def redirect_request(self, *_: Any) -> None:
        """None: whatever it is, it is refused."""


class DaemonClient:
    """One daemon, and the token by which it is asked. ``url``: ValueError for one that is none."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"--url is like https://chat.example, not {url!r}")
        self.url, self._token = url.rstrip("/"), token
        self.is_plain = parts.scheme == "http" and parts.hostname not in HERE
        straight = [ProxyHandler({})] if parts.hostname in HERE else []
        self._opener = build_opener(Stay, *straight)

    def ask(self, method: str, path: str, fields: Mapping[str, Any]) -> Any:
        """The data of an answer; NotDone says what the daemon, or the way to it, had against it."""
        request = self._request(method, path, fields)
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return read(answer).get("data")
        except HTTPError as error:
            with error:
                raise refusal(error, self.url) from None
        except (OSError, HTTPException, ValueError) as error:
            why = getattr(error, "reason", None) or error
            raise NotDone(
                f"the daemon at {self.url} cannot be reached ({why}): nothing was done; try again"
                " when it runs, or correct --url"
            ) from None

    def _request(self, method: str, path: str, fields: Mapping[str, Any]) -> Request:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "User-Agent": f"chatd-mcp/{__version__}",
        }
        if method == "GET":
            query = urlencode({name: plain(value) for name, value in fields.items()})
            return Request(f"{self.url}{path}{'?' if query else ''}{query}", headers=headers)
        body = json.dumps(dict(fields)).encode()
        headers["Content-Type"] = "application/json"
        return Request(f"{self.url}{path}", body, headers, method=method)


def plain(value: Any) -> str:
    """A value of a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read(answer: HTTPResponse | IO[bytes]) -> dict[str, Any]:
    """What it says; ValueError for what no daemon of ours says."""
    body = answer.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise ValueError("its answer is too long")
    try:
        told = json.loads(body)
    except ValueError:
        raise ValueError("its answer is no JSON: is it a chatd?") from None
    if not isinstance(told, dict):
        raise ValueError("its answer is none of a chatd")
    return told


def refusal(error: HTTPError, url: str) -> NotDone:
    """What the daemon answered with, in words."""
    if 300 <= error.code < 400:
        return NotDone(f"{url} sends elsewhere ({error.code}): --url is to be the daemon's own")
    try:
        told = read(error).get("error")
    except (OSError, HTTPException, ValueError):
        told = None
    if not isinstance(told, dict):
        return NotDone(f"{url} answers {error.code}, as no chatd does: is --url right?")
    said = f"{told.get('code')}: {told.get('message')}"
    if error.code == 401:
        return TokenRefused(f"{said}: make another token with 'chatd admin token add'")
    after = error.headers.get("Retry-After")
    return NotDone(f"{said}; again in {after} s" if after else said)
