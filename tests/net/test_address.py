"""Whose address counts: the peer's own word is never believed, a trusted proxy's is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.config import load
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
        ("10.0.0.1", "203.0.113.9,", "10.0.0.1"),
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
