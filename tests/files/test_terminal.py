"""Files in the terminal: shown with name, size and the link that opens them."""

from __future__ import annotations

import urllib.request
from typing import Any

import msgspec
import pytest

from chatd.domain.message import Message
from chatd.terminal.core.attached import http_address, size_of, told_files, without_links
from tests.daemon import Daemon
from tests.files.sender import Sender
from tests.terminal.talker import Talker

TEXT = b"what it says"


def message(content: str, **fields: Any) -> Message:
    file = {"id": "f-1", "name": "a\n.txt", "size": 12_345, "type": "text/plain", "sha256": ""}
    told = {
        "dialog_id": "lobby",
        "sender_type": "member",
        "sender_id": "p-1",
        "sender_name": "Anna",
        "created_at": "2026-11-21T10:00:00.123Z",
        "content": content,
        "files": [{**file, **fields}],
    }
    return msgspec.convert(told, Message)


@pytest.mark.parametrize(
    ("said", "fields", "told"),
    [
        ("look", {"url": "/api/x"}, "look\n⇩ a .txt, 12 kB: http://h/api/x"),
        ("a\n.txt", {"url": "/api/x"}, "⇩ a .txt, 12 kB: http://h/api/x"),
        ("look", {}, "look\n⇩ a .txt, 12 kB"),
        ("look", {"url": "http://elsewhere"}, "look\n⇩ a .txt, 12 kB"),
    ],
)
def test_a_file_is_a_line(said: str, fields: dict[str, Any], told: str) -> None:
    assert told_files(message(said, **fields), "http://h") == told


def test_a_link_that_changes_is_no_change() -> None:
    one, two = message("x", url="/api/1"), message("x", url="/api/2", preview_url="/api/3")
    assert without_links(one) == without_links(two) != one


def test_sizes_and_addresses_in_words() -> None:
    assert [size_of(size) for size in (1, 999, 1_000, 1_499_999, 10**10, 10**13)] == [
        *("1 B", "999 B", "1 kB", "1 MB", "10 GB", "10000 GB")
    ]
    assert http_address("wss://h/p/ws") == "https://h/p"
    assert http_address("ws://h:1/ws") == "http://h:1"


def test_who_reads_lines_gets_the_link(daemon: Daemon, staff: str) -> None:
    talker = Talker("--name", "Boris", "--url", f"http://{daemon.address}")
    try:
        talker.hears("Lobby")
        artem = Sender(daemon, staff, "lobby")
        artem.say(artem.upload(TEXT)["id"], text="look")
        talker.hears("Artem: look")
        link = talker.hears("⇩ notes.txt, 12 B: http://").rpartition(" ")[2]
        with urllib.request.urlopen(link, timeout=20) as answer:
            assert answer.read() == TEXT
        assert talker.ends() == 0
    finally:
        talker.process.kill()
        talker.process.wait(20)
