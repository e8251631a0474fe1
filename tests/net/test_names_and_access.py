"""Which names the daemon answers to, and what the access log says of requests and of proxies."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from loguru import logger

from chatd.errors import Malformed
from chatd.net import access, hosts
from chatd.net.access import Access
from tests.trust.house import convert_config


def configured(tmp_path: Path, **tables: Any) -> Any:
    """A configuration."""
    return convert_config({"data_dir": str(tmp_path), **tables})


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Chat.Example.", "chat.example"),
        ("chat.example:8080", "chat.example"),
        ("[::1]:80", "::1"),
        ("not a host", ""),
        ("", ""),
    ],
)
def test_a_name_is_small_and_without_port_and_dot(host: str, name: str) -> None:
    assert hosts.name_in(host) == name


def test_only_what_can_be_a_host_and_an_origin_is_taken() -> None:
    good: list[dict[str, str]] = [
        {},
        {"HTTP_HOST": "chat.example:80"},
        {"HTTP_ORIGIN": "https://chat.example"},
        {"HTTP_HOST": "chat.example", "HTTP_ORIGIN": "null"},
    ]
    assert [hosts.check_form(one) for one in good] == [None] * 4
    for environ, says in (
        ({"HTTP_HOST": "a b"}, "Host is"),
        ({"HTTP_HOST": ""}, "Host is"),
        ({"HTTP_ORIGIN": "nonsense"}, "Origin is"),
        ({"HTTP_HOST": "chat.example", "HTTP_ORIGIN": ""}, "Origin is"),
    ):
        refused = hosts.check_form(environ)
        assert isinstance(refused, Malformed) and says in refused.message


def test_the_daemon_is_called_as_the_configuration_and_the_machine_say(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        server={"hosts": ["Chat.Example"], "listen": "Inside.example:80"},
        sites={"shop": {"origins": ["self", "https://Shop.example:8443/", "*"]}, "bank": {}},
    )
    machine = socket.gethostname().lower()
    names = {"chat.example", "inside.example", "shop.example", machine, f"{machine}.local"}
    assert hosts.own_names(config) == names
    ours = ["192.0.2.1", "::1", "localhost", "a.localhost", *names]
    assert all(hosts.is_ours(one, config) for one in ours)
    for other in ("evil.example", "localhost.example", "alocalhost", "chat.example.evil", "", "*"):
        assert not hosts.is_ours(other, config)
    assert hosts.is_ours("evil.example", configured(tmp_path, server={"hosts": ["*"]}))


def test_a_name_that_is_none_of_ours_is_refused_with_what_to_do() -> None:
    told = hosts.refuse_name("x" * 101)
    assert (told.code, told.status, told.reason) == ("misdirected", 421, "host")
    assert told.message.startswith(f"'{'x' * 100}' is no name of this daemon")
    assert told.details["host"] == "x" * 100


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What the log says of requests."""
    seen: list[dict[str, Any]] = []

    def keep(message: Any) -> None:
        line = message.record
        if line["extra"].get("area") == "http":
            seen.append({"level": line["level"].name, **line["extra"]})

    sink = logger.add(keep, level="DEBUG")
    yield seen
    logger.remove(sink)


def noting(tmp_path: Path, *, log: bool = True) -> Access:
    """One whose only trusted proxy is ``192.0.2.9``."""
    server = {"trusted_proxies": ["192.0.2.9"]}
    services: Any = SimpleNamespace(config=configured(tmp_path, server=server, log={"access": log}))
    return Access(services)


def request(peer: str = "198.51.100.1", **more: str) -> dict[str, str]:
    """A request from there."""
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "REMOTE_ADDR": peer, **more}


@pytest.mark.parametrize(("log", "level"), [(True, "INFO"), (False, "DEBUG")])
def test_each_request_is_a_line_with_what_matters_of_it(
    tmp_path: Path, lines: list[dict[str, Any]], log: bool, level: str
) -> None:
    noted = noting(tmp_path, log=log)
    long = {"HTTP_USER_AGENT": "a" * 201, "HTTP_ORIGIN": "o" * 201}
    noted.on_answer(request(PATH_INFO="/" + "p" * 200, **long), 200, 7, 1.23456)
    noted.on_answer(request(), 404, 0, 0.0)
    first, second = lines
    assert (first["level"], first["status"], first["bytes"], first["ms"]) == (level, 200, 7, 1234.6)
    assert first["request"] == "GET /" + "p" * 199
    assert (first["agent"], first["origin"]) == ("a" * 200, "o" * 200)
    assert first["address"] == "198.51.100.1"
    assert (second["agent"], second["origin"], second["ms"]) == ("", "", 0.0)


def test_a_proxy_that_is_not_trusted_is_told_of_once_and_counted(
    tmp_path: Path, lines: list[dict[str, Any]]
) -> None:
    noted = noting(tmp_path)
    for header in access.FORWARDING:
        noted.on_request(request(**{header: "203.0.113.1"}))
        noted.on_request(request("192.0.2.9", **{header: "203.0.113.1"}))
    noted.on_request(request())
    assert noted.strangers == {"198.51.100.1": 3}
    assert [(one["level"], one["peer"]) for one in lines] == [("WARNING", "198.51.100.1")]
    noted.on_request({"HTTP_FORWARDED": "for=203.0.113.1"})
    assert noted.strangers["unknown"] == 1


def test_of_very_many_proxies_the_first_are_counted(
    tmp_path: Path, lines: list[dict[str, Any]]
) -> None:
    noted = noting(tmp_path)
    for _ in range(2):
        for number in range(70):
            noted.on_request(request(f"198.51.100.{number}", HTTP_FORWARDED="for=203.0.113.1"))
    assert len(noted.strangers) == len(lines) == 64
    assert set(noted.strangers.values()) == {2}
    assert "198.51.100.63" in noted.strangers and "198.51.100.64" not in noted.strangers
