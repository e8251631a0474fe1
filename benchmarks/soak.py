"""Wears chatd out for a while, and writes SOAK.md: ``python -m benchmarks.soak --minutes 20``.

Rooms, tickets, drafts, reconnections, slow readers and attackers at once. It fails when a message
is lost or doubled, memory grows after the warm-up, or greenlets or descriptors are left over.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import report
from benchmarks.measuring import within
from benchmarks.mixture import PER_ROOM, ROOMS, Sample, Soak
from benchmarks.servers import (
    CACHE,
    CHATD,
    CONFIG,
    HERE,
    LOAD_CORE,
    launch,
    pin,
    rooms,
    scratch,
)
from benchmarks.sockets import Broken

SETTINGS = """
[websocket]
outbox_bytes = 131072

[store]
checkpoint_seconds = 20.0
cache_bytes = 2097152

[log]
level = "warning"
"""
MEMORY_GROWTH = 1.10
SPARE = 3
INDEX_FILES = 4  # opened beside serving, perhaps only after the first look
EMPTY_WITHIN_S = 60.0
PATIENCE_S = 60.0
KEPT_LOG = CACHE / "soak-stderr"


@dataclass(frozen=True)
class Finding:
    """One thing that is judged."""

    what: str
    found: str
    allowed: str
    well: bool


@dataclass
class Outcome:
    """What a soak did and found."""

    minutes: float
    samples: list[Sample] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether nothing was found."""
        return all(one.well for one in self.findings)


def soaked(minutes: float) -> Outcome:
    """Runs it, in a directory of its own."""
    directory = scratch()
    try:
        return soaked_in(directory, minutes)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def soaked_in(directory: Path, minutes: float) -> Outcome:
    """The daemon's whole life: begin, be used, be left, be stopped."""
    greenlets = directory / "greenlets"
    os.environ["GREENLETS_FILE"] = str(greenlets)
    config = CONFIG + SETTINGS + rooms(ROOMS)
    with within(PATIENCE_S):
        running = launch(CHATD, directory, directory / "data", config, "benchmarks.counted")
    soak, outcome = Soak(running, greenlets), Outcome(minutes)
    try:
        with within(minutes * 60 + 4 * PATIENCE_S):
            before = soak.sample(0.0)
            outcome.findings += use(soak, minutes)
            outcome.findings += left_over(before, wait_until_empty(soak, before))
    except (Broken, OSError) as error:
        outcome.findings.append(Finding("the daemon serves", repr(error), "always", False))
    finally:
        soak.leave()
        status = running.stop()
    outcome.samples, outcome.counts = soak.samples, dict(soak.tally.counts)
    outcome.findings += [memory(soak.samples), *ending(status, directory / "stderr")]
    return outcome


def use(soak: Soak, minutes: float) -> list[Finding]:
    """Everything at once; then whether everything arrived."""
    what = "messages lost, doubled or out of order"
    try:
        soak.enter()
        soak.run(minutes * 60)
        soak.settle()
        stored = soak.check_history()
    except (Broken, ValueError) as error:
        return [Finding(what, str(error), "0", False)]
    finally:
        soak.leave()
    return [Finding(what, f"0 of {stored:,}", "0", True)]


def wait_until_empty(soak: Soak, before: Sample) -> Sample:
    """The daemon when everybody has gone; half-open requests have a deadline of their own."""
    deadline = time.monotonic() + EMPTY_WITHIN_S
    while True:
        sample = soak.sample(0.0)
        if all(one.well for one in left_over(before, sample)) or time.monotonic() > deadline:
            return sample
        time.sleep(1.0)


def left_over(before: Sample, after: Sample) -> list[Finding]:
    """What is still there when everybody has gone; what is about to end may be."""
    greenlets = after.greenlets - before.greenlets
    descriptors = after.descriptors - before.descriptors
    spare = SPARE + INDEX_FILES
    return [
        Finding("greenlets left over", str(greenlets), f"at most {SPARE}", greenlets <= SPARE),
        Finding(
            "descriptors left over", str(descriptors), f"at most {spare}", descriptors <= spare
        ),
        Finding("connections left over", str(after.connections), "0", after.connections == 0),
    ]


def memory(samples: Sequence[Sample]) -> Finding:
    """Whether it still grows after the first quarter, which warms up."""
    what, allowed = "memory, last quarter to second quarter", f"at most {MEMORY_GROWTH} ×"
    quarter = len(samples) // 4
    if not quarter:
        return Finding(what, "too short to say", allowed, True)
    early = statistics.median(one.memory for one in samples[quarter : 2 * quarter])
    late = statistics.median(one.memory for one in samples[-quarter:])
    found = f"{late / early:.3f} × ({early / 1e6:.1f} to {late / 1e6:.1f} MB)"
    return Finding(what, found, allowed, late / early <= MEMORY_GROWTH)


def ending(status: int, errors: Path) -> list[Finding]:
    """How the daemon stopped, and what it complained of; such a log is kept."""
    log = errors.read_text()
    faults = log.count("incident ") + log.count("Traceback")
    if faults or status:
        CACHE.mkdir(exist_ok=True)
        KEPT_LOG.write_text(log)
    return [
        Finding("exit status after SIGTERM", str(status), "0", status == 0),
        Finding("faults in the daemon's log", str(faults), "0", faults == 0),
    ]


def document(outcome: Outcome) -> str:
    """SOAK.md."""
    judged = [
        (one.what, one.found, one.allowed, "yes" if one.well else "**no**")
        for one in outcome.findings
    ]
    samples = outcome.samples
    shown = [row(one) for one in samples[:: max(1, len(samples) // 20)]]
    did = ", ".join(f"{count:,} {name}" for name, count in sorted(outcome.counts.items()))
    parts = [
        "# Soak",
        f"Written by `make soak` on {time.strftime('%Y-%m-%d')}, {outcome.minutes:g} minutes long. "
        "What it does and judges: [docs/performance.md](../docs/performance.md).",
        f"- {report.machine()}\n{report.own_versions()}",
        f"{ROOMS} rooms of {PER_ROOM} members; {did}.",
        report.table(("what", "found", "allowed", "well"), judged),
        report.table(("minute", "memory, MB", "connections", "greenlets", "descriptors"), shown),
    ]
    return "\n\n".join(parts) + "\n"


def row(sample: Sample) -> tuple[str, ...]:
    """One line of the course of things."""
    return (
        f"{sample.at / 60:.1f}",
        f"{sample.memory / 1e6:.1f}",
        str(sample.connections),
        str(sample.greenlets),
        str(sample.descriptors),
    )


def main() -> int:
    """Exit status 1 when something is not well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--print", action="store_true", help="print instead of writing SOAK.md")
    options = parser.parse_args()
    pin(LOAD_CORE)
    outcome = soaked(options.minutes)
    text = document(outcome)
    if options.print:
        print(text)
    else:
        (HERE / "SOAK.md").write_text(text)
        print(f"written: {HERE / 'SOAK.md'}")
    print("all is well" if outcome.well else "not well: see the table")
    return 0 if outcome.well else 1


if __name__ == "__main__":
    sys.exit(main())
