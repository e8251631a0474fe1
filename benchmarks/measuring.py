"""What rows have in common: how long and how often, medians, and the form of a result."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.sockets import cpu_seconds

Figures = dict[str, float]
Contestant = tuple[str, Callable[[], Figures]]


@dataclass(frozen=True)
class Plan:
    """How much time is spent. ``quick``: smaller loads, one round."""

    rounds: int = 3
    seconds: float = 2.0
    quick: bool = False


@dataclass(frozen=True)
class Verdict:
    """One thing to reach: what was measured, as text, and whether it is reached."""

    what: str
    measured: str
    target: str
    reached: bool


@dataclass
class Row:
    """A row of the table: verdicts above, raw figures under it."""

    title: str
    verdicts: list[Verdict]
    header: Sequence[str]
    raw: list[Sequence[str]]
    notes: list[str] = field(default_factory=list)


def rounds(plan: Plan, contestants: Sequence[Contestant]) -> dict[str, Figures]:
    """Runs all contestants in turn, several times; the median of every figure of each."""
    found: dict[str, list[Figures]] = {name: [] for name, _ in contestants}
    for number in range(plan.rounds):
        for name, measure in contestants:
            figures = measure()
            found[name].append(figures)
            shown = ", ".join(f"{key} {value:,.4g}" for key, value in figures.items())
            print(f"  round {number + 1}, {name}: {shown}", flush=True)
    return {name: medians(runs) for name, runs in found.items()}


def medians(runs: Sequence[Figures]) -> Figures:
    """Figure by figure."""
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def core_share(work: Callable[[], float]) -> tuple[float, float]:
    """A measurement, and which share of its core the load took meanwhile: near 1, and the load
    itself is what is measured."""
    cpu, wall = cpu_seconds(), time.perf_counter()
    result = work()
    return result, (cpu_seconds() - cpu) / (time.perf_counter() - wall)


def at_least(what: str, value: float, target: float, unit: str = "×") -> Verdict:
    """More is better."""
    measured, wanted = f"{value:.2f} {unit}", f"at least {target:g} {unit}"
    return Verdict(what, measured, wanted, value >= target)


def at_most(what: str, value: float, target: float, unit: str) -> Verdict:
    """Less is better."""
    return Verdict(what, f"{value:.2f} {unit}", f"at most {target:g} {unit}", value <= target)
