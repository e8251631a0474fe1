"""The daemon's figures: for ``chatd admin stats``, and as gauges that Prometheus reads."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterable
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chatd.context import Services
from chatd.handlers.standing import EVERY_SITE, Standing


def figures(services: Services) -> dict[str, Any]:
    """Everything that is worth a look, flat."""
    store = services.store.status()
    traffic: Counter[str] = Counter()
    for connection in services.connections:
        traffic.update(connection.traffic())
    return {
        "connections": len(services.connections),
        "connections_opened": services.connections.opened,
        "rooms": len(services.rooms),
        "tickets_open": len(services.waiting),
        "queue_waiting": services.waiting.count(),
        "queue_oldest_wait_s": round(services.waiting.longest_wait(), 1),
        "operators_online": Standing(services).counters(EVERY_SITE)["operators_online"],
        "outbox_queued_bytes": traffic["queued_bytes"],
        "outbox_dropped": traffic["dropped"],
        "tasks": len(services.tasks),
        "memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        **{f"audit_{name}": value for name, value in services.audit.status().items()},
        **{f"store_{name}": value for name, value in store.items()},
    }


class Gauges(Collector):
    """The numbers among the figures, read when Prometheus asks."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterable[Metric]:
        """One gauge per figure, and connections by transport."""
        for name, value in figures(self._services).items():
            if isinstance(value, int | float):
                yield GaugeMetricFamily(f"chatd_{name}", name.replace("_", " "), float(value))
        transports = GaugeMetricFamily(
            "chatd_connections_by_transport", "Live connections", labels=["transport"]
        )
        counted = Counter(connection.transport for connection in self._services.connections)
        for transport in ("websocket", "socketio", "admin"):
            transports.add_metric([transport], counted[transport])
        yield transports
