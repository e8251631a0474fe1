"""The engine ``openai``: any HTTP endpoint that speaks the chat completions of OpenAI."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import gevent
import msgspec
import urllib3
from msgspec import Meta, Struct

from chatd.bot import prompt
from chatd.bot.base import BotFailed, Passage, Task, Turn
from chatd.config.bot import BotSettings
from chatd.domain.message import Message

AT_ONCE = 8  # connections that are kept; more are made when there is more to answer
MOST_BYTES = 4_194_304  # of an answer
AGAIN = frozenset({408, 409, 429, 500, 502, 503, 504})


class Said(Struct):
    """What the endpoint's model said, or why it says nothing."""

    content: str | None = None
    refusal: str | None = None


class Choice(Struct):
    """One of the answers that it could give."""

    message: Said


class Completion(Struct):
    """As much of the endpoint's answer as matters here."""

    choices: Annotated[list[Choice], Meta(min_length=1)]


class Once(urllib3.Retry):
    """Waits as long as the endpoint asks for, but never in vain: where that is longer than there is
    to answer in, ``patience`` seconds, it fails at once."""

    def __init__(self, *args: Any, patience: float, **more: Any) -> None:
        super().__init__(*args, **more)
        self._patience = patience

    def new(self, **more: Any) -> Once:
        """What is left of it after a try."""
        return super().new(patience=self._patience, **more)

    def sleep_for_retry(self, response: Any) -> bool:
        """BotFailed, where that takes too long."""
        after = self.get_retry_after(response)
        if after is not None and after >= self._patience:
            raise BotFailed(f"status {response.status}, for {after:g} s")
        return super().sleep_for_retry(response)


class OpenAIBot:
    """Asks the endpoint once per answer, within the configured time, retries included."""

    active = True

    def __init__(self, settings: BotSettings) -> None:
        self._settings = settings
        self._url = f"{settings.base_url.rstrip('/')}/chat/completions"
        self._pool = pool_for(self._url)
        key = os.environ.get(settings.api_key_env) or "none"
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def answer(self, history: Sequence[Message], passages: Sequence[Passage] = ()) -> Turn:
        """What the endpoint says and does; BotFailed when that is nothing, or nonsense."""
        told = prompt.tell(self._settings.instructions, passages)
        asked = {
            "messages": [told, *prompt.conversation(history)],
            "response_format": prompt.form_of(passages),
        }
        return prompt.turn_in(self._ask_in_time(asked), passages)

    def write(self, task: Task, history: Sequence[Message], passages: Sequence[Passage]) -> str:
        """What the endpoint writes; BotFailed when that is nothing."""
        messages = prompt.task(task, self._settings.instructions, history, passages)
        text = self._ask_in_time({"messages": messages}).replace("\0", "").strip()
        if not text:
            raise BotFailed("an empty answer")
        return text

    def _ask_in_time(self, asked: dict[str, Any]) -> str:
        """The endpoint's words; BotFailed when it has none by then."""
        deadline = gevent.Timeout(self._settings.timeout_seconds)
        try:
            with deadline:
                return words_in(self._ask({"model": self._settings.model, **asked}))
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise BotFailed(type(error).__name__) from error
        except gevent.Timeout as late:
            if late is not deadline:
                raise
            raise BotFailed(f"no answer in {self._settings.timeout_seconds:g} s") from None

    def _ask(self, asked: dict[str, Any]) -> bytes:
        body = msgspec.json.encode(asked)
        response = self._pool.request(
            "POST",
            self._url,
            body=body,
            headers=self._headers,
            preload_content=False,
            redirect=False,
            timeout=self._settings.timeout_seconds,
            retries=Once(
                1,
                allowed_methods=None,
                status_forcelist=AGAIN,
                raise_on_status=False,
                patience=self._settings.timeout_seconds,
            ),
        )
        try:
            if response.status != 200:
                raise BotFailed(f"status {response.status}")
            received: bytes = response.read(MOST_BYTES + 1)
        finally:
            response.close()
        if len(received) > MOST_BYTES:
            raise BotFailed(f"an answer of more than {MOST_BYTES} bytes")
        return received


def pool_for(url: str) -> Any:
    """The connections to an endpoint, through the proxy that the environment names for it."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, maxsize=AT_ONCE)
    return urllib3.PoolManager(maxsize=AT_ONCE)


def words_in(received: bytes) -> str:
    """What an answer of the endpoint says; BotFailed when it is none."""
    try:
        completion = msgspec.json.decode(received, type=Completion)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BotFailed(f"no completion: {error}") from None
    said = completion.choices[0].message
    if said.refusal or not said.content:
        raise BotFailed("it refuses" if said.refusal else "an empty answer")
    return said.content
