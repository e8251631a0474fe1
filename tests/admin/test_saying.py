"""What the shell says: never nothing, always about what, and what would have been allowed."""

from __future__ import annotations

import getpass
import json
import os
import signal
from pathlib import Path

import pytest

from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon, eventually


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("queue", "The queue is empty."),
        ("tickets --status bot", "No tickets."),
        ("connections", "Nobody is connected."),
        ("bans", "Nobody is banned."),
    ],
)
def test_an_empty_list_is_said_and_is_no_data(daemon: Daemon, verb: str, words: str) -> None:
    done = daemon.admin(*verb.split())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{words}\n")
    for format in ("--jsonl", "-q"):
        quiet = daemon.admin(*verb.split(), format)
        assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("show TKT-1", 5, "no such ticket: TKT-1"),
        ("close TKT-1 TKT-2", 5, "no such ticket: TKT-2"),
        ("say nowhere hello", 5, "no such room or ticket: nowhere"),
        ("transfer TKT-1 artem", 5, "no such ticket: TKT-1"),
        ("operator disable nobody", 5, "no such operator 'nobody'"),
        ("history ", 2, "history needs DIALOG_ID"),
        ("delete lobby", 5, "no such message: lobby"),
        ("delete nowhere:1", 5, "no such room or ticket: nowhere"),
        ("delete lobby:77", 5, "no such message: lobby:77"),
        ("tickets --status open", 2, "--status must be bot, waiting, active or closed, not 'open'"),
        ("tickets --limit 0", 2, "--limit must be a whole number of at least 1, not '0'"),
        ("tickets --limit few", 2, "--limit must be a whole number of at least 1, not 'few'"),
        ("ban 192.0.2.1 --seconds soon", 2, "--seconds must be a whole number from 1 to 3,153,"),
        ("ban 192.0.2.1 --seconds 99999999999999", 2, "to 3,153,600,000, not '99999999999999'"),
        ("audit --limit 10001", 2, "--limit must be a whole number from 1 to 10,000, not '10001'"),
        ("log-level kitchen info", 2, "AREA must be all, connections, rooms, tickets, calls, st"),
        ("log-level kitchen", 2, "AREA must be all, connections, rooms, tickets, calls, storage"),
        ("log-level rooms loud", 2, "LEVEL must be trace, debug, info, warning or error, not 'l"),
    ],
)
def test_a_refusal_says_what_it_is_about_and_what_is_allowed(
    daemon: Daemon, words: str, status: int, said: str
) -> None:
    done = daemon.admin(*words.split())
    assert (done.returncode, done.stdout) == (status, "") and said in done.stderr, done.stderr


def test_a_role_that_there_is_not_names_those_that_there_are(daemon: Daemon) -> None:
    words = ("operator", "add", "x", "--role", "boss", "--password-stdin")
    done = daemon.admin(*words, stdin=f"{PASSWORD}\n")
    assert done.returncode == 2 and "no such role 'boss'; allowed: operator, admin" in done.stderr


def test_a_rejected_reload_is_not_called_ok_anywhere(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    daemon.config_file.write_text("[rooms.tea]\ncapacity = 0\n")
    done = daemon.admin("reload")
    assert done.returncode == 1 and done.stderr.startswith("chatd admin: REJECTED, the old")
    assert "rooms.tea.capacity" in done.stderr
    told = json.loads(daemon.admin("reload", "--json").stdout)
    assert (told["ok"], told["error"]["code"], told["exit"]) == (False, "invalid", 1)
    os.kill(daemon.pid, signal.SIGHUP)
    eventually(lambda: reloads(daemon) == [("shell", "invalid")] * 2 + [("signal", "invalid")])
    entries = daemon.admin_json("audit")["entries"]
    assert all("rooms.tea.capacity" in entry["why"] for entry in entries)
    assert "rooms.tea.capacity" in daemon.admin("audit").stdout
    assert daemon.admin("ping").returncode == 0, "who sends the signal ends nothing"
    daemon.config_file.write_text("")
    assert daemon.admin("reload").returncode == 0 and reloads(daemon)[-1] == ("shell", "done")
    assert "why" not in daemon.admin_json("audit")["entries"][-1]


def reloads(daemon: Daemon) -> list[tuple[str, str]]:
    """What the audit says of reloads: over what each came, and what came of it."""
    entries = daemon.admin_json("audit")["entries"]
    return [(one["via"], one["outcome"]) for one in entries if one["command"] == "config:reload"]


def test_what_is_refused_leaves_no_stack_in_the_log(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").touch()
    done = daemon.admin("backup", str(tmp_path / "full"))
    assert done.returncode == 6 and "is not empty" in done.stderr
    assert "Traceback" not in daemon.logged() and "failed with" not in daemon.logged()


def test_for_an_operator_of_one_site_tickets_of_another_do_not_exist(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"sites": {"shop": {}, "blog": {}, "docs": {}}})
    add = ("operator", "add", "vera", "--name", "Вера", "--password-stdin")
    done = daemon.admin(*add, "--site", "blok", stdin=PASSWORD)
    assert done.returncode == 2 and "allowed: shop, blog, docs" in done.stderr
    assert daemon.admin(*add, "--site", "blog", "--site=docs", stdin=PASSWORD).returncode == 0
    assert daemon.admin("operator", "list").stdout.endswith("\tblog,docs\tfalse\t0\n")
    vera = daemon.login("vera")
    body = {"message": "?", "site": "shop"}
    taken = daemon.http("POST", "/api/support/send-message", body)[1]["data"]["ticket_id"]
    for path in ("/api/admin/support/ticket/{}", "/api/messages/dialog/{}"):
        answers = [daemon.http("GET", path.format(id), token=vera) for id in (taken, "TKT-1")]
        told = [(status, body["error"]["message"]) for status, body in answers]
        assert told[0][0] == 404 and told[0][1].replace(taken, "TKT-1") == told[1][1], told


def test_a_ban_is_lifted_under_any_name_of_its_network(daemon: Daemon) -> None:
    assert daemon.admin("ban", "192.0.2.77/24").stderr == "OK: banned 192.0.2.0/24\n"
    assert daemon.admin("unban", "192.0.2.5/24").returncode == 0
    assert daemon.admin("ban", "2001:DB8::1").stderr == "OK: banned 2001:db8::1\n"
    assert daemon.admin("unban", "2001:db8:0::1").returncode == 0
    assert daemon.admin("bans").stderr == "Nobody is banned.\n"


def test_a_ticket_is_in_the_hands_of_an_operator_or_of_nobody(make_daemon: MakeDaemon) -> None:
    daemon, user = make_daemon(), getpass.getuser()
    body = {"message": "hello", "request_operator": True}
    id = daemon.http("POST", "/api/support/send-message", body)[1]["data"]["ticket_id"]
    refused = daemon.admin("accept", id)
    assert refused.returncode == 2 and f"{user!r} is none" in refused.stderr
    assert "--as NAME" in refused.stderr and f"operator add {user}" in refused.stderr
    for given in (("accept", id, "--as", user), ("transfer", id, user)):
        done = daemon.admin(*given)
        assert done.returncode == 5 and f"no such operator {user!r}" in done.stderr
    assert daemon.admin("reply", id, "we look into it").returncode == 0
    assert held(daemon, id) == ("waiting", None), "who is no operator answers, and has nothing"
    daemon.add_operator(user, "Рут")
    assert daemon.admin("operator", "disable", user).returncode == 0
    assert f"operator {user} is disabled" in daemon.admin("accept", id).stderr
    assert daemon.admin("operator", "enable", user).returncode == 0
    assert daemon.admin("accept", id).stderr == f"OK: accepted {id} (operator {user})\n"
    assert held(daemon, id) == ("active", user)
    assert "Рут" in daemon.admin("show", id).stdout, "the customer is told the account's name"


def held(daemon: Daemon, id: str) -> tuple[str, str | None]:
    """In which state a ticket is, and in whose hands."""
    one = daemon.admin_json("show", id)["ticket"]
    return one["status"], one["operator"]
