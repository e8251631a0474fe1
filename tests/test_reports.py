"""Figures as a team lead asks for them: in the shell, and over HTTP as JSON and as CSV."""

from __future__ import annotations

import csv
import http.client
import json

from tests.client import Client
from tests.daemon import Daemon


def get(daemon: Daemon, path: str, accept: str, token: str) -> tuple[int, str, str]:
    """The status, the type and the body of an answer."""
    line = http.client.HTTPConnection(daemon.address, timeout=60)
    headers = {"Accept": accept, "Authorization": f"Bearer {token}"}
    line.request("GET", f"/api/admin/reports/{path}", headers=headers)
    answer = line.getresponse()
    body = answer.read().decode()
    line.close()
    return answer.status, answer.getheader("Content-Type", ""), body


def test_the_shell_and_http_tell_the_same(daemon: Daemon) -> None:
    token = daemon.add_operator("artem", "Артём", "admin")
    with Client(daemon.address) as customer:
        customer.hello(name="Аня")
        id = customer.ask("ticket:open", content="help", wants_person=True)["ticket"]["id"]
    table = daemon.admin("report", "queue", "--tz", "Asia/Kolkata", "--csv").stdout
    (row,) = csv.DictReader(table.splitlines())
    assert (row["opened"], row["waiting"], row["wait_median_s"]) == ("1", "1", "")
    status, kind, body = get(daemon, "queue?tz=Asia/Kolkata", "text/csv", token)
    assert (status, kind) == (200, "text/csv; charset=utf-8")
    assert [{**one, "until": row["until"]} for one in csv.DictReader(body.splitlines())] == [row]
    status, kind, body = get(daemon, "queue", "application/json, text/csv;q=0.5", token)
    told = json.loads(body)["data"]
    assert status == 200 and kind.startswith("application/json") and told["total"]["waiting"] == 1
    behind = f"tickets?of=waiting&from={told['rows'][0]['since']}&to={told['rows'][0]['until']}"
    _, _, body = get(daemon, behind, "application/json", token)
    assert [one["id"] for one in json.loads(body)["data"]["tickets"]] == [id]
    assert daemon.admin("report", "tickets", "--of", "waiting", "-q").stdout.split() == [id]
    assert daemon.admin("report", "tickets", "--of", "closed").stdout == ""
    _, _, body = get(daemon, "rating?group=site", "text/csv", token)
    (row,) = csv.DictReader(body.splitlines())
    assert (row["rated"], row["rated_5"], row["rating_mean"]) == ("0", "0", "")
    piped = daemon.admin("report", "rating").stdout.split("\t")
    assert piped[6:] == ["0", "0", "", *"0000", "0\n"]
    piped = daemon.admin("report", "operators").stdout.split("\t")
    assert piped[:8] == [*[""] * 6, "1", "0"]
    assert daemon.admin("report", "targets").stdout.split() == ["normal", "1", "0", "0", "0", "0"]
    assert not daemon.admin("report", "targets", "--priority", "low").stdout
    assert get(daemon, "ratings", "application/json", token)[0] == 422
    assert get(daemon, "queue?tz=Nowhere", "text/csv", token)[0] == 422
    assert get(daemon, "queue", "text/csv", "x")[0] == 401
