"""Runs every row, or those that are named, and writes RESULTS.md: ``python -m benchmarks.run``.

A peer that cannot be installed or started is left out, a row that fails is reported, a measurement
that hangs is broken off: none of them takes the others along.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import sys
import time
from dataclasses import replace

from benchmarks import report
from benchmarks.measuring import Plan, Row
from benchmarks.prepare import prepare
from benchmarks.servers import HERE, LOAD_CORE, pin

ROWS = (
    "fanout",
    "socketio",
    "support",
    "durable",
    "stored",
    "idle",
    "reconnect",
    "crowd",
    "visitors",
    "queue",
    "drafts",
    "terminal",
    "shell",
    "polling",
    "page",
    "nodes",
    "failing_over",
)
NAMED_ONLY = ("search", "report")  # they take minutes to be filled
KNOWN = ", ".join((*ROWS, *NAMED_ONLY))
DESCRIPTORS = 12_000
WHOLE_S = 780.0
FULL = Plan(rounds=3, seconds=2.0)
QUICK = Plan(rounds=1, seconds=1.0, share=0.2)


def allow_descriptors() -> None:
    """As many as 10,000 connections take, here and in the servers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < DESCRIPTORS:
        if hard < DESCRIPTORS:
            sys.exit(f"{DESCRIPTORS} descriptors are needed and {hard} allowed: raise `ulimit -Hn`")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def measure(names: list[str], plan: Plan) -> tuple[list[Row], list[str]]:
    """The rows; and what failed, for one row's failure does not take the others along."""
    rows: list[Row] = []
    failed: list[str] = []
    began = time.monotonic()
    for number, name in enumerate(names):
        print(f"{name}:", flush=True)
        left = WHOLE_S - (time.monotonic() - began)
        try:
            budget = 1.5 * left / (len(names) - number)  # some rows take less than their share
            row = importlib.import_module(f"benchmarks.rows.{name}")
            rows += row.run(replace(plan, budget=min(plan.budget, budget)))
        except Exception as error:
            failed.append(f"{name} failed: {type(error).__name__}: {error}")
            print(failed[-1], flush=True)
    return rows, failed


def main() -> int:
    """Exit status: 0 when everything could be measured, whatever it showed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: under 3 minutes")
    parser.add_argument("--print", action="store_true", help="print instead of writing RESULTS.md")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {KNOWN}")
    options = parser.parse_args()
    if unknown := set(options.rows) - {*ROWS, *NAMED_ONLY}:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {KNOWN}")
    missing = prepare()
    allow_descriptors()
    if (os.cpu_count() or 1) < 2:
        print("one core only: servers and load share it, and the figures say little", flush=True)
    pin(LOAD_CORE)
    plan, began = QUICK if options.quick else FULL, time.monotonic()
    rows, failed = measure(options.rows or list(ROWS), plan)
    how = (
        f"{plan.rounds} rounds of {plan.seconds:g} s, medians"
        + ", a fifth of the load" * options.quick
    )
    text = report.document(rows, time.monotonic() - began, how, [*missing, *failed])
    if options.print:
        print(text)
    else:
        (HERE / "RESULTS.md").write_text(text)
        print(f"written: {HERE / 'RESULTS.md'}")
    return 1 if missing or failed else 0


if __name__ == "__main__":
    sys.exit(main())
