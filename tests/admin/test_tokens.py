"""Programs' tokens as who runs the daemon makes them, and as a program comes with them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.test_shell import ticket
from tests.client import Refused
from tests.conftest import Connect
from tests.daemon import Daemon


def test_a_token_from_the_shell_opens_http_and_websocket_until_it_is_taken_back(
    daemon: Daemon, connect: Connect
) -> None:
    id = ticket(daemon)
    made = daemon.admin_json("token", "add", "crm", "--scope", "tickets:read", "--expires", "1d")
    token, tickets = made["token"], "/api/admin/support/tickets"

    def ask(method: str, path: str, body: Any = None, bearer: str = token) -> tuple[int, str]:
        status, said = daemon.http(method, path, body, bearer)
        return status, said.get("error", {}).get("message", "")

    assert daemon.http("GET", tickets, token=token)[1]["data"]["tickets"][0]["id"] == id
    reply = {"ticket_id": id, "message": "x"}
    status, why = ask("POST", "/api/admin/support/reply", reply)
    assert status == 403 and "tickets:write" in why
    assert ask("GET", tickets, bearer=token[:-1] + ("A" if token[-1] != "A" else "B"))[0] == 401
    line = connect()
    assert line.hello(token=token)["participant"]["kind"] == "program"
    assert line.ask("ticket:list")["tickets"]
    with pytest.raises(Refused, match="scope figures:read"):
        line.ask("stats:get")
    (listed,) = daemon.admin_json("token", "list")["tokens"]
    assert listed["name"] == "crm" and token not in str(listed)
    assert token.partition(".")[2] not in str(daemon.admin_json("audit", "--limit", "5"))
    assert daemon.admin("token", "revoke", "crm").stderr.strip() == "OK: revoked token crm"
    status, why = ask("GET", tickets)
    assert status == 401 and "taken back" in why
    wrong = daemon.admin("token", "add", "crm", "--scope", "everything")
    assert wrong.returncode and "--scope must be tickets:read" in wrong.stderr
    assert "not 'everything'" in wrong.stderr
