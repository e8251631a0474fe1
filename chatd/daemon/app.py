"""The daemon: what it is assembled of and its listeners; start, reload, stop."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import gevent
from loguru import logger

from chatd import __version__
from chatd.admin.server import AdminServer
from chatd.admin.strangers import strangers
from chatd.config import loading as configuration
from chatd.config.ownership import user_name
from chatd.config.settings import Config
from chatd.daemon import doctor, log
from chatd.daemon.assembly import FAMILIES, assemble, make_node, open_store
from chatd.daemon.figures import Gauges, figures
from chatd.daemon.reloading import merge_live, report
from chatd.daemon.systemd import Notifier, inherited_sockets, siblings
from chatd.dispatch.dispatcher import Dispatcher
from chatd.dispatch.registry import merge
from chatd.domain.principal import Principal
from chatd.domain.times import to_text
from chatd.errands import webhooks
from chatd.errands.base import Failed
from chatd.errors import ChatdError, ConfigError, Rejected
from chatd.handlers import (
    accounts,
    operators,
    passkeys,
    second_factors,
)
from chatd.live.refusals import WINDOW_S
from chatd.log.areas import EveryArea, LogLevel
from chatd.net.http import socketio
from chatd.net.http.application import make_http_app
from chatd.net.server import Server
from chatd.net.websocket import Heart
from chatd.protocol.operating import Reload
from chatd.protocol.views import Finding
from chatd.runtime.loop import LoopWatch
from chatd.service import (
    answers,
    assignment,
    bots,
    calls,
    crowds,
    expiry,
    knowing,
    managing,
    recordings,
    rooms,
    silence,
    sla,
    sweeping,
    uploads,
    voices,
)
from chatd.service.context import Caller
from chatd.store.tiny.lock import Exchanged

FULL = (errno.ENOSPC, errno.EDQUOT)
SETTLE_S = 0.05  # whom a stopping daemon has just accepted has yet to say what it wants
LAST_WORDS_S = 1.0  # for who reads the log of a daemon that stops
SIGNAL = Principal(kind="system", id="signal")
LASTING_S = 15.0
SWEEP_S = 1.0
INDEX_S = 1.0  # many at once cost less for each; who searches has what waits indexed first
FILES_S = 10.0
BOTS_S = 15.0


class App:
    """The daemon. ``on_stopped`` is called once when it has stopped, ``exit_status`` then holds."""

    def __init__(self, config: Config, path: Path | None, overrides: dict[str, str | None]) -> None:
        self._path, self._overrides = path, overrides
        self._levels = log.start(config.log)
        self._notifier = Notifier()
        self._draining = False
        self._began = time.time(), time.monotonic()
        self._addresses: list[str] = []
        self.on_stopped: Callable[[], None] = lambda: None
        self.exit_status = 0
        self._warn(config)
        self.store = open_store(config)
        with self.store.starting():
            operators.give_aliases(self.store)
            passkeys.note_holders(self.store)
            self._node = make_node(config, self.store, lambda: self.services)
            self.services = assemble(config, self.store, self, self._vital_task_died, self._node)
            managing.refresh(self.services)
        self.services.metrics.registry.register(Gauges(self.services, self.stats))
        self._dispatcher = Dispatcher(self.services, merge(FAMILIES))
        self._heart = Heart()
        self._loop_watch = LoopWatch(self.services.metrics.loop_lag_seconds.observe)
        http = make_http_app(self._dispatcher, self.services)
        self._server = Server(self._dispatcher, self.services, http, self._heart, siblings())
        socketio.add_route(http, self._server.socketio, self.services)
        self._admin = AdminServer(
            self._dispatcher,
            self.services,
            path=config.socket_path(),
        )

    def start(self) -> None:
        """Begins to serve; OSError when an address or a socket cannot be had."""
        services = self.services
        services.tasks.watch_over_others()
        if self._node:
            self._node.start(self._dispatcher.carry_out)
        self._start_admin()
        self._addresses = self._server.listen(inherited_sockets())
        services.tasks.spawn("committer", self.store.watch, vital=True)
        services.tasks.spawn("errands", services.errands.run, vital=True)
        services.tasks.spawn("heart", self._heart.run, vital=True)
        services.tasks.spawn("listener", self._server.watch, vital=True)
        services.tasks.spawn("loop-watch", self._loop_watch.run, vital=True)
        services.tasks.spawn("store-examined", self._warn_of_store)
        services.tasks.spawn("answers", answers.recall, services)
        services.tasks.spawn("knowledge", knowing.refresh, services)
        services.tasks.every(
            "bots", BOTS_S, self._leading(lambda: bots.resume(services)), at_once=True
        )
        services.tasks.every(
            "assignment",
            1.0,
            self._leading(
                lambda: assignment.turn(services),
                silence.Watch(services).turn,
                lambda: sla.turn(services),
            ),
        )
        judged = calls.Watch(services).turn, recordings.Watch(services).turn
        services.tasks.every("calls", 1.0, self._leading(*judged))
        services.tasks.every("voices", 1.0, lambda: voices.turn(services))
        services.tasks.every("crowds", 1.0, lambda: crowds.turn(services))
        services.tasks.every("store", 0.1, self._tend_store)
        services.tasks.every("search", INDEX_S, services.search.wake, at_once=True)
        services.tasks.every("sweep", SWEEP_S, sweeping.Sweep(services).turn)
        services.tasks.every(
            "files", FILES_S, lambda: uploads.finish_waiting(services), at_once=True
        )
        services.tasks.every("lasting", LASTING_S, lambda: expiry.tend(services))
        services.tasks.every("refusals", WINDOW_S, services.refusals.tell)
        services.tasks.every("log", 0.1, self._levels.outlet.flush)
        services.tasks.every("watchdog", self._notifier.interval_s, self._notifier.feed_watchdog)
        serving = f"serving on {', '.join(self._addresses)}"
        self._notifier.ready(serving)
        logger.info(serving)

    def _leading(self, *works: Callable[[], None]) -> Callable[[], None]:
        """What one of all daemons does by itself."""

        def turn() -> None:
            if self.services.leader.leads():
                for work in works:
                    work()

        return turn

    def _start_admin(self) -> None:
        error: OSError | None = None
        try:
            self._admin.start()
        except OSError as full:
            if full.errno not in FULL:
                raise
            error = full
        self.services.tasks.spawn("admin-socket", self._admin.watch, error, vital=True)

    @property
    def data_path(self) -> Path:
        """Where everything is kept."""
        return self.services.config.data_path()

    def ready_line(self) -> str:
        """What is printed when the daemon serves."""
        socket = self.services.config.socket_path()
        return f"ready: http://{self._addresses[0]}, admin socket {socket}, data {self.data_path}"

    def reload_on_signal(self) -> None:
        """What SIGHUP asks for, as a command, so that the audit is told of it."""
        with suppress(ChatdError):  # said in the log, where who sends signals looks
            self._dispatcher.carry_out(Caller(SIGNAL, here_only=True), Reload())

    def reload(self) -> dict[str, Any]:
        """Reads the configuration again; nothing changes when the new one is refused."""
        self._notifier.reloading()
        try:
            new = configuration.load(self._path, **self._overrides)
        except ConfigError as error:
            logger.error("reload rejected, the old configuration stays: {}", error)
            raise Rejected(f"REJECTED, the old configuration stays: {error}") from None
        finally:
            self._notifier.ready("serving")
        services = self.services
        outcome, before = report(services.filed, new), services.rooms
        services.filed = merge_live(services.filed, new)
        managing.refresh(services)
        services.rooms = services.config.room_table()
        rooms.apply_changes(services, before)
        services.limiter.apply(services.config.limits)
        second_factors.shut_out_unproven(services)
        accounts.apply_roles(services)
        outcome["applied"] += knowing.refresh(services)
        outcome["not_in_force"] = list(services.misfits.values())
        self._warn(new)
        if any(key.startswith("log.") for key in outcome["applied"]):
            self._levels.take(services.config.log)
        logger.info("reloaded: {}", outcome)
        return outcome

    def _warn_of_store(self) -> None:
        for finding in self.store.examine():
            if finding.state == "wrong":
                logger.bind(area="storage").warning("{}: {}", finding.check, finding.said)

    def _warn(self, config: Config) -> None:
        for warning in strangers(config.admin):
            logger.bind(area="admin").warning("{}", warning)
        for name, webhook in config.webhooks.items():
            try:
                webhooks.keys(webhook)
            except Failed as failed:
                logger.bind(area="errands").warning("nothing is delivered to {}: {}", name, failed)

    def drain(self) -> None:
        """Begins to stop; harmless twice."""
        if not self._draining:
            self._draining = True
            gevent.spawn(self._drain)

    def _drain(self) -> None:
        try:
            self._notifier.stopping()
            self._say_goodbye()
        finally:
            self.stop()

    def _say_goodbye(self) -> None:
        logger.info("draining {} connections", len(self.services.connections))
        self._server.refuse_newcomers()
        self._server.dismiss()
        deadline = time.monotonic() + self.services.config.server.drain_seconds
        gevent.sleep(SETTLE_S)
        while self._is_busy() and time.monotonic() < deadline:
            gevent.sleep(0.02)

    def _is_busy(self) -> bool:
        """Whether somebody is still to be told goodbye, or to be answered."""
        return bool(len(self.services.connections) or self._server.answering)

    def stop(self) -> None:
        """Ends everything: what was asked for is stored, the files are brought up to date. Each
        part ends whatever became of the others."""
        status, self.exit_status = self.exit_status, 1  # unless the store says that all is kept
        try:
            with ExitStack() as ends:
                ends.callback(self.services.refusals.tell)
                if self._node:
                    ends.callback(self._node.stop)
                ends.callback(self.services.search.stop)
                ends.callback(self.store.close)
                if self._node:
                    ends.callback(self._node.let_go)
                ends.callback(self.services.audit.close)
                ends.callback(self.services.helpers.stop)
                ends.callback(self.services.library.stop)
                ends.callback(self.services.tasks.stop)
                ends.callback(self._loop_watch.stop)
                ends.callback(self._admin.stop)
                ends.callback(self._server.stop)
            self.exit_status = status
        except (OSError, ChatdError) as error:
            logger.bind(area="storage").error("{}", error)
        finally:
            logger.info("stopped")
            self._levels.outlet.drain(LAST_WORDS_S)
            self.on_stopped()

    def set_log_level(self, area: str, level: str) -> None:
        """See :class:`chatd.service.context.Control`."""
        self._levels.set(area, level)

    def status(self) -> dict[str, Any]:
        """See :class:`chatd.service.context.Control`."""
        config = self.services.config
        return {
            "version": __version__,
            "state": self.problem() or "serving",
            "uptime_s": round(time.monotonic() - self._began[1], 1),
            "started_at": to_text(self._began[0]),
            "pid": os.getpid(),
            "user": user_name(os.getuid()),
            "node": self.services.nodes.name,
            "configuration": str(self._path.absolute()) if self._path else None,
            "listening": self._addresses,
            "admin_socket": str(config.socket_path().absolute()),
            "data": str(self.data_path.absolute()),
        }

    def examine(self, origin: str | None) -> list[Finding]:
        """See :class:`chatd.service.context.Control`."""
        known = doctor.Known(
            self._path,
            self._overrides,
            self.services.config,
            self.services.filed,
            self.services.misfits,
            self._began,
            self._server.access.strangers,
            self.problem(),
            self.store.examine(),
            self.stats(),
            passkeys.count_holders(self.store),
        )
        return list(doctor.examine(known, origin))

    def log_levels(self) -> dict[EveryArea, LogLevel]:
        """See :class:`chatd.service.context.Control`."""
        return self._levels.each()

    def stats(self) -> dict[str, Any]:
        """See :class:`chatd.service.context.Control`."""
        own = {"loop_stalls": self._loop_watch.stalls, "log_lines_lost": self._levels.outlet.lost}
        return figures(self.services) | own

    def problem(self) -> str | None:
        """See :class:`chatd.service.context.Control`."""
        if self._draining:
            return "the daemon is stopping"
        fault: str | None = self.store.status()["fault"]
        missing = [*([fault] if fault else []), *(self._node.list_missing() if self._node else [])]
        return "; ".join(missing) or None

    def list_impairments(self) -> list[str]:
        """See :class:`chatd.service.context.Control`."""
        failing = sorted(self.services.tasks.failing)
        of_node = self._node.list_impairments() if self._node else []
        return [
            *self.store.list_impairments(),
            *filter(None, [self.services.search.fault]),
            *of_node,
            *(f"fails again and again: {name}" for name in failing),
        ]

    def _tend_store(self) -> None:
        try:
            self.store.tend()
        except Exchanged as error:
            if not self._draining:
                logger.bind(area="storage").error("{}; the daemon ends", error)
                self.exit_status = 1
                self.drain()
        except OSError:
            return  # said by the store, which tries again
        except ChatdError as error:
            logger.bind(area="storage").warning("no checkpoint now: {}", error)

    def _vital_task_died(self, name: str, why: str) -> None:
        said = "{} is vital and died, {}: the daemon goes down to be started again"
        logger.error(said, name, why)
        self.exit_status = 1
        self.drain()
