"""A month's figures, asked for over HTTP, of a year of a million requests for help."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from typing import Any

from benchmarks.measuring import Figures, Plan, Row, at_most
from benchmarks.prepare import fill_requests
from benchmarks.servers import CHATD, Running, started

REQUESTS = 1_000_000
MONTH = "from=2026-03-01&to=2026-03-31&tz=Europe/Berlin"
ASKED = {
    "by hour": "queue?group=hour",
    "by day": "queue?group=day",
    "by operator": "operators?group=all",
    "by site": "sites?group=all",
    "by department": "departments?group=all",
    "by tag": "tags?group=all",
    "of each operator by day": "operators?group=day",
}
HEADER = ("report", "requests", "rows", "seconds", "CPU, s")
NOTE = (
    "`GET /api/admin/reports/…` of one month of twelve, one after the other, read anew each time "
    "from the files by time that hold the requests for help; the first of them after a start."
)


def make_token(running: Running) -> str:
    """Of a program that may see figures."""
    command = [sys.executable, "-m", "chatd", "admin", "--socket", str(running.admin_socket)]
    once = f"figures-{time.time_ns():x}"  # the directory is kept, and has those of earlier runs
    made = [*command, "token", "add", "--scope", "figures:read", once, "--json"]
    told = subprocess.run(made, check=True, capture_output=True, text=True)
    return str(json.loads(told.stdout)["token"])


def ask(running: Running, token: str, path: str) -> Figures:
    """How long one report took, and how much it is about."""
    line = http.client.HTTPConnection("127.0.0.1", running.port)
    cpu, began = running.cpu_seconds(), time.perf_counter()
    headers = {"Authorization": f"Bearer {token}"}
    line.request("GET", f"/api/admin/reports/{path}&{MONTH}", headers=headers)
    told: dict[str, Any] = json.loads(line.getresponse().read())["data"]
    took = time.perf_counter() - began
    line.close()
    return {
        "requests": told["total"]["opened"],
        "rows": len(told["rows"]),
        "seconds": took,
        "cpu": running.cpu_seconds() - cpu,
    }


def measure(plan: Plan) -> dict[str, Figures]:
    """Each report."""
    with started(CHATD, data=fill_requests(plan.of(REQUESTS))) as running:
        token = make_token(running)
        return {name: ask(running, token, path) for name, path in ASKED.items()}


def run(plan: Plan) -> list[Row]:
    """The row."""
    figures = measure(plan)
    verdicts = [
        at_most(f"a month {name}", one["seconds"], 1.0, "s") for name, one in figures.items()
    ]
    raw = [
        (
            *(name, f"{one['requests']:,.0f}", f"{one['rows']:.0f}"),
            *(f"{one['seconds']:.2f}", f"{one['cpu']:.2f}"),
        )
        for name, one in figures.items()
    ]
    return [Row(f"Reports of {plan.of(REQUESTS):,} requests", verdicts, HEADER, raw, [NOTE])]
