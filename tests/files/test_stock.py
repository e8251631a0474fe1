"""npm's ``tus-js-client`` as it comes: stopped in between, and with the daemon killed under it."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeDaemon
from tests.files.sender import Sender, visitor
from tests.net.socketio.stock import find_node

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("stock.mjs")
TEXT = b"".join(b"line %d of many\n" % number for number in range(60_000))
WITHOUT = not (ROOT / "tools/pages/node_modules/tus-js-client").exists()
pytestmark = pytest.mark.skipif(WITHOUT, reason="`npm ci` in tools/pages fetches tus-js-client")


def upload(anna: Sender, path: Path) -> Iterator[list[Any]]:
    """What the client tells while it uploads."""
    path.write_bytes(TEXT)
    words = [find_node(), SCRIPT, anna.daemon.address, anna.token, anna.dialog, path]
    with subprocess.Popen(["timeout", "60", *words], stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout
        for line in client.stdout:
            yield json.loads(line)


def check(anna: Sender, told: list[Any]) -> None:
    """The file that the client says is done is the one that it had."""
    assert told[0] == "done", told
    file = anna.look("/api/files/" + told[1].rpartition("/")[2])
    assert (file["state"], file["size"]) == ("ready", len(TEXT))
    assert file["sha256"] == hashlib.sha256(TEXT).hexdigest()


def test_it_stops_and_goes_on(anna: Sender, tmp_path: Path) -> None:
    *pieces, last = upload(anna, tmp_path / "notes.txt")
    check(anna, last)
    assert len(pieces) >= len(TEXT) // 100_000


def test_it_goes_on_when_the_daemon_was_killed(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    daemon = make_daemon()
    anna = visitor(daemon)
    last: list[Any] = []
    for number, told in enumerate(upload(anna, tmp_path / "notes.txt")):
        last = told
        if number in (2, 4):
            daemon.stop(signal.SIGKILL)
            daemon.start()
    check(anna, last)
