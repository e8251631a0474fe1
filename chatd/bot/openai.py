"""The engine ``openai``: any HTTP endpoint that speaks the chat completions of OpenAI."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import gevent
import msgspec
from msgspec import Meta, Struct

from chatd.bot.base import BotFailed
from chatd.config.settings import BotSettings
from chatd.domain.message import Message

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam


class Said(Struct):
    """What the endpoint's model said."""

    content: str


class Choice(Struct):
    """One of the answers that it could give."""

    message: Said


class Completion(Struct):
    """As much of the endpoint's answer as matters here."""

    choices: Annotated[list[Choice], Meta(min_length=1)]


class OpenAIBot:
    """Asks the endpoint once per answer, within the configured time, retries included."""

    active = True

    def __init__(self, settings: BotSettings) -> None:
        import openai

        self._settings = settings
        self._failure = openai.OpenAIError
        self._client = openai.OpenAI(
            base_url=settings.base_url,
            api_key=os.environ.get(settings.api_key_env) or "none",
            timeout=settings.timeout_seconds,
            max_retries=1,
        )

    def answer(self, history: Sequence[Message]) -> str:
        """The endpoint's words; BotFailed when it has none."""
        deadline = gevent.Timeout(self._settings.timeout_seconds)
        try:
            with deadline:
                received = self._client.chat.completions.with_raw_response.create(
                    model=self._settings.model, messages=self._conversation(history)
                ).content
        except (self._failure, ValueError) as error:
            raise BotFailed(type(error).__name__) from error
        except gevent.Timeout as late:
            if late is not deadline:
                raise
            raise BotFailed(f"no answer in {self._settings.timeout_seconds:g} s") from None
        text = words_in(received)
        if not text:
            raise BotFailed("an empty answer")
        return text

    def _conversation(self, history: Sequence[Message]) -> list[ChatCompletionMessageParam]:
        said: list[ChatCompletionMessageParam] = []
        if self._settings.instructions:
            said.append({"role": "system", "content": self._settings.instructions})
        for message in history:
            if message.sender_type == "customer":
                said.append({"role": "user", "content": message.content})
            elif message.sender_type == "bot":
                said.append({"role": "assistant", "content": message.content})
        return said


def words_in(received: bytes) -> str:
    """What an answer of the endpoint says; BotFailed when it is none."""
    try:
        completion = msgspec.json.decode(received, type=Completion)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BotFailed(f"no completion: {error}") from None
    return completion.choices[0].message.content.replace("\0", "").strip()
