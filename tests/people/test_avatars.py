"""A picture of oneself over HTTP: made a small square, kept by whoever has fetched it, gone with
the next one."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD
from tests.files.sender import Refused, Sender
from tests.files.test_pictures import encode, taken_with_a_phone, two_halves

FOR_GOOD = "private, max-age=31536000, immutable"


@pytest.fixture
def anna(make_daemon: MakeDaemon) -> Sender:
    """Somebody with an account, about to upload a picture of herself."""
    daemon = make_daemon()
    words = ("user", "add", "anna", "--password-stdin")
    assert daemon.admin(*words, stdin=PASSWORD).returncode == 0
    body = {"username": "anna", "password": PASSWORD}
    token = daemon.http("POST", "/api/auth/login", body)[1]["data"]["token"]
    return Sender(daemon, token, "@avatars")


def put_on(anna: Sender, file_id: str | None) -> str | None:
    """The path of the picture that she is seen as from now on."""
    body = {"file_id": file_id}
    status, told = anna.daemon.http("POST", "/api/auth/avatar", body, anna.token)
    assert status == 200, told
    path: str | None = told["data"]["person"].get("avatar")
    return path


def test_it_is_small_and_square_bare_and_kept_for_good_and_nothing_else_is_taken(
    anna: Sender,
) -> None:
    file = anna.post(taken_with_a_phone())
    assert (file["type"], file["width"], file["height"]) == ("image/webp", 256, 256)
    path = put_on(anna, file["id"])
    assert path
    status, told, body = anna.fetch(path)
    image = Image.open(BytesIO(body))
    assert (status, image.format, image.size) == (200, "WEBP", (256, 256))
    assert b"Secretphone" not in body and not image.getexif()
    assert told["Cache-Control"] == FOR_GOOD
    assert told["Content-Type"] == "image/webp"
    assert "sandbox" in told["Content-Security-Policy"]
    status, told, head = anna.daemon.http_full("HEAD", path)
    assert (status, head, told["Content-Length"]) == (200, b"", str(len(body)))
    other = anna.upload(encode(two_halves(), "PNG"))
    after = put_on(anna, other["id"])
    assert after and after != path
    assert anna.fetch(path)[0] == 404
    assert put_on(anna, None) is None
    assert anna.fetch(after)[0] == 404
    with pytest.raises(Refused) as refused:
        anna.post(b"only words")
    assert refused.value.error["allowed"] == ["image/gif", "image/jpeg", "image/png", "image/webp"]
