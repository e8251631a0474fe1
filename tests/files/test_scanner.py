"""A scanner sees every file before anybody else does; where it does not answer, nobody does."""

from __future__ import annotations

import shutil
import socketserver
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ports
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.files.sender import Refused, stored, visitor

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")


class Answering(socketserver.StreamRequestHandler):
    """Says of a stream what clamd would."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        found = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            found += self.rfile.read(length)
        bad = EICAR in found
        self.wfile.write(b"stream: Eicar-Signature FOUND\0" if bad else b"stream: OK\0")


@pytest.fixture
def scanner() -> Iterator[str]:
    """Where one listens that speaks as clamd does."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_what_the_scanner_finds_is_refused_and_gone(make_daemon: MakeDaemon, scanner: str) -> None:
    check_scanner(make_daemon({"files": {"scanner": scanner}}))


def check_scanner(daemon: Daemon) -> None:
    """What is clean is taken, and what is not is not."""
    anna = visitor(daemon)
    assert anna.upload(b"clean")["state"] == "ready"
    before = stored(daemon)
    for send in (anna.upload, anna.post):
        with pytest.raises(Refused, match=r"Eicar.* was found in it"):
            send(EICAR, "a.txt")
    assert stored(daemon) == before


def test_while_nobody_can_say_nobody_gets_it(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    port = next(ports.FREE)
    daemon = make_daemon({"files": {"scanner": f"127.0.0.1:{port}"}})
    anna = visitor(daemon)
    path = anna.begin(5)
    with pytest.raises(Refused, match="does not answer") as refused:
        anna.patch(path, 0, b"clean")
    assert refused.value.status == 503
    file = anna.look(path)
    assert file["state"] == "checking" and "url" not in file
    with pytest.raises(Refused, match="not ready yet"):
        anna.say(file["id"])
    assert anna.fetch(f"/api/files/{file['id']}/content", anna.token)[0] == 404
    with socketserver.ThreadingTCPServer(("127.0.0.1", port), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert eventually(lambda: anna.look(path)["state"] == "ready", 60)
        server.shutdown()


@pytest.mark.skipif(CLAMD is None, reason="no clamd here")
def test_a_real_clamd(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    place = tmp_path / "clamd"
    (place / "db").mkdir(parents=True)
    signature = "Eicar-Signature:0:0:" + EICAR.hex()
    (place / "db" / "test.ndb").write_text(f"{signature}\n")
    where, config = place / "s", place / "clamd.conf"
    config.write_text(
        f"DatabaseDirectory {place}/db\nLocalSocket {where}\nForeground yes\nUser root\n"
    )
    assert CLAMD is not None
    process = subprocess.Popen([CLAMD, "-c", str(config)])
    try:
        eventually(where.exists, 60)
        check_scanner(make_daemon({"files": {"scanner": f"unix:{where}"}}))
    finally:
        process.kill()
        process.wait(20)
