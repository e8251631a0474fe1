"""Whose address counts: the peer's own word is never believed, a trusted proxy's is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from chatd.config.loading import load
from chatd.errors import ConfigError
from chatd.net.address import came_by_https, client_address, is_address

PROXIES = ("10.0.0.0/8", "2001:db8::/32")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "203.0.113.9,", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7:51234", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7:51234, 10.0.0.6", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 10.0.0.6:80", "198.51.100.7"),
        ("10.0.0.1", "[2001:470::7]:443", "2001:470::7"),
        ("10.0.0.1", "[2001:470::7]", "2001:470::7"),
        ("10.0.0.1", "2001:0470:0::7", "2001:470::7"),
        ("10.0.0.1", "fe80::1%eth0", "fe80::1"),
        ("10.0.0.1", '"198.51.100.7:1"', "198.51.100.7"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "_hidden", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4," * 50_000 + "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("::FFFF:198.51.100.1", "", "198.51.100.1"),
        ("2001:db8::1", "2001:470::7", "2001:470::7"),
        ("2001:470::1", "203.0.113.9", "2001:470::1"),
        ("", "203.0.113.9", "127.0.0.1"),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours_counts(
    peer: str, forwarded: str, address: str
) -> None:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(environ, PROXIES) == address
    assert client_address(environ, ()) in (peer, peer[7:] or "127.0.0.1")


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("for=198.51.100.7", "198.51.100.7"),
        ('for="198.51.100.7:51234"; proto=https; by=10.0.0.1', "198.51.100.7"),
        ('For="[2001:470::7]:4711"', "2001:470::7"),
        ('for=203.0.113.9, for=198.51.100.7;proto=http, for="10.0.0.6"', "198.51.100.7"),
        ("proto=https;host=chat.example", "10.0.0.1"),
        ("for=unknown", "10.0.0.1"),
        ("for=_secret", "10.0.0.1"),
    ],
)
def test_the_standard_s_own_header_counts_where_the_usual_one_is_missing(
    forwarded: str, address: str
) -> None:
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_FORWARDED": forwarded}
    assert client_address(environ, PROXIES) == address
    assert client_address({**environ, "REMOTE_ADDR": "192.0.2.1"}, PROXIES) == "192.0.2.1"
    usual = {**environ, "HTTP_X_FORWARDED_FOR": "192.0.2.77"}
    assert client_address(usual, PROXIES) == "192.0.2.77"


def test_what_cannot_be_read_is_said_once() -> None:
    said: list[str] = []
    sink = logger.add(lambda line: said.append(str(line)), format="{message}")
    try:
        for _ in range(5):
            environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "not-an-address"}
            assert client_address(environ, PROXIES) == "10.0.0.1"
    finally:
        logger.remove(sink)
    assert len(said) == 1 and "'not-an-address'" in said[0] and "10.0.0.1" in said[0]


@given(st.text(max_size=60), st.sampled_from(["10.0.0.1", "198.51.100.1"]))
def test_whatever_is_forwarded_an_address_comes_out(forwarded: str, peer: str) -> None:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}
    assert is_address(client_address(environ, PROXIES))


@pytest.mark.parametrize(
    ("peer", "said", "scheme", "https"),
    [
        ("10.0.0.1", "https", "http", True),
        ("10.0.0.1", "HTTPS", "http", True),
        ("10.0.0.1", "http", "http", False),
        ("198.51.100.1", "https", "http", False),
        ("198.51.100.1", "", "https", True),
        ("", "https", "http", False),
    ],
)
def test_https_is_believed_from_trusted_proxies_only(
    peer: str, said: str, scheme: str, https: bool
) -> None:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_PROTO": said, "wsgi.url_scheme": scheme}
    assert came_by_https(environ, PROXIES) is https


def test_a_proxy_that_is_no_network_is_refused_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "chatd.toml"
    file.write_text('[server]\ntrusted_proxies = ["10.0.0.0/8", "10.0.0.0/99"]\n')
    with pytest.raises(
        ConfigError, match=r"chatd\.toml: server\.trusted_proxies: '10\.0\.0\.0/99'"
    ):
        load(file)


def test_a_network_of_proxies_may_be_written_by_any_address_in_it() -> None:
    environ = {"REMOTE_ADDR": "10.2.3.4", "HTTP_X_FORWARDED_FOR": "192.0.2.9"}
    assert client_address(environ, ("10.9.9.9/8",)) == "192.0.2.9"
    assert client_address(environ, ("11.9.9.9/8",)) == "10.2.3.4"
