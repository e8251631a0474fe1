"""What a site's pages are told before anybody spoke: logo, questions, the team, how quickly it
answers, and how far a new daemon has come."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.config import loading, logos
from chatd.errors import ConfigError
from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
QUESTIONS = ["Где мой заказ?", "Как вернуть чашку?"]


@pytest.fixture
def connect_to() -> Iterator[Callable[[Daemon], Client]]:
    made: list[Client] = []

    def connect(daemon: Daemon) -> Client:
        made.append(Client(daemon.address))
        return made[-1]

    yield connect
    for one in made:
        one.ws.close()


def told(daemon: Daemon, site: str = "") -> dict[str, Any]:
    """What pages are told."""
    status, body = daemon.http("GET", "/api/site" + (f"?site={site}" if site else ""))
    assert status == 200, body
    data: dict[str, Any] = body["data"]
    return data


def with_logo(make_daemon: MakeDaemon, data: bytes = PNG, **site: Any) -> Daemon:
    """A daemon whose site has a logo beside its configuration."""
    daemon = make_daemon({"sites": {"shop": {"logo": "pictures/logo", **site}}}, start=False)
    (daemon.home / "pictures").mkdir()
    (daemon.home / "pictures" / "logo").write_bytes(data)
    return daemon.start()


def test_nothing_is_set_at_first(daemon: Daemon) -> None:
    known = told(daemon)
    assert (known["logo"], known["questions"], known["team"]) == ("", [], [])
    assert known["answers_in_min"] is None


def test_a_logo_beside_the_configuration_is_served_for_good(make_daemon: MakeDaemon) -> None:
    daemon = with_logo(make_daemon, questions=QUESTIONS)
    known = told(daemon)
    assert known["questions"] == QUESTIONS
    status, headers, body = daemon.http_full("GET", f"/{known['logo']}")
    assert (status, body, headers["Content-Type"]) == (200, PNG, "image/png")
    assert "immutable" in headers["Cache-Control"] and headers["Vary"]
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    for other in ("logo/", "logo/logo", "logo/..%2fchatd.toml", f"{known['logo']}x"):
        assert daemon.http("GET", f"/{other}")[0] == 404, other


def test_another_picture_has_another_name_after_a_reload(make_daemon: MakeDaemon) -> None:
    daemon = with_logo(make_daemon)
    before = told(daemon)["logo"]
    other = b"\xff\xd8\xff" + b"2" * 100
    (daemon.home / "pictures" / "logo").write_bytes(other)
    assert daemon.admin("reload").returncode == 0
    after = told(daemon)["logo"]
    assert after != before and after.endswith(".jpg")
    assert daemon.http_full("GET", f"/{after}")[2] == other
    assert daemon.http("GET", f"/{before}")[0] == 404
    (daemon.home / "pictures" / "logo").write_bytes(b"<svg onload=alert(1)>")
    refused = daemon.admin("reload")
    assert refused.returncode != 0 and "sites.shop.logo" in refused.stdout + refused.stderr
    assert daemon.http_full("GET", f"/{after}")[2] == other


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0" + b"0" * 20, "jpg"),
        (b"GIF89a" + b"0" * 20, "gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
        (PNG + b"0" * (logos.MOST_BYTES - len(PNG)), "png"),
    ],
)
def test_pictures_are_known_by_what_is_in_them(tmp_path: Path, data: bytes, suffix: str) -> None:
    file = tmp_path / "logo.txt"
    file.write_bytes(data)
    logo = logos.read(file)
    assert logo.data == data and logo.name.endswith(f".{suffix}")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Where a configuration may be, with much beside it that is no logo."""
    home = tmp_path / "etc"
    home.mkdir()
    for name, data in {
        "empty.png": b"",
        "page.png": b"<html>",
        "drawn.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "sound.webp": b"RIFF\x10\x00\x00\x00WAVEfmt ",
        "large.png": PNG + b"0" * (logos.MOST_BYTES + 1 - len(PNG)),
    }.items():
        (home / name).write_bytes(data)
    (tmp_path / "outside.png").write_bytes(PNG)
    (home / "link.png").symlink_to(tmp_path / "outside.png")
    (home / "directory").mkdir()
    return home


@pytest.mark.parametrize(
    ("logo", "says"),
    [
        ("missing.png", "cannot be read: No such file"),
        ("directory", "is not a PNG, JPEG, GIF or WebP file"),
        ("empty.png", "is not a PNG"),
        ("page.png", "is not a PNG"),
        ("drawn.svg", "is not a PNG"),
        ("sound.webp", "is not a PNG"),
        ("large.png", "is larger than 262144 bytes"),
        ("../outside.png", "is not below"),
        ("link.png", "is not below"),
        ("/dev/zero", "is not below"),
        ("http://shop.example/logo.png", "does not begin with https://"),
        ("ftp://shop.example/logo.png", "does not begin with https://"),
        ("https://", "is no address"),
        ("javascript://x", "does not begin with https://"),
    ],
)
def test_what_is_no_logo_is_refused(written: Path, logo: str, says: str) -> None:
    file = written / "chatd.toml"
    file.write_text(f'[sites.shop]\nlogo = "{logo}"')
    with pytest.raises(ConfigError) as refused:
        loading.load(file)
    assert f"{file}: sites.shop.logo: '{logo}' {says}" in str(refused.value)


def test_a_logo_elsewhere_is_told_as_it_is(make_daemon: MakeDaemon) -> None:
    address = "https://shop.example/logo.svg"
    assert told(make_daemon({"sites": {"shop": {"logo": address}}}))["logo"] == address


@pytest.mark.parametrize(
    ("questions", "says"),
    [
        ('["a", "b", "c", "d", "e", "f", "g"]', "at most 6, not 7"),
        (f'["{"a" * 101}"]', "is longer than 100 characters"),
        ('[""]', "'' is no line of text"),
        ('["\\u200b"]', "is no line of text"),
        ('["a\\nb"]', "is no line of text"),
        ('["a", "b", "a"]', "'a' is there twice"),
        ('"where?"', "must be a list of texts"),
    ],
)
def test_questions_are_few_and_short(written: Path, questions: str, says: str) -> None:
    file = written / "chatd.toml"
    file.write_text(f"[sites.shop]\nquestions = {questions}")
    with pytest.raises(ConfigError) as refused:
        loading.load(file)
    assert "sites.shop.questions" in str(refused.value) and says in str(refused.value)


def test_so_many_questions_so_long_may_be(written: Path) -> None:
    file = written / "chatd.toml"
    longest = [f"{number}{'я' * 99}" for number in range(6)]
    file.write_text(f"[sites.shop]\nquestions = {longest}")
    assert loading.load(file).sites["shop"].questions == tuple(longest)


def test_the_team_is_who_is_on_line_there(
    make_daemon: MakeDaemon, connect_to: Callable[[Daemon], Client]
) -> None:
    daemon = make_daemon({"sites": {"shop": {}, "bank": {}}})
    names = {"artem": "Артём Петров-Водкин", "olga": "ольга", "boris": "B o r i s", "zoe": "Zoë"}
    tokens = {user: daemon.add_operator(user, name) for user, name in names.items()}
    assert daemon.admin("operator", "set", "boris", "--site", "bank").returncode == 0
    assert told(daemon, "shop")["team"] == []
    clients = {user: connect_to(daemon) for user in names}
    for user, client in clients.items():
        client.hello(token=tokens[user])
    known = told(daemon, "shop")
    assert known["operators_online"] == 3
    signed = {one["initials"]: one["id"] for one in known["team"]}
    assert signed == {"АП": daemon.signature("artem"), "О": daemon.signature("olga"),
                      "Z": daemon.signature("zoe")}  # fmt: skip
    assert [one["initials"] for one in told(daemon, "bank")["team"]] == ["АП", "BO", "О"]
    clients["artem"].ask("presence:set", status="away")
    assert [one["initials"] for one in told(daemon, "shop")["team"]] == ["О", "Z"]
    everything = daemon.http_full("GET", "/api/site?site=shop")[2].decode()
    assert "Петров" not in everything and "artem" not in everything


def answered(daemon: Daemon, operator: Client, times: int) -> None:
    """Customers who got an answer, and one more message each."""
    for number in range(times):
        _, body = daemon.http("POST", "/api/support/send-message", {"message": f"help {number}"})
        ticket = body["data"]["ticket_id"]
        operator.ask("ticket:accept", ticket_id=ticket)
        operator.say(ticket, "here you are")
        operator.say(ticket, "anything else?")


def test_how_quickly_people_answer_is_known_from_five_on_and_after_a_restart(
    make_daemon: MakeDaemon, connect_to: Callable[[Daemon], Client]
) -> None:
    daemon = make_daemon({"sites": {"shop": {}, "bank": {}}, "tickets": {"capacity": 20}})
    token = daemon.add_operator("artem", "Артём")
    operator = connect_to(daemon)
    operator.hello(token=token)
    answered(daemon, operator, 4)
    assert told(daemon)["answers_in_min"] is None
    answered(daemon, operator, 1)
    assert told(daemon, "shop")["answers_in_min"] == 1
    assert told(daemon, "bank")["answers_in_min"] is None
    for stopped in (15, 9):
        daemon.stop(stopped)
        daemon.start()
        assert eventually(lambda: told(daemon)["answers_in_min"]) == 1


def test_how_far_a_new_daemon_has_come(make_daemon: MakeDaemon) -> None:
    def steps() -> tuple[bool, bool, bool]:
        known = told(daemon)
        return known["has_operators"], known["has_pages"], known["has_tickets"]

    daemon = make_daemon()
    assert steps() == (False, False, False)
    token = daemon.add_operator("artem", "Артём")
    assert steps() == (True, False, False)
    daemon.write_config({"sites": {"default": {"origins": ["self", "https://shop.example"]}}})
    assert daemon.admin("reload").returncode == 0
    assert steps() == (True, True, False)
    _, body = daemon.http("POST", "/api/support/send-message", {"message": "help"})
    assert steps() == (True, True, True)
    ticket = body["data"]["ticket_id"]
    assert daemon.http("POST", f"/api/admin/support/close/{ticket}", {}, token)[0] == 200
    assert steps() == (True, True, True)
