"""Restore, verify and repair beside a real daemon; a directory that is exchanged under one."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL

import pytest

from chatd.store.tiny import checking
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon


def chatd(*given: str) -> subprocess.CompletedProcess[str]:
    """As a user types it."""
    command = [sys.executable, "-m", "chatd", *given]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def said(daemon: Daemon) -> list[str]:
    """What stands in the lobby."""
    with Client(daemon.address) as client:
        client.hello(name="reader")
        return [one["content"] for one in client.join("lobby")["messages"]]


def fingerprint(directory: Path) -> dict[str, str]:
    """Every file's content."""
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_nothing_is_restored_verified_or_repaired_under_a_running_daemon(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    daemon, copy = make_daemon(), str(tmp_path / "copy")
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        anna.say("lobby", "before")
        assert chatd("backup", copy, "--socket", str(daemon.socket)).returncode == 0
        anna.say("lobby", "acknowledged after it")
    data = str(daemon.data)
    for use in (
        ("restore", copy, "--data-dir", data, "--force"),
        ("restore", copy, "--data-dir", data),
        ("restore", data, "--data-dir", str(tmp_path / "elsewhere")),
        ("verify", data),
    ):
        done = chatd(*use)
        assert done.returncode == 1 and f"process {daemon.pid}" in done.stderr, (use, done)
    assert daemon.data.exists() and not (tmp_path / "elsewhere" / "format.json").exists()
    daemon.stop(SIGKILL)
    daemon.start()
    assert said(daemon) == ["before", "acknowledged after it"]


def test_a_daemon_whose_directory_is_exchanged_stops_and_writes_nothing_there(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    daemon, copy = make_daemon(), tmp_path / "copy"
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        anna.say("lobby", "before")
        assert daemon.admin("backup", str(copy)).returncode == 0
        anna.say("lobby", "after")
    before = fingerprint(copy)
    moved = tmp_path / "moved"
    daemon.data.rename(moved)
    shutil.copytree(copy, daemon.data)
    assert daemon.process and daemon.process.wait(20) == 1
    assert "is not the directory any more" in daemon.logged()
    assert "Traceback" not in daemon.logged()
    assert fingerprint(daemon.data) == before
    assert checking.verify(moved)["commits_in_journal"] > 0
    daemon.start()
    assert said(daemon) == ["before"]
    daemon.stop()
    shutil.rmtree(daemon.data)
    moved.rename(daemon.data)
    daemon.start()
    assert said(daemon) == ["before", "after"]


def test_the_audit_log_goes_into_the_backup_and_comes_back(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    daemon, copy = make_daemon(), tmp_path / "copy"
    assert daemon.admin("ban", "192.0.2.9", "--yes").returncode == 0
    assert daemon.admin("backup", str(copy)).returncode == 0
    assert "192.0.2.9" in (copy / "audit.log").read_text()
    assert chatd("verify", str(copy)).returncode == 0
    daemon.stop()
    shutil.rmtree(daemon.data)
    assert chatd("restore", str(copy), "--data-dir", str(daemon.data)).returncode == 0
    daemon.start()
    assert any(one["target"] == "192.0.2.9" for one in daemon.admin_json("audit")["entries"])


def test_a_backup_whose_audit_log_was_changed_is_not_restored(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    daemon, copy = make_daemon(), tmp_path / "copy"
    for number in range(2):
        assert daemon.admin("ban", f"192.0.2.{number}", "--yes").returncode == 0
    assert daemon.admin("backup", str(copy)).returncode == 0
    log = copy / "audit.log"
    log.write_bytes(log.read_bytes().replace(b"192.0.2.0", b"192.0.2.7"))
    for use in (("verify", str(copy)), ("restore", str(copy), "--data-dir", str(tmp_path / "new"))):
        done = chatd(*use)
        assert done.returncode == 1 and "audit.log: line" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("value", [50, 1000])
def test_segments_stay_as_long_as_the_data_has_them(make_daemon: MakeDaemon, value: int) -> None:
    daemon = make_daemon({"store": {"segment_messages": 100}})
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        for number in range(130):
            anna.say("lobby", f"{number}")
    daemon.stop()
    daemon.write_config({"store": {"segment_messages": value}})
    daemon.start()
    assert "store.segment_messages" in daemon.logged()
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        page = anna.ask("history:get", dialog_id="lobby", after_seq=0, limit=200)
        assert [one["content"] for one in page["messages"]] == [f"{n}" for n in range(130)]
        anna.say("lobby", "more")
    daemon.stop()
    assert checking.verify(daemon.data)["messages_in_files"] == 131


def test_a_missing_segment_or_conversation_is_known_from_the_start_on(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon(
        {
            "store": {"segment_messages": 10},
            "rooms": {"lobby": {"title": "a"}, "tea": {"title": "b"}},
        }
    )
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        for number in range(35):
            anna.say("lobby", f"{number}")
        anna.say("tea", "here")
    daemon.stop()
    segment = daemon.data / "messages" / "lobby" / "000001.json"
    kept = segment.read_bytes()
    segment.unlink()
    done = chatd("verify", str(daemon.data))
    assert done.returncode == 1 and str(segment) in done.stderr
    daemon.start()
    status, ready = daemon.http("GET", "/readyz")
    degraded = {"status": "degraded", "impaired": ["out of service: lobby"]}
    assert (status, ready["data"]) == (200, degraded)
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        for ask in (
            lambda: anna.ask("history:get", dialog_id="lobby", after_seq=0, limit=200),
            lambda: anna.say("lobby", "more"),
        ):
            with pytest.raises(Refused, match="damaged"):
                ask()
        assert anna.say("tea", "still here")["seq"] == 2
    daemon.stop()
    segment.write_bytes(kept)
    conversations = daemon.data / "conversations" / "standing.json"
    conversations.unlink()
    daemon.start()
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        with pytest.raises(Refused, match="damaged"):
            anna.say("lobby", "the first again?")
    daemon.stop()
    done = chatd("verify", str(daemon.data))
    assert done.returncode == 1 and str(conversations) in done.stderr
