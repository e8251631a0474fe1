"""What rows have in common: how long and how often, medians, and the form of a result."""

from __future__ import annotations

import contextlib
import signal
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.sockets import Broken, cpu_seconds

Figures = dict[str, float]
Contestant = tuple[str, Callable[[], Figures]]
OWN = "chatd"


@dataclass(frozen=True)
class Plan:
    """How much time is spent. ``share``: of the load, and of what is stored.

    ``patience``: one measurement is given up after so many seconds. ``budget``: after so many
    seconds a row begins no further round.
    """

    rounds: int = 3
    seconds: float = 2.0
    share: float = 1.0
    patience: float = 90.0
    budget: float = 120.0

    def of(self, full: int, least: int = 1) -> int:
        """This plan's share of a number of clients or messages."""
        return max(least, round(full * self.share))


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


class Found(dict[str, Figures]):
    """The medians of those who were measured, by name; ``lost``: what was not, and why."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: list[str] = []
        self.rounds = 0


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Breaks off what takes longer, wherever it waits; main thread only."""

    def late(number: int, frame: Any) -> None:
        raise Broken(f"not done within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def rounds(plan: Plan, contestants: Sequence[Contestant]) -> Found:
    """Runs all contestants in turn, several times; the median of every figure of each. The first
    is chatd, without which there is no row; another that fails is left out, and it is said why."""
    runs: dict[str, list[Figures]] = {name: [] for name, _ in contestants}
    found, began = Found(), time.monotonic()
    while found.rounds < plan.rounds:
        if found.rounds and time.monotonic() - began > plan.budget:
            found.lost.append(f"Time was up after {found.rounds} of {plan.rounds} rounds.")
            break
        found.rounds += 1
        for name, measure in contestants:
            if name in runs:
                attempt(plan, found, runs, name, measure)
    found.update({name: medians(figures) for name, figures in runs.items()})
    return found


def attempt(
    plan: Plan,
    found: Found,
    runs: dict[str, list[Figures]],
    name: str,
    measure: Callable[[], Figures],
) -> None:
    """One measurement; who fails is taken out of ``runs``, unless it is the first of them."""
    try:
        with within(plan.patience):
            figures = measure()
    except Exception as error:
        if name == next(iter(runs)):
            raise
        del runs[name]
        found.lost.append(f"{name} was not measured: {type(error).__name__}: {error}")
        print(f"  {found.lost[-1]}", flush=True)
        return
    runs[name].append(figures)
    shown = ", ".join(f"{key} {value:,.4g}" for key, value in figures.items())
    print(f"  round {found.rounds}, {name}: {shown}", flush=True)


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


def against(what: str, found: Found, rivals: Iterable[str], key: str, target: float) -> Verdict:
    """chatd's figure as a multiple of the best rival's."""
    figures = [found[name][key] for name in rivals if name in found]
    if not figures:
        return Verdict(what, "not measured", f"at least {target:.3g} ×", False)
    return at_least(what, found[OWN][key] / max(figures), target)


def at_least(what: str, value: float, target: float, unit: str = "×") -> Verdict:
    """More is better."""
    measured, wanted = f"{value:.2f} {unit}", f"at least {target:.3g} {unit}"
    return Verdict(what, measured, wanted, value >= target)


def at_most(what: str, value: float, target: float, unit: str) -> Verdict:
    """Less is better."""
    return Verdict(what, f"{value:.2f} {unit}", f"at most {target:g} {unit}", value <= target)
