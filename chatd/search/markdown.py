"""Markdown cut into passages: what stands under one heading, in pieces that are not too long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct

from chatd.bot.base import Passage

PASSAGE_CHARS = 1_500
TITLE_CHARS, URL_CHARS = 200, 500
HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
ANCHOR = re.compile(r"[ \t]*\{#([\w-]{1,100})\}[ \t]*\Z")
FENCES = ("```", "~~~")
RULE = "---"


class Section(Struct):
    """What stands under a heading; the first has none."""

    heading: str
    level: int
    lines: list[str]


def passages_of(name: str, text: str) -> list[Passage]:
    """The passages of a file. ``title`` and ``url`` stand in lines of their own between two of
    ``---`` at its beginning; else its title is its first heading, or its name."""
    about, lines = front_of(text.lstrip("\ufeff").splitlines())
    sections = list(sections_of(lines))
    title = about.get("title") or next((one.heading for one in sections if one.level == 1), "")
    title = plain(title) or name.rpartition("/")[2].removesuffix(".md")
    url = address_of(about.get("url", ""))
    found = [
        (section, piece) for section in sections for piece in pieces_of("\n".join(section.lines))
    ]
    return [
        Passage(
            id=f"{name}#{number}",
            title=title_of(title, section)[:TITLE_CHARS],
            text=piece,
            url=f"{url}{anchor_of(section)}" if url else "",
        )
        for number, (section, piece) in enumerate(found, 1)
    ]


def front_of(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """What a file says of itself, and the rest of it."""
    if not lines or lines[0].strip() != RULE:
        return {}, lines
    stripped = [line.strip() for line in lines]
    if RULE not in stripped[1:]:
        return {}, lines
    end = stripped.index(RULE, 1)
    pairs = (line.partition(":") for line in lines[1:end])
    about = {key.strip().lower(): value.strip().strip("\"'") for key, _, value in pairs}
    return about, lines[end + 1 :]


def sections_of(lines: list[str]) -> Iterator[Section]:
    """Heading by heading; what looks like one in a block of code is none."""
    section, fence = Section("", 0, []), ""
    for line in lines:
        mark = line.lstrip()[:3]
        if mark in FENCES and fence in ("", mark):
            fence = "" if fence else mark
        found = None if fence else HEADING.fullmatch(line.rstrip())
        if found:
            yield section
            section = Section(found[2].rstrip("# \t"), len(found[1]), [])
        else:
            section.lines.append(line)
    yield section


def pieces_of(text: str) -> Iterator[str]:
    """A section's paragraphs, so many together as fit; one that is too long is cut."""
    piece = ""
    for paragraph in re.split(r"\n[ \t]*\n", text.strip()):
        for since in range(0, len(paragraph), PASSAGE_CHARS):
            part = paragraph[since : since + PASSAGE_CHARS]
            if piece and len(piece) + 2 + len(part) > PASSAGE_CHARS:
                yield piece
                piece = ""
            piece = f"{piece}\n\n{part}" if piece else part
    if piece.strip():
        yield piece


def title_of(title: str, section: Section) -> str:
    """``Delivery › By courier``."""
    heading = plain(section.heading)
    return f"{title} › {heading}" if heading and heading != title else title


def plain(heading: str) -> str:
    """A heading without what names its place, on one line."""
    return " ".join(ANCHOR.sub("", heading).replace("`", "").replace("*", "").split())


def anchor_of(section: Section) -> str:
    """Where a section begins on its page: as it says, else as most make it of the heading."""
    if section.level < 2:
        return ""
    if named := ANCHOR.search(section.heading):
        return f"#{named[1]}"
    kept = "".join(one for one in plain(section.heading).lower() if one.isalnum() or one in " -_")
    return f"#{kept.replace(' ', '-')}"


def address_of(url: str) -> str:
    """A page on the web, without an anchor; nothing where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc or not url.isprintable():
        return ""
    return "" if len(url) > URL_CHARS or " " in url else url.partition("#")[0]
