"""The figures that the daemon counts as it goes, for Prometheus and for ``chatd admin stats``."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
WAITS = (5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600, 14_400)


class Metrics:
    """One registry per daemon, so that several may live in one process (in tests)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.commands = Counter(
            "chatd_commands", "Commands carried out", ["outcome"], registry=self.registry
        )
        self.messages = Counter(
            "chatd_messages", "Messages stored", ["sender_type"], registry=self.registry
        )
        self.incidents = Counter(
            "chatd_incidents", "Faults of the daemon's own", registry=self.registry
        )
        self.accept_seconds = Histogram(
            "chatd_accept_seconds",
            "From asking for a person to an operator's acceptance",
            buckets=WAITS,
            registry=self.registry,
        )
        self.loop_lag_seconds = Histogram(
            "chatd_loop_lag_seconds",
            "How late the event loop runs a timer",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.commit_seconds = Histogram(
            "chatd_commit_seconds",
            "From asking for a commit to its being durable",
            buckets=SECONDS,
            registry=self.registry,
        )
