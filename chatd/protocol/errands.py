"""The commands about what leaves the house: errands, and the webhooks that most of them are for."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from chatd.domain.errand import State
from chatd.protocol import results, views
from chatd.protocol.commands import Command

ErrandId = Annotated[str, Meta(min_length=1, max_length=64)]
TargetName = Annotated[str, Meta(min_length=1, max_length=64)]
Cursor = Annotated[str, Meta(max_length=128)]


class ErrandList(results.Result, frozen=True, kw_only=True):
    """Errands, newest first, and the ``cursor`` that gets the next page, if there is one."""

    errands: list[views.Errand]
    cursor: str | None


class OneErrand(results.Result, frozen=True, kw_only=True):
    """An errand as it is now."""

    errand: views.Errand


class WebhookList(results.Result, frozen=True, kw_only=True):
    """The webhooks of the configuration."""

    webhooks: list[views.Webhook]


class TestedWebhook(results.Result, frozen=True, kw_only=True):
    """What a webhook answered to the event ``id``, and after how many seconds."""

    answer: str
    seconds: float
    id: str


class Replayed(results.Result, frozen=True, kw_only=True):
    """How many deliveries are due now."""

    due: int


class OpenedWebhook(results.Result, frozen=True, kw_only=True):
    """The webhook that is told again of what happens."""

    webhook: str


class TestedMail(results.Result, frozen=True, kw_only=True):
    """What the mail server answered, and after how many seconds."""

    to: str
    answer: str
    seconds: float


class ListErrands(Command, frozen=True, kw_only=True):
    """Errands, newest first: what waits, what was delivered, what failed."""

    event: ClassVar[str] = "errand:list"
    result: ClassVar[results.Kind] = ErrandList
    gets_page: ClassVar[bool] = True
    target: TargetName | None = None
    state: State | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Cursor | None = None


class RetryErrand(Command, frozen=True, kw_only=True):
    """Carries an errand out at once, again if it was: under the same id."""

    event: ClassVar[str] = "errand:retry"
    result: ClassVar[results.Kind] = OneErrand
    errand_id: ErrandId


class DropErrand(Command, frozen=True, kw_only=True):
    """Gives an errand up that waits."""

    event: ClassVar[str] = "errand:drop"
    result: ClassVar[results.Kind] = OneErrand
    errand_id: ErrandId


class ListWebhooks(Command, frozen=True, kw_only=True):
    """The webhooks of the configuration, with how much waits for each."""

    event: ClassVar[str] = "webhook:list"
    result: ClassVar[results.Kind] = WebhookList


class TestWebhook(Command, frozen=True, kw_only=True):
    """Sends a webhook an event of its own kind, ``webhook.test``, and waits for the answer."""

    event: ClassVar[str] = "webhook:test"
    result: ClassVar[results.Kind] = TestedWebhook
    webhook: TargetName


class ReplayWebhook(Command, frozen=True, kw_only=True):
    """Delivers again: one delivery by its id, or all of a webhook that have failed."""

    event: ClassVar[str] = "webhook:replay"
    result: ClassVar[results.Kind] = Replayed
    what: ErrandId


class OpenWebhook(Command, frozen=True, kw_only=True):
    """Delivers again to a webhook that had said it is gone."""

    event: ClassVar[str] = "webhook:open"
    result: ClassVar[results.Kind] = OpenedWebhook
    webhook: TargetName


class TestMail(Command, frozen=True, kw_only=True):
    """Sends a letter that says nothing, and waits for the mail server's answer."""

    event: ClassVar[str] = "mail:test"
    result: ClassVar[results.Kind] = TestedMail
    to: Annotated[str, Meta(max_length=254)]


COMMANDS: tuple[type[Command], ...] = (
    ListErrands,
    RetryErrand,
    DropErrand,
    ListWebhooks,
    TestWebhook,
    ReplayWebhook,
    OpenWebhook,
    TestMail,
)
