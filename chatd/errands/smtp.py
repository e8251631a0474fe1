"""Mail, given to a mail server: in bounded time, by TLS, and once."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from functools import cache
from typing import NoReturn

import gevent

from chatd.config.settings import MailSettings
from chatd.domain.mail import domain_of, on_one_line
from chatd.errands.base import Failed, Unsure
from chatd.errands.dialer import explain

PORTS = {"starttls": 587, "tls": 465, "none": 25}
FINAL = 500
OUR_FAULTS = frozenset({530, 534, 535, 538})
LEAVE_S = 5.0
LONGEST_SAID = 200


@cache
def authorities() -> ssl.SSLContext:
    """What a mail server's certificate is judged by."""
    return ssl.create_default_context()


def password(settings: MailSettings) -> str:
    """Failed where the environment has none."""
    found = os.environ.get(settings.password_env, "")
    if not found:
        raise Failed(f"no password in ${settings.password_env}")
    return found


class Delivery:
    """One letter on its way. ``hand_over`` is called when the server would take it, before it is
    given: what fails behind that is Unsure, unless the server itself says no."""

    def __init__(self, settings: MailSettings, hand_over: Callable[[], None]) -> None:
        self._settings = settings
        self._hand_over = hand_over
        self._handed = False
        self._server: smtplib.SMTP | None = None

    def send(self, letter: EmailMessage, to: str) -> str:
        """What the server answered."""
        seconds = self._settings.timeout_seconds
        deadline = gevent.Timeout(seconds)
        try:
            with deadline:
                answer = self._send(letter, to)
        except gevent.Timeout as late:
            if late is not deadline:
                raise
            self._fail(f"no answer in {seconds:g} s")
        except smtplib.SMTPResponseException as error:
            raise refusal(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPException as error:
            self._fail(f"no SMTP: {words(str(error))}")
        except (OSError, UnicodeError) as error:
            self._fail(explain(error))
        else:
            self._take_leave()
            return answer
        finally:
            if self._server:
                self._server.close()

    def _send(self, letter: EmailMessage, to: str) -> str:
        settings = self._settings
        server = self._server = connect(settings)
        server.ehlo_or_helo_if_needed()
        if settings.user:
            server.login(settings.user, password(settings))
        check(server.mail(settings.from_address))
        check(server.rcpt(to))
        self._hand_over()
        self._handed = True
        return check(server.data(letter.as_bytes()))

    def _take_leave(self) -> None:
        """The letter is delivered, whatever becomes of the connection."""
        assert self._server
        with gevent.Timeout(LEAVE_S, False), suppress(smtplib.SMTPException, OSError):
            self._server.quit()

    def _fail(self, why: str) -> NoReturn:
        if self._handed:
            raise Unsure(f"{why}, while it was handed over: it was delivered, perhaps")
        raise Failed(why)


def connect(settings: MailSettings) -> smtplib.SMTP:
    """A line to the server, as safe as the settings say."""
    host, port = settings.host, settings.port or PORTS[settings.tls]
    own, seconds = domain_of(settings.from_address), settings.timeout_seconds
    if settings.tls == "tls":
        return smtplib.SMTP_SSL(host, port, own, timeout=seconds, context=authorities())
    server = smtplib.SMTP(host, port, own, timeout=seconds)
    if settings.tls == "starttls":
        server.starttls(context=authorities())
    return server


def check(answer: tuple[int, bytes]) -> str:
    """A server's yes, in words; its no as Failed."""
    code, said = answer
    if code // 100 in (4, 5):
        raise refusal(code, said)
    if code // 100 != 2:
        raise smtplib.SMTPException(f"{code} {words(said)}")
    return f"{code} {words(said)}"


def refusal(code: int, said: bytes | str) -> Failed:
    """What a server said no with: for good where it says so, but for who we say we are, which is
    put right soon."""
    final = code >= FINAL and code not in OUR_FAULTS
    return Failed(f"{code} {words(said)}", again=not final)


def words(said: bytes | str) -> str:
    """What a server said, on one line."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return on_one_line(text, LONGEST_SAID)
