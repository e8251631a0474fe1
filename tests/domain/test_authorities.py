"""Hosts and origins: what browsers write is taken, and nothing else is."""

from __future__ import annotations

import random

import pytest

from chatd.domain.authorities import authority, is_origin

ORIGINS = [
    "null",
    "http://a",
    "HTTPS://Shop.Example",
    "http://a:0",
    "http://a:65535",
    "http://a.",
    "http://a_b.example",
    "http://r3---sn-x.example",
    "http://127.0.0.1:8080",
    "http://[::1]",
    "http://[2001:db8::1]:8443",
    "http://[::ffff:192.0.2.1]",
    "https://xn--strae-oqa.example",
    "https://xn--e1afmkfd.xn--p1ai",
    "https://xn--ls8h.example",
    "http://" + ".".join(["a" * 63] * 3 + ["a" * 61]),
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://8c3f2a10-7d7b-4d5e-9a51-0d5a3c1f2b4e",
    "capacitor://localhost",
    "file://",
]
NONE = [
    "",
    "null ",
    "NULL",
    "http",
    "http:",
    "http:/a",
    "http://",
    "http://[::1",
    "http://::1",
    "http://[::1]x",
    "http://[::1]:",
    "http://[::g]",
    "http://[1]",
    "http://[:::]",
    "http://[::1%25eth0]",
    "http://[127.0.0.1]",
    "http://a:65536",
    "http://a:99999",
    "http://a:080",
    "http://a:-1",
    "http://a:+1",
    "http://a:1_0",
    "http://a:\u0661",
    "http://a:",
    "http://a:1:2",
    "http://a..b",
    "http://.a",
    "http://.",
    "http://a..",
    "http://" + "a" * 64,
    "http://" + ".".join(["a" * 63] * 4),
    "http://xn--",
    "http://xn--a-",
    "http://xn--abc-",
    "http://xn--!!",
    "http://a.xn--99999999.example",
    "http://xn--a",
    "http://1",
    "http://127.1",
    "http://127.0.0.256",
    "http://127.0.0.01",
    "http://127.0.0.1.",
    "http://0x7f000001",
    "http://a.0x",
    "x://y:",
    "http://]:",
    "http://a b",
    "http://a/",
    "http://a/path",
    "http://a?b",
    "http://a#b",
    "http://u@a",
    "http://u:p@a",
    "http://a,http://b",
    "http://a http://b",
    "http://a\\b",
    "http://a%2e",
    "http://\xe9",
    "http://a~b",
    "http://*",
    "1http://a",
    "-://a",
    "://a",
    "x" * 33 + "://a",
    "file:///",
    "http://file://",
]


@pytest.mark.parametrize("text", ORIGINS)
def test_what_browsers_say_of_a_page_is_an_origin(text: str) -> None:
    assert is_origin(text)


@pytest.mark.parametrize("text", NONE)
def test_what_no_browser_says_is_none(text: str) -> None:
    assert not is_origin(text)


def test_an_authority_is_taken_apart() -> None:
    assert authority("Shop.Example:8443") == ("shop.example", 8443)
    assert authority("[2001:DB8::1]") == ("2001:db8::1", None)
    assert authority("a:0") == ("a", 0)


@pytest.mark.parametrize(
    "text", ["", ":80", "a:", "a:65536", "[::1", "[::g]", "a..b", "xn--", "a/"]
)
def test_what_is_no_authority_is_nothing(text: str) -> None:
    assert authority(text) is None


def test_no_text_at_all_is_more_than_one_of_both() -> None:
    dice = random.Random(1)
    letters = "ax-09.:[]/@_ \\%\u0663\xff\u2028\ud800"
    for _ in range(5_000):
        text = "".join(dice.choices(letters, k=dice.randrange(12)))
        for one in (text, f"http://{text}", f"http://xn--{text}"):
            assert is_origin(one) in (True, False)


def test_whatever_decodes_to_no_text_is_no_name() -> None:
    for one in ("\x80", "\x9f", "\ue000"):
        code = one.encode("punycode").decode()
        assert not is_origin(f"http://xn--{code}"), repr(one)
