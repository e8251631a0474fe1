"""Uploads: exact to the byte, whatever is cut, killed or sent twice."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import random
import signal

import pytest
from tusclient.client import TusClient

from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.files.sender import HEAD, OCTETS, Refused, Sender, metadata, stored, visitor

TEXT = b"".join(b"line %d of many\n" % number for number in range(40_000))
DIGEST = hashlib.sha256(TEXT).hexdigest()


def test_tuspy_uploads_a_file_in_pieces(anna: Sender) -> None:
    client = TusClient(
        f"http://{anna.daemon.address}/api/files",
        headers={"Authorization": f"Bearer {anna.token}"},
    )
    uploader = client.uploader(
        file_stream=io.BytesIO(TEXT),
        chunk_size=100_000,
        metadata={"filename": "notes.txt", "dialog_id": anna.dialog},
    )
    uploader.upload()
    found = anna.look("/api/files/" + uploader.url.rpartition("/")[2])
    assert (found["state"], found["sha256"], found["size"]) == ("ready", DIGEST, len(TEXT))
    assert (found["type"], found["name"]) == ("text/plain", "notes.txt")
    assert anna.fetch(found["url"])[2] == TEXT


def test_tuspy_goes_on_where_it_was_and_checks_every_piece(anna: Sender) -> None:
    path = anna.begin(len(TEXT))
    anna.patch(path, 0, TEXT[:123_457])
    client = TusClient(
        f"http://{anna.daemon.address}/api/files",
        headers={"Authorization": f"Bearer {anna.token}"},
    )
    uploader = client.uploader(
        file_stream=io.BytesIO(TEXT),
        url=f"http://{anna.daemon.address}{path}",
        chunk_size=200_000,
        upload_checksum=True,
    )
    assert uploader.offset == 123_457
    uploader.upload()
    assert anna.look(path)["sha256"] == DIGEST


@pytest.mark.parametrize("cut", [0, 1, 100, 65_536, 262_143, 262_145, len(TEXT) - 1])
def test_an_upload_goes_on_after_a_cut_at_any_byte(anna: Sender, cut: int) -> None:
    path = anna.begin(len(TEXT))
    anna.cut(path, 0, TEXT[:cut], len(TEXT))
    eventually(lambda: anna.received(path) == cut)
    assert anna.offset(path) == cut
    assert anna.patch(path, cut, TEXT[cut:]) == len(TEXT)
    assert anna.look(path)["sha256"] == DIGEST


def test_many_cuts_one_after_another(anna: Sender) -> None:
    luck, path, at = random.Random(7), anna.begin(len(TEXT)), 0
    while at < len(TEXT):
        end = min(len(TEXT), at + luck.choice([1, 999, 70_000, 300_000]))
        anna.cut(path, at, TEXT[at:end], len(TEXT) - at)
        eventually(lambda end=end: anna.received(path) == end)  # type: ignore[misc]
        at = end
    assert eventually(lambda: anna.look(path)["state"] == "ready")
    assert anna.look(path)["sha256"] == DIGEST


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_upload_goes_on_after_the_daemon_was_killed(
    make_daemon: MakeDaemon, number: signal.Signals
) -> None:
    daemon = make_daemon()
    anna = visitor(daemon)
    path = anna.begin(len(TEXT))
    assert anna.patch(path, 0, TEXT[:300_001]) == 300_001
    daemon.stop(number)
    daemon.start()
    assert anna.offset(path) == 300_001
    assert anna.patch(path, 300_001, TEXT[300_001:]) == len(TEXT)
    assert anna.look(path)["sha256"] == DIGEST
    daemon.stop(number)
    daemon.start()
    found = anna.look(path)
    assert found["state"] == "ready" and anna.fetch(found["url"])[2] == TEXT


def test_who_is_cut_off_is_not_waited_for_by_who_goes_on(anna: Sender) -> None:
    """A line that says nothing more, and does not end either."""
    path = anna.begin(len(TEXT))
    line = http.client.HTTPConnection(anna.daemon.address, timeout=20)
    line.putrequest("PATCH", path)
    head = {**OCTETS, "Upload-Offset": "0", "Content-Length": str(len(TEXT))}
    for name, value in {**head, "Authorization": f"Bearer {anna.token}"}.items():
        line.putheader(name, value)
    line.endheaders(TEXT[:1_000])
    at = anna.offset(path)
    assert at in (0, 1_000), "what had come, or nothing of it yet"
    assert anna.patch(path, at, TEXT[at:]) == len(TEXT)
    line.close()
    assert anna.look(path)["sha256"] == DIGEST


def test_what_does_not_go_on_where_it_ended_is_refused(anna: Sender) -> None:
    path = anna.begin(len(TEXT))
    anna.patch(path, 0, TEXT[:100])
    for offset in (0, 99, 101, len(TEXT)):
        with pytest.raises(Refused, match="goes on at byte 100") as refused:
            anna.patch(path, offset, TEXT[offset : offset + 10])
        assert refused.value.status == 409 and refused.value.error["offset"] == 100
    assert anna.offset(path) == 100


def test_more_than_was_announced_is_refused(anna: Sender) -> None:
    path = anna.begin(10)
    with pytest.raises(Refused, match="begun for 10 bytes") as refused:
        anna.patch(path, 0, b"x" * 11)
    assert refused.value.status == 413 and anna.offset(path) == 0


def test_of_a_piece_that_is_not_what_its_checksum_says_nothing_is_kept(anna: Sender) -> None:
    path, piece = anna.begin(len(TEXT)), TEXT[:400_000]
    good = base64.b64encode(hashlib.sha1(piece).digest()).decode()
    wrong = base64.b64encode(hashlib.sha1(b"?").digest()).decode()
    with pytest.raises(Refused, match="send them again") as refused:
        anna.patch(path, 0, piece, **{"Upload-Checksum": f"sha1 {wrong}"})
    assert refused.value.status == 460 and anna.offset(path) == 0
    assert anna.patch(path, 0, piece, **{"Upload-Checksum": f"sha1 {good}"}) == 400_000
    with pytest.raises(Refused, match="sha1, sha256"):
        anna.patch(path, 400_000, b"x", **{"Upload-Checksum": "crc32 AAAA"})


def test_an_upload_is_given_up(anna: Sender) -> None:
    path = anna.begin(len(TEXT))
    anna.patch(path, 0, TEXT[:100])
    assert anna.ask("DELETE", path, None, HEAD)[0] == 204
    for ask in (lambda: anna.offset(path), lambda: anna.patch(path, 100, b"x")):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status == 404


def test_what_is_given_up_while_it_comes_is_gone(anna: Sender) -> None:
    path = anna.begin(len(TEXT))
    line = http.client.HTTPConnection(anna.daemon.address, timeout=20)
    line.putrequest("PATCH", path)
    head = {**OCTETS, "Upload-Offset": "0", "Content-Length": str(len(TEXT))}
    for name, value in {**head, "Authorization": f"Bearer {anna.token}"}.items():
        line.putheader(name, value)
    line.endheaders(TEXT[:300_000])
    assert anna.ask("DELETE", path, None, HEAD)[0] == 204
    line.close()
    with pytest.raises(Refused, match="404"):
        anna.offset(path)
    assert not (anna.daemon.data / "uploads" / path.rpartition("/")[2]).exists()


def test_what_is_spoken_here_is_told(anna: Sender) -> None:
    status, told, _ = anna.daemon.http_full("OPTIONS", "/api/files")
    assert status == 204 and told["Tus-Version"] == "1.0.0"
    assert "creation-with-upload" in told["Tus-Extension"]
    assert int(told["Tus-Max-Size"]) == 104_857_600


def test_an_upload_begins_with_its_first_bytes(anna: Sender) -> None:
    told = metadata(filename="a.txt", dialog_id=anna.dialog)
    head = {**OCTETS, "Upload-Length": "5", "Upload-Metadata": told}
    status, headers, _ = anna.ask("POST", "/api/files", b"hello", head)
    assert (status, headers["Upload-Offset"]) == (201, "5")
    assert headers["Upload-Expires"].endswith("GMT")
    assert anna.look(f"/api/{headers['Location']}")["state"] == "ready"


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({}, 412, "Tus-Resumable: 1.0.0"),
        ({"Tus-Resumable": "0.2.2"}, 412, "Tus-Resumable: 1.0.0"),
        ({**HEAD}, 400, "Upload-Length"),
        ({**HEAD, "Upload-Length": "-1"}, 400, "Upload-Length"),
        ({**HEAD, "Upload-Length": "0"}, 422, "size"),
        ({**HEAD, "Upload-Length": "5", "Upload-Metadata": "filename !"}, 400, "BASE64"),
        ({**HEAD, "Upload-Length": "5"}, 422, "name"),
    ],
)
def test_what_is_wrong_with_a_beginning_is_said(
    anna: Sender, headers: dict[str, str], status: int, words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        anna.ask("POST", "/api/files", b"", headers)
    assert refused.value.status == status
    told = anna.daemon.http_full("POST", "/api/files", b"", anna.token, headers)[1]
    assert ("1.0.0" if status == 412 else None) == told.get("Tus-Version")


def test_a_small_file_comes_by_one_form(anna: Sender) -> None:
    found = anna.post(TEXT)
    assert (found["state"], found["sha256"], found["size"]) == ("ready", DIGEST, len(TEXT))
    assert anna.fetch(found["url"])[2] == TEXT


FORMS = {
    "without a boundary": ("", b"x"),
    "no form": ("; boundary=y", b"garbage"),
    "a name in another code": (
        "; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="\xff"',
    ),
    "a file's name in another code": (
        "; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xff"',
    ),
    "a file's name in a code that there is not": (
        "; boundary=x",
        b"--x\r\nContent-Disposition: form-data; name=file; filename*=nope''%ff",
    ),
}


@pytest.mark.parametrize("case", FORMS)
def test_a_form_that_cannot_be_read_is_told_what_is_allowed(anna: Sender, case: str) -> None:
    boundary, body = FORMS[case]
    kind = {"Content-Type": f"multipart/form-data{boundary}"}
    data = body + b"\r\n\r\n1\r\n--x--\r\n"
    with pytest.raises(Refused, match="has a boundary, which is told, and names in UTF-8") as said:
        anna.ask("POST", f"/api/files?dialog_id={anna.dialog}", data, kind)
    assert said.value.status == 400


def test_the_same_bytes_are_kept_once(make_daemon: MakeDaemon) -> None:
    daemon: Daemon = make_daemon()
    anna, boris = visitor(daemon), visitor(daemon, "Boris")
    first, second = anna.upload(TEXT), boris.upload(TEXT, "other.txt")
    assert first["id"] != second["id"] and stored(daemon) == {DIGEST}
    anna.ask("DELETE", f"/api/files/{first['id']}", None, HEAD)
    assert boris.fetch(second["url"])[2] == TEXT
    boris.ask("DELETE", f"/api/files/{second['id']}", None, HEAD)
    assert stored(daemon) == set()


def test_a_name_is_only_a_name(anna: Sender) -> None:
    assert anna.upload(b"x", "../../etc/pass\u202ewd\n.txt")["name"] == "passwd.txt"
    with pytest.raises(Refused, match="name"):
        anna.begin(1, "..")


def test_others_uploads_are_not_there(anna: Sender) -> None:
    path, boris = anna.begin(5), visitor(anna.daemon, "Boris")
    for ask in (lambda: boris.offset(path), lambda: boris.patch(path, 0, b"x")):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status == 404
    stranger = Sender(anna.daemon, boris.token, anna.dialog)
    with pytest.raises(Refused, match="no such dialog"):
        stranger.begin(5)
