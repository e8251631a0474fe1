"""Calls on the stage that are recorded."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from typing import Any, cast

from chatd.domain.call import Call
from chatd.domain.file import File
from chatd.protocol.calls import AgreeToRecording, RecordCall
from chatd.service import recordings
from tests.files.test_examining import Helper
from tests.handlers.calling import in_ticket, settings, talk
from tests.handlers.stage import Person, Stage

SITES = {"shop": {"recording": True}, "bank": {}}


@cache
def webm(seconds: int = 3) -> bytes:
    """As a browser's recorder gives it."""
    made = ("-f", "lavfi", "-i", f"sine=440:duration={seconds}", "-c:a", "libopus", "-f", "webm")
    program = shutil.which("ffmpeg")
    assert program
    command = [program, "-nostdin", "-loglevel", "error", *made, "pipe:1"]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def talking(stage: Stage, **given: Any) -> tuple[Person, Person, str, str]:
    """A customer and an operator in a call, their ticket, and the call; it may be recorded, and
    whatever comes is taken for what a browser records."""
    helper = Helper()
    helper.kind = "video/webm"
    stage.services.helpers = cast(Any, helper)
    settings(stage, sites=SITES, **given)
    anna, artem, ticket = in_ticket(stage)
    return anna, artem, ticket, talk(artem, anna, ticket)


def ask(person: Person, call: str, *media: str) -> Any:
    """The recording that is asked for."""
    asked = RecordCall(call_id=call, media=list(media) or ["audio"])  # type: ignore[arg-type]
    return person.ask(asked).call.recording


def answer(person: Person, call: str, agree: bool) -> Any:
    """The recording that somebody has agreed to, or not."""
    return person.ask(AgreeToRecording(call_id=call, agree=agree)).call.recording


def send(stage: Stage, file: str, offset: int, data: bytes) -> File:
    """A part of it comes."""
    return recordings.receive(stage.services, file, offset, [data], lambda: None)


def running(stage: Stage, **given: Any) -> tuple[Person, Person, str, str, str]:
    """A call that is recorded, and the file that takes it."""
    anna, artem, ticket, call = talking(stage, **given)
    ask(artem, call)
    return anna, artem, ticket, call, answer(anna, call, True).file_id


def stored(stage: Stage, call: str) -> Any:
    """The recording as it is stored with its call."""
    known = stage.store.get(Call, call)
    return known.recording if known else None
