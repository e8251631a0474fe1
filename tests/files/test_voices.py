"""A voice message has a second form, where there is ffmpeg."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import MakeDaemon
from tests.files.sender import stored, visitor
from tests.files.test_keeping import verify
from tests.helper.test_sounds import facts_of, record


def test_a_voice_message_can_be_had_as_an_m4a_and_goes_with_its_message(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    daemon = make_daemon({"sites": {"shop": {}}})
    anna = visitor(daemon, site="shop")
    sound = record(tmp_path, "webm")
    said = anna.say(anna.upload(sound, "voice.webm", duration_s="3")["id"], type="voice")
    (file,) = said["files"]
    assert file["has_m4a"] and file["size"] == len(sound) and file["type"] == "video/webm"
    status, headers, body = anna.fetch(file["m4a_url"])
    assert (status, headers["Content-Type"]) == (200, "audio/mp4")
    assert 'inline; filename="voice.webm.m4a"' in headers["Content-Disposition"]
    assert facts_of(tmp_path, body) == {"codec": "aac", "seconds": 3}
    part = anna.fetch(file["m4a_url"], Range="bytes=0-1")
    assert part[0] == 206 and part[1]["Content-Range"] == f"bytes 0-1/{len(body)}"
    assert anna.fetch(file["url"])[2] == sound
    use = daemon.admin_json("files")
    assert use["total_bytes"] == len(sound) + len(body) and len(stored(daemon)) == 2
    again = anna.say(anna.upload(sound, "voice.webm", duration_s="3")["id"], type="voice")
    assert again["files"][0]["has_m4a"] and len(stored(daemon)) == 2, "the same is kept once"
    song = anna.say(anna.upload(sound, "song.webm")["id"])["files"][0]
    assert "has_m4a" not in song and "m4a_url" not in song, "nobody has recorded it here"
    backup = tmp_path / "backup"
    assert daemon.admin("backup", str(backup)).returncode == 0
    assert verify(backup).returncode == 0 and stored(daemon)
    for message in (said, again):
        assert daemon.admin("delete", message["id"]).returncode == 0
    assert len(stored(daemon)) == 1


def test_without_ffmpeg_it_is_as_it_was(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    daemon = make_daemon({"files": {"ffmpeg": ""}})
    anna = visitor(daemon)
    sound = record(tmp_path, "webm")
    file = anna.say(anna.upload(sound, "v.webm", duration_s="3")["id"], type="voice")["files"][0]
    assert "has_m4a" not in file and anna.fetch(file["url"])[2] == sound
    assert anna.fetch(file["url"].replace("/content/", "/m4a/"))[0] == 403
