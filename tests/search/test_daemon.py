"""A daemon that is killed, asked over HTTP and in the shell, and whose index is made anew."""

from __future__ import annotations

import json
import signal
import urllib.parse
from typing import Any

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually

MANY = 60
SIGNS = ['"', "NEAR(", "a:b*", "' OR 1=1 --", "слово\0слово", "*", "{}", "\ud7ff", "-" * 200]


def find(daemon: Daemon, token: str, **fields: Any) -> tuple[int, Any]:
    return daemon.http("GET", f"/api/admin/search?{urllib.parse.urlencode(fields)}", token=token)


def found(daemon: Daemon, token: str, query: str) -> list[int] | None:
    """By seq, as soon as it is complete."""
    status, answer = find(daemon, token, q=query, limit=100)
    assert status in (200, 503), answer
    if status == 503 or not answer["data"]["complete"]:
        return None
    return sorted(one["seq"] for one in answer["data"]["found"])


def test_killed_behind_what_it_acknowledged_it_finds_all_of_it_once(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"rooms": {"lobby": {}}})
    token = daemon.add_operator("artem", "Артём")
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        anna.ask_all(
            "message:send",
            [{"dialog_id": "lobby", "content": f"Посылка №{n}"} for n in range(MANY)],
        )
        daemon.stop(signal.SIGKILL)
    daemon.start()
    assert eventually(lambda: found(daemon, token, "посылки")) == list(range(1, MANY + 1))
    daemon.stop(signal.SIGKILL)
    daemon.start()
    assert eventually(lambda: found(daemon, token, "посылку")) == list(range(1, MANY + 1))

    status, answer = find(daemon, token, q='"посылка 7"', site="default", limit=1)
    assert (status, answer["data"]["found"]) == (200, []), "a room is of no site"
    for wrong in ({"q": ""}, {"q": "x" * 257}, {"q": "x", "limit": 201}, {"q": "x", "kind": "y"}):
        status, answer = find(daemon, token, **wrong)
        assert status == 422 and answer["error"]["field"] in ("q", "limit", "kind"), answer
    for sign in SIGNS:
        status, answer = find(daemon, token, q=f"посылка {sign}")
        assert status == 200, (sign, answer)
    assert find(daemon, token, q="x" * 10_000)[0] == 414
    assert find(daemon, "no-token", q="x")[0] == 401

    shown = daemon.admin("search", "--kind", "room", "посылка", "-7")
    assert shown.returncode == 0 and "lobby:1\t" in shown.stdout and "lobby:8\t" not in shown.stdout
    assert "60 messages can be found" in daemon.admin("reindex").stderr
    assert found(daemon, token, "посылкой") == list(range(1, MANY + 1))
    lines = daemon.admin("--jsonl", "search", "посылка").stdout.splitlines()
    assert len({json.loads(line)["message_id"] for line in lines}) == MANY
    assert daemon.stop() == 0
    assert (daemon.data / "search" / "index.db-whole").exists()
