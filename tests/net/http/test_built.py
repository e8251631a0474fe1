"""What was built of the pages is sent while they are as they were then, and never otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatd.errors import NotFound
from chatd.net.http import built
from chatd.net.http.built import Built
from chatd.net.http.pages import BEHIND, FOREVER, Files, cache_of, is_public, takes_gzip

PAGES = {
    "rooms/index.html": '<script src="assets/rooms/main.js">rooms/main.js</script>',
    "rooms/main.js": "let a;",
    "rooms/look.css": "a{}",
    "rooms/note.md": "no source",
    "rooms/tool.py": "no page",
    "rooms/.hidden.js": "hidden",
    "rooms/types.d.ts": "types",
}
MADE = "built/main-0A1B2C3D.js"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A directory of pages."""
    for name, text in PAGES.items():
        (tmp_path / "web" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "web" / name).write_text(text, "utf-8")
    return tmp_path / "web"


def build(root: Path, **other: Any) -> None:
    """What a build leaves."""
    directory = built.beside(root)
    directory.mkdir()
    (directory / MADE.partition("/")[2]).write_text("let built;", "utf-8")
    (directory / "widget.js").write_text("load();", "utf-8")
    told = {"sources": built.fingerprint(root), "files": {"rooms/main.js": MADE}, **other}
    (directory / "manifest.json").write_text(json.dumps(told), "utf-8")


def test_what_was_built_is_sent_in_place_of_its_sources(root: Path) -> None:
    build(root)
    assert built.find(root).files == {"rooms/main.js": MADE}
    files = Files(root)
    assert files.find("rooms/main.js").plain == b"let built;"
    assert files.find(MADE).cache == FOREVER
    page = files.find("rooms/index.html")
    assert page.plain == b'<script src="assets/%b">rooms/main.js</script>' % MADE.encode()
    assert page.cache == "no-cache"
    assert files.find("built/widget.js").cache == BEHIND
    assert files.find("rooms/look.css").plain == b"a{}"


@pytest.mark.parametrize("name", ["rooms/main.js", "rooms/look.css", "rooms/index.html"])
def test_after_a_change_nothing_of_a_build_is_sent(root: Path, name: str) -> None:
    build(root)
    (root / name).write_text("changed", "utf-8")
    assert built.find(root) == Built()
    files = Files(root)
    assert files.find("rooms/main.js").plain != b"let built;"
    for gone in (MADE, "built/widget.js"):
        with pytest.raises(NotFound):
            files.find(gone)


@pytest.mark.parametrize("sources", ["", "~"])
def test_what_was_built_of_other_sources_is_not_sent(root: Path, sources: str) -> None:
    build(root, sources=sources)
    assert built.find(root) == Built()


def test_a_name_is_part_of_what_was_built_and_what_no_page_has_is_not(root: Path) -> None:
    before = built.fingerprint(root)
    assert len(before) == 20
    (root / "rooms/note.md").write_text("changed", "utf-8")
    assert built.fingerprint(root) == before
    (root / "rooms/main.js").rename(root / "rooms/other.js")
    assert built.fingerprint(root) != before


def test_without_a_build_there_is_none(root: Path) -> None:
    assert built.find(root) == Built()
    build(root)
    for nonsense in ("", "{", '{"sources": 5}', "[]", "{}"):
        (built.beside(root) / "manifest.json").write_text(nonsense, "utf-8")
        assert built.find(root) == Built(), nonsense


def test_an_update_beside_a_running_daemon_changes_nothing_for_it(root: Path) -> None:
    build(root)
    files = Files(root)
    (built.beside(root) / MADE.partition("/")[2]).write_text("let newer;", "utf-8")
    assert files.find("rooms/main.js").plain == b"let built;"


@pytest.mark.parametrize(
    ("name", "cache"),
    [
        (MADE, FOREVER),
        ("built/look-0A1B2C3D.css", FOREVER),
        ("built/main-0A1B2C3.js", "no-cache"),
        ("built/main-0a1b2c3d.js", "no-cache"),
        ("built/main-0A1B2C3D.js.map", "no-cache"),
        ("xbuilt/main-0A1B2C3D.js", "no-cache"),
        ("built/widget.js", BEHIND),
        ("rooms/main.js", "no-cache"),
    ],
)
def test_only_what_has_its_content_in_its_name_is_kept_for_ever(name: str, cache: str) -> None:
    assert cache_of(name) == cache


def test_what_is_no_page_is_not_there(root: Path) -> None:
    files = Files(root)
    assert files.find("rooms/note.md").plain == b"no source"
    for name in ("rooms/tool.py", "rooms/.hidden.js", "rooms/types.d.ts", "../web", "rooms", ""):
        with pytest.raises(NotFound):
            files.find(name)
    assert not is_public(Path("__pycache__/x.js")) and not is_public(Path(".x/y.js"))
    (root / "rooms/late.js").write_text("late", "utf-8")
    with pytest.raises(NotFound, match="no such path"):
        files.find("rooms/late.js")
    (root / "rooms/main.js").unlink()
    with pytest.raises(NotFound, match="any more"):
        files.find("rooms/main.js")


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("br, GZIP", True),
        ("*", True),
        ("gzip;q=0.5", True),
        ("gzip; q=1", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("br, gzip;q=0, *", False),
        ("xgzip", False),
        ("", False),
    ],
)
def test_what_is_packed_goes_to_who_takes_it(accepted: str, taken: bool) -> None:
    assert takes_gzip(accepted) is taken
