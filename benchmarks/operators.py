"""Operators and tickets of a chatd that is measured."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.dialects import Chatd, answer, chatd_command, take_answer
from benchmarks.servers import CHATD, Running, started
from benchmarks.sockets import Client, Load, Script

PASSWORD = "a password for measuring"


def admin(running: Running, *words: str, text: str = "") -> str:
    """Runs ``chatd admin`` against the daemon; its output."""
    command = [sys.executable, "-m", "chatd", "admin", "--socket", str(running.admin_socket)]
    done = subprocess.run(
        [*command, *words], input=text, text=True, capture_output=True, check=True, timeout=60
    )
    return done.stdout


def post(running: Running, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    """A POST; the data of its answer."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(
        f"http://127.0.0.1:{running.port}{path}", json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        data: dict[str, Any] = json.load(response)["data"]
        return data


def make_operators(running: Running, count: int) -> list[str]:
    """Accounts, logged in; their tokens. Passwords are slow by design: half a second each."""
    words = ("operator", "add", "boss", "--name", "Boss", "--role", "admin", "--password-stdin")
    admin(running, *words, text=PASSWORD + "\n")
    boss: str = log_in(running, "boss")
    tokens = []
    for number in range(count):
        account = {"username": f"op{number}", "display_name": f"Op {number}", "password": PASSWORD}
        post(running, "/manager/create", account, boss)
        tokens.append(log_in(running, f"op{number}"))
    return tokens


def log_in(running: Running, username: str) -> str:
    """The token of a new session."""
    body = {"username": username, "password": PASSWORD}
    token: str = post(running, "/manager/auth", body)["token"]
    return token


def data_with_operators(data: Path, count: int) -> list[str]:
    """Makes a data directory that has operators; their tokens."""
    with started(CHATD, data=data) as running:
        return make_operators(running, count)


def customer(client: Client, ticket: dict[str, Any]) -> Script:
    """Opens a ticket and follows it; its id is left in ``ticket``."""
    client.send(chatd_command("hello", 1, name=f"customer {client.fd}"))
    yield from answer(1)
    client.send(chatd_command("ticket:open", 2, content="good day", wants_person=True))
    opened: dict[str, Any] = {}
    yield from take_answer(2, opened)
    ticket["id"] = opened["ticket"]["id"]
    client.send(chatd_command("dialog:join", 3, dialog_id=ticket["id"], limit=1))
    yield from answer(3)


def operator(client: Client, token: str, tickets: Sequence[str]) -> Script:
    """Accepts tickets and follows them."""
    client.send(chatd_command("hello", 1, token=token))
    yield from answer(1)
    for number, ticket in enumerate(tickets):
        client.send(chatd_command("ticket:accept", 10 + 2 * number, ticket_id=ticket))
        yield from answer(10 + 2 * number)
        client.send(chatd_command("dialog:join", 11 + 2 * number, dialog_id=ticket, limit=1))
        yield from answer(11 + 2 * number)


def open_tickets(load: Load, running: Running, count: int) -> list[tuple[Client, str]]:
    """Customers who have just opened a ticket each; their connections and the tickets' ids."""
    opened: list[dict[str, Any]] = [{} for _ in range(count)]
    clients = [Client(running.port, Chatd.path) for _ in range(count)]
    load.log_in((one, customer(one, ticket)) for one, ticket in zip(clients, opened, strict=True))
    return [(one, ticket["id"]) for one, ticket in zip(clients, opened, strict=True)]
