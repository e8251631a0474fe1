"""What leaves the house, in the hands of operators: seen, tried again, dropped; webhooks tried."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

from chatd.config.settings import WebhookSettings
from chatd.domain.errand import Errand, State, Target
from chatd.domain.mail import address_of
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errands.base import Failed, Unsure
from chatd.errands.undelivered import Age, age
from chatd.errands.webhooks import KIND, judge, keys
from chatd.errors import Conflict, Damaged, Invalid, NotFound, Unavailable
from chatd.protocol import views
from chatd.protocol.errands import (
    DropErrand,
    ErrandList,
    ListErrands,
    ListWebhooks,
    OneErrand,
    OpenedWebhook,
    OpenWebhook,
    Replayed,
    ReplayWebhook,
    RetryErrand,
    TestedMail,
    TestedWebhook,
    TestMail,
    TestWebhook,
    WebhookList,
)
from chatd.service import mailing, pages
from chatd.service.context import Context, Handlers, Services
from chatd.store.base import Put, Remove

AT_ONCE = 200


def errands(cx: Context, command: ListErrands) -> ErrandList:
    """→ ``errands``, newest first, and the ``cursor`` that gets the next page, if there is one."""
    behind = find(cx.services, command.cursor) if command.cursor else None
    found: list[Errand] = []
    for errand in select(cx.services, command.state, command.target, behind):
        if len(found) == command.limit:
            return answer(cx, found, more=True)
        found.append(errand)
    return answer(cx, found, more=False)


def answer(cx: Context, found: list[Errand], *, more: bool) -> ErrandList:
    """As many of a page as fit."""
    shown, cut = pages.first_fitting(cx, map(view, found))
    further = more or cut
    return ErrandList(errands=shown, cursor=shown[-1].id if further else None)


def select(
    services: Services, state: State | None, target: str | None, behind: Errand | None = None
) -> Iterator[Errand]:
    """Those in a state, to a target, or any; the newest first, those that were made before one.
    What was not delivered is found without going through all that was."""
    known, before = services.errands.undelivered, age(behind) if behind else None
    if state is not None and state != "delivered" and known.whole:
        for made in known.newest_first(state, target, before):
            yield from read_noted(services, made[1], state)
            before = made
        if known.has_all(state, target):
            return
    for one in newest_first(services, before):
        if target in (None, one.target) and state in (None, one.state):
            yield one


def read_noted(services: Services, id: str, state: State) -> Iterator[Errand]:
    """One that is known to be in a state, unless it is gone, or cannot be read."""
    with suppress(Damaged):
        errand = services.store.get(Errand, id)
        if errand is None:
            services.errands.undelivered.forget(id)
        elif errand.state == state:
            yield errand


def newest_first(services: Services, before: Age | None) -> Iterator[Errand]:
    """All that are kept, the newest first, or those that are older than that; read file by file,
    as far as somebody asks on."""
    for part in reversed(services.store.parts(Errand, until=before[1] if before else None)):
        with suppress(Damaged):
            for one in sorted(services.store.part(Errand, part), key=age, reverse=True):
                if before is None or age(one) < before:
                    yield one


def find(services: Services, id: str) -> Errand:
    """The errand, or NotFound."""
    errand = services.store.get(Errand, id)
    if errand is None:
        raise NotFound(f"no such errand {id!r}: 'errands' lists them")
    return errand


def view(errand: Errand) -> views.Errand:
    """An errand in a list."""
    message = errand.message
    return views.Errand(
        id=errand.id,
        kind=errand.kind,
        target=errand.target,
        type=errand.type,
        about=message.id if message else errand.data.get("ticket", {}).get("id", ""),
        state=errand.state,
        attempts=errand.attempts,
        created_at=errand.created_at,
        next_at=to_text(errand.next_at) if errand.waits else None,
        ended_at=errand.ended_at or None,
        last_error=errand.last_error,
    )


def retry(cx: Context, command: RetryErrand) -> OneErrand:
    """→ ``errand``, which is due now, whatever became of it before."""
    errand = find(cx.services, command.errand_id)
    return OneErrand(errand=view(due_now(cx.services, errand)[0]))


def due_now(services: Services, *errands: Errand) -> list[Errand]:
    """These wait again, with as many tries ahead of them as at first."""
    now = services.now()
    again = [
        successor(one, state="waiting", attempts=0, next_at=now, ended_at="", handed_at="")
        for one in errands
    ]
    services.store.commit(*map(Put, again))
    services.errands.put(again)
    return again


def drop(cx: Context, command: DropErrand) -> OneErrand:
    """→ ``errand`` that is not tried any more."""
    errand = find(cx.services, command.errand_id)
    if not errand.waits:
        raise Conflict(f"{errand.id} does not wait: it is {errand.state}", state=errand.state)
    dropped = successor(errand, state="dropped", ended_at=to_text(cx.services.now()))
    cx.services.store.commit(Put(dropped))
    cx.services.errands.let_go(dropped)
    return OneErrand(errand=view(dropped))


def webhooks(cx: Context, command: ListWebhooks) -> WebhookList:
    """→ ``webhooks`` with their ``state``: open, closed (it said so) or what is wrong with it."""
    services = cx.services
    return WebhookList(
        webhooks=[
            views.Webhook(
                name=name,
                url=one.url,
                events=one.events or ("all",),
                sites=one.sites or ("all",),
                state=state_of(services, name, one),
                waiting=services.errands.waiting(name),
            )
            for name, one in services.config.webhooks.items()
        ]
    )


def state_of(services: Services, name: str, settings: WebhookSettings) -> str:
    """``open``, or why nothing is delivered."""
    if closed := services.webhooks.refusal_of(name):
        return f"closed since {closed.closed_at}: {closed.why}"
    try:
        keys(settings)
    except Failed as failed:
        return str(failed)
    return "open"


def settings_of(cx: Context, name: str) -> WebhookSettings:
    """A webhook of the configuration, or NotFound."""
    known = cx.services.config.webhooks
    if name not in known:
        raise NotFound(f"no such webhook {name!r}; there are: {', '.join(known) or 'none'}")
    return known[name]


def test(cx: Context, command: TestWebhook) -> TestedWebhook:
    """→ ``answer``, after ``seconds``; Unavailable when there was none, or it was no success."""
    settings, now = settings_of(cx, command.webhook), cx.services.now()
    id = cx.services.new_errand.id(now)
    errand = Errand(id, KIND, command.webhook, "webhook.test", to_text(now))
    began = time.monotonic()
    try:
        answer = judge(cx.services.webhooks.post(settings, errand))
    except Failed as failed:
        raise Unavailable(f"{command.webhook}: {failed}") from None
    seconds = round(time.monotonic() - began, 3)
    return TestedWebhook(answer=answer, seconds=seconds, id=id)


def replay(cx: Context, command: ReplayWebhook) -> Replayed:
    """→ how many are ``due`` now."""
    services = cx.services
    if command.what not in services.config.webhooks:
        return Replayed(due=len(due_now(services, find(services, command.what))))
    failed = [one.id for one in select(services, "failed", command.what)]
    count = 0
    for first in range(0, len(failed), AT_ONCE):
        some = [services.store.get(Errand, id) for id in failed[first : first + AT_ONCE]]
        again = [one for one in some if one and is_failed(one, command.what)]
        count += len(due_now(services, *again)) if again else 0
    return Replayed(due=count)


def is_failed(errand: Errand, target: str) -> bool:
    """Whether it was given up, for this target."""
    failed: State = "failed"
    return errand.target == target and errand.state == failed


def reopen(cx: Context, command: OpenWebhook) -> OpenedWebhook:
    """→ ``webhook`` that is told of what happens again."""
    settings_of(cx, command.webhook)
    if cx.services.store.get(Target, command.webhook) is None:
        raise Conflict(f"{command.webhook} is open")
    cx.services.store.commit(Remove("targets", command.webhook))
    return OpenedWebhook(webhook=command.webhook)


def test_mail(cx: Context, command: TestMail) -> TestedMail:
    """→ ``answer``, after ``seconds``; Unavailable when there was none, or it was a refusal."""
    to, began = given_address(command.to), time.monotonic()
    try:
        said = mailing.send_test(cx.services, to)
    except (Failed, Unsure) as failed:
        raise Unavailable(f"mail to {to}: {failed}") from None
    return TestedMail(to=to, answer=said, seconds=round(time.monotonic() - began, 3))


def given_address(text: str) -> str:
    """A mail address; Invalid for what is none."""
    try:
        return address_of(text)
    except ValueError as error:
        raise Invalid(str(error), field="to") from None


HANDLERS: Handlers = {
    ListErrands: errands,
    RetryErrand: retry,
    DropErrand: drop,
    ListWebhooks: webhooks,
    TestWebhook: test,
    ReplayWebhook: replay,
    OpenWebhook: reopen,
    TestMail: test_mail,
}
