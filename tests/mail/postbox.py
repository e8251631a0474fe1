"""A mail server that takes letters, and says no, hangs up or waits when it is told to."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Postbox:
    """``letters``: what was taken, with the envelope's addresses. ``answers``: to the next letters
    that were given, then ``answer``; ``recipient``: what is said to each recipient. ``cut``: hangs
    up when a letter was given, and has kept it. A letter waits behind the ``gate``, kept already.
    """

    def __init__(self, certificate: Path | None = None, *, tls: bool = False) -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.logins: list[tuple[str, str]] = []
        self.answers: list[str] = []
        self.answer = "250 taken"
        self.recipient = "250 known"
        self.cut = False
        self.came = threading.Condition()
        self.gate = threading.Event()
        self.gate.set()
        self.password = "sesame"
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(f"{certificate}.pem", f"{certificate}.key")
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        begun = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self._server = begun.result(60)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _listen(self) -> asyncio.Server:
        by_tls = self._context if self._tls else None
        return await self._loop.create_server(self._protocol, "127.0.0.1", 0, ssl=by_tls)

    def _protocol(self) -> SMTP:
        starts = None if self._tls else self._context
        return SMTP(
            self,
            hostname="post.example",
            loop=self._loop,
            tls_context=starts,
            require_starttls=starts is not None,
            authenticator=self._authenticate,
            auth_require_tls=not self._tls and self._context is not None,
            timeout=30,
        )

    def _authenticate(self, *args: Any) -> AuthResult:
        data = args[-1]
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        right = data.password.decode() == self.password
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.answers.pop(0) if self.answers else self.answer
        content = envelope.content
        assert isinstance(content, bytes)
        if answer.startswith("2"):
            with self.came:
                self.raw.append(content)
                self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
                letter = message_from_bytes(content, policy=default)
                assert isinstance(letter, EmailMessage)
                self.letters.append(letter)
                self.came.notify_all()
        while not self.gate.is_set():
            await asyncio.sleep(0.01)
        if self.cut:
            assert server.transport is not None
            server.transport.abort()
        return answer

    def settings(self, **more: Any) -> dict[str, Any]:
        """The daemon's ``[mail]``."""
        own = {"host": "127.0.0.1", "port": self.port, "tls": "none", "from": "help@shop.example"}
        return {**own, **more}

    def wait_until(self, true: Callable[[], Any], seconds: float = 30.0) -> None:
        """For something that letters make true."""
        with self.came:
            assert self.came.wait_for(true, seconds), [one["Subject"] for one in self.letters]

    def close(self) -> None:
        """Listens no more."""
        self.gate.set()
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(60)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(60)

    async def _shut(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def text_of(letter: EmailMessage) -> str:
    """A letter's plain text."""
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(letter: EmailMessage) -> str:
    """Its HTML."""
    part = letter.get_body(("html",))
    assert part is not None
    return str(part.get_content())
