"""The daemon's figures: for ``chatd admin stats``, and as gauges that Prometheus reads."""

from __future__ import annotations

import platform
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chatd import __version__
from chatd.domain.department import EVERYTHING
from chatd.domain.errand import MAIL, PUSH
from chatd.protocol.views import TRANSPORTS
from chatd.runtime.loop import in_turns
from chatd.service.context import Services
from chatd.service.standing import Standing


def figures(services: Services) -> dict[str, Any]:
    """Everything that is worth a look, flat."""
    store = services.store.status()
    traffic: Counter[str] = Counter()
    for connection in in_turns(services.connections):
        traffic.update(connection.traffic())
    return {
        "connections": len(services.connections),
        "connections_opened": services.connections.opened,
        "rooms": len(services.rooms),
        "tickets_open": len(services.waiting),
        "queue_waiting": services.waiting.count(),
        "queue_oldest_wait_s": round(services.waiting.longest_wait(), 1),
        "operators_online": Standing(services).counters(EVERYTHING).operators_online,
        "outbox_queued_bytes": traffic["queued_bytes"],
        "outbox_dropped": services.connections.dropped + traffic["dropped"],
        "tasks": len(services.tasks),
        "memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        **services.nodes.figures(),
        **{f"errands_{name}": value for name, value in services.errands.figures().items()},
        "mails_waiting": services.errands.waiting(MAIL),
        "mails_delivered": services.errands.ended[MAIL, "delivered"],
        "mails_failed": services.errands.ended[MAIL, "failed"],
        "pushes_waiting": services.errands.waiting(PUSH),
        "pushes_delivered": services.errands.ended[PUSH, "delivered"],
        "pushes_failed": services.errands.ended[PUSH, "failed"],
        **{f"audit_{name}": value for name, value in services.audit.status().items()},
        **{f"store_{name}": value for name, value in store.items()},
    }


class Measure(Struct, frozen=True):
    """A figure as Prometheus knows it: in base units, a counter where it only grows."""

    name: str
    help: str
    counter: bool = False


MEASURES = {
    "connections": Measure("connections", "Live connections of every transport"),
    "connections_opened": Measure("connections_opened", "Connections that were opened", True),
    "rooms": Measure("rooms", "Rooms of the configuration"),
    "tickets_open": Measure("tickets_open", "Tickets that are not closed"),
    "queue_waiting": Measure("queue_waiting", "Tickets that wait for an operator"),
    "queue_oldest_wait_s": Measure(
        "queue_oldest_wait_seconds", "How long the one who waits longest has waited"
    ),
    "operators_online": Measure("operators_online", "Operators who are on line and not away"),
    "outbox_queued_bytes": Measure("outbox_queued_bytes", "Sent and not taken by the peers yet"),
    "outbox_dropped": Measure(
        "outbox_dropped", "Events left out for peers that read too slowly", True
    ),
    "tasks": Measure("tasks", "Greenlets of the daemon's own"),
    "memory_bytes": Measure("memory_peak_bytes", "The most memory that was held so far"),
    "loop_stalls": Measure("loop_stalls", "Times the event loop stood still for 0.1 s", True),
    "log_lines_lost": Measure("log_lines_lost", "Lines of the log that nobody read in time", True),
    "audit_waiting": Measure("audit_waiting", "Entries of the audit log not written yet"),
    "errands_waiting": Measure("errands_waiting", "Webhooks and the like, still to be delivered"),
    "errands_delivered": Measure("errands_delivered", "Errands that were carried out", True),
    "errands_failed": Measure("errands_failed", "Errands that were given up", True),
    "errands_refused": Measure("errands_refused", "Not made, for too many waited", True),
    "mails_waiting": Measure("mails_waiting", "Letters that are still to be sent"),
    "mails_delivered": Measure("mails_delivered", "Letters that a mail server took", True),
    "mails_failed": Measure("mails_failed", "Letters that were given up", True),
    "pushes_waiting": Measure("pushes_waiting", "Words for browsers that are still to be sent"),
    "pushes_delivered": Measure("pushes_delivered", "Words that a push service took", True),
    "pushes_failed": Measure("pushes_failed", "Words for browsers that were given up", True),
    "nodes_others": Measure("nodes_others", "Other nodes on the same database"),
    "nodes_sent": Measure("nodes_sent", "Notices to the other nodes", True),
    "nodes_heard": Measure("nodes_heard", "Notices heard of the other nodes that are there"),
    "store_writable": Measure("store_writable", "1 while commits can be written"),
    "store_files_writable": Measure("store_files_writable", "1 while checkpoints can be made"),
    "store_damaged_files": Measure("store_damaged_files", "Files out of service"),
    "store_journal_bytes": Measure("store_journal_bytes", "Written and not in the files yet"),
    "store_commits": Measure("store_commits", "Commits that became durable", True),
    "store_commit_latency_s": Measure(
        "store_commit_latency_seconds", "How long the last commit took to become durable"
    ),
    "store_cached_bytes": Measure("store_cached_bytes", "Files held in memory"),
}


class Gauges(Collector):
    """The numbers among the figures, read when Prometheus asks. ``told`` gives them all."""

    def __init__(self, services: Services, told: Callable[[], Mapping[str, Any]]) -> None:
        self._services = services
        self._told = told
        self._began = time.time()

    def collect(self) -> Iterable[Metric]:
        """One metric per figure, connections by transport, and which chatd this is."""
        for name, value in self._told().items():
            if name in MEASURES and isinstance(value, int | float):
                yield metric(MEASURES[name], float(value))
        yield self._transports()
        yield metric(Measure("start_time_seconds", "When the daemon began"), self._began)
        build = GaugeMetricFamily(
            "chatd_build_info", "Which chatd this is, always 1", labels=["version", "python"]
        )
        build.add_metric([__version__, platform.python_version()], 1)
        yield build

    def _transports(self) -> Metric:
        transports = GaugeMetricFamily(
            "chatd_connections_by_transport", "Live connections", labels=["transport"]
        )
        counted = Counter(connection.transport for connection in self._services.connections)
        for transport in TRANSPORTS:
            transports.add_metric([transport], counted[transport])
        return transports


def metric(measure: Measure, value: float) -> Metric:
    """A measure with its value."""
    kind = CounterMetricFamily if measure.counter else GaugeMetricFamily
    found: Metric = kind(f"chatd_{measure.name}", measure.help, value)
    return found
