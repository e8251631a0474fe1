"""The errand ``webhook``: an event posted as JSON, signed as Standard Webhooks has it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec
from loguru import logger
from msgspec import UNSET
from msgspec.structs import replace

from chatd import __version__
from chatd.config.settings import WebhookSettings
from chatd.domain.errand import Errand, Target
from chatd.domain.times import to_text
from chatd.errands import signing
from chatd.errands.base import Failed
from chatd.errands.dialer import Answer, Dialer
from chatd.store.base import Put, Store

KIND = "webhook"
GONE = 410
BUSY = (429, 503)
LONGEST_WAIT_S = 86_400.0
LOG = logger.bind(area="errands")
Settings = Mapping[str, WebhookSettings]


class Webhooks:
    """Delivers to the webhooks of the configuration, whichever holds now."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        dialer: Dialer,
        store: Store,
        now: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._dialer = dialer
        self._store = store
        self._now = now

    def carry(self, errand: Errand) -> str:
        """See :data:`chatd.errands.base.Carry`."""
        settings = self._settings().get(errand.target)
        if settings is None:
            raise Failed("the configuration has no such webhook any more", again=False)
        if closed := self.refusal_of(errand.target):
            raise Failed(
                f"the webhook is closed since {closed.closed_at}: {closed.why}", again=False
            )
        answer = self.post(settings, errand)
        try:
            return judge(answer)
        except Failed as failed:
            if failed.closed:
                self._close(errand.target, settings.url, str(failed))
            raise

    def post(self, settings: WebhookSettings, errand: Errand) -> Answer:
        """What the receiver answers; Failed when it does not."""
        body = body_of(errand)
        headers = signing.headers(keys(settings), errand.id, int(self._now()), body)
        more = {"Content-Type": "application/json", "User-Agent": f"chatd/{__version__}"}
        return self._dialer.post(settings.url, body, headers | more)

    def refusal_of(self, name: str) -> Target | None:
        """That a webhook said it is gone; a new address in the configuration opens it again."""
        known = self._store.get(Target, name)
        settings = self._settings().get(name)
        return known if known and settings and known.url == settings.url else None

    def _close(self, name: str, url: str, why: str) -> None:
        LOG.error("the webhook {} is closed: {}; 'webhook open {}' opens it again", name, why, name)
        self._store.commit(Put(Target(name, url, to_text(self._now()), why)))


def body_of(errand: Errand) -> bytes:
    """What is posted: ``type``, ``timestamp``, ``data``."""
    data: dict[str, Any] = dict(errand.data)
    if errand.message is not None:
        data["message"] = replace(errand.message, earlier=UNSET, reactors=UNSET)
    told = {"type": errand.type, "timestamp": errand.created_at, "data": data}
    return msgspec.json.encode(told)


def keys(settings: WebhookSettings) -> list[bytes]:
    """What to sign with; Failed where the environment has no secret, or none that is one."""
    name = settings.secret_env
    try:
        return signing.keys_in(os.environ.get(name, ""))
    except ValueError as error:
        raise Failed(f"no secret in ${name}: {error}") from None


def judge(answer: Answer) -> str:
    """What is said of a delivery; Failed for every answer but 2xx."""
    said = f"status {answer.status}"
    if answer.status // 100 == 2:
        return said
    if answer.status == GONE:
        raise Failed(f"{said}: it wants no more", closed=True)
    after = 0.0
    if answer.status in BUSY:
        with suppress(ValueError):  # a date, or nothing at all: then as usual
            after = min(max(0.0, float(answer.headers.get("retry-after", ""))), LONGEST_WAIT_S)
    raise Failed(said, after=after)
