"""An older backup was restored: whoever knows what is gone with it reads anew, and sees the truth,
also when the numbers of what has come since have long passed theirs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.session import Session
from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.terminal.test_plain import Talker
from tests.terminal.test_session import online, until

BEFORE = ["раз", "два"]
GONE = 6
SINCE = ["стало три", "стало четыре", "стало пять", "стало шесть"]
TRUTH = ["раз", "два!", *SINCE]


def chatd(*words: str) -> None:
    command = [sys.executable, "-m", "chatd", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def backed_up(daemon: Daemon, copy: Path) -> None:
    chatd("backup", str(copy), "--socket", str(daemon.socket))


def set_back(daemon: Daemon, copy: Path) -> None:
    daemon.stop()
    chatd("restore", str(copy), "--data-dir", str(daemon.data), "--force")
    daemon.start()


def said(client: Client, dialog_id: str, text: str) -> str:
    """The id of the message with this text."""
    page = client.join(dialog_id)["messages"]
    return str(next(one["id"] for one in page if one["content"] == text))


def live_on(writer: Client, dialog_id: str) -> None:
    """What will be gone."""
    first = said(writer, dialog_id, BEFORE[0])
    for number in range(GONE):
        writer.say(dialog_id, f"пропало {number}")
    writer.ask("message:edit", message_id=first, content="пропало")


def live_anew(address: str, token: str, dialog_id: str) -> None:
    """What takes its place: more messages than that has left, and more changes."""
    with Client(address) as writer:
        writer.hello(token=token)
        second = said(writer, dialog_id, BEFORE[1])
        for text in SINCE:
            writer.say(dialog_id, text)
        for number in range(3 * GONE):
            writer.ask("message:edit", message_id=second, content=f"{number}")
        writer.ask("message:edit", message_id=second, content=TRUTH[1])
        for number in range(GONE):
            one = writer.say(dialog_id, f"лишнее {number}")
            writer.ask("message:delete", message_id=one["id"])


class Life:
    """Anna's room and ticket; what she knows of both is gone with what came after the backup."""

    def __init__(self, daemon: Daemon, copy: Path) -> None:
        with Client(daemon.address) as anna:
            anna.hello(name="Анна")
            for text in BEFORE:
                anna.say("lobby", text)
            self.ticket = anna.ask("ticket:open", content=BEFORE[0])["ticket"]["id"]
            anna.say(self.ticket, BEFORE[1])
            backed_up(daemon, copy)
            live_on(anna, "lobby")
            live_on(anna, self.ticket)
            known, polled = anna.join("lobby"), anna.join(self.ticket)
            self.token = anna.token
        self.known = {"after_seq": known["dialog"]["last_seq"], "after_rev": known["rev"]}
        self.query = f"after={polled['dialog']['last_seq']}&after_rev={polled['rev']}"
        set_back(daemon, copy)


@pytest.mark.parametrize("passed", [False, True])
def test_who_resumes_or_polls_reads_anew(
    make_daemon: MakeDaemon, tmp_path: Path, passed: bool
) -> None:
    daemon = make_daemon()
    life = Life(daemon, tmp_path / "copy")
    if passed:
        live_anew(daemon.address, life.token, "lobby")
        live_anew(daemon.address, life.token, life.ticket)
    known, token = life.known, life.token
    room = "/api/messages/dialog/lobby?" + "&".join(f"{key}={one}" for key, one in known.items())
    polled = f"/api/support/messages/{life.ticket}?{life.query}"
    with Client(daemon.address) as anna:
        told = anna.hello(token=token, join=[{"dialog_id": "lobby", **known}])["joined"]
        told += [anna.join("lobby", **known), anna.ask("history:get", dialog_id="lobby", **known)]
        told += [daemon.http("GET", path, token=token)[1]["data"] for path in (room, polled)]
        for one in told:
            assert one["resync"] is True and one["changed"] == []
            of_people = [m for m in one["messages"] if m["sender_type"] in ("member", "customer")]
            said = [m.get("content", m.get("message")) for m in of_people]
            assert [text for text in said if text] == (TRUTH if passed else BEFORE)
        anna.ask("message:edit", message_id="lobby:1", content="сначала")
        now = anna.join("lobby")
        since = {"after_seq": now["dialog"]["last_seq"], "after_rev": now["rev"]}
        anna.ask("message:edit", message_id="lobby:1", content="после")
        changed = anna.join("lobby", **since)
        assert not changed["resync"], "what is told from here on goes on as ever"
        assert [one["content"] for one in changed["changed"]] == ["после"]


def shown(dialog: Dialog) -> list[str]:
    return [one.content for one in dialog.messages if one.content]


def test_terminals_show_what_there_is_instead(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    daemon, copy = make_daemon(), tmp_path / "copy"

    def life(anna: Session, vera: Talker) -> None:
        with Client(daemon.address) as boris:
            boris.hello(name="Борис")
            for text in BEFORE:
                boris.say("lobby", text)
            vera.hears(BEFORE[1])
            backed_up(daemon, copy)
            live_on(boris, "lobby")
            vera.hears(f"пропало {GONE - 1}")
            token = boris.token
        set_back(daemon, copy)
        live_anew(daemon.address, token, "lobby")
        anna.hurry()
        for text in TRUTH[1:]:
            vera.hears(text)

    async def scene(vera: Talker) -> None:
        async with online(daemon.address, "Анна") as anna:
            dialog = await anna.join("lobby")
            await asyncio.to_thread(life, anna, vera)
            await until(lambda: shown(dialog) == TRUTH)

    vera = Talker("--name", "Вера", "--url", f"http://{daemon.address}", "lobby")
    try:
        asyncio.run(scene(vera))
        assert vera.ends() == 0
    finally:
        vera.process.kill()
        vera.process.wait()
