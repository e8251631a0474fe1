"""Files in the terminal: shown with name, size and the link that opens them."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatd.domain.message import Message
from chatd.terminal.core.attached import http_address, size_of, told_files, without_links
from chatd.terminal.core.refusals import explain
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.texts import Texts
from chatd.terminal.core.transfer import Way, create
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


def test_a_file_is_sent_and_saved_by_lines(
    daemon: Daemon, staff: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    large = tmp_path / "большой.txt"
    large.write_bytes(b"line of many\n" * 200_000)
    talker = Talker("--name", "Vera", "--url", f"http://{daemon.address}")
    try:
        talker.hears("Lobby")
        talker.says("/send nowhere.txt")
        talker.hears("nowhere.txt: No such file or directory")
        talker.says("/save notes.txt")
        talker.hears("Под таким номером нет сообщения с файлами: /save N")
        talker.says(f"/send {large}")
        talker.hears("⇩ большой.txt, 3 MB: http://")
        talker.says("/save")
        saved = talker.hears("Сохранено: ").partition("Сохранено: ")[2]
        assert Path(saved).name == "большой (2).txt"
        assert Path(saved).read_bytes() == large.read_bytes()
        (tmp_path / "page.txt").write_text("<html>")
        talker.says("/send page.txt")
        talker.hears("Файлы такого вида (text/html) здесь не принимают. Принимают: image/jpeg, ")
        assert talker.ends() == 0
    finally:
        talker.process.kill()
        talker.process.wait(20)


def test_what_is_too_large_is_told_in_bytes(daemon: Daemon, anna: Sender, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(104_857_601)
    with pytest.raises(Refused) as refused:
        Way(f"http://{daemon.address}", anna.token).upload(large, anna.dialog)
    said = explain(Texts("ru"), refused.value)
    assert said == "Слишком много: допустимо не больше 104\u00a0857\u00a0600 B"


def test_nothing_is_written_over_nor_outside(tmp_path: Path) -> None:
    names = ["../../x", "/etc/passwd", "..", ".bashrc", "a\\b", "x" * 300 + ".txt", "", "a\nb"]
    for name in names * 2:
        place, file = create(tmp_path, name)
        file.close()
        assert place.parent == tmp_path and not place.name.startswith(".")
    assert len(list(tmp_path.iterdir())) == 2 * len(names)
