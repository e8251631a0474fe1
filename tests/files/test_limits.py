"""What is too much, or of a kind that is not taken: refused before it is read, saying the limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.conftest import MakeDaemon
from tests.daemon import RELAXED, Daemon
from tests.files.sender import HEAD, Refused, Sender, stored, visitor

TEXT = b"what it says"
SITES = ("large", "many", "shop", "bank", "day", "other", "kinds", "given", "crowd")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Limits that are reached soon; each test has sites of its own."""
    config = {
        "sites": {name: {} for name in SITES},
        "rooms": {"news": {"read_only": True}},
        "files": {"max_bytes": 1_000, "per_message": 2, "site_bytes": 2_500},
        "limits": {**RELAXED["limits"], "file_bytes_per_participant": "2400/day"},
    }
    running = Daemon(tmp_path_factory.mktemp("small"), config).start()
    yield running
    assert running.stop() == 0 and "incident" not in running.logged(), running.logged()


def test_a_file_that_is_too_large(daemon: Daemon) -> None:
    anna = visitor(daemon, site="large")
    with pytest.raises(Refused, match="at most 1000 bytes") as refused:
        anna.begin(1_001)
    assert refused.value.status == 413 and refused.value.error["limit"] == 1_000
    boris = visitor(daemon, "Boris", site="large")
    for size in (1_001, 20_000):
        with pytest.raises(Refused, match="1000 bytes") as refused:
            boris.post(b"x" * size)
        assert refused.value.status == 413
    assert anna.post(b"x" * 1_000)["size"] == 1_000
    assert len(anna.upload(b"y" * 1_000)["sha256"]) == 64


def test_more_files_than_a_message_has(daemon: Daemon) -> None:
    anna = visitor(daemon, site="many")
    files = [anna.upload(b"%d" % number)["id"] for number in range(3)]
    with pytest.raises(Refused, match="at most 2 files"):
        anna.say(*files)
    assert len(anna.say(*files[:2])["files"]) == 2


def test_more_than_a_site_may_have(daemon: Daemon) -> None:
    anna, boris = visitor(daemon, site="shop"), visitor(daemon, "Boris", site="shop")
    path = anna.begin(1_000)
    boris.upload(b"b" * 1_000)
    with pytest.raises(Refused, match="at most 2500 bytes together, 500 are left") as refused:
        boris.begin(501)
    assert refused.value.error["limit"] == 2_500
    assert visitor(daemon, "Vera", site="bank").upload(b"v" * 1_000)["state"] == "ready"
    assert boris.upload(b"c" * 300)["state"] == "ready"
    with pytest.raises(Refused, match="200 are left"):
        boris.begin(201)
    anna.ask("DELETE", path, None, HEAD)  # what never came gives its place back
    daemon.stop()
    daemon.start()
    with pytest.raises(Refused, match="1000 bytes"):
        boris.begin(1_201)
    assert boris.upload(b"d" * 1_000)["state"] == "ready"


def test_more_than_somebody_may_send_in_a_day(daemon: Daemon) -> None:
    anna = visitor(daemon, site="day")
    for letter in (b"a", b"b"):
        anna.upload(letter * 1_000)
    for _ in range(2):
        with pytest.raises(Refused, match="at most 2400 bytes in 1 day") as refused:
            anna.begin(1_000)
    assert refused.value.status == 429 and refused.value.error["retry_after"] > 80_000
    assert anna.upload(b"d" * 400)["state"] == "ready", "what was refused took nothing of it"
    assert visitor(daemon, "Boris", site="other").upload(b"c" * 1_000)["state"] == "ready"


def test_what_is_refused_or_given_up_is_not_of_the_day(daemon: Daemon) -> None:
    """For its type, for the site's share, at once or in a form; before the last byte, and after."""
    anna = visitor(daemon, site="given")
    for _ in range(3):
        with pytest.raises(Refused, match="not taken"):
            anna.upload(b"<html>" + b"x" * 900)
        with pytest.raises(Refused, match="not taken"):
            anna.post(bytes(900))
        path = anna.begin(1_000)
        anna.patch(path, 0, b"x" * 500)
        anna.ask("DELETE", path, None, HEAD)
        sent_never = anna.upload(b"y" * 1_000)["id"]
        anna.ask("DELETE", f"/api/files/{sent_never}", None, HEAD)
    full = [visitor(daemon, name, site="given") for name in ("Boris", "Vera")]
    paths = [one.begin(1_000) for one in full]
    for _ in range(3):
        with pytest.raises(Refused, match="bytes together, 500 are left"):
            anna.begin(1_000)
    for one, path in zip(full, paths, strict=True):
        one.ask("DELETE", path, None, HEAD)
    assert [anna.upload(b"%d" % n * 1_000)["state"] for n in range(2)] == ["ready"] * 2
    with pytest.raises(Refused, match="at most 2400 bytes in 1 day"):
        anna.begin(1_000)


def test_of_many_uploads_at_once_no_more_are_taken(daemon: Daemon) -> None:
    """Some are refused meanwhile: what these give back is taken once."""
    anna = visitor(daemon, site="crowd")
    passed: list[str] = []

    def send(number: int) -> None:
        with suppress(Refused):
            if number % 3:
                passed.append(anna.begin(700))
            else:
                anna.upload(b"<html>" + b"x" * 694)

    together(send, 24)
    assert 0 < len(passed) <= 3
    while len(passed) < 3:
        passed.append(anna.begin(700))
    with pytest.raises(Refused, match="in 1 day"):
        anna.begin(301)


def test_more_than_was_announced(daemon: Daemon) -> None:
    anna = visitor(daemon, site="many")
    path = anna.begin(900)
    anna.patch(path, 0, b"x" * 500)
    with pytest.raises(Refused, match=r"begun for 900 bytes, .* 1000: send 400 more") as refused:
        anna.patch(path, 500, b"x" * 500)
    assert refused.value.status == 413 and anna.offset(path) == 500


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<html><script>alert(1)</script></html>", "text/html"),
        (b"  \n<!DOCTYPE html><p>", "text/html"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "svg"),
        (b"MZ" + bytes(200), ""),
        (b"\x7fELF\x02\x01\x01" + bytes(200), ""),
        (b"7z\xbc\xaf'\x1c" + bytes(100), "7z"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "image/heic"),
        (bytes(500), "octet-stream"),
        (b"\x00\x01\x02\xff" * 100, ""),
    ],
)
def test_a_type_that_is_not_taken(daemon: Daemon, data: bytes, kind: str) -> None:
    anna = visitor(daemon, site="kinds")
    path = anna.begin(len(data), "harmless.txt")
    with pytest.raises(Refused, match="not taken here, but image/jpeg") as refused:
        anna.patch(path, 0, data)
    assert kind in refused.value.message and refused.value.status == 422
    file = anna.look(path)
    assert file["state"] == "refused" and "not taken" in file["reason"] and "url" not in file
    with pytest.raises(Refused, match="was refused"):
        anna.say(file["id"])


def test_nothing_is_kept_of_what_is_refused(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"files": {"site_bytes": 1_000}})
    anna = visitor(daemon)
    for _ in range(3):
        with pytest.raises(Refused, match="not taken"):
            anna.upload(b"<html>" + b"x" * 700)
        with pytest.raises(Refused, match="not taken"):
            anna.post(bytes(600))
    assert stored(daemon) == set() and not list((daemon.data / "uploads").iterdir())
    assert anna.upload(b"x" * 1_000)["state"] == "ready", "nor does it count"


def test_what_is_allowed_is_what_the_configuration_says(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"files": {"types": ["text/html", "image/svg+xml"]}})
    anna = visitor(daemon)
    with pytest.raises(Refused, match="text/plain are not taken here, but text/html"):
        anna.upload(TEXT)
    for data in (b"<html><script>alert(1)</script>", b"<svg xmlns='x'/>"):
        _, told, body = anna.fetch(anna.upload(data, "page.html")["url"])
        assert body == data and told["Content-Disposition"].startswith("attachment")
        assert "sandbox" in told["Content-Security-Policy"]
        assert told["X-Content-Type-Options"] == "nosniff"
        assert "html" not in told["Content-Type"]


def test_no_files_at_all(make_daemon: MakeDaemon) -> None:
    daemon: Daemon = make_daemon({"files": {"enabled": False}})
    anna = visitor(daemon)
    with pytest.raises(Refused, match="not taken here") as refused:
        anna.begin(1)
    assert refused.value.status == 403


def test_nobody_writes_where_they_may_only_read(daemon: Daemon) -> None:
    anna = Sender(daemon, visitor(daemon, site="many").token, "news")
    with pytest.raises(Refused, match="read-only"):
        anna.begin(1)
    assert daemon.http("POST", "/api/files?dialog_id=news", b"")[0] == 401


def together(work: Callable[[int], None], count: int) -> None:
    """Does it so often, at once."""
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, range(count)))
