"""Dispatch: find what a command is about, authorise, limit, call; the one place where an exception
becomes an error for one peer."""

from __future__ import annotations

import secrets
from time import perf_counter
from typing import Any

from loguru import logger
from msgspec.structs import replace

from chatd.dispatch import auditing, commandlog
from chatd.domain import policy
from chatd.domain.participant import Operator
from chatd.domain.place import ABSENT, NOTHING, Place
from chatd.domain.places import find
from chatd.domain.principal import LOCAL
from chatd.domain.versions import rerun
from chatd.errors import ChatdError, Internal, NotFound, Overtaken, Unauthenticated, fault_of_ours
from chatd.log.acting import WHO
from chatd.protocol.commands import Command, MessageCommand
from chatd.service import identity, showing
from chatd.service.context import Caller, Context, Handler, Handlers, Services
from chatd.service.identity import UNKNOWN

DIALOGS = (("dialogs_per_participant", "id"), ("dialogs_per_address", "address"))
ASSISTS = (("assists_per_participant", "id"), ("assists_per_address", "address"))
RATES: dict[str, tuple[tuple[str, str], ...]] = {
    "message:send": (("messages_per_participant", "id"), ("messages_per_address", "address")),
    "ticket:reply": (("messages_per_participant", "id"), ("messages_per_address", "address")),
    "ticket:open": (("tickets_per_address", "address"), ("messages_per_address", "address")),
    "message:edit": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "message:delete": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "message:react": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "ticket:update": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "ticket:snooze": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "ticket:tag": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "ticket:close": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "ticket:cancel": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "ticket:rate": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "ticket:transcript": (("mails_per_participant", "id"), ("mails_per_address", "address")),
    "push:subscribe": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "push:unsubscribe": (("changes_per_participant", "id"), ("changes_per_address", "address")),
    "draft:edit": (("drafts_per_connection", "connection"), ("drafts_per_address", "address")),
    "typing:start": (("signs_per_participant", "id"), ("signs_per_address", "address")),
    "typing:stop": (("signs_per_participant", "id"), ("signs_per_address", "address")),
    "presence:set": (("signs_per_participant", "id"), ("signs_per_address", "address")),
    "receipt:delivered": (
        ("receipts_per_participant", "id"),
        ("receipts_per_address", "address"),
    ),
    "receipt:read": (("receipts_per_participant", "id"), ("receipts_per_address", "address")),
    "search:messages": (
        ("searches_per_participant", "id"),
        ("searches_per_address", "address"),
    ),
    "call:start": (("calls_per_participant", "id"), ("calls_per_address", "address")),
    "call:record": (("calls_per_participant", "id"), ("calls_per_address", "address")),
    "ticket:draft": ASSISTS,
    "ticket:summary": ASSISTS,
    "dialog:create": DIALOGS,
    "dialog:invite": DIALOGS,
    "dialog:enter": DIALOGS,
    "dialog:join": (("joins_per_participant", "id"), ("joins_per_address", "address")),
}

READING = (("read_bytes_per_participant", "reader"), ("read_bytes_per_address", "address"))

STRANGERS = frozenset({"anonymous", "visitor"})
AT_WORK = frozenset({"operator", "program", "shell"})


# What staff alone may ask shows what messages said before they were edited.
WITH_EARLIER = frozenset({"ticket:get"})


class Dispatcher:
    """Carries out commands, for every transport alike."""

    def __init__(self, services: Services, handlers: Handlers) -> None:
        self._services = services
        self._handlers = handlers

    def carry_out(self, caller: Caller, command: Command, handler: Handler | None = None) -> Any:
        """The result of the command's handler, or of another; whatever goes wrong comes out as a
        ChatdError."""
        began, outcome, why, place = perf_counter(), "internal", "", NOTHING
        result: Any = None
        acting = WHO.set(caller.principal.label)
        handler = handler or self._handlers[type(command)]
        try:
            self._refuse_banned(caller)
            try:
                caller = self._as_of_now(caller)
                place = self._find(caller, command)
                self._authorise(caller, command, place)
                self._limit(caller, command)
                if caller.connection and command.event != "ping":
                    caller.connection.used = True
                result = self._call(handler, self._context(caller, place), command)
            except Overtaken:
                place, result = self._again(caller, command, handler)
            whole, who = command.event in WITH_EARLIER, caller.principal
            result = showing.result(self._services, result, earlier=whole, place=place, who=who)
            outcome = "done"
        except ChatdError as error:
            outcome, why = error.code, error.message
            commandlog.note_refusal(self._services, caller, command, place, error)
            self._services.refusals.note(error, caller.address, caller.principal.id)
            raise self._for_peers(caller, command, error) from None
        except Exception as fault:
            failed = self._incident(caller, command, fault)
            why = f"incident {failed.details['incident']}"
            raise failed from None
        finally:
            if not caller.here_only:  # it is counted where it was asked
                self._services.metrics.commands.count(outcome)
            commandlog.note_outcome(caller, command, place, outcome, perf_counter() - began)
            auditing.record(self._services, caller, command, outcome, why, result)
            WHO.reset(acting)
        return result

    def _authorise(self, caller: Caller, command: Command, place: Place) -> None:
        if refused := policy.judge(caller.principal, command.event, place):
            raise self._sure(absent(caller, command) if isinstance(refused, NotFound) else refused)

    def _sure(self, refusal: ChatdError) -> ChatdError:
        """One that was decided by what is durable; Overtaken where that never came to be."""
        self._services.store.confirm()
        return refusal

    def _call(self, handler: Handler, cx: Context, command: Command) -> Any:
        """What comes of it, be it a refusal; Overtaken where that was decided by what never came to
        be."""
        try:
            result = handler(cx, command)
        except Overtaken:
            raise
        except ChatdError:
            self._services.store.confirm()
            raise
        self._services.store.confirm()
        return result

    def _again(self, caller: Caller, command: Command, handler: Handler) -> tuple[Place, Any]:
        """Somebody else was faster: once more from what there is now. Those who lost on this node
        wait for each other, so that each of them loses to others at most."""
        about = getattr(command, command.about) if command.about else command.event
        with self._services.turns.one_at_a_time(("again", about)):
            return rerun(lambda: self._once_more(caller, command, handler))

    def _once_more(self, caller: Caller, command: Command, handler: Handler) -> tuple[Place, Any]:
        self._services.metrics.reruns.inc()
        caller = self._as_of_now(caller)
        place = self._find(caller, command)
        self._authorise(caller, command, place)
        return place, self._call(handler, self._context(caller, place), command)

    def _context(self, caller: Caller, place: Place) -> Context:
        return Context(self._services, caller, caller.principal, self.carry_out, place)

    def _refuse_banned(self, caller: Caller) -> None:
        """Bans are for all who come over the net; who is at the machine can lift them."""
        services, who = self._services, caller.principal
        if who.kind not in LOCAL:
            services.bans.check(caller.address, who.id, services.now())

    def _as_of_now(self, caller: Caller) -> Caller:
        """An operator, a person or a program with the rights of now: what changed them may still be
        on its way to the disk, so that whoever is connected is not told yet."""
        who = caller.principal
        if who.account is not None and identity.person(self._services, who.account) is None:
            raise self._sure(Unauthenticated(UNKNOWN))
        if who.kind == "program":
            if identity.program(self._services, who) is None:
                raise self._sure(Unauthenticated(UNKNOWN))
            return caller
        if who.kind != "operator":
            return caller
        account = self._services.store.get(Operator, who.operator or "")
        if account is None or account.disabled:
            raise self._sure(Unauthenticated(UNKNOWN))
        now = self._services.as_operator(account)
        return caller if now == who else replace(caller, principal=now)

    def _find(self, caller: Caller, command: Command) -> Place:
        if command.about is None:
            return NOTHING
        place = find(self._services, caller.principal, getattr(command, command.about))
        if place and (place.ticket or command.about != "ticket_id"):
            return place
        if caller.principal.kind in AT_WORK:
            raise self._sure(absent(caller, command))
        return ABSENT

    def _limit(self, caller: Caller, command: Command) -> None:
        if caller.principal.kind in LOCAL:
            return
        connection = caller.connection.id if caller.connection else caller.address
        keys = {
            "id": caller.principal.id,
            "address": caller.address,
            "connection": connection,
            "reader": caller.reader,
        }
        limiter = self._services.limiter
        if caller.principal.kind == "program":
            limiter.hit("commands_per_token", caller.principal.id)
        if caller.connection:
            limiter.hit("commands_per_connection", connection)
        for rate, key in RATES.get(command.event, ()):
            limiter.hit(rate, keys[key])
        if command.gets_page:
            for rate, key in READING:
                limiter.hit(rate, keys[key], 0)

    def _for_peers(self, caller: Caller, command: Command, error: ChatdError) -> ChatdError:
        if caller.principal.kind in STRANGERS and error.details.get("by"):
            return hide_operator(error)
        if error.public is None or caller.principal.kind == "shell":
            return error
        logger.debug("{} of {} failed: {}", command.event, caller.principal.label, error.message)
        return error.for_peers()

    def _incident(self, caller: Caller, command: Command, fault: Exception) -> Internal:
        incident = secrets.token_hex(4)
        self._services.metrics.incidents.inc()
        connection = caller.connection.id if caller.connection else "-"
        logger.opt(exception=fault).error(
            "incident {}: {} of {} over {} failed",
            incident,
            command.event,
            caller.principal.label,
            connection,
        )
        return fault_of_ours(incident)


def hide_operator(error: ChatdError) -> ChatdError:
    """An error that tells no operator's user name."""
    by = error.details.pop("by")
    error.message = error.message.replace(f" by {by}", "")
    return error


def absent(caller: Caller, command: Command) -> NotFound:
    """What does not exist, and what is none of the caller's business: one answer for both."""
    what = "ticket" if command.about == "ticket_id" else "room or ticket"
    if caller.principal.kind in AT_WORK:
        which = getattr(command, command.about or "")
        if not which and isinstance(command, MessageCommand):
            what, which = "message", command.message_id
        return NotFound(f"no such {what}: {which}")
    return NotFound("no such dialog")
