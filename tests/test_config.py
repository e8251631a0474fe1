"""The configuration: the shipped file is the defaults, and what is wrong is named precisely."""

from __future__ import annotations

import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatd.config import loading, settings
from chatd.daemon.reloading import merge_live, report
from chatd.errors import ConfigError

SHIPPED = Path(__file__).parents[1] / "etc" / "chatd.toml"
REFERENCE = Path(__file__).parents[1] / "docs" / "configuration.md"


def test_the_shipped_file_has_every_key_with_its_default() -> None:
    shipped, defaults = loading.load(SHIPPED), settings.Config()
    assert {**shipped.rooms, "tea": None}.keys() == {"lobby", "tea"}
    assert msgspec.structs.replace(shipped, rooms=defaults.rooms) == defaults
    assert shipped.rooms["lobby"] == defaults.rooms["lobby"]
    written = tomllib.loads(SHIPPED.read_text("utf-8"))
    expected = msgspec.to_builtins(defaults)
    for table, keys in expected.items():
        assert table in written
        if isinstance(keys, dict) and table not in ("rooms", "sites"):
            assert keys.keys() == written[table].keys(), table
    assert expected["rooms"]["lobby"].keys() == written["rooms"]["lobby"].keys()
    assert expected["sites"]["default"].keys() == written["sites"]["default"].keys()


def test_the_reference_names_every_key() -> None:
    text = REFERENCE.read_text("utf-8")
    for table, keys in msgspec.to_builtins(settings.Config()).items():
        names = keys if isinstance(keys, dict) and table not in ("rooms", "sites") else [table]
        missing = [name for name in names if f"`{name}`" not in text and f"[{name}" not in text]
        assert not missing, (table, missing)


@pytest.mark.parametrize(
    ("text", "named", "allowed"),
    [
        ("[server]\nlisten = 5", "server.listen", "must be a text, not 5"),
        ('[server]\nlisten = "nowhere"', "server.listen", "HOST:PORT"),
        ('[server]\nlisten = "host:99999"', "server.listen", "HOST:PORT"),
        ("[sever]\n", "there is no 'sever' here", "server"),
        ("[server]\nlissten = 'x'", "lissten", "max_connections"),
        ('[log]\nlevel = "loud"', "log.level", "must be trace, debug, info, warning or error, not"),
        ('[log.areas]\nrooms = "loud"', "log.areas.rooms", "trace, debug, info"),
        (
            '[log.areas]\nkitchen = "info"',
            "log.areas.kitchen",
            "connections, rooms, tickets, calls",
        ),
        ('[limits]\nlogins_per_account = "0/second"', "limits.logins_per_account", "30/second"),
        ('[limits]\nlogins_per_account = "5/0 hours"', "limits.logins_per_account", "30/second"),
        ('[limits]\nlogins_per_account = "many"', "limits.logins_per_account", "30/second"),
        ('[rooms.tea]\n[rooms.lobby]\nlive_typing = "yes"', "rooms.lobby.live_typing", "off, ind"),
        (
            "[rooms.tea]\n[rooms.lobby]\ncapacity = 0",
            "rooms.lobby.capacity",
            "number of at least 1, not 0",
        ),
        ("[rooms]\nlobby = 1", "rooms.lobby", "must be a table, not 1"),
        ('[sites.a]\norigins = ["*", 5]', "sites.a.origins[1]", "must be a text, not 5"),
        ('[sites.a]\norigins = "*"', "sites.a.origins", "must be a list of texts, not '*'"),
        ('[store]\nsync = "yes"', "store.sync", "must be true or false, not 'yes'"),
        ("[store]\nsegment_messages = 9", "store.segment_messages", "from 10 to 10,000, not 9"),
        ('[sites.a]\norigins = ["shop.example"]', "sites.a.origins", "https://shop.example"),
        ('[sites.a]\norigins = ["https://a.example/b"]', "sites.a.origins", "https://shop.example"),
        ('[sites.a.hours]\nmonday = ["09:00-18:00"]', "sites.a.hours.timezone", "by monday: 'Eur"),
        ('[sites.a.hours]\ntimezone = "Mars"', "sites.a.hours.timezone", "Europe/Moscow"),
        ('[sites.a.hours]\ntimezone = "UTC"', "sites.a.hours.timezone", 'monday = ["09:00'),
        ('[sites.a.hours]\nmonday = ["9-18"]', "sites.a.hours.monday[0]", "09:00-18:00"),
        (
            '[sites.a.hours]\ntimezone = "UTC"\nmonday = ["18:00-09:00"]',
            "sites.a.hours.monday",
            "from early to late, not 18:00-09:00",
        ),
        (
            '[sites.a.hours]\ntimezone = "UTC"\n[sites.a.hours.holidays]\n"2030-02-30" = []',
            "sites.a.hours.holidays",
            "no calendar has '2030-02-30'",
        ),
        ('[sites.a.hours.holidays]\n"1.1." = []', "sites.a.hours.holidays", "2030-12-31"),
        ('[[sites.a.form]]\nname = "A"\nlabel = "A"', "sites.a.form[0].name", "small letters"),
        (
            '[[sites.a.form]]\nname = "a"\nlabel = "A"\nkind = "choice"',
            "sites.a.form",
            "a: choices are of a field of the kind 'choice'",
        ),
        (
            '[[sites.a.form]]\nname = "a"\nlabel = "A"\nlink = "/terms"',
            "sites.a.form",
            "a: link is of a 'consent'",
        ),
        ('[sites.a]\nwhen_nobody = "wait"', "sites.a.when_nobody", "must be queue or form"),
        ("[sites.a]\naccent = 'red'", "sites.a.accent", "#2f6fed"),
        ('[files]\ndirectory = "here"', "files.directory", "absolute path"),
        ('[files]\ndirectory = "/here"', "files.directory", "are in the data directory"),
        (
            '[store]\nbackend = "postgres"\nshared = true',
            "store.shared",
            "files need files.directory, which is the same for all daemons, or files.enabled",
        ),
        ('[store]\nredis = "redis://here:6379"', "store.redis", "one daemon tells nobody"),
        ('[store]\nredis = "here:6379"', "store.redis", "redis"),
        ("[sites.a.texts]\ngreeting = 5", "sites.a.texts.greeting", "must be a text"),
        ('[sites.a.texts]\ngreeting = "Hi {name"', "sites.a.texts.greeting", "no braces"),
        ('[sites.a.texts]\noperator_connected = "{nmae}"', "operator_connected", "{name}"),
        ('[rooms.lobby]\nsites = ["nowhere"]', "rooms.lobby.sites", "default"),
        ("[rooms.TKT-1]\n", "rooms.TKT-1", "small letters"),
        (
            "[websocket]\nping_seconds = -1",
            "websocket.ping_seconds",
            "must be a number above 0, at",
        ),
        (
            "[websocket]\nhello_seconds = inf",
            "websocket.hello_seconds",
            "at most 31,536,000, not inf",
        ),
        ("[websocket]\nidle_seconds = 20.0", "websocket.idle_seconds", "25"),
        ('[admin]\ngroup = "no-such-group"', "admin.group", "no group"),
        ('[server]\nlisten = "127.0.0.1:²"', "server.listen", "HOST:PORT"),
        ('[bot]\nengine = "openai"', "bot.base_url", "needed"),
        ('[bot]\nbase_url = "api.example"', "bot.base_url", "https://"),
        ("[sites]\n", "sites", "at least one"),
        ("not toml", "not TOML", "line 1"),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_what_is_allowed(
    tmp_path: Path, text: str, named: str, allowed: str
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        loading.load(path)
    assert str(path) in str(refused.value)
    assert named in str(refused.value) and allowed in str(refused.value), str(refused.value)


def run(*words: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """``chatd`` in a directory of its own."""
    return subprocess.run(
        [sys.executable, "-m", "chatd", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=30,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), **environ},
    )


def test_check_config_says_ok_or_what_is_wrong(tmp_path: Path) -> None:
    assert run("check-config", cwd=tmp_path).returncode == 0
    bad = tmp_path / "bad.toml"
    bad.write_text("[server]\nlisten = 5")
    checked = run("check-config", str(bad), cwd=tmp_path)
    assert checked.returncode == 2 and "server.listen" in checked.stderr
    assert run("check-config", "missing.toml", cwd=tmp_path).returncode == 2
    started = run("start", "--config", str(bad), cwd=tmp_path)
    assert started.returncode == 2 and "server.listen" in started.stderr


@pytest.mark.parametrize("home", ["h", "longer than the address of a socket may be " * 3])
def test_without_any_configuration_it_serves_and_says_where(tmp_path: Path, home: str) -> None:
    tmp_path /= home
    tmp_path.mkdir()
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "chatd"]
    daemon = subprocess.Popen(
        [*command, "start", "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environ,
    )
    assert daemon.stdout
    ready = daemon.stdout.readline()
    data = tmp_path / ".local/share/chatd"
    assert ready.startswith("ready: http://127.0.0.1:") and ready.endswith(f"data {data}\n")
    rooms = run("admin", "rooms", "-q", cwd=tmp_path)
    assert (rooms.returncode, rooms.stdout) == (0, "lobby\n"), rooms.stderr
    second = run("start", "--listen", "127.0.0.1:0", cwd=tmp_path)
    assert second.returncode != 0 and "another chatd" in second.stderr
    daemon.terminate()
    _, said = daemon.communicate(timeout=20)
    assert daemon.returncode == 0 and f"defaults, data in {data}" in said


def test_the_configuration_is_looked_for_in_order(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "chatd.toml").write_text("[rooms.local]")
    (tmp_path / "env.toml").write_text("[rooms.env]")
    (tmp_path / "given.toml").write_text("[rooms.given]")
    named = {"CHATD_CONFIG": "env.toml"}
    assert "rooms local" in run("check-config", cwd=tmp_path).stderr
    assert "rooms env" in run("check-config", cwd=tmp_path, **named).stderr
    assert "rooms given" in run("check-config", "given.toml", cwd=tmp_path, **named).stderr


def test_a_reload_tells_what_is_live_from_what_waits() -> None:
    old = settings.Config()
    changes: dict[str, Any] = {
        "rooms": {"lobby": settings.RoomSettings(title="New"), "tea": settings.RoomSettings()},
        "server": settings.ServerSettings(listen="127.0.0.1:9"),
    }
    outcome = report(old, msgspec.structs.replace(old, **changes))
    fresh = [f"rooms.tea.{name}" for name in settings.RoomSettings.__struct_fields__]
    assert sorted(outcome["applied"]) == sorted(["rooms.lobby.title", *fresh])
    assert outcome["needs_restart"] == ["server.listen"]


def test_the_directory_of_files_waits_for_a_restart_and_the_rest_of_them_does_not() -> None:
    old, new = settings.Config(), settings.FileSettings(directory="/srv/files", per_message=3)
    changed = msgspec.structs.replace(old, files=new)
    for _ in range(2):
        assert "files.directory" in report(old, changed)["needs_restart"]
        old = merge_live(old, changed)
        assert (old.files.directory, old.files.per_message) == ("", 3)


def test_texts_that_only_the_pages_know_are_taken_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('[sites.a.texts]\nretryIn = "снова через {n} с"\ngreeting = "Да?"\n')
    assert loading.load(path).sites["a"].texts["retryIn"] == "снова через {n} с"


def test_why_it_does_not_start_is_the_last_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("start", "--listen", address, "--data-dir", "d", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[-1] == f"chatd: cannot start: {address}: Address already in use"
    assert "" not in lines, "a line of the log is one line"
