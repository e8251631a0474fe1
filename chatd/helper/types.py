"""The helper's job ``type``: what bytes are, by their beginning; a name is never believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import puremagic

TEXT = "text/plain"
BINARY = "application/octet-stream"
# What puremagic says, and what it is called here.
SAME = {
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "image/heif": "image/heic",
    "application/x-gzip": "application/gzip",
    "audio/x-m4a": "audio/mp4",
    "application/x-zip-compressed": "application/zip",
}
OFFICE = "application/vnd.openxmlformats-officedocument"
# What a zip is, by the names of what is in it.
IN_ZIP = (
    (b"word/", f"{OFFICE}.wordprocessingml.document"),
    (b"xl/", f"{OFFICE}.spreadsheetml.sheet"),
    (b"ppt/", f"{OFFICE}.presentationml.presentation"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
)
# What a file of boxes (ISO 14496-12) is, by the brands that it begins with.
IN_BOXES = (
    (b"avif", "image/avif"),
    *((mark, "image/heic") for mark in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")),
    *((mark, "audio/mp4") for mark in (b"M4A ", b"M4B ")),
    (b"qt  ", "video/quicktime"),
)
BRANDS = 40
MARKUP = (
    (b"<svg", "image/svg+xml"),
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<script", "text/html"),
    (b"<body", "text/html"),
    (b"<iframe", "text/html"),
    (b"<?xml", "text/xml"),
)
LOOKED_AT = 4_096
CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))


def find_type(data: bytes, options: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The type of bytes that begin like this; ``whole``: that they are all."""
    whole = bool(options.get("whole"))
    return {"type": kind_of_text(data, whole) or kind_of_binary(data)}, b""


def kind_of_text(data: bytes, whole: bool) -> str:
    """The type of what is text all along; nothing for what is not."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if whole or error.end < len(data) or error.reason != "unexpected end of data":
            return ""
    if data.translate(None, CONTROLS) != data:
        return ""
    begun = data[:LOOKED_AT].lower().lstrip(b"\xef\xbb\xbf \t\r\n")
    return next((kind for mark, kind in MARKUP if mark in begun), "") or begun_as(data) or TEXT


def begun_as(data: bytes) -> str:
    """What is readable, and still more than text."""
    return "application/pdf" if data.startswith(b"%PDF-") else ""


def kind_of_binary(data: bytes) -> str:
    """What puremagic takes it for, of several the likeliest that has a name."""
    if data.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in IN_ZIP if mark in data), "application/zip")
    if data[4:8] == b"ftyp":
        brands = data[8:BRANDS]
        return next((kind for mark, kind in IN_BOXES if mark in brands), "video/mp4")
    if data.startswith(b"OggS"):
        return "video/ogg" if b"theora" in data[:LOOKED_AT] else "audio/ogg"
    try:
        matches = puremagic.magic_string(data)
    except (puremagic.PureError, ValueError):
        return BINARY
    named = next((one.mime_type for one in matches if one.mime_type), BINARY)
    return SAME.get(named, named)
