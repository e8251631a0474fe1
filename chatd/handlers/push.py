"""Browsers that are to be told although nobody looks: subscribed, and let go."""

from __future__ import annotations

from chatd.config.loading import unfit_url
from chatd.domain.participant import LoginSession, Participant
from chatd.domain.push import Subscription, are_keys, with_one, without
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errors import Forbidden, Invalid, NotFound, Unavailable
from chatd.protocol.pushing import OfferPush, PushOffered, Subscribe, Subscribed, Unsubscribe
from chatd.service.context import Context, Handlers
from chatd.store.base import Put


def offer(cx: Context, command: OfferPush) -> PushOffered:
    """→ ``key``, null where nothing is pushed."""
    pushes = cx.services.pushes
    return PushOffered(key=pushes.public_key if pushes else None)


def subscribe(cx: Context, command: Subscribe) -> Subscribed:
    """→ ``count``. Addresses are judged as those of webhooks are, now and whenever they are
    called."""
    services = cx.services
    if services.pushes is None:
        raise Unavailable("nothing is pushed from here: push.contact is not set")
    problem = unfit_url(command.endpoint, plain_http=services.config.errands.plain_http)
    if problem or not services.dialer.may_name(command.endpoint):
        why = problem or "is no address of the outside"
        raise Invalid(f"the endpoint {why}", field="endpoint")
    if not are_keys(command.keys.p256dh, command.keys.auth):
        raise Invalid("p256dh and auth are a browser's keys, in base64url", field="keys")
    holder = holder_of(cx)
    new = Subscription(
        endpoint=command.endpoint,
        p256dh=command.keys.p256dh,
        auth=command.keys.auth,
        language=command.language,
        created_at=to_text(services.now()),
    )
    return keep(cx, holder, with_one(holder.subscriptions, new))


def unsubscribe(cx: Context, command: Unsubscribe) -> Subscribed:
    """→ ``count``; one that is not there is gone already."""
    holder = holder_of(cx)
    gone = [one.id for one in holder.subscriptions if one.endpoint == command.endpoint]
    return keep(cx, holder, without(holder.subscriptions, gone[0]) if gone else None)


def keep(
    cx: Context, holder: Participant | LoginSession, now: tuple[Subscription, ...] | None
) -> Subscribed:
    """Stores what is to be told, if that is another."""
    if now is None:
        return Subscribed(count=len(holder.subscriptions))
    cx.services.store.commit(Put(successor(holder, subscriptions=now)))
    return Subscribed(count=len(now))


def holder_of(cx: Context) -> Participant | LoginSession:
    """What a browser belongs to: a visitor, or an operator's login session, with which it ends."""
    services, caller = cx.services, cx.caller
    if cx.principal.kind == "visitor":
        visitor = services.store.get(Participant, cx.principal.id)
        if visitor is None:
            raise NotFound("no such participant")
        return visitor
    line = caller.connection
    token = line.key if line else caller.token or caller.session or ""
    session = services.store.get(LoginSession, token.partition(".")[0])
    if session is None or session.operator != cx.principal.operator:
        raise Forbidden("only who came with a login session of their own is told")
    return session


HANDLERS: Handlers = {OfferPush: offer, Subscribe: subscribe, Unsubscribe: unsubscribe}
