"""Which page is shown where and to whom, and how its file is sent, in the test's own process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import falcon
import msgspec
import pytest
from falcon.testing import Result, TestClient

from chatd.config.settings import Config
from chatd.errors import ChatdError
from chatd.net.http import pages
from chatd.net.http.pages import FOREVER, Files, load
from chatd.net.http.refusals import refuse
from tests.net.http.test_pages import FILES

MORE = {
    "people/inside.html": "<title>inside</title>",
    "console/console.webmanifest": "{}",
    "shared/push-worker.js": "push();",
}
SWITCHED = {
    "landing": ["/start"],
    "people": ["/d/x", "/invite/x"],
    "console": ["/console", "/console.webmanifest"],
    "rooms": ["/r/lobby"],
}


class House:
    """A daemon's pages, as its configuration has them at the moment."""

    def __init__(self, root: Path) -> None:
        self.config = Config()
        self.people = 0
        self.asked = 0
        app = falcon.App()
        app.req_options.strip_url_path_trailing_slash = True
        app.add_error_handler(ChatdError, refuse)
        pages.add_routes(app, lambda: self.config, root, self._inhabited)
        self._client = TestClient(app)

    def _inhabited(self) -> bool:
        self.asked += 1
        return bool(self.people)

    def configure(self, **fields: Any) -> None:
        self.config = msgspec.convert(fields, Config)

    def get(self, path: str, **headers: str) -> Result:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        path, _, query = path.partition("?")
        return self._client.simulate_get(path, query_string=query, headers=given)

    def title(self, path: str) -> str:
        """Of a page; its status where there is none."""
        found = self.get(path)
        return found.text.partition("<title>")[2].split("<")[0] or str(found.status_code)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (FILES | MORE).items():
        (tmp_path / "web" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "web" / name).write_text(text)
    return tmp_path / "web"


@pytest.fixture
def house(root: Path) -> House:
    return House(root)


@pytest.mark.parametrize("off", SWITCHED)
def test_a_switch_is_for_its_own_pages(house: House, off: str) -> None:
    house.configure(web={off: False})
    for name, paths in SWITCHED.items():
        for path in paths:
            assert house.get(path).status_code == (404 if name == off else 200), path
    assert house.get("/widget.js").status_code == house.get("/push-worker.js").status_code == 200


def test_the_front_page_is_of_who_lives_there(house: House) -> None:
    assert house.title("/") == "landing" == house.title("/start")
    house.people = 1
    assert house.title("/") == "people"
    asked, house.people = house.asked, 0
    assert house.title("/") == "people" and house.asked == asked, "asked until it is so"
    house.configure(web={"people": False})
    assert house.title("/") == "landing"


def test_where_anybody_may_register_the_front_page_is_theirs(house: House) -> None:
    house.configure(sites={"shop": {"registration": "open"}, "bank": {}})
    assert house.title("/") == "people"
    house.configure(sites={"shop": {"registration": "closed"}})
    assert house.title("/") == "landing"
    house.configure(sites={"shop": {"registration": "open"}}, web={"people": False})
    assert house.title("/") == "landing"


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/console/", "../console"),
        ("/console/?lang=en&a=b", "../console?lang=en&a=b"),
        ("/r/a%20b/", "../a%20b"),
        ("/d/x/", "../x"),
    ],
)
def test_a_slash_too_many_leads_to_the_page_below_whatever_it_is_shown(
    house: House, path: str, to: str
) -> None:
    answer = house.get(path)
    assert (answer.status_code, answer.headers["location"]) == (308, to)
    assert house.get(path.replace("/?", "?").rstrip("/")).status_code == 200


def test_what_is_worth_it_is_packed_once_and_only_text(tmp_path: Path) -> None:
    for size, worth in ((500, False), (501, True)):
        (tmp_path / "a.txt").write_text("x" * size)
        made = load(tmp_path / "a.txt", 7)
        assert bool(made.packed) is worth and made.changed == 7 and made.cache == "no-cache"
        assert made.type == "text/plain; charset=utf-8"
    (tmp_path / "a.woff2").write_bytes(b"x" * 5_000)
    font = load(tmp_path / "a.woff2", 0, FOREVER)
    assert (font.type, font.packed, font.cache) == ("font/woff2", b"", FOREVER)
    for name, kind in (
        ("a.json", "application/json; charset=utf-8"),
        ("a.svg", "image/svg+xml; charset=utf-8"),
        ("a.strange", "application/octet-stream"),
        ("a.webmanifest", "application/manifest+json"),
    ):
        (tmp_path / name).write_text("{}")
        assert load(tmp_path / name, 0).type == kind


def test_only_a_page_names_what_was_built_in_place_of_its_own(tmp_path: Path) -> None:
    named = 'import "assets/rooms/main.js";'
    instead = {"rooms/main.js": "built/main-0A1B2C3D.js"}
    for name, sent in (("a.html", named.replace(*next(iter(instead.items())))), ("a.js", named)):
        (tmp_path / name).write_text(named)
        assert load(tmp_path / name, 0, instead=instead).plain.decode() == sent


def test_an_etag_is_of_the_content(tmp_path: Path) -> None:
    for name, text in (("a.txt", "same"), ("b.txt", "same"), ("c.txt", "other")):
        (tmp_path / name).write_text(text)
    first, same, other = (load(tmp_path / f"{name}.txt", 0).etag for name in "abc")
    assert first == same != other and first.startswith('"') and len(first) == 22


def test_a_file_is_read_once_until_it_changes(root: Path) -> None:
    files = Files(root)
    first = files.find("widget/widget.js")
    assert files.find("widget/widget.js") is first
    (root / "widget/widget.js").write_text("changed")
    assert files.find("widget/widget.js").plain == b"changed"


def test_a_page_names_whom_it_may_talk_to(house: House) -> None:
    answer = house.get("/console", Host="chat.example:1")
    assert "wss://chat.example:1;" in answer.headers["content-security-policy"]
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "content-security-policy" not in house.get("/widget.js").headers
    assert house.get("/console", If_None_Match=answer.headers["etag"]).status_code == 304


def test_a_logo_is_sent_to_every_page_under_the_name_of_what_is_in_it(
    house: House, tmp_path: Path
) -> None:
    picture = tmp_path / "logo.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n and so on")
    house.configure(sites={"shop": {"logo": str(picture)}, "bank": {}})
    [logo] = house.config.logos.values()
    sent = house.get(f"/logo/{logo.name}")
    assert (sent.content, sent.headers["content-type"]) == (picture.read_bytes(), logo.type)
    assert sent.headers["cache-control"] == FOREVER
    assert sent.headers["cross-origin-resource-policy"] == "cross-origin"
    assert house.get("/logo/other.png").status_code == 404
    assert house.get("/logo/logo.png").status_code == 404
