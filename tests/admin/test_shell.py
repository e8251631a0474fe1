"""Every verb of the admin shell with its formats and exit statuses; who may, and what is kept."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chatd.admin import words
from chatd.admin.flags import Options, UsageError
from chatd.admin.lexing import Argv
from chatd.admin.verbs import VERBS
from chatd.store.tiny import checking
from chatd.store.tiny.store import open_store
from tests.admin.terminal import Terminal
from tests.client import Client, Refused
from tests.conftest import Connect, MakeDaemon
from tests.daemon import Daemon, eventually


@pytest.fixture(scope="module")
def artem(daemon: Daemon) -> str:
    return daemon.add_operator("artem", "Артём", "admin")


def ticket(daemon: Daemon) -> str:
    """A waiting ticket."""
    status, body = daemon.http(
        "POST", "/api/support/send-message", {"message": "help\tme\n\x1b[2J"}
    )
    assert status == 201
    id: str = body["data"]["ticket_id"]
    return id


def test_lists_are_tab_separated_without_decoration_when_piped(daemon: Daemon) -> None:
    id = ticket(daemon)
    done = daemon.admin("tickets", "--status", "waiting")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert done.returncode == 0 and done.stderr == ""
    assert {len(row) for row in rows} == {12} and id in [row[0] for row in rows]
    assert "\x1b" not in done.stdout, "what customers write cannot reach the terminal"
    assert id in daemon.admin("tickets", "-q").stdout.splitlines()
    lines = daemon.admin("queue", "--jsonl").stdout.splitlines()
    assert id in [json.loads(line)["id"] for line in lines]
    assert id in [one["id"] for one in daemon.admin_json("queue")["tickets"]]


def test_nothing_succeeds_silently_and_words_go_to_stderr(daemon: Daemon, artem: str) -> None:
    id = ticket(daemon)
    for given, said in (
        (("accept", id, "--as", "artem"), f"OK: accepted {id} (operator artem)\n"),
        (("reply", id, "--as", "artem", "two", "words"), f"OK: posted {id}:"),
        (("system", id, "note"), f"OK: posted {id}:"),
        (("return", id), f"OK: returned {id} to the queue\n"),
        (("transfer", id, "artem"), f"OK: transferred {id} (operator artem), who is off line"),
        (("close", id), f"OK: closed {id}\n"),
        (("reopen", id), f"OK: reopened {id}"),
        (("say", "lobby", "hello", "all"), "OK: posted lobby:"),
        (("log-level", "tickets", "debug"), "OK: tickets logs at debug\n"),
        (("ping",), "OK: the daemon answers\n"),
        (("reload",), "OK: applied nothing"),
    ):
        done = daemon.admin(*given)
        assert (done.returncode, done.stdout) == (0, ""), (given, done)
        assert done.stderr.startswith(said), (given, done.stderr)
        assert daemon.admin("rooms", "-q").stderr == ""


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (("nonsense",), 2),
        (("close",), 2),
        (("accept", "TKT-1", "--nonsense"), 2),
        (("transfer", "TKT-1"), 2),
        (("log-level", "tickets", "loud"), 2),
        (("close", "ALL"), 2),
        (("operator",), 2),
        (("show", "TKT-1"), 5),
        (("say", "nowhere", "x"), 5),
        (("operator", "disable", "nobody"), 5),
        (("kick", "c-1"), 5),
        (("unban", "192.0.2.7"), 5),
    ],
)
def test_each_kind_of_failure_has_its_exit_status(
    daemon: Daemon, given: tuple[str, ...], status: int
) -> None:
    done = daemon.admin(*given)
    assert (done.returncode, done.stdout) == (status, ""), done
    assert done.stderr.startswith("chatd admin: ")


def test_conflicts_say_by_whom_and_when_and_if_needed_forgives(daemon: Daemon, artem: str) -> None:
    id = ticket(daemon)
    assert daemon.admin("accept", id, "--as", "artem").returncode == 0
    again = daemon.admin("accept", id, "--as", "artem")
    assert again.returncode == 6 and "by artem at 20" in again.stderr
    assert daemon.admin("close", id).returncode == 0
    again = daemon.admin("close", id)
    assert again.returncode == 6 and "closed by" in again.stderr
    forgiven = daemon.admin("close", id, "--if-needed")
    assert forgiven.returncode == 0 and forgiven.stderr.startswith("OK: nothing to do")
    told = daemon.admin("close", id, "--json")
    assert told.returncode == 6 and json.loads(told.stdout)["error"]["code"] == "conflict"


def test_a_daemon_that_is_not_there_is_3_and_names_the_socket(tmp_path: Path) -> None:
    missing = tmp_path / "none.sock"
    done = subprocess.run(
        [sys.executable, "-m", "chatd", "admin", "--socket", str(missing), "queue"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3 and str(missing) in done.stderr


def test_a_daemon_that_does_not_answer_is_7(tmp_path: Path) -> None:
    path = tmp_path / "mute.sock"
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "chatd", "admin", "--socket", str(path)),
                *("--timeout", "0.3", "queue"),
            ],
            capture_output=True,
            text=True,
        )
    assert done.returncode == 7, done


def test_several_ids_stdin_and_all(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    ids = [ticket(daemon) for _ in range(5)]
    done = daemon.admin("close", ids[0], "TKT-1", ids[1])
    assert done.returncode == 5 and done.stderr.count("OK: closed") == 2
    assert daemon.admin("close", "-", stdin=f"{ids[2]}\n").returncode == 0
    assert daemon.admin("close", "ALL", "--yes").stderr.count("OK: closed") == 2
    done = daemon.admin("queue")
    assert (done.returncode, done.stdout) == (0, "")


def test_scripts_stop_at_the_first_failure_unless_told_otherwise(daemon: Daemon) -> None:
    id = ticket(daemon)
    script = f"# a script\n\nsystem {id} one two\nshow TKT-1\nclose {id}\n"
    done = daemon.admin(stdin=script)
    assert done.returncode == 5 and "stopped at line 4" in done.stderr
    assert daemon.admin_json("show", id)["ticket"]["status"] == "waiting"
    done = daemon.admin("--keep-going", stdin=script)
    assert done.returncode == 5 and f"OK: closed {id}" in done.stderr


def test_passwords_never_come_from_the_command_line(daemon: Daemon) -> None:
    before = daemon.admin_json("operator", "list")
    for given in (["--password", "secret-secret"], ["--password=secret-secret"]):
        done = daemon.admin("operator", "add", "x", *given)
        assert done.returncode == 2 and "has no option --password" in done.stderr
        assert "secret-secret" not in done.stderr, "nor is it told again"
    assert daemon.admin_json("operator", "list") == before
    done = daemon.admin("operator", "add", "shorty", "--password-stdin", stdin="short\n")
    assert done.returncode == 2 and "password" in done.stderr


def test_people_are_listed_kicked_and_banned(daemon: Daemon, connect: Connect) -> None:
    anna = connect("Аня Кик")
    (row,) = [c for c in daemon.admin_json("connections")["connections"] if c["name"] == "Аня Кик"]
    assert daemon.admin("kick", row["id"], "--reason", "bye").returncode == 0
    assert anna.close_code() == 4003
    boris = connect("Борис Бан")
    assert daemon.admin("ban", boris.id, "--reason", "spam").returncode == 0
    assert boris.close_code() == 4004
    with pytest.raises(Refused, match="banned"):
        connect().hello(token=boris.token)
    assert boris.id in daemon.admin("bans", "-q").stdout
    assert daemon.admin("unban", boris.id).returncode == 0
    assert connect().hello(token=boris.token)["participant"]["id"] == boris.id


def test_watch_streams_what_happens_until_interrupted(daemon: Daemon) -> None:
    watching = subprocess.Popen(
        [sys.executable, "-m", "chatd", "admin", "--socket", str(daemon.socket), "watch", "queue"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout and watching.stderr
    assert watching.stderr.readline().startswith("OK: watching queue")
    id = ticket(daemon)
    event = json.loads(watching.stdout.readline())
    assert event["event"] == "queue:update" and event["data"]["ticket"]["id"] == id
    watching.send_signal(signal.SIGINT)
    assert watching.wait(10) == 0
    watching.communicate()


def test_a_watched_dialog_shows_its_messages(daemon: Daemon, connect: Connect) -> None:
    anna = connect("Аня")
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(daemon.socket))
        lines = raw.makefile("rb")
        assert json.loads(lines.readline())["protocol"] == 1
        raw.sendall(b'{"verb": "watch", "fields": {"what": "lobby"}}\n')
        assert json.loads(lines.readline())["ok"]
        sent = anna.say("lobby", "seen by the operator")
        assert json.loads(lines.readline())["data"] == sent
        lines.close()


def test_on_a_terminal_there_is_a_table_with_ages(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    given = ("admin", "--socket", str(daemon.socket), "queue")
    with Terminal(*given) as shown:
        assert shown.ends() == (0, "The queue is empty.\r\n")
    id = ticket(daemon)
    with Terminal(*given) as shown:
        status, text = shown.ends()
    assert status == 0 and "CUSTOMER" in text and id in text
    assert re.search(r" \d+s ", text), "how long it waited is an age"


def test_reload_applies_rooms_and_keeps_connections_and_the_old_file_when_the_new_is_bad(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon()
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        anna.join("lobby")
        daemon.write_config({"rooms": {"lobby": {}, "new": {}}, "server": {"max_connections": 5}})
        outcome = daemon.admin_json("reload")
        assert {key.rpartition(".")[0] for key in outcome["applied"]} == {
            "rooms.lobby",
            "rooms.new",
        }
        assert "server.max_connections" in outcome["needs_restart"]
        anna.join("new")
        daemon.config_file.write_text("[rooms.lobby]\nlive_typing = 5")
        done = daemon.admin("reload")
        assert done.returncode == 1 and "REJECTED" in done.stderr and "live_typing" in done.stderr
        daemon.write_config({"rooms": {"lobby": {}, "third": {}}})
        assert daemon.process
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: "third" in daemon.admin("rooms", "-q").stdout)
        with pytest.raises(Refused, match="not_found"):
            anna.say("new", "retired rooms are gone")
        assert anna.say("lobby", "still here")


def test_drain_stops_gently_and_tells_everybody_to_come_back(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        sent = anna.say("lobby", "kept")
        assert daemon.admin("drain").returncode == 0
        assert anna.close_code() == 1001
    assert daemon.process and daemon.process.wait(10) == 0
    daemon.start()
    with Client(daemon.address) as again:
        again.hello(token=anna.token)
        assert again.join("lobby")["messages"] == [sent]


def test_backup_while_running_verify_and_restore(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    daemon = make_daemon()
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        sent = anna.say("lobby", "kept")

        def chatd(*given: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-m", "chatd", *given]
            return subprocess.run(command, capture_output=True, text=True, timeout=60)

        copy = str(tmp_path / "copy")
        assert chatd("backup", copy, "--socket", str(daemon.socket)).returncode == 0
        assert chatd("verify", copy).returncode == 0
        refused = chatd("verify", str(daemon.data))
        assert refused.returncode == 1 and f"process {daemon.pid}" in refused.stderr
        assert "chatd backup" in refused.stderr
        anna.say("lobby", "after the backup")
        daemon.stop()
        assert chatd("verify", str(daemon.data)).returncode == 0
        refused = chatd("restore", copy, "--data-dir", str(daemon.data))
        assert refused.returncode == 1 and "--force" in refused.stderr
        done = chatd("restore", copy, "--data-dir", str(daemon.data), "--force")
        assert done.returncode == 0, done.stderr
        daemon.start()
    with Client(daemon.address) as again:
        again.hello(token=anna.token)
        assert again.join("lobby")["messages"] == [sent]


def test_show_tells_how_the_last_requests_for_help_went(daemon: Daemon, connect: Connect) -> None:
    daemon.add_operator("nadia", "Надя")
    customer = connect("Вера")
    ticket = customer.ask("ticket:open", content="помогите")["ticket"]["id"]
    customer.say(ticket, "и ещё")
    for done in (("accept", ticket, "--as", "nadia"), ("reply", "--as", "nadia", ticket, "да")):
        assert daemon.admin(*done).returncode == 0
    assert daemon.admin("close", ticket).returncode == 0
    customer.say(ticket, "снова")
    second, first = daemon.admin_json("show", ticket)["episodes"]
    assert (first["number"], second["number"]) == (1, 2)
    times = [first[f"{what}_at"] for what in ("opened", "accepted", "first_response", "closed")]
    assert times == sorted(times) and first["requested_at"] and all(times)
    assert (first["accepted_by"], first["first_response_by"]) == ("nadia", "nadia")
    assert (first["customer_messages"], first["operator_messages"]) == (2, 1)
    assert second["closed_at"] is second["accepted_by"] is None and not second["partial"]
    with Terminal("admin", "--socket", str(daemon.socket), "show", ticket) as shown:
        status, text = shown.ends()
    assert status == 0 and "FIRST ANSWER" in text and "nadia" in text
    assert text.index("FIRST ANSWER") < text.index("MESSAGE")
    rows = daemon.admin("show", ticket).stdout.splitlines()
    assert len(rows) == len(daemon.admin_json("show", ticket)["messages"]), "programs get these"
    with pytest.raises(Refused):
        customer.ask("ticket:get", ticket_id=ticket, episodes=5)


def test_help_and_usage_are_there_for_every_verb() -> None:
    text = words.help_text()
    for verb in VERBS:
        assert verb.name in text and verb.help
        assert words.usage(verb) in words.help_text(verb.name.split())


def test_underscores_are_as_good_as_hyphens_and_typos_are_pointed_out() -> None:
    found = words.parse(Argv(["log_level", "all", "info"]), Options()).verb
    assert found and found.name == "log-level"
    with pytest.raises(UsageError, match="did you mean 'queue'"):
        words.parse(Argv(["quue"]), Options())


def test_backup_and_verify_under_load_lose_nothing_and_disturb_nobody(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    daemon = make_daemon({"store": {"checkpoint_bytes": 30_000}})
    stop = threading.Event()
    written: dict[int, list[int]] = {}

    def write(number: int) -> None:
        with Client(daemon.address) as client:
            client.hello(name=f"w{number}")
            while not stop.is_set():
                seq = client.say("lobby", f"{number}", client_id=f"{number}-{len(written[number])}")
                written[number].append(seq["seq"])

    threads = []
    for number in range(3):
        written[number] = []
        threads.append(threading.Thread(target=write, args=(number,)))
        threads[-1].start()
    try:
        for turn in range(5):
            eventually(lambda floor=turn * 40: min(map(len, written.values())) > floor)  # type: ignore[misc]
            before = max(seqs[-1] for seqs in written.values())
            copy = tmp_path / f"copy{turn}"
            assert daemon.admin("backup", str(copy)).returncode == 0
            checking.verify(copy)
            store = open_store(copy)
            found = [one.seq for one in store.history("lobby", limit=1_000_000)]
            store.close()
            assert found == list(range(1, len(found) + 1)) and len(found) >= before
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
