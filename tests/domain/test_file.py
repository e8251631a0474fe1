"""What a message keeps of a file, and which bytes the file has."""

from __future__ import annotations

from msgspec import UNSET

from chatd.domain.file import USE_PREFIX, Blob, DialogUse, File, Use, attach, use_id

FILE = File(
    id="f-1",
    dialog_id="lobby",
    site="shop",
    owner="p-1",
    name="a.png",
    size=7,
    created_at="",
)


def test_a_message_keeps_what_there_is_to_show() -> None:
    bare = attach(FILE)
    assert (bare.id, bare.name, bare.size, bare.state) == ("f-1", "a.png", 7, "uploading")
    left_out = (bare.width, bare.height, bare.duration_s, bare.peaks, bare.reason, bare.url)
    assert {*left_out, bare.preview_url} == {UNSET} and not bare.has_preview
    file = File(
        **{name: getattr(FILE, name) for name in ("id", "dialog_id", "site", "owner", "name")},
        size=7,
        created_at="",
        state="ready",
        type="image/png",
        sha256="abc",
        width=3,
        height=4,
        duration_s=0.5,
        peaks=(1, 2),
        preview="def",
        reason="because",
    )
    whole = attach(file)
    assert (whole.width, whole.height, whole.duration_s, whole.peaks) == (3, 4, 0.5, (1, 2))
    assert (whole.type, whole.sha256, whole.reason) == ("image/png", "abc", "because")
    assert whole.has_preview and file.blobs == ("abc", "def")


def test_the_same_bytes_are_named_once() -> None:
    fields = {name: getattr(FILE, name) for name in ("id", "dialog_id", "site", "owner", "name")}
    same = File(**fields, size=7, created_at="", sha256="abc", preview="abc")
    assert same.blobs == ("abc",) and FILE.blobs == ()


def test_what_nobody_has_said_is_nothing_yet() -> None:
    assert (FILE.state, FILE.received, FILE.kept, FILE.tries, FILE.version) == (
        *("uploading", 0, 0, 0, 1),
    )
    assert (FILE.width, FILE.height, FILE.duration_s, FILE.sent) == (0, 0, 0.0, False)


def test_what_is_new_is_of_the_first_version() -> None:
    made = [Blob(id="b", size=1, uses=1), Use("shop"), DialogUse("d", "lobby")]
    assert [one.version for one in made] == [1, 1, 1]


def test_what_a_dialog_has_is_kept_with_its_time_or_with_those_of_rooms() -> None:
    assert use_id("TKT-1730053200") == "TKT-1730053200"
    assert use_id("lobby") == f"{USE_PREFIX}-0-lobby" != use_id("hall")
