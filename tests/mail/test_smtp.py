"""A letter given to a mail server: by TLS, with a password, and never twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatd.config.settings import MailSettings
from chatd.errands import smtp
from chatd.errands.base import Failed, Unsure
from chatd.errands.letters import Letter, compose
from chatd.errors import Overtaken
from tests.mail.postbox import Postbox, text_of
from tests.mail.test_letters import LETTER
from tests.proxies import make_certificate

LOGIN = {"user": "help", "password_env": "CHATD_TEST_MAIL"}


def send(postbox: Postbox, handed: list[str] | None = None, **more: Any) -> str:
    """One letter; ``handed``: told when it may have been carried out."""
    settings = msgspec.convert(postbox.settings(timeout_seconds=5, **more), MailSettings)
    letter = compose(Letter(**LETTER), settings.from_address)
    noted = [] if handed is None else handed
    return smtp.Delivery(settings, lambda: noted.append("handed")).send(letter, LETTER["to"])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for this machine."""
    return make_certificate(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1")


@pytest.fixture(params=["starttls", "tls"])
def secure(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[Postbox, str]]:
    """A server that takes letters by TLS only, and how."""
    one = Postbox(certificate, tls=request.param == "tls")
    yield one, request.param
    one.close()


def test_a_letter_arrives_as_it_was_written(postbox: Postbox) -> None:
    handed: list[str] = []
    assert send(postbox, handed) == "250 taken" and handed == ["handed"]
    assert postbox.envelopes == [("help@shop.example", ["anna@mail.example"])]
    assert "\n    .\n    Да\n" in text_of(postbox.letters[0])


def test_by_tls_and_with_a_password_to_who_proves_who_they_are(
    secure: tuple[Postbox, str], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postbox, how = secure
    monkeypatch.setenv("CHATD_TEST_MAIL", "sesame")
    smtp.authorities.cache_clear()
    with pytest.raises(Failed, match="certificate is not trusted"):
        send(postbox, tls=how, **LOGIN)
    assert not postbox.logins
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.pem")
    smtp.authorities.cache_clear()
    assert send(postbox, tls=how, **LOGIN) == "250 taken"
    assert set(postbox.logins) == {("help", "sesame")} and len(postbox.letters) == 1
    monkeypatch.setenv("CHATD_TEST_MAIL", "wrong")
    with pytest.raises(Failed, match="535") as failed:
        send(postbox, tls=how, **LOGIN)
    assert failed.value.again, "a password is put right soon"
    monkeypatch.delenv("CHATD_TEST_MAIL")
    with pytest.raises(Failed, match=r"no password in \$CHATD_TEST_MAIL"):
        send(postbox, tls=how, **LOGIN)
    monkeypatch.undo()
    smtp.authorities.cache_clear()


def test_no_letter_goes_in_clear_where_tls_was_wanted(postbox: Postbox) -> None:
    with pytest.raises(Failed, match="STARTTLS"):
        send(postbox, tls="starttls")
    assert not postbox.letters


@pytest.mark.parametrize(
    ("recipient", "answer", "again"),
    [
        ("550 no such mailbox", "250 taken", False),
        ("450 try later", "250 taken", True),
        ("500 what?", "250 taken", False),
        ("250 known", "554 spam", False),
        ("250 known", "451 try later", True),
    ],
)
def test_a_server_that_says_no_is_believed(
    postbox: Postbox, recipient: str, answer: str, again: bool
) -> None:
    postbox.recipient, postbox.answer, handed = recipient, answer, list[str]()
    said = answer if recipient.startswith("2") else recipient
    with pytest.raises(Failed, match=said) as failed:
        send(postbox, handed)
    assert failed.value.again == again and not postbox.letters
    assert handed == ["handed"] * recipient.startswith("2")


def test_a_server_that_hangs_up_on_a_letter_has_it_perhaps(postbox: Postbox) -> None:
    postbox.cut = True
    with pytest.raises(Unsure, match="delivered, perhaps"):
        send(postbox)
    assert len(postbox.letters) == 1


def test_a_server_that_is_not_there_has_nothing(postbox: Postbox) -> None:
    postbox.close()
    with pytest.raises(Failed, match="refused"):
        send(postbox)


def test_who_decided_otherwise_meanwhile_is_obeyed(postbox: Postbox) -> None:
    settings = msgspec.convert(postbox.settings(), MailSettings)
    letter = compose(Letter(**LETTER), settings.from_address)

    def hand_over() -> None:
        raise Overtaken("dropped")

    with pytest.raises(Overtaken):
        smtp.Delivery(settings, hand_over).send(letter, "anna@mail.example")
    assert not postbox.letters


class Scripted:
    """A server that says what stands in its script, a line for each line that comes, and of the
    letter, whatever it says."""

    def __init__(self, *script: bytes) -> None:
        self.script = list(script)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        peer, _ = self._listener.accept()
        with peer, self._listener, peer.makefile("rb") as lines:
            peer.settimeout(10)
            peer.sendall(b"220 here\r\n")
            for said in self.script:
                line = lines.readline()
                while said.startswith(b"(") and line not in (b".\r\n", b""):
                    line = lines.readline()
                peer.sendall(said.strip(b"()"))

    def settings(self) -> MailSettings:
        """How it is reached."""
        return MailSettings(
            host="127.0.0.1",
            port=self.port,
            tls="none",
            from_address="help@shop.example",
            timeout_seconds=5,
        )


YES = b"250 yes\r\n"


@pytest.mark.parametrize("last", [b"(no number at all\r\n)", b"(354 again\r\n)", b"()"])
def test_an_answer_that_says_nothing_leaves_it_open(last: bytes) -> None:
    server = Scripted(YES, YES, YES, b"354 go on\r\n", last)
    letter = compose(Letter(**LETTER), "help@shop.example")
    with pytest.raises(Unsure, match="perhaps"):
        smtp.Delivery(server.settings(), list).send(letter, "anna@mail.example")


def test_what_was_taken_is_delivered_whatever_comes_behind_it() -> None:
    server = Scripted(YES, YES, YES, b"354 go on\r\n", b"(250 taken\r\n)", b"999 what?\r\n")
    letter = compose(Letter(**LETTER), "help@shop.example")
    said = smtp.Delivery(server.settings(), list).send(letter, "anna@mail.example")
    assert said == "250 taken"


def test_a_server_that_wants_no_letter_has_none() -> None:
    server = Scripted(YES, YES, YES, b"452 full\r\n")
    letter = compose(Letter(**LETTER), "help@shop.example")
    with pytest.raises(Failed, match="452 full") as failed:
        smtp.Delivery(server.settings(), list).send(letter, "anna@mail.example")
    assert failed.value.again
