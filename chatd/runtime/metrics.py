"""The figures that the daemon counts as it goes, for Prometheus and for ``chatd admin stats``."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call]
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
WAITS = (5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600, 14_400)


class Tally(Collector):
    """A counter with one label for what is counted with every command: as dear as a dictionary's
    entry, for only the event loop counts; the library's own takes a lock every time."""

    def __init__(self, name: str, text: str, label: str, registry: CollectorRegistry) -> None:
        self._name, self._text, self._label = name, text, label
        self._counts: Counts[str] = Counts()
        registry.register(self)

    def count(self, value: str) -> None:
        self._counts[value] += 1

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(self._name, self._text, labels=[self._label])
        for value, count in self._counts.items():
            family.add_metric([value], count)
        yield family


class Durations(Collector):
    """A histogram for what is measured with every commit, kept like :class:`Tally`."""

    def __init__(
        self, name: str, text: str, buckets: Sequence[float], registry: CollectorRegistry
    ) -> None:
        self._name, self._text, self._bounds = name, text, buckets
        self._counts = [0] * (len(buckets) + 1)
        self._sum = 0.0
        registry.register(self)

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def collect(self) -> Iterable[Metric]:
        """For Prometheus, whose buckets hold everything below them too."""
        bounds = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
        buckets = list(zip(bounds, accumulate(self._counts), strict=True))
        yield HistogramMetricFamily(self._name, self._text, buckets=buckets, sum_value=self._sum)


class Metrics:
    """One registry per daemon, so that several may live in one process (in tests)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.commands = Tally("chatd_commands", "Commands carried out", "outcome", self.registry)
        self.messages = Tally("chatd_messages", "Messages stored", "sender_type", self.registry)
        self.refusals = Tally(
            "chatd_refusals", "Refused by a limit, origin, cap …", "reason", self.registry
        )
        self.calls = Tally("chatd_calls", "Calls that ended", "outcome", self.registry)
        self.recordings = Tally(
            "chatd_recordings", "Recordings that ended", "reason", self.registry
        )
        self.reruns = Counter(
            "chatd_reruns", "Commands run again: overtaken by others", registry=self.registry
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
        self.commit_seconds = Durations(
            "chatd_commit_seconds",
            "From asking for a commit to its being durable",
            SECONDS,
            self.registry,
        )
