"""What is only found lying there is not obeyed when it may be somebody else's; what is somebody
else's is not written into."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatd.admin.strangers import strangers
from chatd.config.settings import AdminSettings
from tests.conftest import MakeDaemon
from tests.daemon import Daemon

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to others")


def chatd(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """``chatd …`` in a directory."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("CHATD_")}
    return subprocess.run(
        [sys.executable, "-m", "chatd", *words],
        cwd=cwd,
        env={**environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
    )


def found(place: Path, daemon: Daemon) -> Path:
    """A directory whose ``etc/chatd.toml`` names the daemon's socket."""
    path = place / "etc" / "chatd.toml"
    path.parent.mkdir()
    path.write_text(f'[admin]\nsocket = "{daemon.socket}"\n')
    path.chmod(0o644)
    return path


TRAPS: dict[str, Callable[[Path], Any]] = {
    "others can write": lambda path: path.chmod(0o666),
    "mode 664": lambda path: (os.chown(path, 0, 1), path.chmod(0o664)),
    "belongs to nobody": lambda path: os.chown(path, 65534, -1),
    "belongs to user 54321": lambda path: os.chown(path, 54321, -1),
    "mode 777": lambda path: path.parent.chmod(0o777),
    "neither to root": lambda path: os.chown(path.parent, 65534, -1),
    "others can write ": lambda path: path.parent.parent.chmod(0o757),
}


@needs_root
@pytest.mark.parametrize("why", TRAPS)
def test_a_trap_is_not_obeyed_and_it_is_said_why(daemon: Daemon, tmp_path: Path, why: str) -> None:
    path = found(tmp_path, daemon)
    assert chatd(tmp_path, "admin", "ping").returncode == 0
    TRAPS[why](path)
    for words in (("admin", "ping"), ("check-config",), ("start",), ("verify",), ("chat",)):
        done = chatd(tmp_path, *words)
        assert done.returncode == 2 and done.stdout == "", (words, done)
        assert "etc/chatd.toml: not obeyed: " in done.stderr and why.strip() in done.stderr, done
    named = chatd(tmp_path, "admin", "--config", "etc/chatd.toml", "ping")
    assert named.returncode == 0, "what is named is obeyed"


@needs_root
def test_a_socket_of_somebody_else_that_a_found_file_names_is_not_asked(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    daemon = make_daemon()
    found(tmp_path, daemon)
    os.chown(daemon.socket, 65534, -1)
    done = chatd(tmp_path, "admin", "ping")
    assert done.returncode == 2 and f"{daemon.socket}: not asked" in done.stderr
    assert chatd(tmp_path, "admin", "--socket", str(daemon.socket), "ping").returncode == 0


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_ones_own_file_is_obeyed(daemon: Daemon, tmp_path: Path, mode: int) -> None:
    found(tmp_path, daemon).chmod(mode)
    assert chatd(tmp_path, "admin", "ping").returncode == 0


def test_a_directory_that_is_not_chatds_is_not_written_into(tmp_path: Path) -> None:
    for name, make in {
        "hosts": lambda path: path.write_text("127.0.0.1"),
        "log": lambda path: path.mkdir(),
        ".bashrc": lambda path: path.touch(),
    }.items():
        place = tmp_path / f"with-{name}"
        place.mkdir()
        make(place / name)
        done = chatd(tmp_path, "start", "--listen", "127.0.0.1:0", "--data-dir", str(place))
        assert done.returncode == 1 and f"{place} is not chatd's" in done.stderr, done
        assert repr(name) in done.stderr
        assert [path.name for path in place.rglob("*")] == [name], "nothing is left there"


def test_an_empty_directory_and_chatds_own_are_taken(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon(start=False)
    daemon.data.mkdir()
    (daemon.data / "lost+found").mkdir()
    daemon.start()
    assert daemon.stop() == 0
    (daemon.data / "notes.txt").touch()
    daemon.start()
    assert daemon.admin("ping").returncode == 0


def test_users_and_groups_that_there_are_not_are_told(make_daemon: MakeDaemon) -> None:
    settings = AdminSettings(act_users=("root", "typo"), read_groups=("no-such-group",))
    assert strangers(settings) == [
        "admin.act_users: this machine has no user 'typo'",
        "admin.read_groups: this machine has no group 'no-such-group'",
    ]
    daemon = make_daemon({"admin": {"act_users": ["typo"]}})
    assert "admin.act_users: this machine has no user 'typo'" in daemon.logged()
    done = chatd(daemon.home, "check-config", str(daemon.config_file))
    assert done.returncode == 0
    assert "chatd: warning: admin.act_users: this machine has no user 'typo'" in done.stderr
