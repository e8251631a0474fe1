"""Files that the shell sends along: read at its end, whole, or refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client import Client, Refused
from tests.conftest import Connect
from tests.daemon import Daemon
from tests.files.sender import visitor

LARGE = b"one line of many\n" * 60_000  # more than one line of the socket holds


def brought(line: Client, ticket: str) -> list[tuple[str, str, list[str]]]:
    """What came with files: type, text, names."""
    told = line.ask("history:get", dialog_id=ticket)["messages"]
    return [
        (one["type"], one["content"], [file["name"] for file in one["files"]])
        for one in told
        if one.get("files")
    ]


def test_an_answer_brings_files_along_to_the_byte(
    daemon: Daemon, connect: Connect, tmp_path: Path
) -> None:
    anna = visitor(daemon)
    large, small = tmp_path / "журнал.txt", tmp_path / "b.txt"
    large.write_bytes(LARGE)
    small.write_bytes(b"b")
    daemon.add_operator("tamara", "Тамара")
    told = ("reply", "--as", "tamara", "--file", str(large), f"--file={small}", anna.dialog)
    done = daemon.admin(*told, "вот", "журнал")
    assert done.returncode == 0 and f"OK: posted {anna.dialog}:" in done.stderr
    assert daemon.admin(stdin=f"reply --file {small} {anna.dialog}\n").returncode == 0
    line = connect()
    line.hello(token=anna.token)
    assert brought(line, anna.dialog) == [
        ("file", "вот журнал", ["журнал.txt", "b.txt"]),
        ("file", "b.txt", ["b.txt"]),
    ]
    [file] = [
        file
        for one in line.ask("history:get", dialog_id=anna.dialog)["messages"]
        for file in one.get("files", ())
        if file["name"] == "журнал.txt"
    ]
    assert anna.fetch(file["url"], anna.token)[2] == LARGE


def test_what_cannot_be_brought_is_said_and_nothing_is_posted(
    daemon: Daemon, connect: Connect, tmp_path: Path
) -> None:
    anna = visitor(daemon, "Vera")
    empty, page = tmp_path / "empty.txt", tmp_path / "page.html"
    empty.write_bytes(b"")
    page.write_bytes(b"<!doctype html><script>alert(1)</script>")
    for path, status, said in (
        (tmp_path / "none.txt", 1, "none.txt: No such file"),
        (tmp_path, 1, "Is a directory"),
        (empty, 1, "empty.txt is empty"),
        (page, 1, "files of the type"),
    ):
        done = daemon.admin("reply", "--file", str(path), anna.dialog, "see")
        assert done.returncode in (status, 2) and said in done.stderr, done.stderr
    neither = daemon.admin("reply", anna.dialog)
    assert neither.returncode == 2 and "reply needs MESSAGE" in neither.stderr
    line = connect()
    line.hello(token=anna.token)
    assert brought(line, anna.dialog) == []
    with pytest.raises(Refused, match="forbidden"):
        line.ask("file:write", file_id="f-1", offset=0, data="eA==")


def test_what_was_brought_is_named_with_size_and_type_in_tables_pipes_and_json(
    daemon: Daemon, tmp_path: Path
) -> None:
    boris = visitor(daemon, "Boris")
    boris.say(boris.upload(b"tea", "чай.txt")["id"], boris.upload(LARGE, "журнал.txt")["id"])
    boris.say(boris.upload(b"%PDF-1.4 x", "счёт.pdf")["id"], text="вот счёт")
    both = "чай.txt (3 bytes, text/plain); журнал.txt (1020000 bytes (996 KB), text/plain)"
    for verb in ("show", "history"):
        rows = [one.split("\t") for one in daemon.admin(verb, boris.dialog).stdout.splitlines()]
        shown = {row[4]: row[-1] for row in rows}
        assert shown["help"] == "" and shown["вот счёт"] == "счёт.pdf (10 bytes, application/pdf)"
        assert shown["чай.txt, журнал.txt"] == both
        told = daemon.admin_json(verb, boris.dialog)["messages"]
        files = [one for message in told for one in message.get("files", ())]
        assert [(one["name"], one["size"], one["type"]) for one in files] == [
            ("чай.txt", 3, "text/plain"),
            ("журнал.txt", len(LARGE), "text/plain"),
            ("счёт.pdf", 10, "application/pdf"),
        ]


def test_without_yes_a_removal_is_a_dry_run_and_says_so(daemon: Daemon) -> None:
    vera = visitor(daemon, "Vera")
    file = vera.say(vera.upload(b"tea")["id"])["files"][0]
    assert daemon.admin("close", vera.dialog).returncode == 0
    dry = daemon.admin("remove", vera.dialog)
    assert dry.returncode == 0 and not dry.stderr.startswith("OK")
    assert dry.stderr.startswith(f"would remove {vera.dialog}: ")
    assert "1 file of 3 bytes; nothing was removed, --yes does it for good" in dry.stderr
    assert vera.look(f"/api/files/{file['id']}")["name"] == "notes.txt"
    done = daemon.admin("remove", vera.dialog, "--yes")
    assert done.returncode == 0 and done.stderr.startswith(f"OK: removed {vera.dialog}: ")
    assert daemon.admin("show", vera.dialog).returncode == 5
