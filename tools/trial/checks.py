"""The checks: what happens to chatd's units in life, and what must then be so."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

from faults import (
    bad_configuration_loses_nobody,
    failing_at_once_keeps_the_socket,
    frozen_process_comes_back,
    killed_process_comes_back,
)
from guest import (
    ADDRESS,
    BACKUPS,
    CHECKOUT,
    CONFIG,
    DATA,
    PAGES,
    SERVICE,
    SOCKET,
    Completions,
    active,
    admin,
    blocks,
    configured,
    connected,
    get,
    owner,
    person,
    pid,
    restarted,
    said,
    say,
    serving,
    sh,
    show,
    typed,
    until,
)
from many import many_processes_serve_on_one_socket
from sandbox import (
    journal_is_clean,
    no_system_call_is_denied,
    sandbox_holds,
    security_is_rated,
)

BACKUP, TIMER = "chatd-backup.service", "chatd-backup.timer"
ADMIN_SOCKET = Path("/run/chatd/admin.sock")
OFFLINE = ("PIP_NO_INDEX=1", "PIP_NO_DEPS=1", "PIP_NO_BUILD_ISOLATION=0")
RESTARTS = 3
PEOPLE = 10


def units_are_well_formed() -> str:
    said = sh("systemd-analyze", "verify", SERVICE, SOCKET)
    assert not said, said
    return "systemd-analyze verify has nothing to say"


def becomes_active_by_notify() -> str:
    serving()
    assert show("Type") == "notify" and "serving on" in show("StatusText"), show("StatusText")
    assert show("NRestarts") == "0", show("NRestarts")
    begun, ready = show("ExecMainStartTimestampMonotonic"), show("ActiveEnterTimestampMonotonic")
    return f"ready {(int(ready) - int(begun)) / 1e6:.1f} s after its process began"


def inherits_the_socket() -> str:
    environ = Path(f"/proc/{pid()}/environ").read_bytes().split(b"\0")
    assert b"LISTEN_FDS=1" in environ and show("SubState", SOCKET) == "running"
    return "LISTEN_FDS=1"


def serves_pages_and_health() -> str:
    get("/healthz")
    for path in PAGES:
        get(path)
    limits = Path(f"/proc/{pid()}/limits").read_text()
    found = re.search(r"^Max open files +(\d+)", limits, re.M)
    assert found and int(found[1]) >= 20_000 + 64, found
    return f"/healthz, {', '.join(PAGES)}; {found[1]} descriptors"


def admin_answers_whom_it_should() -> str:
    admin("queue"), admin("queue", user="chatd")
    return f"root and chatd; nobody: {admin('queue', user='nobody', status=4)}"


def lists_of_users_hold() -> str:
    sh("useradd", "--system", "--groups", "chatd", "reader")
    admin("queue", user="reader", status=4)
    text = CONFIG.read_text("utf-8").replace("read_users = []", 'read_users = ["reader"]')
    with restarted(text):
        admin("queue", user="reader")
        admin("say", "lobby", "no", user="reader", status=4)
    return "a member of the group may what read_users says, no more"


def message_survives_restart() -> str:
    say("before the restart")
    before = pid()
    sh("systemctl", "restart", SERVICE)
    assert pid() != before and said("before the restart")
    return "it is there"


def talk_goes_on_over_restart() -> str:
    anna = person("Анна")
    last = anna.join("lobby")["dialog"]["last_seq"]
    restart = threading.Thread(target=sh, args=("systemctl", "restart", SERVICE))
    restart.start()
    code = anna.close_code(60)
    with connected() as again:
        again.hello(token=anna.token)
        assert again.id == anna.id
        say("while Anna was away")
        missed = [m["content"] for m in again.join("lobby", after_seq=last)["messages"]]
    restart.join()
    assert code == 1001 and missed == ["while Anna was away"], (code, missed)
    return "closed with 1001, back as the same participant at once, nothing missed"


def restart_refuses_nobody() -> str:
    over, ends = threading.Event(), []

    def knock() -> None:
        command = (
            "curl",
            "-sS",
            "-o",
            "/dev/null",
            "--max-time",
            "60",
            f"http://{ADDRESS}/healthz",
        )
        while not over.is_set():
            done = subprocess.run(command, capture_output=True, text=True)
            ends.append((done.returncode, done.stderr.strip()))

    threads = [threading.Thread(target=knock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(RESTARTS):
        wanted = len(ends) + 12
        until(lambda wanted=wanted: len(ends) >= wanted, "requests get through")
        sh("systemctl", "restart", SERVICE)
    over.set()
    for thread in threads:
        thread.join()
    failures = [end for end in ends if end[0]]
    assert not failures, f"{len(failures)} of {len(ends)}: {failures[:5]}"
    return f"{len(ends)} requests over {RESTARTS} restarts, none refused, none cut off"


def stops_quickly() -> str:
    people = [person(f"n{number}") for number in range(PEOPLE)]
    for one in people:
        one.join("lobby")
    sh("systemctl", "stop", SOCKET, SERVICE)
    begun, ended = show("ActiveExitTimestampMonotonic"), show("InactiveEnterTimestampMonotonic")
    took = (int(ended) - int(begun)) / 1e6
    codes = {one.close_code() for one in people}
    assert show("ActiveState") == "inactive" and show("Result") == "success", show("Result")
    sh("curl", "-sS", f"http://{ADDRESS}/healthz", status=7)
    sh("systemctl", "start", SERVICE)
    serving()
    assert show("ActiveState", SOCKET) == "active" and codes == {1001}, codes
    assert took < 5, f"{took:.1f} s"
    return f"{took:.1f} s with {PEOPLE} connected, each told 1001; it starts with its socket"


def socket_wakes_the_service() -> str:
    sh("systemctl", "stop", SERVICE)
    assert show("ActiveState") == "inactive"
    get("/healthz")
    serving()
    return "the first request to a stopped service started it"


def backup_and_restore_as_documented() -> str:
    say("in the backup")
    target = str(BACKUPS / "trial")
    sh("chatd", "backup", target)
    sh("chatd", "verify", target)
    assert "in use" in sh("chatd", "verify", status=1)
    say("after the backup")
    sh("systemctl", "stop", SOCKET, SERVICE)
    sh("chatd", "verify")
    sh("chatd", "restore", "--force", target)
    sh("systemctl", "start", SERVICE)
    serving()
    assert said("in the backup") and not said("after the backup")
    others = [path for path in DATA.rglob("*") if path.stat().st_uid != owner()]
    assert not others, f"not the daemon's: {others[:3]}"
    say("after the restore")
    return "restored by root, chatd's own again, written to again"


def nightly_backup_and_drill_as_documented() -> str:
    sh("sh", "-euxc", typed("Every night, and a drill"), cwd=CHECKOUT)
    assert show("ActiveState", TIMER) == "active", show("Result", TIMER)
    assert show("UnitFileState", TIMER) == "enabled" and show("NextElapseUSecRealtime", TIMER)
    (first,) = BACKUPS.glob("20*")
    sh("chatd", "verify", str(first))
    (old := BACKUPS / "2020-01-01T00-00-00").mkdir()
    os.utime(old, (0, 0))
    sh("systemctl", "start", BACKUP)
    assert len(list(BACKUPS.glob("20*"))) == 2 and not old.exists(), list(BACKUPS.iterdir())
    sh("systemctl", "stop", SOCKET, SERVICE)
    sh("systemctl", "start", BACKUP, status=1)
    assert BACKUP in sh("systemctl", "--failed", "--no-legend"), "nobody is told"
    sh("systemctl", "start", SERVICE)
    sh("systemctl", "start", BACKUP)
    assert show("Result", BACKUP) == "success" and len(list(BACKUPS.glob("20*"))) == 3
    return "made, restored, read, kept; what is old went; without a daemon the unit has failed"


def new_version_and_the_way_back_as_documented() -> str:
    """The lines to the letter; pip takes what is there, for this machine has no network."""
    there, back = blocks("A new version, and the way back")
    say("before the upgrade")
    shell, before = ("env", *OFFLINE, "sh", "-euxc"), pid()
    sh(*shell, there, cwd=CHECKOUT)
    serving()
    assert pid() != before, "it was not restarted"
    say("after the upgrade")
    sh(*shell, back, cwd=CHECKOUT)
    serving()
    assert said("before the upgrade") and not said("after the upgrade")
    kept = sorted(DATA.parent.glob("chatd.before-restore-*"))
    assert kept, "nothing is left of what was written since"
    return f"up and back; what was written since is in {kept[-1]}"


def socket_has_the_group_that_is_configured() -> str:
    sh("groupadd", "keepers"), sh("usermod", "--append", "--groups", "keepers", "chatd")
    with restarted(CONFIG.read_text("utf-8").replace('group = ""', 'group = "keepers"', 1)):
        assert ADMIN_SOCKET.group() == "keepers", ADMIN_SOCKET.group()
    return "a group that the daemon is in, by its name"


def bot_answers_from_inside() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Completions)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secrets = CONFIG.with_name("environment")
    secrets.write_text("OPENAI_API_KEY=sesame\n")
    secrets.chmod(0o600)
    text = CONFIG.read_text("utf-8")
    for key, value in (
        ('engine = "none"', 'engine = "openai"'),
        ('base_url = ""', f'base_url = "http://localhost:{server.server_port}/v1"'),
        ('model = ""', 'model = "m"'),
        ("timeout_seconds = 15.0", "timeout_seconds = 60.0"),
    ):
        assert key in text, key
        text = text.replace(key, value)
    with restarted(text), person("Вера") as vera:
        ticket = vera.ask("ticket:open", content="Есть кто?")["ticket"]["id"]

        def answers() -> list[str]:
            page = vera.join(ticket)["messages"]
            return [m["content"] for m in page if m["meta"].get("kind") == "answer"]

        found = until(answers, "the bot answers", 60)
    secrets.unlink()
    server.shutdown()
    assert found == ["key Bearer sesame"], found
    return f"asked over HTTP by name, with the key from {secrets}"


def reload_applies() -> str:
    before, text = pid(), CONFIG.read_text("utf-8")
    with configured(text.replace('title = "Lobby"', 'title = "Trial"')):
        sh("systemctl", "reload", SERVICE)
        assert "Trial" in get("/api/rooms"), get("/api/rooms")
    with configured(text + "\nnonsense = 1\n"):
        refused = sh("systemctl", "reload", SERVICE, status=1)
    assert active() and pid() == before and "Trial" in get("/api/rooms")
    sh("systemctl", "reload", SERVICE)
    assert "Lobby" in get("/api/rooms")
    return f"without a restart; with a bad file: {refused.splitlines()[0]}"


# In this order: the journal is clean until faults are made.
CHECKS: tuple[Callable[[], str], ...] = (
    units_are_well_formed,
    becomes_active_by_notify,
    inherits_the_socket,
    serves_pages_and_health,
    admin_answers_whom_it_should,
    lists_of_users_hold,
    message_survives_restart,
    talk_goes_on_over_restart,
    restart_refuses_nobody,
    stops_quickly,
    socket_wakes_the_service,
    backup_and_restore_as_documented,
    nightly_backup_and_drill_as_documented,
    new_version_and_the_way_back_as_documented,
    socket_has_the_group_that_is_configured,
    bot_answers_from_inside,
    sandbox_holds,
    no_system_call_is_denied,
    journal_is_clean,
    security_is_rated,
    killed_process_comes_back,
    frozen_process_comes_back,
    reload_applies,
    bad_configuration_loses_nobody,
    failing_at_once_keeps_the_socket,
    many_processes_serve_on_one_socket,
)
