"""A second factor, begun and confirmed at the terminal: a QR code, the secret, a first code."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import segno

from chatd.terminal.console.login import wants_code
from chatd.terminal.core.attached import http_address
from chatd.terminal.core.link import socket_url
from chatd.terminal.core.prompts import ask_code, wait
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.texts import Texts
from chatd.terminal.core.transfer import Way

JSON = {"Content-Type": "application/json"}


def enrol(url: str, token: str, password: str, texts: Texts) -> None:
    """Leads through it; Refused where the daemon does, OSError where it is not there."""
    way = Way(http_address(socket_url(url)), token)
    begun = post(way, "/manager/factor", {"password": password})
    print(texts("console.factor_begin"), file=sys.stderr)
    print(draw(begun["address"]), file=sys.stderr)
    print(texts("console.factor_secret", secret=in_fours(begun["secret"])), file=sys.stderr)
    codes = confirm(way, texts)
    print(texts("console.factor_done"), file=sys.stderr)
    for code in codes:
        print(f"  {code}", file=sys.stderr)
    wait(texts)


def confirm(way: Way, texts: Texts) -> list[str]:
    """The recovery codes, as soon as a code is right."""
    while True:
        try:
            told = post(
                way, "/manager/factor/confirm", {"code": ask_code(texts, "console.first_code")}
            )
            return list(told["recovery_codes"])
        except Refused as refused:
            if not wants_code(refused):
                raise
            print(texts("console.wrong_code"), file=sys.stderr)


def draw(address: str) -> str:
    """A QR code as dark and light half blocks."""
    drawn = io.StringIO()
    segno.make(address, micro=False).terminal(out=drawn, compact=True)
    return drawn.getvalue()


def in_fours(secret: str) -> str:
    """Four letters each, as they are typed."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def post(way: Way, path: str, words: dict[str, Any]) -> Any:
    """Sends a form; what the answer says in its ``data``."""
    with way.open("POST", path, JSON, json.dumps(words).encode()) as answer:
        return json.load(answer)["data"]
