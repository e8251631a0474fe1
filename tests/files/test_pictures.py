"""Pictures: made anew, upright and bare; what is none, or too much, the real helper refuses."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from chatd.helper.frames import Done
from chatd.helper.helpers import Helpers
from tests.daemon import eventually
from tests.files.sender import Refused, Sender, stored


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """A picture as a file."""
    made = BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def two_halves(width: int = 400, height: int = 300) -> Image.Image:
    """Red on top, blue below."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (0, height // 2, width, height))
    return image


def taken_with_a_phone() -> bytes:
    """Lying on its side, with where it was taken and by whom."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secretphone"
    exif[0x8825] = {1: "N", 2: (55.0, 45.0, 7.0)}
    return encode(two_halves(), "JPEG", exif=exif, comment=b"for my eyes only")


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG that says that it is so large."""
    head = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def fetched(anna: Sender, url: str) -> Image.Image:
    """A picture as everybody gets it."""
    status, _, body = anna.fetch(url)
    assert status == 200
    return Image.open(BytesIO(body))


def test_a_picture_is_turned_upright_and_says_nothing_but_itself(anna: Sender) -> None:
    data = taken_with_a_phone()
    assert b"Secretphone" in data and b"for my eyes" in data
    file = anna.upload(data, "photo.jpg")
    assert (file["type"], file["width"], file["height"]) == ("image/jpeg", 300, 400)
    body = anna.fetch(file["url"])[2]
    assert b"Exif" not in body and b"Secretphone" not in body and b"for my eyes" not in body
    image = fetched(anna, file["url"])
    assert image.size == (300, 400) and not dict(image.getexif())
    left, right = image.getpixel((20, 200)), image.getpixel((280, 200))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert left[2] > 200 > left[0] and right[0] > 200 > right[2], "turned to the right"
    preview = fetched(anna, file["preview_url"])
    assert preview.size == (240, 320) and preview.format == "WEBP"
    assert len(body) == file["size"]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_every_kind_of_picture(anna: Sender, kind: str) -> None:
    file = anna.post(encode(two_halves(), kind), f"a.{kind.lower()}")
    assert (file["type"], file["width"], file["height"]) == (f"image/{kind.lower()}", 400, 300)
    assert fetched(anna, file["url"]).format == kind
    assert anna.fetch(file["url"])[1]["Content-Disposition"].startswith("inline")


def test_what_moves_still_moves(anna: Sender) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=[50, 90, 70])
    image = fetched(anna, anna.post(data, "a.gif")["url"])
    assert getattr(image, "n_frames", 1) == 3 and image.info["duration"] == 50


def test_what_stands_behind_a_picture_is_gone(anna: Sender) -> None:
    script = b"<script>alert(document.cookie)</script>"
    data = encode(two_halves(), "PNG") + script + b"PK\x03\x04" + bytes(100)
    assert script not in anna.fetch(anna.post(data, "a.png")["url"])[2]
    mixed = b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)//"
    with pytest.raises(Refused) as refused:
        anna.post(mixed, "a.gif")
    assert refused.value.status == 422


BOMBS = {
    "40,000 pixels wide": png(40_000, 40_000, bytes(1_000)),
    "a bomb that is little": png(40_000, 1_001, bytes(40_000_000)),
    "says nothing of what it is": png(2**31 - 1, 2**31 - 1, b""),
}


@pytest.mark.parametrize("which", BOMBS)
def test_too_many_pixels_are_refused_unpacked(anna: Sender, which: str) -> None:
    with pytest.raises(Refused) as refused:
        anna.post(BOMBS[which], "a.png")
    assert refused.value.status == 422
    assert "40 million pixels" in refused.value.message or "picture" in refused.value.message


def test_a_thousand_pictures_in_one_are_too_many(anna: Sender) -> None:
    frame = Image.new("P", (2_000, 2_000))
    moving = [Image.new("P", (2_000, 2_000), number) for number in range(1, 45)]
    data = encode(frame, "GIF", save_all=True, append_images=moving)
    with pytest.raises(Refused, match="40 million pixels, not 2000 × 2000 × "):
        anna.post(data, "a.gif")


@pytest.mark.parametrize("part", [20, 100, 0.5, 0.99])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_is_cut_off_is_none(anna: Sender, kind: str, part: float) -> None:
    whole = encode(two_halves(900, 700).rotate(17), kind)
    end = int(part if part >= 1 else part * len(whole))
    with pytest.raises(Refused) as refused:
        anna.post(whole[:end], f"a.{kind.lower()}")
    assert refused.value.status == 422, refused.value


def test_the_daemon_goes_on_whatever_was_sent(anna: Sender) -> None:
    before = stored(anna.daemon)
    for number in range(20):
        noise = bytes((number * 7 + at * 31) % 256 for at in range(3_000))
        for head in (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", b"\x89PNG\r\n\x1a\n", b"GIF89a"):
            with pytest.raises(Refused):
                anna.post(head + noise, "a.png")
    assert stored(anna.daemon) == before
    assert eventually(lambda: anna.post(encode(two_halves(), "PNG"), "a.png")["state"] == "ready")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("moving", [False, True])
def test_the_first_picture_of_a_helper_may_be_of_any_kind(kind: str, moving: bool) -> None:
    """What Pillow imports only when it needs it, it cannot import there."""
    failed: list[str] = []
    made = Helpers(lambda: failed.append(kind))
    colours = [Image.new("P", (40, 30), number) for number in range(3)]
    more = {"save_all": True, "append_images": colours[1:]} if moving and kind != "JPEG" else {}
    try:
        data = encode(colours[0].convert("RGB") if kind == "JPEG" else colours[0], kind, **more)
        outcome, _ = made.do("image", data, {"most_pixels": 1_000_000}, 20.0)
    finally:
        made.stop()
    assert isinstance(outcome, Done) and not failed
