"""Bytes stay as long as somebody has them: through crashes, full disks, backups and restores."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.disks import Disk, mounted
from tests.files.sender import Refused, Sender, stored, visitor

TEXT = b"".join(b"line %d of many\n" % number for number in range(20_000))
DIGEST = hashlib.sha256(TEXT).hexdigest()


def chatd(*words: str) -> subprocess.CompletedProcess[str]:
    """A command of the shell, while no daemon runs."""
    command = [sys.executable, "-m", "chatd", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def verify(directory: Path) -> subprocess.CompletedProcess[str]:
    return chatd("verify", str(directory))


def test_a_backup_has_the_bytes_and_a_restore_puts_them_back(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    daemon = make_daemon()
    anna = visitor(daemon)
    sent, unsent = anna.upload(TEXT), anna.upload(b"two", "b.txt")
    anna.say(sent["id"])
    half = anna.begin(len(TEXT))
    anna.patch(half, 0, TEXT[:1_000])
    backup = tmp_path / "backup"
    assert daemon.admin("backup", str(backup)).returncode == 0
    done = verify(backup)
    assert done.returncode == 0 and "3 attached files" in done.stderr, done.stderr
    said = daemon.http("GET", f"/api/messages/dialog/{anna.dialog}", None, anna.token)[1]
    assert anna.ask("DELETE", f"/api/files/{unsent['id']}", None, {"Tus-Resumable": "1.0.0"})
    assert said["data"]["messages"][-1]["files"]
    daemon.stop()
    restored = chatd("restore", str(backup), "--data-dir", str(daemon.data), "--force")
    assert restored.returncode == 0, restored.stderr
    assert verify(daemon.data).returncode == 0
    daemon.start()
    for file, data in ((sent, TEXT), (unsent, b"two")):
        assert anna.fetch(anna.look(f"/api/files/{file['id']}")["url"])[2] == data
    assert anna.offset(half) == 0, "what was not whole begins anew"
    assert anna.patch(half, 0, TEXT) == len(TEXT) and anna.look(half)["sha256"] == DIGEST


@pytest.mark.parametrize("fault", ["missing", "changed", "cut"])
def test_verify_finds_bytes_that_are_not_what_they_were(
    make_daemon: MakeDaemon, fault: str
) -> None:
    daemon = make_daemon()
    visitor(daemon).upload(TEXT)
    daemon.stop()
    assert verify(daemon.data).returncode == 0
    path = daemon.data / "bytes" / DIGEST[:2] / DIGEST
    if fault == "missing":
        path.unlink()
    elif fault == "changed":
        path.write_bytes(b"X" + TEXT[1:])
    else:
        path.write_bytes(TEXT[:-1])
    found = verify(daemon.data)
    assert found.returncode == 1 and DIGEST in found.stderr, found.stderr
    daemon.start()
    page = daemon.http("GET", "/healthz")
    assert page[0] == 200, "everything else goes on"


def test_what_is_acknowledged_stays_whenever_the_daemon_is_killed(make_daemon: MakeDaemon) -> None:
    """Killed at moments that come as they come; what was said to be there is."""
    luck, daemon = random.Random(3), make_daemon()
    anna = visitor(daemon)
    ready: dict[str, bytes] = {}
    for number in range(6):
        data = b"%d " % number + luck.randbytes(300).hex().encode() * 200
        path = anna.begin(len(data))
        offset = anna.patch(path, 0, data[: len(data) // 2])
        anna.cut(path, offset, data[offset:-1] if number % 2 else data[offset:], len(data) - offset)
        time.sleep(luck.random() / 50)
        daemon.stop(signal.SIGKILL)
        daemon.start()
        at = anna.offset(path)
        assert at >= offset, "what was acknowledged"
        if at < len(data):
            anna.patch(path, at, data[at:])
        eventually(lambda path=path: anna.look(path)["state"] == "ready")  # type: ignore[misc]
        ready[path] = data
        for known, whole in ready.items():
            file = anna.look(known)
            assert file["sha256"] == hashlib.sha256(whole).hexdigest()
            assert anna.fetch(file["url"])[2] == whole
    daemon.stop()
    assert verify(daemon.data).returncode == 0


@pytest.fixture(params=["tmpfs", "ext4"])
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    with mounted(tmp_path / "small", 8_000, request.param) as made:
        yield made


def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(disk: Disk) -> None:
    daemon = Daemon(disk.home, {"files": {"keep_free_bytes": 0}}).start()
    try:
        anna = visitor(daemon)
        kept = anna.upload(TEXT)
        path = anna.begin(len(TEXT))
        assert anna.patch(path, 0, TEXT[1:100_001]) == 100_000
        disk.fill()
        with pytest.raises(Refused) as refused:
            anna.patch(path, 100_000, TEXT[100_001:] + b"x")
        assert refused.value.status == 503, refused.value
        assert anna.fetch(kept["url"])[2] == TEXT
        for ask in (lambda: anna.begin(1_000_000), lambda: anna.post(TEXT)):
            with pytest.raises(Refused) as refused:
                ask()
            assert refused.value.status == 503, refused.value
        disk.free()
        eventually(lambda: goes_on(anna, path))
        assert anna.look(path)["sha256"] == hashlib.sha256(TEXT[1:] + b"x").hexdigest()
        assert anna.fetch(anna.look(f"/api/files/{kept['id']}")["url"])[2] == TEXT
    finally:
        daemon.stop()
    assert verify(daemon.data).returncode == 0


def goes_on(anna: Sender, path: str) -> bool:
    """Whether the upload is whole, after another try."""
    whole = TEXT[1:] + b"x"
    try:
        at = anna.offset(path)
        assert at >= 100_000, "what was acknowledged"
        return at == len(whole) or anna.patch(path, at, whole[at:]) == len(whole)
    except Refused as refused:
        assert refused.status == 503, refused
        return False


def test_files_leave_room_for_what_people_say(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"files": {"keep_free_bytes": 2**60}})
    anna = visitor(daemon)
    with pytest.raises(Refused, match="no room for files") as refused:
        anna.begin(1)
    assert refused.value.status == 503
    body = {"content": "still here"}
    path = f"/api/messages/dialog/{anna.dialog}"
    assert daemon.http("POST", path, body, anna.token)[0] == 201


def test_a_second_copy_is_not_taken_for_the_last(make_daemon: MakeDaemon) -> None:
    """Uploads and removals of the same bytes, all at once."""
    daemon = make_daemon()
    people = [visitor(daemon, f"P{number}") for number in range(4)]
    keeper = people[0].upload(TEXT)

    def come_and_go(anna: Sender) -> None:
        for _ in range(5):
            file = anna.upload(TEXT)
            assert anna.fetch(file["url"])[2] == TEXT
            anna.ask("DELETE", f"/api/files/{file['id']}", None, {"Tus-Resumable": "1.0.0"})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, people))
    assert people[0].fetch(keeper["url"])[2] == TEXT and stored(daemon) == {DIGEST}
    daemon.stop()
    assert verify(daemon.data).returncode == 0
