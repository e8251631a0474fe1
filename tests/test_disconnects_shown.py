"""What clients show after very many disconnects is what is stored: the pages' dialog, and ``chatd
chat --plain``."""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from chatd.terminal.core.texts import Texts
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.net.socketio.stock import find_node
from tests.terminal.relay import Relay, relayed
from tests.terminal.talker import Talker
from tests.test_faults import everything

# A tenth of what `make soak` does.
DISCONNECTS = int(os.environ.get("CHATD_DISCONNECTS_SHOWN", "1000"))
CUTS = DISCONNECTS // 100  # a terminal waits for a moment before it comes back
PAGES, TERMINALS = 4, 3
RECENT = 40
SIGNS = "👍🎉🙈"
DELETED = Texts("ru")("deleted")
SCRIPT = Path(__file__).parent / "rev" / "pages.mjs"


class Writer:
    """Says, edits, deletes and reacts until it is told to end: each text begins with the number of
    its message."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.chance = random.Random(9)
        self.seq = self.rev = 0
        self.ended = threading.Event()

    def run(self) -> None:
        with Client(self.daemon.address) as client:
            client.hello(name="Вера")
            while not self.ended.wait(0.02):
                said = client.say("lobby", f"{self.seq + 1} сказано")
                self.seq, self.rev = said["seq"], said["rev"]
                self.rev = max(self.rev, self.change(client))

    def change(self, client: Client) -> int:
        """Some message that is not old; its rev."""
        seq = self.chance.randint(max(1, self.seq - RECENT), self.seq)
        sign = self.chance.choice(SIGNS)
        choices: list[tuple[str, dict[str, Any]]] = [
            ("message:edit", {"content": f"{seq} исправлено {self.rev}"}),
            ("message:react", {"emoji": sign}),
            ("message:react", {"emoji": sign, "remove": True}),
            ("message:delete", {}),
        ]
        event, more = self.chance.choice(choices)
        try:
            told = client.ask(event, message_id=f"lobby:{seq}", **more)
        except Refused as refused:
            assert refused.code == "conflict", "it is deleted already"
            return 0
        rev: int = told["message"]["rev"]
        return rev


@contextmanager
def written(daemon: Daemon) -> Iterator[Callable[[], Writer]]:
    """Somebody writes meanwhile; ends them."""
    writer = Writer(daemon)
    thread = threading.Thread(target=writer.run)
    thread.start()

    def end() -> Writer:
        writer.ended.set()
        thread.join(60)
        return writer

    try:
        yield end
    finally:
        end()


def stored_in(daemon: Daemon) -> dict[int, dict[str, Any]]:
    with Client(daemon.address) as client:
        client.hello(name="Глеб")
        client.join("lobby")
        return everything(client, "lobby")


def newcomers(daemon: Daemon, many: int) -> list[str]:
    """The tokens of so many."""
    tokens = []
    for number in range(many):
        with Client(daemon.address) as client:
            client.hello(name=f"Гость {number}")
            tokens.append(client.token)
    return tokens


def essence(message: dict[str, Any]) -> dict[str, Any]:
    """What is shown of a message."""
    names = ("seq", "content", "sender_name", "edited_at", "deleted_at", "reactions")
    return {name: message[name] for name in names if message.get(name)}


def test_the_pages_dialog_shows_what_is_stored(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    words = [find_node(), str(SCRIPT), daemon.address, str(DISCONNECTS), *newcomers(daemon, PAGES)]
    with (
        written(daemon) as end,
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pages,
    ):
        deadline = threading.Timer(60 + DISCONNECTS / 10, pages.kill)
        deadline.start()
        assert pages.stdin and pages.stdout
        lost = json.loads(pages.stdout.readline() or "{}")
        writer = end()
        pages.stdin.write(json.dumps({"seq": writer.seq, "rev": writer.rev}) + "\n")
        pages.stdin.flush()
        shown = json.loads(pages.stdout.readline() or "[]")
        deadline.cancel()
    assert lost == {"lost": DISCONNECTS} and len(shown) == PAGES
    stored = stored_in(daemon)
    assert len(stored) == writer.seq and any("deleted_at" in one for one in stored.values())
    assert any(one.get("reactions") for one in stored.values())
    for page in shown:
        assert page["rev"] == writer.rev
        seqs = [one["seq"] for one in page["messages"]]
        assert len(seqs) > RECENT and seqs == list(
            range(writer.seq - len(seqs) + 1, writer.seq + 1)
        )
        assert [*map(essence, page["messages"])] == [essence(stored[seq]) for seq in seqs]


def test_plain_clients_show_what_is_stored(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    with relayed(daemon.address) as relay:
        url = f"http://{relay.address}"
        talkers = [Talker("--name", f"Т{number}", "--url", url) for number in range(TERMINALS)]
        try:
            for one in talkers:
                one.hears("— Lobby")
            with written(daemon) as end:
                for _ in range(CUTS):
                    lose_all(relay, talkers)
                writer = end()
            stored = stored_in(daemon)
            wanted = {seq: line_of(one) for seq, one in stored.items() if "deleted_at" not in one}
            deletions = len(stored) - len(wanted)
            for one in talkers:
                with suppress(AssertionError):
                    eventually(partial(tells, one, wanted, deletions), 20)
                assert told_by(one, wanted) == (wanted, deletions)
                assert one.ends() == 0
        finally:
            for one in talkers:
                one.process.kill()
    assert len(stored) == writer.seq and deletions and len(wanted) > RECENT
    assert any("✎" in line for line in wanted.values())
    assert any(sign in line for line in wanted.values() for sign in SIGNS)


def line_of(message: dict[str, Any]) -> str:
    """A message as a terminal tells it, without time and name."""
    edited = " ✎" if "edited_at" in message else ""
    signs = " ".join(f"{sign} {len(who)}" for sign, who in message.get("reactions", {}).items())
    return f"{message['content']}{edited}" + (f"  {signs}" if signs else "")


def told_by(talker: Talker, seqs: Collection[int]) -> tuple[dict[int, str], int]:
    """What it has told last of each of these messages, and how many deletions it has told."""
    last: dict[int, str] = {}
    said = [text for _, name, text in (line.partition(" Вера: ") for line in talker.lines) if name]
    for text in said:
        if text != DELETED:
            last[int(text.split()[0])] = text
    return {seq: text for seq, text in last.items() if seq in seqs}, said.count(DELETED)


def tells(talker: Talker, wanted: dict[int, str], deletions: int) -> bool:
    return told_by(talker, wanted) == (wanted, deletions)


def lose_all(relay: Relay, talkers: list[Talker]) -> None:
    """Everybody's line is cut; until they are all back."""
    before = [came_back(one) for one in talkers]
    relay.cut()
    relay.mend()
    for one, times in zip(talkers, before, strict=True):
        eventually(partial(has_come_back, one, times), 20)


def has_come_back(talker: Talker, times: int) -> bool:
    return came_back(talker) > times


def came_back(talker: Talker) -> int:
    """How often a terminal has said that it is on line."""
    return sum("на связи, имя" in line for line in talker.lines)
