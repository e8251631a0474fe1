"""An account that strangers have locked out still opens at the terminal that was there before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.terminal.core import kept
from tests.admin.terminal import Terminal
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon
from tests.terminal.relay import Relay, relayed

URL = "http://chat.example"
LIMITS = {"logins_per_account_anywhere": "3/hour"}
IN, SHUT, WRONG = "на связи", "Слишком часто", "неверное имя или пароль"


@pytest.fixture
def daemon(make_daemon: MakeDaemon) -> Daemon:
    made = make_daemon({"server": {"trusted_proxies": ["127.0.0.1"]}, "limits": LIMITS})
    for name in ("artem", "olga"):
        made.add_operator(name, name.title())
    return made


@pytest.fixture
def relay(daemon: Daemon) -> Iterator[Relay]:
    """From where the terminals connect."""
    with relayed(daemon.address) as between:
        yield between


def enters(relay: Relay, source: int, state: Path, login: str = "artem", **environ: str) -> str:
    """``chatd console`` in a network of its own, until it is open or says why not."""
    relay.source = f"127.0.0.{source}"
    told = {"CHATD_URL": relay.address, "CHATD_PASSWORD": PASSWORD, "LC_ALL": "ru_RU.UTF-8"}
    told |= {"XDG_STATE_HOME": str(state), "CHATD_TOKEN": "", **environ}
    with Terminal("console", "--login", login, **told) as console:
        shown = console.shows(IN, SHUT, WRONG, seconds=20.0)
        came = next(one for one in (IN, SHUT, WRONG) if shown.endswith(one))
        if came == IN:
            console.types("\x11")
        assert console.ends()[0] == (0 if came == IN else 4)
        return came


def lock(daemon: Daemon) -> None:
    """Strangers guess until nobody else is let in, either."""
    for number in range(4):
        status = daemon.http(
            "POST",
            "/manager/auth",
            {"username": "artem", "password": "guess"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        )[0]
    assert status == 429


def test_who_logged_in_at_this_terminal_before_is_not_kept_out_by_strangers(
    daemon: Daemon, relay: Relay, tmp_path: Path
) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    assert enters(relay, 11, home, "Artem") == IN, "and has asked for nothing to be kept"
    assert enters(relay, 12, away, "olga") == IN
    lock(daemon)
    assert enters(relay, 13, tmp_path / "new") == SHUT, "never was here"
    assert enters(relay, 14, away) == SHUT, "another one was here"
    assert enters(relay, 15, home) == IN, "from wherever"
    proof = kept.device(relay.address, "artem", {"XDG_STATE_HOME": str(home)})
    assert enters(relay, 16, home, CHATD_PASSWORD="guess") == WRONG, "it is no password"
    proof.file.chmod(0o640)
    assert enters(relay, 17, home) == SHUT, "anybody's, perhaps"
    proof.file.chmod(0o600)
    assert enters(relay, 18, home) == IN
    proof.file.write_bytes(b"\xff" * 300)
    assert enters(relay, 19, home) == SHUT, "as if there were none"
    assert enters(relay, 18, home) == IN, "a known network is enough, and what was broken is whole"
    assert enters(relay, 20, home) == IN


def test_where_nothing_can_be_kept_one_logs_in_all_the_same(relay: Relay, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("in the way")
    assert enters(relay, 11, state) == IN
    assert state.read_text() == "in the way"


def test_what_is_kept_is_for_nobody_elses_eyes(tmp_path: Path) -> None:
    here = {"XDG_STATE_HOME": str(tmp_path)}
    session = kept.session(URL, here)
    assert session.read() is None
    session.write("s-1.secret")
    assert session.file.stat().st_mode & 0o777 == 0o600
    assert session.file.parent.stat().st_mode & 0o777 == 0o700
    assert session.read() == "s-1.secret"
    for bit in range(6):
        session.file.chmod(0o600 | 1 << bit)
        assert session.read() is None, "others could have read or written it"
    session.write("s-2.secret")
    assert session.read() == "s-2.secret"
    assert session.file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in session.file.parent.iterdir()] == [session.file.name]


def test_each_daemon_and_account_has_its_own(tmp_path: Path) -> None:
    here = {"XDG_STATE_HOME": str(tmp_path)}
    kept.device(URL, "Artem", here).write("proof")
    assert kept.device("chat.example", "artem", here).read() == "proof", "the same in other words"
    others = [("http://other.example", "artem"), (URL, "olga"), (f"{URL}/artem", "")]
    assert [kept.device(*one, here).read() for one in others] == [None] * 3
    assert kept.session(URL, here).read() is None
    for strange in ("../artem", "\udcff", "а" * 64, "\0"):
        found = kept.device(URL, strange, here)
        assert found.read() is None and found.file.parent == tmp_path / "chatd"


@pytest.mark.parametrize(
    "found",
    [b"", b"\n", b"two words", b"a\nb\n", b"\xff", "слово".encode(), b"a" * 257, b"a" * 70_000],
)
def test_what_is_no_word_is_as_if_there_were_none(found: bytes, tmp_path: Path) -> None:
    word = kept.device(URL, "artem", {"XDG_STATE_HOME": str(tmp_path)})
    word.write("a" * 256)
    assert word.read() == "a" * 256
    word.file.write_bytes(found)
    assert word.read() is None
    word.write("proof")
    assert word.read() == "proof"


def test_neither_is_what_is_no_file_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = kept.device(URL, "artem", {"XDG_STATE_HOME": str(tmp_path)})
    word.write("proof")
    elsewhere = word.file.rename(tmp_path / "elsewhere")
    word.file.symlink_to(elsewhere)
    assert word.read() is None, "a link"
    word.write("another")
    assert (word.read(), elsewhere.read_text()) == ("another", "proof\n"), "nor written through"
    word.file.unlink()
    os.mkfifo(word.file, 0o600)
    assert word.read() is None, "and nobody waits for a pipe"
    word.file.unlink()
    word.file.mkdir(0o700)
    assert word.read() is None
    with pytest.raises(OSError):
        word.write("proof")
    assert list(word.file.parent.iterdir()) == [word.file], "nothing is left of what was tried"
    word.file.rmdir()
    word.write("proof")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert word.read() is None, "somebody else's"
