"""What only some want is not installed for all, and nothing else is needed without it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import suppress
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import toml

ROOT = Path(__file__).parents[1]
ONLY_HERE = "import sys; sys.path.insert(0, {!r}); "
BEGIN = f"{ONLY_HERE}from chatd.cli import main; main(prog_name='chatd')"
SCREENS = ["chatd.terminal.rooms.chat", "chatd.terminal.console.console", "chatd.admin.shell"]
BOT = {"bot": {"engine": "openai", "base_url": "http://127.0.0.1:1/v1", "model": "m"}}


def required(*extras: str) -> Iterator[Requirement]:
    """What setup.cfg asks for."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    texts = [setup["options"]["install_requires"]]
    texts += [setup["options.extras_require"][extra] for extra in extras]
    for line in "".join(texts).split("\n"):
        if line.strip():
            yield Requirement(line)


def brought(wanted: Iterator[Requirement]) -> dict[str, Distribution]:
    """All distributions that pip would install for this."""
    found: dict[str, Distribution] = {}
    waiting = [(one, "") for one in wanted]
    while waiting:
        one, extra = waiting.pop()
        if one.marker and not one.marker.evaluate({"extra": extra}):
            continue
        name = one.name.lower().replace("_", "-")
        new = name not in found
        found.setdefault(name, distribution(name))
        for extra in ("", *one.extras) if new else one.extras:
            waiting += [(Requirement(text), extra) for text in found[name].requires or ()]
    return found


def installed(home: Path, *extras: str) -> list[str]:
    """The command ``chatd`` where there is nothing but what these extras bring."""
    place = home / "-".join(("with", *extras))
    place.mkdir()
    (place / "chatd").symlink_to(ROOT / "chatd")
    parts = {
        file.parts[0]: Path(str(one.locate_file(file.parts[0])))
        for one in brought(required(*extras)).values()
        for file in one.files or ()
    }
    for name in parts.keys() - {"..", "__pycache__"}:
        (place / name).symlink_to(parts[name])
    return [sys.executable, "-I", "-S", "-c", BEGIN.format(str(place))]


def on_terminal(command: list[str], *words: str) -> tuple[int, list[str]]:
    """The status of a command that somebody types, and the lines that are shown."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    process = subprocess.Popen([*command, *words], env=environ, **streams)
    os.close(theirs)
    shown, deadline = b"", time.monotonic() + 30
    with suppress(OSError):  # which Linux raises at the end of a terminal
        while select.select([ours], [], [], max(0, deadline - time.monotonic()))[0]:
            shown += os.read(ours, 65_536)
    os.close(ours)
    try:
        return process.wait(10), shown.decode().splitlines()
    finally:
        process.kill()


def test_without_extras_the_daemon_serves_and_what_draws_says_what_to_install(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    command = installed(tmp_path)
    daemon = make_daemon(start=False)
    daemon.command = command
    daemon.start()
    url = f"http://{daemon.address}"
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        id = anna.ask("ticket:open", content="Где заказ?")["ticket"]["id"]
        assert daemon.admin("queue", "-q").stdout.strip() == id
        plain = [*command, "chat", "lobby", "--plain", "--url", url, "--name", "boris"]
        done = subprocess.run(plain, input="Привет\n", capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        assert anna.join("lobby")["messages"][0]["content"] == "Привет"
    sock = ["admin", "--socket", str(daemon.socket)]
    status, (said, titles, row) = on_terminal(command, *sock, "queue")
    lacks = "not installed: rich, textual, prompt_toolkit; type: pip install 'chatd[terminal]'"
    assert status == 0 and said == f"chatd admin: no table: {lacks}"
    assert titles.startswith("#\tID\t") and row.startswith(f"1\t{id}\t")
    assert on_terminal(command, *sock) == (2, [f"chatd: {lacks}"])
    assert on_terminal(command, "console", "--url", url) == (2, [f"chatd: {lacks}"])
    chat = on_terminal(command, "chat", "--url", url)
    assert chat == (2, [f"chatd: {lacks}, or use --plain"])
    assert daemon.http("GET", "/console")[0] == 200
    assert daemon.stop() == 0


def test_a_bot_without_its_extra_is_refused_by_the_check_the_start_and_the_reload(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    command = installed(tmp_path, "terminal")
    daemon = make_daemon(start=False)
    daemon.command = command
    daemon.start()
    daemon.config_file.write_text(toml(BOT), "utf-8")
    why = (
        f"chatd: {daemon.config_file}: bot.engine: 'openai' needs what is not installed: urllib3; "
        "type: pip install 'chatd[bot]'"
    )
    reloaded = daemon.admin("reload")
    assert reloaded.returncode != 0 and "pip install 'chatd[bot]'" in reloaded.stderr
    assert daemon.stop() == 0
    for words in (["check-config"], ["start", "--config"]):
        done = subprocess.run(
            [*command, *words, str(daemon.config_file)], capture_output=True, text=True, timeout=30
        )
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{why}\n")
    both = installed(tmp_path, "terminal", "bot")
    done = subprocess.run(
        [*both, "check-config", str(daemon.config_file)], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr


def test_the_screens_need_no_more_than_their_extra(tmp_path: Path) -> None:
    *python, _ = installed(tmp_path, "terminal")
    script = ONLY_HERE.format(str(tmp_path / "with-terminal")) + f"import {', '.join(SCREENS)}"
    done = subprocess.run([*python, script], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
