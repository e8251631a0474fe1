"""Who may have a file, how they get it, and what takes it along."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from chatd.config.settings import FileSettings
from tests.client import Client
from tests.conftest import Connect, MakeDaemon
from tests.daemon import Daemon
from tests.files.sender import HEAD, Refused, Sender, stored, visitor

TEXT = b"what it says"


def test_a_part_is_read(anna: Sender) -> None:
    url = anna.upload(TEXT)["url"]
    for asked, part, where in (
        ("bytes=2-4", TEXT[2:5], "bytes 2-4/12"),
        ("bytes=7-", TEXT[7:], "bytes 7-11/12"),
        ("bytes=-4", TEXT[-4:], "bytes 8-11/12"),
        ("bytes=0-999", TEXT, "bytes 0-11/12"),
        ("bytes=-999", TEXT, "bytes 0-11/12"),
    ):
        status, told, body = anna.fetch(url, Range=asked)
        assert (status, body, told["Content-Range"]) == (206, part, where), asked
        assert told["Content-Length"] == str(len(part))
    for asked in ("bytes=4-2", "bytes=0-1,3-4", "bytes=-", "lines=1-2", "bytes=a-b"):
        assert anna.fetch(url, Range=asked)[::2] == (200, TEXT), asked
    status, told, body = anna.fetch(url, Range="bytes=12-")
    assert status == 416 and b"12 bytes" in body and told["Content-Range"] == "bytes */12"


def test_what_did_not_change_is_not_read_again(anna: Sender) -> None:
    url = anna.upload(TEXT)["url"]
    etag = anna.fetch(url)[1]["Etag"]
    assert etag == f'"{hashlib.sha256(TEXT).hexdigest()}"'
    assert anna.fetch(url, **{"If-None-Match": etag})[::2] == (304, b"")
    assert anna.fetch(url, Range="bytes=0-1", **{"If-Range": etag})[0] == 206
    assert anna.fetch(url, Range="bytes=0-1", **{"If-Range": '"other"'})[::2] == (200, TEXT)
    status, told, body = anna.daemon.http_full("HEAD", url)
    assert (status, told["Content-Length"], body) == (200, "12", b"")


def test_no_browser_takes_a_file_for_a_page(anna: Sender) -> None:
    _, told, _ = anna.fetch(anna.upload(TEXT, 'a "b"\\ ц.txt')["url"])
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert told["Content-Disposition"].startswith("attachment; ")
    assert "\u0446" not in told["Content-Disposition"] and "%D1%86" in told["Content-Disposition"]
    assert told["Cache-Control"].startswith("private, max-age=")


def test_a_link_opens_only_what_it_is_for_and_only_for_a_while(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon(start=False).start(fault="travel")
    anna = visitor(daemon)
    first, second = anna.upload(TEXT), anna.upload(b"a", "b.txt")
    other = first["url"].replace(first["id"], second["id"])
    until = first["url"].split("/")[5].partition("-")[0]
    later = first["url"].replace(until, str(int(until) + 1_000))
    for url in (other, later, first["url"].replace("/content/", "/preview/")):
        assert anna.fetch(url)[0] in (403, 404), url
    assert anna.fetch(f"/api/files/{first['id']}/content")[0] == 401, "without a link"
    assert anna.fetch(f"/api/files/{first['id']}/content", anna.token)[2] == TEXT
    assert anna.fetch(first["url"])[2] == TEXT
    (daemon.home / "ahead").write_text(str(2 * FileSettings().link_seconds))
    status, _, said = anna.fetch(first["url"])
    assert status == 403 and b"ask for the file again" in said
    assert anna.fetch(anna.look(f"/api/files/{first['id']}")["url"])[2] == TEXT


def test_who_may_not_see_the_dialog_may_not_have_the_file(anna: Sender, staff: str) -> None:
    file = anna.upload(TEXT)
    boris, path = visitor(anna.daemon, "Boris"), f"/api/files/{file['id']}"
    theirs = Sender(anna.daemon, staff, anna.dialog)
    with pytest.raises(Refused):
        theirs.look(path)  # it is not sent yet, so nobody else's
    anna.say(file["id"])
    assert anna.fetch(theirs.look(path)["url"])[2] == TEXT
    for url in (path, f"{path}/content", file["url"]):
        assert boris.fetch(url, boris.token)[0] == 404, "link or not"
    assert boris.fetch(f"{path}/content")[0] == 401


def test_an_operator_of_another_site_may_not_have_it(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"sites": {"shop": {}, "bank": {}}})
    anna = visitor(daemon, site="shop")
    daemon.add_operator("shopkeeper", "S")
    token = daemon.add_operator("banker", "B")
    assert daemon.admin("operator", "set", "banker", "--site", "bank").returncode == 0
    file = anna.upload(TEXT)
    anna.say(file["id"])
    banker = Sender(daemon, token, anna.dialog)
    assert banker.fetch(file["url"], token)[0] == 404
    assert banker.fetch(f"/api/files/{file['id']}/content", token)[0] == 404
    shop = Sender(daemon, daemon.login("shopkeeper"), anna.dialog)
    assert shop.fetch(f"/api/files/{file['id']}/content", shop.token)[2] == TEXT


def test_a_removed_message_takes_its_bytes_along(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    anna, boris = visitor(daemon), visitor(daemon, "Boris")
    mine, theirs = anna.upload(TEXT), boris.upload(TEXT)
    said = anna.say(mine["id"])
    boris.say(theirs["id"])
    with Client(daemon.address) as line:
        line.hello(token=anna.token)
        line.ask("message:delete", message_id=said["id"])
    assert anna.fetch(mine["url"])[0] == 404 and anna.fetch(mine["url"], anna.token)[0] == 404
    assert boris.fetch(theirs["url"])[2] == TEXT, "the same bytes, of somebody else"
    page = daemon.http("GET", f"/api/messages/dialog/{anna.dialog}", None, anna.token)[1]
    last = page["data"]["messages"][-1]
    assert last["deleted_at"] and "files" not in last
    said = daemon.http("GET", f"/api/messages/dialog/{boris.dialog}", None, boris.token)[1]
    with Client(daemon.address) as line:
        line.hello(token=boris.token)
        line.ask("message:delete", message_id=said["data"]["messages"][-1]["id"])
    assert stored(daemon) == set()


def test_a_sent_file_goes_with_its_message_only(anna: Sender) -> None:
    file = anna.upload(TEXT)
    anna.say(file["id"])
    with pytest.raises(Refused, match="goes with the message") as refused:
        anna.ask("DELETE", f"/api/files/{file['id']}", None, HEAD)
    assert refused.value.status == 409


def shown(message: dict[str, Any]) -> list[tuple[str, str]]:
    """What is shown of the files of a message."""
    return [(file["name"], file["state"]) for file in message["files"]]


def test_a_message_brings_its_files_on_every_transport(
    anna: Sender, connect: Connect, staff: str
) -> None:
    files = [anna.upload(TEXT, "a.txt"), anna.upload(b"two", "b.txt")]
    line = connect()
    line.hello(token=staff)
    line.join(anna.dialog, connect=False)
    with Client(anna.daemon.address) as own:
        own.hello(token=anna.token)
        sending = {"dialog_id": anna.dialog, "type": "file", "content": ""}
        ids = [file["id"] for file in files]
        said = own.ask("message:send", **sending, files=ids, client_id="k1")["message"]
        assert own.ask("message:send", **sending, files=ids, client_id="k1")["message"] == said
    assert said["type"] == "file" and said["content"] == "a.txt, b.txt"
    heard = line.expect("message:new", type="file")
    page = line.ask("history:get", dialog_id=anna.dialog)["messages"][-1]
    for message in (said, heard, page):
        assert shown(message) == [("a.txt", "ready"), ("b.txt", "ready")]
        assert anna.fetch(message["files"][1]["url"])[2] == b"two"
    with pytest.raises(Refused, match="sent already"):
        anna.say(ids[0])


def test_what_cannot_be_sent_is_refused(anna: Sender) -> None:
    boris = visitor(anna.daemon, "Boris")
    own, theirs, coming = anna.upload(TEXT), boris.upload(TEXT), anna.begin(5)
    for files, fields, words in (
        ([], {}, "has files"),
        ([own["id"]], {"type": "text", "text": "x"}, "of type file or voice"),
        ([own["id"], own["id"]], {}, "named twice"),
        ([theirs["id"]], {}, "of yours"),
        (["f-1-2"], {}, "of yours"),
        ([coming.rpartition("/")[2]], {}, "not ready yet"),
        ([own["id"]], {"type": "voice"}, "one file with sound"),
        ([own["id"]] * 11, {}, "at most 10 files"),
    ):
        with pytest.raises(Refused, match=words):
            anna.say(*files, **fields)
    assert anna.say(own["id"], text="look")["message"] == "look"


def test_a_voice_message_says_how_long_it_is_and_how_loud(anna: Sender) -> None:
    sound = bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d") + bytes(500)
    file = anna.upload(sound, "voice.webm", duration_s="4.5", peaks="0,40,999")
    said = anna.say(file["id"], type="voice")
    assert said["files"][0]["duration_s"] == 4.5 and said["type"] == "voice"
    assert said["files"][0]["peaks"] == [0, 40, 100]
    assert anna.fetch(said["files"][0]["url"])[1]["Content-Disposition"].startswith("inline")
    long = anna.upload(sound, "voice.webm", duration_s="4000")
    assert anna.say(long["id"], type="voice")["files"][0]["duration_s"] == 300


def test_what_files_take_up_is_told_by_site_and_dialog(make_daemon: MakeDaemon) -> None:
    daemon: Daemon = make_daemon({"sites": {"shop": {}, "bank": {}}})
    anna, boris = visitor(daemon, site="shop"), visitor(daemon, "Boris", site="bank")
    anna.upload(TEXT)
    anna.upload(b"xyz")
    boris.upload(b"ab")
    told = json.loads(daemon.admin("--json", "files").stdout)
    rows = [(one["site"], one["dialog_id"], one["files"], one["bytes"]) for one in told["dialogs"]]
    assert rows == [("shop", anna.dialog, 2, 15), ("bank", boris.dialog, 1, 2)]
    assert (told["total_files"], told["total_bytes"]) == (3, 17)
    only = json.loads(daemon.admin("--json", "files", "--site", "bank").stdout)
    assert only["total_files"] == 1
    daemon.add_operator("banker", "B")
    assert daemon.admin("operator", "set", "banker", "--site", "bank").returncode == 0
    with Client(daemon.address) as line:
        line.hello(token=daemon.login("banker"))
        seen = line.ask("file:usage")
    assert [one["site"] for one in seen["dialogs"]] == ["bank"] and seen["total_bytes"] == 2


def test_a_page_of_a_site_uploads_and_another_does_not(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"sites": {"shop": {"origins": ["https://shop.example"]}}})
    asks = {"Access-Control-Request-Method": "PATCH"}
    status, told, _ = daemon.http_full(
        "OPTIONS", "/api/files/f-1-2", headers={"Origin": "https://shop.example", **asks}
    )
    allowed = told["Access-Control-Allow-Headers"]
    assert status == 204 and "PATCH" in told["Access-Control-Allow-Methods"]
    assert "Upload-Offset" in allowed and "Tus-Resumable" in allowed
    status, told, _ = daemon.http_full(
        "OPTIONS", "/api/files", headers={"Origin": "https://evil.example", **asks}
    )
    assert status == 403 and "Access-Control-Allow-Origin" not in told
    anna = visitor(daemon)
    head = {**HEAD, "Origin": "https://shop.example"}
    exposed = anna.ask("HEAD", anna.begin(5), None, head)[1]["Access-Control-Expose-Headers"]
    assert "Upload-Offset" in exposed and "Location" in exposed
    with pytest.raises(Refused) as refused:
        anna.ask("HEAD", anna.begin(5), None, {**HEAD, "Origin": "https://evil.example"})
    assert refused.value.status == 403
