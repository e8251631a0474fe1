"""A letter as it is written: two bodies that say the same, headers that nobody else writes into."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.domain.mail import address_of, on_one_line
from chatd.errands.letters import Letter, Said, compose
from tests.mail.postbox import html_of, text_of

LETTER: dict[str, Any] = {
    "id": "e-6b07f0d7-1",
    "thread": "TKT-1",
    "language": "ru",
    "created_at": "2026-11-26T10:00:00.000Z",
    "to": "anna@mail.example",
    "from_name": "Чайная",
    "subject": "[TKT-1] Наша переписка",
    "before": ("Здравствуйте, Анна!",),
    "said": (Said("Артём", "2026-11-26 09:00 UTC", "Едет <b>завтра</b> & послезавтра\n.\nДа"),),
    "after": ("До встречи.",),
}
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
    *("Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type"),
}


def written(**fields: Any) -> EmailMessage:
    """As whoever gets it reads it."""
    sent = compose(Letter(**{**LETTER, **fields}), "help@shop.example").as_bytes()
    assert sent.isascii() and max(map(len, sent.split(b"\r\n"))) <= 998
    assert b"\n" not in sent.replace(b"\r\n", b"")
    read = message_from_bytes(sent, policy=default)
    assert isinstance(read, EmailMessage) and not read.defects
    return read


def test_both_bodies_say_the_same_and_nothing_said_is_markup() -> None:
    read = written()
    assert {name for name, _ in read.items()} == HEADERS
    assert (str(read["From"]), str(read["To"])) == (
        "Чайная <help@shop.example>",
        "anna@mail.example",
    )
    assert str(read["Subject"]) == "[TKT-1] Наша переписка"
    assert str(read["Date"]) == "Thu, 26 Nov 2026 10:00:00 -0000"
    assert read.get_content_type() == "multipart/alternative"
    lines = text_of(read).splitlines()
    assert lines[0] == "Здравствуйте, Анна!" and lines[-1] == "До встречи."
    assert lines[2:6] == [
        "Артём, 2026-11-26 09:00 UTC",
        "    Едет <b>завтра</b> & послезавтра",
        "    .",
        "    Да",
    ]
    page = html_of(read)
    assert '<html lang="ru">' in page and "Едет &lt;b&gt;завтра&lt;/b&gt; &amp; послезавтра" in page
    assert "http" not in page and "<script" not in page
    first, said, last = (page.index(one) for one in ("Здравствуйте", "послезавтра", "До встречи"))
    assert first < said < last and page.count("Здравствуйте") == page.count("До встречи") == 1


def test_a_name_has_64_letters_and_a_subject_160() -> None:
    for more in (0, 1):
        read = written(from_name="n" * (64 + more), subject="s" * (160 + more))
        assert str(read["From"]) == f"{'n' * 64} <help@shop.example>"
        assert str(read["Subject"]) == "s" * 160 and f"<title>{'s' * 160}</title>" in html_of(read)


def test_letters_about_one_thing_hang_together() -> None:
    first, later = written(), written(id="e-3", earlier=("e-1", "e-2"), reply_to="t@shop.example")
    assert first["Message-ID"] == "<e-6b07f0d7-1@shop.example>"
    assert first["In-Reply-To"] == first["References"] == "<TKT-1@shop.example>"
    assert later["In-Reply-To"] == "<e-2@shop.example>"
    assert later["References"].split() == [
        f"<{one}@shop.example>" for one in ("TKT-1", "e-1", "e-2")
    ]
    assert later["Reply-To"] == "t@shop.example" and later["Auto-Submitted"] == "auto-generated"


EVIL = ("\r\nBcc: all@evil.example", "\nBcc: x@y.z", "\r\n\r\n<b>", "\u2028Bcc: x@y.z", "\0\x85\v")


@pytest.mark.parametrize("evil", EVIL)
def test_no_name_and_no_title_begins_a_header_or_a_body(evil: str) -> None:
    said = (Said(f"Ann{evil}", "now", f"text{evil}"),)
    read = written(from_name=f"Shop{evil}", subject=f"Hello{evil}", said=said)
    assert {name for name, _ in read.items()} == HEADERS
    assert read["From"].addresses[0].addr_spec == "help@shop.example"
    assert len(read["From"].addresses) == 1 and read["Bcc"] is None


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=2_000))
def test_whatever_people_write_the_headers_are_ours(name: str, title: str, text: str) -> None:
    clean = text.encode("utf-8", "ignore").decode()
    name, title = (one.encode("utf-8", "ignore").decode() for one in (name, title))
    read = written(from_name=name, subject=title, said=(Said(name, "now", clean),))
    assert {one for one, _ in read.items()} == HEADERS
    assert read["From"].addresses[0].addr_spec == "help@shop.example"
    assert "".join(str(read["Subject"]).split()) == "".join(on_one_line(title, 160).split())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" anna@Mail.Example ", "anna@mail.example"),
        ("anna.b+chat@mail.example", "anna.b+chat@mail.example"),
        ("info@почта.рф", "info@xn--80a1acny.xn--p1ai"),
    ],
)
def test_an_address_is_kept_as_mail_servers_know_it(given: str, kept: str) -> None:
    assert address_of(given) == kept == address_of(kept)


@pytest.mark.parametrize(
    "given",
    [
        *("", "anna", "@mail.example", "anna@", "anna@localhost", "a@b@c.example", "a b@c.example"),
        *("anna@mail.example\r\nBcc: x@y.z", "anna@mail.example,b@c.example", "<a@b.example>"),
        *('"a b"@c.example', "a..b@c.example", ".a@c.example", "a@-c.example", "a@c..example"),
        *("анна@mail.example", "a\0@c.example", f"{'a' * 65}@c.example", f"a@{'b.' * 130}example"),
        *("a@[127.0.0.1]", "a@c.example>", "-", f"a@{'b' * 64}.example"),
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="a mail address is like"):
        address_of(given)
