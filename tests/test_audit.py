"""The audit log: everything that was done is in it, nothing secret, and nothing goes unnoticed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import gevent
import pytest

from chatd.audit import chain
from chatd.audit.chain import TORN, Chain
from chatd.audit.log import FAILURES_A_MINUTE, Failures
from chatd.dispatch import auditing
from chatd.protocol.operating import Backup
from tests.admin.test_access import ask_as
from tests.admin.test_shell import ticket
from tests.client import Client, Refused
from tests.conftest import Connect, MakeDaemon
from tests.daemon import PASSWORD, Daemon, eventually
from tests.trust.house import House


def newest(daemon: Daemon, count: int) -> list[dict[str, Any]]:
    """The last entries, oldest first."""
    entries: list[dict[str, Any]] = daemon.admin_json("audit", "--limit", str(count))["entries"]
    return entries


def told(daemon: Daemon, count: int) -> list[tuple[Any, ...]]:
    """What the last entries say of who did what."""
    return [
        (one["via"], one["command"], one["target"], one["as"], one["arguments"], one["outcome"])
        for one in newest(daemon, count)
    ]


def test_every_action_is_told_with_who_whose_behalf_arguments_and_outcome(daemon: Daemon) -> None:
    daemon.add_operator("petr", "Пётр")
    daemon.add_operator("rita", "Рита")
    id = ticket(daemon)
    daemon.admin("accept", id, "--as", "petr")
    daemon.admin("transfer", id, "rita")
    daemon.admin("close", id)
    daemon.admin("close", id)
    daemon.admin("ban", "192.0.2.9", "--seconds", "60", "--reason", "spam")
    added = {"display_name": "Рита"}
    assert told(daemon, 7) == [
        ("shell", "operator:create", "rita", None, added, "done"),
        ("http", "operator:login", "rita", None, {}, "done"),
        ("shell", "ticket:accept", id, "petr", {}, "done"),
        ("shell", "ticket:transfer", id, None, {"operator": "rita"}, "done"),
        ("shell", "ticket:close", id, None, {}, "done"),
        ("shell", "ticket:close", id, None, {}, "conflict"),
        ("shell", "ban:add", "192.0.2.9", None, {"reason": "spam", "seconds": 60}, "done"),
    ]
    by_shell = [one for one in newest(daemon, 7) if one["via"] == "shell"]
    assert {(one["uid"], one["gid"]) for one in by_shell} == {(os.getuid(), os.getgid())}
    assert all(one["pid"] for one in by_shell)


def test_what_acts_is_told_of_every_transport(daemon: Daemon, connect: Connect) -> None:
    boss = daemon.add_operator("hanna", "Ханна", "admin")
    id, line = ticket(daemon), connect()
    line.hello(token=boss)
    line.ask("ticket:accept", ticket_id=id)
    line.say(id, "a secret text")
    message_id = line.say("lobby", "a secret text")["id"]
    line.ask("message:react", message_id=message_id, emoji="👍")
    line.ask("presence:set", status="away")
    reply = {"ticket_id": id, "message": "a secret text"}
    assert daemon.http("POST", "/api/admin/support/reply", reply, boss)[0] == 201
    line.ask("operator:create", username="ivan", password=PASSWORD, display_name="Иван")
    assert daemon.http("POST", f"/api/admin/support/close/{id}", {}, boss)[0] == 200
    line.ask("ban:add", target="192.0.2.77")
    entries = newest(daemon, 9)
    assert [(one["via"], one["command"]) for one in entries] == [
        ("websocket", "ticket:accept"),
        ("websocket", "message:send"),
        ("websocket", "message:send"),
        ("websocket", "message:react"),
        ("websocket", "presence:set"),
        ("http", "ticket:reply"),
        ("websocket", "operator:create"),
        ("http", "ticket:close"),
        ("websocket", "ban:add"),
    ]
    assert {(one["who"], one["address"]) for one in entries} == {("operator:hanna", "127.0.0.1")}


def test_a_reload_by_signal_is_told_like_one_by_command(daemon: Daemon) -> None:
    assert daemon.admin("reload").returncode == 0
    os.kill(daemon.pid, signal.SIGHUP)
    told = eventually(lambda: [one for one in newest(daemon, 2) if one["via"] == "signal"])
    assert [(one["who"], one["command"], one["outcome"]) for one in told] == [
        ("signal", "config:reload", "done")
    ]


def test_log_ins_are_told_and_those_that_failed_too(daemon: Daemon, connect: Connect) -> None:
    daemon.add_operator("nina", "Нина")
    line = connect()
    line.ask("operator:login", username="nina", password=PASSWORD)
    with pytest.raises(Refused):
        line.ask("operator:login", username="nina", password="guessed wrongly")
    wrong = {"username": "nobody", "password": "guessed wrongly"}
    assert daemon.http("POST", "/manager/auth", wrong)[0] == 401
    assert [(one[0], one[2], one[-1]) for one in told(daemon, 3)] == [
        ("websocket", "nina", "done"),
        ("websocket", "nina", "unauthenticated"),
        ("http", "nobody", "unauthenticated"),
    ]
    assert "guessed" not in (daemon.data / "audit.log").read_text()


@pytest.mark.parametrize(
    ("given", "told"),
    [("anna@mail.example", "…@mail.example"), ("+7 999 123", "…"), ("", ""), (None, "")],
)
def test_of_an_address_only_the_domain_is_told(given: str | None, told: str) -> None:
    assert auditing.hide_mailbox(given) == told


def test_neither_texts_nor_passwords_come_into_it(daemon: Daemon) -> None:
    daemon.add_operator("olga", "Ольга")
    id = ticket(daemon)
    daemon.admin("system", id, "a secret text")
    daemon.admin("reply", "--as", "olga", id, "another secret text")
    written = (daemon.data / "audit.log").read_text()
    assert id in written
    assert "secret text" not in written and PASSWORD not in written


def test_reading_leaves_no_trace_nor_do_visitors(daemon: Daemon, connect: Connect) -> None:
    before = newest(daemon, 1)
    for verb in ("queue", "tickets", "rooms", "connections", "stats", "ping"):
        assert daemon.admin(verb).returncode == 0
    visitor = connect("Аня")
    id = visitor.ask("ticket:open", content="?")["ticket"]["id"]
    visitor.say(id, "!")
    with pytest.raises(Refused):
        visitor.ask("ban:add", target="192.0.2.1")
    assert newest(daemon, 1) == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_what_was_refused_is_told_too(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"admin": {"mode": "666"}})
    assert ask_as(65534, daemon, "drain")["exit"] == 4
    (entry,) = newest(daemon, 1)
    assert (entry["command"], entry["uid"], entry["outcome"]) == (
        *("daemon:drain", 65534, "forbidden"),
    )


def make_chain(directory: Path, *, max_bytes: int = 1_000_000, keep_files: int = 2) -> Chain:
    return Chain(directory, max_bytes=max_bytes, keep_files=keep_files)


def test_what_is_changed_or_missing_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / chain.NAME
    log = make_chain(tmp_path)
    for number in range(5):
        log.append([{"command": "ticket:close", "target": f"TKT-{number}"}])
    log.close()
    assert chain.verify(tmp_path) == 5
    lines = path.read_bytes().splitlines(keepends=True)
    for forged in (
        lines[:1] + lines[2:],
        lines[1:],
        [*lines[:2], lines[2].replace(b"TKT-2", b"TKT-9"), *lines[3:]],
        [lines[1], lines[0], *lines[2:]],
        [*lines[:3], b"garbage\n", *lines[3:]],
    ):
        path.write_bytes(b"".join(forged))
        with pytest.raises(ValueError, match=r"line \d does not fit"):
            chain.verify(tmp_path)


def test_the_chain_goes_on_over_restarts_and_a_torn_line_is_told(tmp_path: Path) -> None:
    path = tmp_path / chain.NAME
    for text in ("one", "two"):
        log = make_chain(tmp_path)
        log.append([{"command": text}])
        log.close()
    with path.open("ab") as torn:
        torn.write(b'{"command": "\xd0')
    assert chain.verify(tmp_path) == 2, "what a crash tore off was no entry yet"
    log = make_chain(tmp_path)
    log.newest += log.append([{"command": "three"}])
    told = [chain.entry_of(line) for line in log.newest]
    log.close()
    assert [one["command"] for one in told] == ["one", "two", TORN, "three"]
    assert told[2]["target"] == '{"command": "\\xd0'
    assert chain.verify(tmp_path) == 4
    assert len(path.read_bytes().splitlines()) == 4


def test_full_files_are_kept_up_to_a_number_and_the_chain_goes_through_them(
    tmp_path: Path,
) -> None:
    entries = [{"command": "x", "number": number} for number in range(60)]
    for some in (entries[:30], entries[30:]):
        log = make_chain(tmp_path, max_bytes=1_000)
        for entry in some:
            log.append([entry])
        log.close()
    kept = chain.files(tmp_path)
    assert len(kept) == 3 and kept[-1].name == chain.NAME and chain.number_of(kept[0]) > 1
    assert all(path.stat().st_size < 1_300 for path in kept)
    lines = [line for path in kept for line in path.read_bytes().splitlines()]
    assert chain.verify(tmp_path) == len(lines)
    numbers = [chain.entry_of(line)["number"] for line in lines]
    assert numbers == list(range(60 - len(lines), 60)), "only the oldest were let go"
    kept[1].unlink()
    with pytest.raises(ValueError, match="line 1 does not fit"):
        chain.verify(tmp_path)


def test_while_files_are_copied_they_keep_their_names(tmp_path: Path) -> None:
    log = make_chain(tmp_path, max_bytes=100)
    for number in range(9):
        log.append([{"command": "x", "number": number}], may_rotate=False)
    assert [path.name for path in chain.files(tmp_path)] == [chain.NAME]
    log.append([{"command": "y"}])
    log.close()
    assert len(chain.files(tmp_path)) == 2 and chain.verify(tmp_path) == 10


def test_while_a_backup_is_made_no_file_of_the_log_gets_another_name(tmp_path: Path) -> None:
    house = House(tmp_path / "data", audit={"max_bytes": 65_536})
    audit, copy = house.services.audit, house.store.backup

    def copy_after_much_has_been_done(directory: str) -> Any:
        for number in range(80):
            audit.write({"command": "x", "number": number, "arguments": "x" * 1_000})
        assert [path.name for path in chain.files(house.directory)] == [chain.NAME]
        return copy(directory)

    house.store.backup = copy_after_much_has_been_done  # type: ignore[method-assign]
    house.shell(Backup(directory=str(tmp_path / "copy")))
    assert chain.verify(tmp_path / "copy") == 80
    audit.write({"command": "y"})
    assert len(chain.files(house.directory)) == 2, "and now it is full"
    house.close()


def test_who_tries_passwords_for_ever_leaves_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    failures = Failures(lambda: clock[0])
    told = [one for _ in range(1_000) for one in failures.add({"target": "olga"}, "then")]
    assert told == [{"target": "olga"}] * FAILURES_A_MINUTE
    assert not list(failures.over("then"))
    clock[0] = 61.0
    (more,) = failures.over("later")
    assert more["arguments"] == {"more": 1_000 - FAILURES_A_MINUTE} and more["at"] == "later"
    assert not list(failures.over("later"))
    assert list(failures.add({"target": "petr"}, "later")) == [{"target": "petr"}]


def limit_files(daemon: Daemon, size: str) -> None:
    """How large the daemon's files may become."""
    assert daemon.process
    command = ["prlimit", f"--pid={daemon.process.pid}", f"--fsize={size}:"]
    subprocess.run(command, check=True, timeout=10)


def test_a_full_disk_stops_nobody_is_said_and_costs_no_entry(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    for _ in range(20):  # longer than any other file that is appended to, so that only it is full
        daemon.admin("log-level", "all", "warning")
    limit_files(daemon, str((daemon.data / chain.NAME).stat().st_size + 10))
    for _ in range(3):
        done = daemon.admin("log-level", "all", "debug")
        assert done.returncode == 0, done.stderr
    assert daemon.logged().count("not in the audit log") == 1
    figures = daemon.admin_json("stats")
    assert figures["audit_waiting"] == 3 and "not in the audit log" in figures["audit_fault"]
    limit_files(daemon, "unlimited")
    eventually(lambda: len(newest(daemon, 100)) == 23)
    assert daemon.admin_json("stats")["audit_fault"] is None
    assert chain.verify(daemon.data) == 23


def test_a_slow_disk_holds_up_neither_the_loop_nor_long_who_acts(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon(start=False).start(fault="audit")
    with Client(daemon.address) as line:
        line.hello(name="Аня")
        acting = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "chatd", "admin", "--socket", str(daemon.socket)),
                    *("log-level", "all", "info"),
                ],
                stderr=subprocess.DEVNULL,
            )
            for _ in range(2)
        ]
        answered = 0
        while any(process.poll() is None for process in acting):
            line.ask("ping")
            answered += 1
        assert all(process.returncode == 0 for process in acting)
        assert answered > 20, "the loop goes on while the audit log is written"
    entries = eventually(lambda: newest(daemon, 2) if len(newest(daemon, 2)) == 2 else None, 30.0)
    assert [one["command"] for one in entries] == ["log:level"] * 2


def test_a_daemon_that_cannot_audit_any_more_goes_down_to_be_started_again(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon(start=False).start(fault="auditor")
    daemon.admin("log-level", "all", "info")
    assert daemon.process and daemon.process.wait(30) == 1
    assert "audit is vital and died" in daemon.logged()


def test_a_kill_after_the_answer_loses_no_entry(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    for number in range(5):
        assert daemon.admin("say", "lobby", str(number)).returncode == 0
    daemon.stop(signal.SIGKILL)
    assert chain.verify(daemon.data) == 5


def test_verify_checks_it_with_the_rest(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    daemon.admin("say", "lobby", "x")
    daemon.admin("say", "lobby", "y")
    daemon.stop(signal.SIGKILL)
    command = [sys.executable, "-m", "chatd", "verify", str(daemon.data)]
    good = subprocess.run(command, capture_output=True, text=True)
    assert good.returncode == 0 and "2 audit entries" in good.stderr
    path = daemon.data / "audit.log"
    first, second = path.read_bytes().splitlines()
    entry = json.loads(first)
    path.write_bytes(json.dumps({**entry, "user": "nobody"}).encode() + b"\n" + second + b"\n")
    bad = subprocess.run(command, capture_output=True, text=True)
    assert bad.returncode == 1 and f"{path}: line 2" in bad.stderr


def test_what_does_not_fit_while_the_disk_is_full_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chatd.audit import log

    monkeypatch.setattr(log, "WAITING", 5)
    monkeypatch.setattr(log, "RETRY_S", 0.01)
    died: list[str] = []
    audit = log.Audit(
        tmp_path,
        max_bytes=100_000,
        keep_files=2,
        now=lambda: "now",
        on_death=died.append,
    )
    (tmp_path / chain.NAME).mkdir()  # so that it cannot be opened to be written to
    audit.write({"command": "x"})
    with gevent.Timeout(30):
        while not audit.fault:
            gevent.sleep(0.01)
    for _ in range(9):
        audit.write({"command": "x"})
    assert audit.status()["waiting"] == 5
    (tmp_path / chain.NAME).rmdir()
    with gevent.Timeout(30):
        while audit.status()["waiting"] or audit.fault:
            gevent.sleep(0.01)
    audit.close()
    told = [(one["command"], one.get("arguments")) for one in audit.list_newest(10)]
    assert told == [("x", None)] * 5 + [("entries lost", {"count": 5})]
    assert chain.verify(tmp_path) == 6 and not died
