"""A voice message as an m4a: by the real ffmpeg, which is held to what it is given."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chatd.helper import helpers, sounds
from chatd.helper.helpers import Helpers

RECORDED = ("-f", "lavfi", "-i", "sine=440:duration=3", "-c:a", "libopus", "-b:a", "32k")


def record(directory: Path, kind: str) -> bytes:
    """As a browser's recorder gives it."""
    target = directory / f"voice.{kind}"
    command = [
        "ffmpeg",
        "-nostdin",
        "-loglevel",
        "error",
        *RECORDED,
        "-f",
        kind,
        str(target),
    ]
    subprocess.run(command, check=True, timeout=60)
    return target.read_bytes()


def facts_of(directory: Path, data: bytes) -> dict[str, object]:
    """What ffprobe finds."""
    path = directory / "made.m4a"
    path.write_bytes(data)
    asked = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", str(path)]
    told = json.loads(subprocess.run(asked, check=True, capture_output=True, timeout=60).stdout)
    (stream,) = told["streams"]
    return {"codec": stream["codec_name"], "seconds": round(float(told["format"]["duration"]))}


def fail() -> None:
    """Counts nothing."""


def make(data: bytes, kind: str, program: str = "ffmpeg") -> bytes:
    """What the daemon has of it."""
    return Helpers(fail).make_m4a(program, lambda: data, kind)


@pytest.mark.parametrize(("kind", "type"), [("webm", "video/webm"), ("ogg", "audio/ogg")])
def test_what_was_recorded_becomes_an_m4a_the_same_each_time(
    tmp_path: Path, kind: str, type: str
) -> None:
    data = record(tmp_path, kind)
    made = make(data, type)
    assert facts_of(tmp_path, made) == {"codec": "aac", "seconds": 3}
    assert made.index(b"moov") < made.index(b"mdat"), "it plays before all of it has come"
    assert make(data, type) == made
    assert make(data[: len(data) // 2], "video/webm") or kind == "ogg", "as far as there is sound"


def test_where_none_can_be_made_there_is_none(tmp_path: Path) -> None:
    data = record(tmp_path, "webm")
    assert make(data, "video/webm", "") == make(data, "video/webm", "no-such-program") == b""
    assert make(data, "audio/mp4") == make(data, "text/plain") == b""
    for junk in (b"", b"RIFF", data[:100], b"ffconcat version 1.0\nfile /etc/passwd\n"):
        assert make(junk, "video/webm") == make(junk, "audio/ogg") == b""


@pytest.fixture
def instead() -> Iterator[Callable[[str], bytes]]:
    """What comes of a program that does this; ``$out``: where it is to write. It lies where anybody
    may look, as ffmpeg does."""
    with TemporaryDirectory() as directory:
        Path(directory).chmod(0o711)
        program = Path(directory, "program")

        def run(text: str) -> bytes:
            program.write_text(f"#!/bin/sh\nfor out; do :; done\n{text}\n")
            program.chmod(0o755)
            return make(b"x", "video/webm", str(program))

        yield run


def test_a_program_that_makes_something_else_makes_nothing(instead: Callable[[str], bytes]) -> None:
    assert instead('printf "0000ftypM4A " > "$out"') == b"0000ftypM4A "
    assert instead('printf "<html>" > "$out"') == b""
    assert instead('printf "0000ftypM4A " > "$out"; exit 1') == b""


def test_a_program_writes_no_more_than_it_may_and_ends(
    instead: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert instead('printf "0000ftyp" > "$out"; cat /dev/zero >> "$out"') == b""
    monkeypatch.setattr(sounds, "SECONDS", 1)
    assert instead("while :; do :; done") == b"", "of the processor"
    monkeypatch.setattr(sounds, "GRACE_S", 0.0)
    assert instead("sleep 600") == b"", "of the clock"


def test_who_waits_too_long_for_theirs_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helpers, "PATIENCE_S", 0.0)
    busy = Helpers(fail)
    for _ in range(helpers.AT_ONCE):
        assert busy._sounding.acquire(timeout=0)
    assert busy.make_m4a("ffmpeg", lambda: pytest.fail("nobody asks"), "video/webm") == b""
