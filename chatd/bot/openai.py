"""The engine ``openai``: any HTTP endpoint that speaks the chat completions of OpenAI."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatd.bot.base import BotFailed
from chatd.config import BotSettings
from chatd.domain.message import Message

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam


class OpenAIBot:
    """Asks the endpoint once per answer, within the configured time."""

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
        try:
            completion = self._client.chat.completions.create(
                model=self._settings.model, messages=self._conversation(history)
            )
        except self._failure as error:
            raise BotFailed(type(error).__name__) from error
        text = completion.choices[0].message.content if completion.choices else None
        if not text or not text.strip():
            raise BotFailed("an empty answer")
        return text.strip()

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
