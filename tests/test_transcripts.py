"""Transcripts as people keep them: over HTTP as text and HTML by what is accepted, in the shell."""

from __future__ import annotations

import http.client
import json

import pytest

from chatd.handlers import transcripts
from tests.client import Client
from tests.daemon import Daemon

EVIL = "<script>alert(1)</script> \x1b[31m"
SAID = 450  # three pages


@pytest.fixture(scope="module")
def ticket(daemon: Daemon) -> str:
    """One in which much was said."""
    with Client(daemon.address) as customer:
        customer.hello(name="Аня <b>")
        id: str = customer.ask("ticket:open", content=EVIL)["ticket"]["id"]
        for number in range(SAID):
            customer.say(id, f"слово {number}.")
    return id


def get(daemon: Daemon, path: str, accept: str, token: str) -> tuple[http.client.HTTPResponse, str]:
    """The answer, and its body."""
    line = http.client.HTTPConnection(daemon.address, timeout=60)
    line.request("GET", path, headers={"Accept": accept, "Authorization": f"Bearer {token}"})
    answer = line.getresponse()
    body = answer.read().decode()
    line.close()
    return answer, body


def test_it_is_written_as_who_asks_takes_it(daemon: Daemon, ticket: str) -> None:
    token = daemon.add_operator("artem", "Артём", "admin")
    path = f"/api/admin/tickets/{ticket}/transcript"
    for accept in ("application/json", "*/*", "application/json, text/html;q=0.5"):
        answer, body = get(daemon, path, accept, token)
        told = json.loads(body)["data"]
        assert answer.getheader("Content-Type", "").startswith("application/json")
        assert len(told["lines"]) == transcripts.PAGE and told["more"] and told["cursor"]
    browsers = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    answer, body = get(daemon, f"{path}?language=en", browsers, token)
    assert answer.getheader("Content-Type") == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.getheader("Content-Security-Policy", "")
    assert answer.getheader("Cache-Control") == "no-store"
    assert body.count("слово ") == SAID and body.endswith("</html>\n")
    assert "<script" not in body and "&lt;script&gt;" in body and "With Аня &lt;b&gt;" in body
    assert f"<title>Conversation {ticket}" in body
    answer, body = get(daemon, path, "text/plain", token)
    assert answer.getheader("Content-Type") == "text/plain; charset=utf-8"
    assert answer.getheader("Content-Disposition") == f'inline; filename="{ticket}.txt"'
    assert body.count("слово ") == SAID and body.startswith(f"Переписка {ticket}")
    answer, body = get(daemon, path.replace(ticket, "TKT-1"), "text/plain", token)
    assert answer.status == 404 and json.loads(body)["error"]["code"] == "not_found"
    answer, body = get(daemon, f"{path}?cursor=no", "text/html", token)
    assert answer.status == 422


def test_the_shell_writes_the_same(daemon: Daemon, ticket: str) -> None:
    token = daemon.add_operator("olga", "Ольга", "admin")
    _, body = get(daemon, f"/api/admin/tickets/{ticket}/transcript", "text/plain", token)
    done = daemon.admin("transcript", ticket)
    assert done.returncode == 0 and done.stdout == body.replace("\x1b", " ")
    english = daemon.admin("transcript", "--language", "en", "--notes", ticket).stdout
    assert english.startswith(f"Conversation {ticket}")
    rows = daemon.admin("transcript", ticket, "--jsonl").stdout.splitlines()
    assert json.loads(rows[-1])["text"] == f"слово {SAID - 1}."
    assert daemon.admin("transcript", "TKT-1").returncode == 5
