"""Files over HTTP without a network: parts, links, kinds, and what tus says in its headers."""

from __future__ import annotations

import base64
import errno
from collections.abc import Iterator
from typing import Any

import falcon
import gevent
import pytest
from falcon.testing import create_req

from chatd.domain.file import Blob, File
from chatd.errors import ChatdError, Invalid, Malformed
from chatd.net.http import downloads, tus
from chatd.service import attachments
from chatd.store.base import Put, Remove
from tests.files.stored import put
from tests.net.http.inside import Inside

TEXT = b"what it says"
ETAG = '"x"'


def request(path: str = "/", **headers: str) -> falcon.Request:
    """A request with these headers."""
    return create_req(
        path=path, headers={name.replace("_", "-"): one for name, one in headers.items()}
    )


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=2-4", (2, 5)),
        ("bytes=7-", (7, 12)),
        ("bytes=0-", (0, 12)),
        ("bytes=-1", (11, 12)),
        ("bytes=-12", (0, 12)),
        ("bytes=-13", (0, 12)),
        ("bytes=11-11", (11, 12)),
        ("bytes=11-99", (11, 12)),
        ("bytes=4-3", None),
        ("bytes=4-2", None),
        ("bytes=3-3", (3, 4)),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("xbytes=0-1", None),
        ("bytes=0-1x", None),
        (f"bytes={'9' * 17}-", None),
        ("", None),
    ],
)
def test_a_part_is_from_where_to_where(asked: str, part: tuple[int, int] | None) -> None:
    assert downloads.range_of(request(Range=asked), 12, ETAG) == part


@pytest.mark.parametrize("asked", ["bytes=12-", "bytes=12-12", f"bytes={'9' * 16}-", "bytes=-0"])
def test_a_part_behind_the_end_is_none(asked: str) -> None:
    with pytest.raises(downloads.NoSuchRange, match="this file has 12 bytes") as caught:
        downloads.range_of(request(Range=asked), 12, ETAG)
    assert caught.value.details["size"] == 12 and caught.value.status == 416


def test_a_part_of_another_file_is_not_given() -> None:
    asked = "bytes=0-1"
    assert downloads.range_of(request(Range=asked, If_Range=ETAG), 12, ETAG) == (0, 2)
    for other in ('"y"', "x", "W/" + ETAG):
        assert downloads.range_of(request(Range=asked, If_Range=other), 12, ETAG) is None


class Kept:
    """A file whose bytes are there."""

    def __init__(self, inside: Inside, **fields: Any) -> None:
        self.inside, stage = inside, inside.stage
        self.anna = stage.visitor()
        bytes = stage.services.bytes
        digest = bytes.name(TEXT)
        bytes.put(digest, TEXT)
        if stage.store.get(Blob, digest) is None:
            stage.store.commit(Put(Blob(digest, len(TEXT), 1)))
        given = {"sha256": digest, **fields}
        self.id = put(stage, self.anna.id, len(TEXT), **given)

    def get(self, what: str = "content", method: str = "GET", **how: Any) -> Any:
        how.setdefault("token", self.anna.token)
        return self.inside.ask(method, f"/api/files/{self.id}/{what}", **how)

    def link(self, what: str = "content") -> str:
        """What opens it for a while."""
        services = self.inside.stage.services
        file = services.store.get(File, self.id)
        assert file
        links = attachments.with_links(services, attachments.attach(file))
        return str(getattr(links, "url" if what == "content" else "preview_url"))


@pytest.fixture
def kept(inside: Inside) -> Kept:
    return Kept(inside)


def test_all_of_it_is_read_or_a_part(kept: Kept) -> None:
    whole = kept.get()
    assert (whole.status_code, whole.content) == (200, TEXT)
    assert whole.headers["content-length"] == "12" and "content-range" not in whole.headers
    assert whole.headers["accept-ranges"] == "bytes"
    part = kept.get(Range="bytes=2-4")
    assert (part.status_code, part.content) == (206, TEXT[2:5])
    assert part.headers["content-range"] == "bytes 2-4/12"
    assert part.headers["content-length"] == "3"
    head = kept.get(method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == "12"
    same = kept.get(If_None_Match=whole.headers["etag"])
    assert (same.status_code, same.content) == (304, b"")
    assert kept.get(If_None_Match='"other"').content == TEXT


def test_what_is_read_counts_for_the_address_and_what_is_not_read_does_not(kept: Kept) -> None:
    services = kept.inside.stage.services
    services.limiter.apply(kept.inside.stage.limits(file_reads_per_address="30/day"))
    etag = kept.get(method="HEAD").headers["etag"]
    for _ in range(9):
        kept.get(method="HEAD")
        kept.get(If_None_Match=etag)
    assert [kept.get().status_code for _ in range(2)] == [200, 200]
    assert kept.get(Range="bytes=3-8").status_code == 206, "six are left"
    assert kept.get(Range="bytes=0-0").status_code == 429
    assert kept.get(peer="198.51.100.1").status_code == 200


def test_nobody_reads_it_without_a_link(kept: Kept) -> None:
    assert kept.get(token=None).status_code == 401
    stranger = kept.inside.stage.visitor("Vera", site="bank").token
    assert kept.get("nothing").status_code == 404
    assert kept.get("preview").json["error"]["message"] == "this file has no preview"
    assert stranger and kept.inside.ask("GET", "/api/files/f-1-1/content").status_code == 401
    missing = kept.inside.ask("GET", "/api/files/f-1-1/content", token=kept.anna.token)
    assert missing.status_code == 404


def test_a_link_opens_it_for_whom_nobody_knows_until_the_file_is_gone(kept: Kept) -> None:
    inside, path = kept.inside, kept.link()
    opened = inside.ask("GET", path)
    assert (opened.status_code, opened.content) == (200, TEXT)
    assert opened.headers["cache-control"].startswith("private, max-age=")
    head, _, name = path.rpartition("/")
    assert inside.ask("GET", f"{head}x/{name}").status_code == 403
    store = inside.stage.store
    file = store.get(File, kept.id)
    assert file
    store.commit(Remove("files", file.id))
    gone = inside.ask("GET", path)
    assert (gone.status_code, gone.json["error"]["message"]) == (404, "no such file")


def test_a_file_that_is_not_ready_is_not_there(inside: Inside) -> None:
    for state in ("uploading", "checking", "refused"):
        assert Kept(inside, state=state).get().status_code == 404, state


@pytest.mark.parametrize(
    ("kind", "shown", "told"),
    [
        ("text/html", False, "text/plain; charset=utf-8"),
        ("text/plain", False, "text/plain; charset=utf-8"),
        ("image/png", True, "image/png"),
        ("image/svg+xml", False, "image/svg+xml"),
        ("audio/ogg", True, "audio/ogg"),
        ("video/mp4", True, "video/mp4"),
        ("application/pdf", False, "application/pdf"),
    ],
)
def test_only_pictures_and_what_is_played_is_shown_in_its_place(
    inside: Inside, kind: str, shown: bool, told: str
) -> None:
    answer = Kept(inside, type=kind, name='a"\\%ц.x').get()
    assert answer.headers["content-type"] == told
    way = "inline" if shown else "attachment"
    expected = f"{way}; filename=\"a____.x\"; filename*=UTF-8''a%22%5C%25%D1%86.x"
    assert answer.headers["content-disposition"] == expected
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'; ")
    assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", {}),
        ("filename YQ==", {"filename": "a"}),
        ("filename YQ==,dialog_id bG9iYnk=", {"filename": "a", "dialog_id": "lobby"}),
        (" filename YQ== , ,x ", {"filename": "a", "x": ""}),
        ("filename 0LY=", {"filename": "ж"}),
    ],
)
def test_what_is_said_of_an_upload_is_names_and_base64(text: str, said: dict[str, str]) -> None:
    assert tus.metadata_of(text) == said


@pytest.mark.parametrize("text", ["filename YQ", "filename a b", "filename /w==", "filename YQ=="])
def test_what_is_said_of_an_upload_is_no_more_than_that(text: str) -> None:
    if text == "filename YQ==":
        longest = text.ljust(tus.MOST_METADATA)
        assert tus.metadata_of(longest) == {"filename": "a"} and len(longest) == 4_096
        text = f"{longest} "
    with pytest.raises(Malformed, match="Upload-Metadata"):
        tus.metadata_of(text)


def test_a_checksum_is_of_a_kind_that_is_known_and_as_long(inside: Inside) -> None:
    for name, size in (("sha1", 20), ("sha256", 32)):
        good = base64.b64encode(b"x" * size).decode()
        expected = tus.checksum_of(request(Upload_Checksum=f"{name} {good}"))
        assert expected and (expected.algorithm, expected.digest) == (name, b"x" * size)
        for wrong in (
            f"{name} {base64.b64encode(b'x' * (size - 1)).decode()}",
            f"{name} {good}!",
            f"md5 {good}",
            name,
            "",
        ):
            with pytest.raises(Malformed, match="one of sha1, sha256"):
                tus.checksum_of(request(Upload_Checksum=wrong))
    assert tus.checksum_of(request()) is None


@pytest.mark.parametrize("said", ["", "-1", "+1", "1.0", "a", "٣", "1" * 17, " "])
def test_a_number_of_bytes_is_digits_and_not_too_many(said: str) -> None:
    with pytest.raises(Malformed, match="Upload-Length is a number of bytes"):
        tus.whole_number(request(Upload_Length=said), "Upload-Length")
    assert tus.whole_number(request(Upload_Length="1" * 16), "Upload-Length") == int("1" * 16)
    assert tus.whole_number(request(Upload_Length="0"), "Upload-Length") == 0


def test_an_upload_is_by_the_version_that_is_spoken() -> None:
    tus.check_version(request(Tus_Resumable="1.0.0"))
    for other in ("1.0.1", "0.9", ""):
        with pytest.raises(tus.WrongVersion, match=r"Tus-Resumable: 1\.0\.0") as caught:
            tus.check_version(request(Tus_Resumable=other))
        assert caught.value.status == 412


def test_an_upload_is_named_seen_from_where_it_was_asked_for() -> None:
    assert tus.location(request("/api/files"), "f-1") == "files/f-1"
    assert tus.location(request("/api/files/"), "f-1") == "f-1"


def test_what_is_to_be_uploaded_stands_in_the_headers() -> None:
    def said(**words: str) -> str:
        pairs = (f"{name} {base64.b64encode(one.encode()).decode()}" for name, one in words.items())
        return ",".join(pairs)

    first = tus.creation_of(
        request(Upload_Length="7", Upload_Metadata=said(filename="a", name="b", dialog_id="lobby"))
    )
    assert (first.size, first.name, first.dialog_id, first.duration_s) == (7, "a", "lobby", 0)
    second = tus.creation_of(
        request(
            Upload_Length="1",
            Upload_Metadata=said(name="b", dialog_id="lobby", duration_s="2.5", peaks="0,7,100"),
        )
    )
    assert (second.name, second.duration_s, second.peaks) == ("b", 2.5, (0, 7, 100))
    with pytest.raises(ChatdError):
        tus.creation_of(request(Upload_Length="7"))
    for wrong in ({"duration_s": "long"}, {"peaks": ""}, {"peaks": ",".join("1" * 65)}):
        with pytest.raises(Invalid):
            tus.creation_of(
                request(
                    Upload_Length="1", Upload_Metadata=said(name="b", dialog_id="lobby", **wrong)
                )
            )


def test_pieces_come_until_there_is_none_and_each_in_time() -> None:
    def read(pieces: list[bytes]) -> Any:
        left = iter(pieces)
        return lambda size: next(left) if size == 65_536 else b"?"

    assert [*tus.read_pieces(read([b"a", b"b", b""]))] == [b"a", b"b"]

    def broken(size: int) -> bytes:
        raise OSError(errno.ECONNRESET, "gone")

    with pytest.raises(Malformed, match="the body broke off"):
        [*tus.read_pieces(broken)]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody waits for thirty seconds here."""
    assert tus.PIECE_SECONDS == 30.0
    monkeypatch.setattr(tus, "PIECE_SECONDS", 0.01)
    yield


def test_a_piece_that_does_not_come_is_not_waited_for(impatient: None) -> None:
    def late(size: int) -> bytes:
        gevent.sleep(10)
        return b"late"

    with pytest.raises(Malformed, match="no byte came for 0 s"):
        [*tus.read_pieces(late)]


def test_what_is_spoken_is_told_to_who_asks(inside: Inside) -> None:
    for path in ("/api/files", "/api/files/f-1-1"):
        told = inside.ask("OPTIONS", path)
        assert told.status_code == 204
        assert told.headers["tus-version"] == told.headers["tus-resumable"] == "1.0.0"
        assert told.headers["tus-checksum-algorithm"] == "sha1,sha256"
        assert told.headers["tus-max-size"] == str(inside.stage.services.config.files.max_bytes)
        assert "termination" in told.headers["tus-extension"]


def test_who_is_nobody_begins_no_upload(inside: Inside) -> None:
    for method, path in (("POST", "/api/files"), ("HEAD", "/api/files/f-1-1")):
        assert inside.ask(method, path, Tus_Resumable="1.0.0").status_code == 401
    token = inside.stage.visitor().token
    answer = inside.refusal("POST", "/api/files", token=token)
    assert answer[0] == 412
