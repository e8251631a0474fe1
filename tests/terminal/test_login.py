"""``chatd login`` and ``chatd logout``, and whose client ``chatd chat`` is between them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatd.cli import main
from chatd.terminal.core import identity
from tests.admin.terminal import Terminal
from tests.client import Client
from tests.daemon import PASSWORD, Daemon
from tests.ports import FREE

ENGLISH = {"LC_ALL": "en_US.UTF-8"}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with anna's account and boris's, and without limits."""
    made = Daemon(tmp_path_factory.mktemp("daemon")).start()
    for username, name in (("anna", "Анна"), ("boris", "Борис")):
        words = ("user", "add", username, "--name", name, "--password-stdin")
        assert made.admin(*words, stdin=PASSWORD).returncode == 0
    yield made
    assert made.stop() == 0, made.logged()
    assert "incident" not in made.logged(), made.logged()


@dataclass
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def chatd(*words: str, stdin: str = "", **environ: str) -> Done:
    """``chatd …`` between pipes; what needs no process of its own has none."""
    if words[0] != "chat":
        done = CliRunner().invoke(main, words, stdin, env={**ENGLISH, **environ})
        return Done(done.exit_code, done.stdout, done.stderr)
    talk = subprocess.run(
        [sys.executable, "-m", "chatd", *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=90,
        env={**os.environ, **ENGLISH, **environ},
    )
    return Done(talk.returncode, talk.stdout, talk.stderr)


def log_in(
    daemon: Daemon, username: str = "anna", password: str = PASSWORD, **environ: str
) -> Done:
    """With the password in a pipe."""
    words = ("login", username, "--password-stdin", "--url", f"http://{daemon.address}")
    return chatd(*words, stdin=f"{password}\n", **environ)


def is_good(daemon: Daemon, token: str) -> bool:
    """Whether a session is one still."""
    return daemon.http("GET", "/api/auth/me", token=token)[0] == 200


def kept(daemon: Daemon) -> identity.Identity:
    """As whom one has logged in."""
    found = identity.find(f"http://{daemon.address}")
    assert found
    return found


def test_who_logs_in_is_that_person_until_they_log_out(daemon: Daemon) -> None:
    done = log_in(daemon)
    url = f"http://{daemon.address}"
    assert (done.returncode, done.stdout) == (0, ""), done
    assert done.stderr == f"OK: logged in as Анна (@anna) at {url}; now type: chatd chat\n"
    assert identity.file_of(url).stat().st_mode & 0o777 == 0o600
    token = kept(daemon).token
    talk = chatd("chat", "--plain", stdin="/who\n")
    assert talk.returncode == 0 and "1 here: Анна" in talk.stdout, "at that daemon, without --url"
    other = chatd("chat", "--plain", "--name", "robot", "--url", url, stdin="/who\n")
    assert ": robot" in other.stdout, "a name is somebody new's"
    done = chatd("logout")
    assert done.returncode == 0 and done.stderr == f"OK: logged out: @anna at {url}\n"
    assert not is_good(daemon, token) and identity.everywhere() == []
    done = chatd("logout", "--url", url)
    assert done.returncode == 1 and done.stderr == f"chatd: nobody is logged in at {url}\n"


def test_at_a_terminal_the_password_is_asked_for_and_not_shown(daemon: Daemon) -> None:
    environ = {"CHATD_URL": daemon.address, "LC_ALL": "ru_RU.UTF-8"}
    with Terminal("login", **environ) as shown:
        shown.shows("Имя пользователя [")
        shown.types("@anna\r")
        shown.shows("Пароль для anna: ")
        shown.types("guess\r")
        shown.shows("неверное имя или пароль")
        shown.shows("Пароль для anna: ")
        shown.types(f"{PASSWORD}\r")
        status, text = shown.ends()
    assert status == 0 and "OK: вход выполнен: Анна (@anna)" in text and PASSWORD not in text
    with Terminal("login", "boris", **environ) as shown:
        shown.shows("Пароль для boris: ")
        shown.types("\x04")
        assert shown.ends()[0] == 2
    assert kept(daemon).username == "anna", "who thinks better of it stays who they were"


def test_what_cannot_be_is_said_and_changes_nothing(daemon: Daemon) -> None:
    url = f"http://{daemon.address}"
    nowhere = f"http://127.0.0.1:{next(FREE)}"
    assert log_in(daemon).returncode == 0
    token = kept(daemon).token
    wrong = log_in(daemon, password="guess")
    assert (wrong.returncode, wrong.stderr) == (4, "chatd: wrong username or password\n")
    assert log_in(daemon, "nobody").stderr == wrong.stderr
    refused = {
        ("login", "anna", "--password-stdin", "--url", url): (2, "no password in the first line"),
        ("login", "--password-stdin", "--url", url): (2, "the user name stands on the command"),
        ("login", "anna", "--url", url): (2, "use --password-stdin"),
        ("login", "anna", "--url", "ftp://x"): (2, "is not a daemon's address"),
        ("login", "anna", "secret"): (2, "unexpected extra argument"),
        ("logout", "--url", nowhere): (1, "nobody is logged in"),
    }
    for words, (status, text) in refused.items():
        done = chatd(*words)
        assert done.returncode == status and text in done.stderr, (words, done)
        assert "Traceback" not in done.stderr
    done = chatd("login", "anna", "--password-stdin", "--url", nowhere, stdin=f"{PASSWORD}\n")
    assert done.returncode == 3 and done.stderr.startswith(f"chatd: cannot connect to {nowhere}")
    assert kept(daemon).token == token and is_good(daemon, token)


def test_a_new_login_takes_the_place_of_the_one_before_which_ends(daemon: Daemon) -> None:
    assert log_in(daemon).returncode == 0
    first = kept(daemon).token
    assert log_in(daemon, "boris").returncode == 0
    assert kept(daemon).username == "boris"
    assert not is_good(daemon, first) and is_good(daemon, kept(daemon).token)


def test_a_login_that_cannot_be_kept_is_none(daemon: Daemon, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("in the way")
    body = {"username": "boris", "password": PASSWORD}
    token = daemon.http("POST", "/api/auth/login", body)[1]["data"]["token"]
    done = log_in(daemon, "boris", XDG_STATE_HOME=str(state))
    assert done.returncode == 1 and "Traceback" not in done.stderr, done
    assert str(state) in done.stderr and is_good(daemon, token)


def test_a_login_that_has_ended_is_told_and_makes_nobody_a_visitor(daemon: Daemon) -> None:
    url = f"http://{daemon.address}"
    assert log_in(daemon).returncode == 0
    assert daemon.http("POST", "/api/auth/logout", {}, token=kept(daemon).token)[0] == 200
    done = chatd("chat", "--plain", stdin="в пустоту\n")
    again = f"the login of @anna has ended; again: chatd login --url {url} anna"
    assert done.returncode == 4 and again in done.stderr, done
    done = chatd("logout")
    assert done.returncode == 0 and "had ended already" in done.stderr
    assert identity.everywhere() == []


def test_each_daemon_has_its_own_and_which_one_is_meant_is_asked(daemon: Daemon) -> None:
    url, other = f"http://{daemon.address}", f"http://127.0.0.1:{next(FREE)}"
    assert log_in(daemon).returncode == 0
    identity.write(identity.Identity(other, "t-1.secret", "boris", "Борис"))
    for words in (("chat", "--plain"), ("logout",)):
        done = chatd(*words)
        assert done.returncode == 2 and "name one with --url" in done.stderr, done
        assert f"@anna, {url}" in done.stderr and f"@boris, {other}" in done.stderr
    assert chatd("chat", "--plain", "--url", url).returncode == 0
    done = chatd("logout", "--url", other)
    assert done.returncode == 3 and identity.find(other), "it could not be told"
    done = chatd("logout", "--url", other, "--forget")
    assert done.returncode == 0 and "is forgotten here" in done.stderr
    assert [one.url for one in identity.everywhere()] == [url]


def test_a_token_is_sent_to_its_daemon_alone_and_never_by_a_file_that_others_read(
    daemon: Daemon,
) -> None:
    url = f"http://{daemon.address}"
    assert log_in(daemon).returncode == 0
    file = identity.file_of(url)
    file.chmod(0o640)
    assert identity.find(url) is None
    file.chmod(0o600)
    file.rename(identity.file_of("http://other.example"))
    assert identity.find("http://other.example") is None
    for found in (b"", b"{}", b"\xff", json.dumps({"url": url, "token": 1}).encode()):
        file.write_bytes(found)
        file.chmod(0o600)
        assert identity.find(url) is None


def test_a_dialog_is_opened_by_its_id_or_by_who_one_talks_to(daemon: Daemon) -> None:
    url = f"http://{daemon.address}"
    assert log_in(daemon).returncode == 0
    done = chatd("chat", "--plain", "@Boris", stdin="привет\n")
    assert done.returncode == 0 and "Борис: " in done.stdout, done
    body = {"username": "boris", "password": PASSWORD}
    token = daemon.http("POST", "/api/auth/login", body)[1]["data"]["token"]
    with Client(daemon.address) as boris:
        boris.hello(token=token)
        (dialog,) = boris.ask("dialog:list")["dialogs"]
        assert dialog["last_message"]["text"] == "привет"
        done = chatd("chat", "--plain", dialog["id"], stdin="ещё\n")
        assert done.returncode == 0 and "Анна: привет" in done.stdout
        assert boris.ask("dialog:list")["dialogs"][0]["last_message"]["text"] == "ещё"
    other = chatd("chat", "--plain", dialog["id"], "--url", url, CHATD_TOKEN=token, stdin="сам\n")
    assert other.returncode == 0 and "Анна: " in other.stdout, "a token is whose it is"
    for wanted, text in {"@zoe": "under that name: @zoe", "dlg-zoe": "no such dialog"}.items():
        done = chatd("chat", "--plain", wanted)
        assert done.returncode == 5 and text in done.stderr, done
    assert chatd("chat", "--plain", "@anna").returncode == 2, "nobody talks to themselves"
    assert chatd("logout").returncode == 0
    for wanted in ("@boris", dialog["id"]):
        done = chatd("chat", "--plain", wanted, "--url", url)
        assert done.returncode == 4 and f"chatd login --url {url}" in done.stderr, done
