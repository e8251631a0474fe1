"""Writes the results as Markdown: what was to be reached, what was, the raw figures under it."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.measuring import Row
from benchmarks.servers import CACHE, PEER_PYTHON

OWN = ("gevent", "gevent-websocket", "msgspec", "falcon", "tinydb")
PYTHON = (
    "websockets",
    "aiohttp",
    "python-socketio",
    "picows",
    "uvloop",
    "Flask",
    "falcon",
    "gevent",
)
NODE = ("ws", "socket.io", "bufferutil")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def section(row: Row) -> str:
    """One row with its raw figures."""
    verdicts = [
        (one.what, one.measured, one.target, "reached" if one.reached else "**not reached**")
        for one in row.verdicts
    ]
    parts = [f"## {row.title}", *row.notes]
    if verdicts:
        parts.append(table(("", "measured", "to reach", ""), verdicts))
    return "\n\n".join([*parts, table(row.header, row.raw)])


def summary(rows: Sequence[Row]) -> str:
    """All verdicts in one table."""
    lines = [
        (row.title, one.what, one.measured, one.target, "yes" if one.reached else "**no**")
        for row in rows
        for one in row.verdicts
    ]
    return table(("what", "", "measured", "to reach", "reached"), lines)


def machine() -> str:
    """Processor, cores, memory, kernel."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB; Linux {platform.release()}"


def said(*command: str) -> str:
    """What a program prints; "none" where it is not installed."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout.strip()
    except OSError:
        return "none"


def own_versions() -> str:
    """chatd, its commit, and the libraries that carry it."""
    own = ", ".join(f"{name} {version(name)}" for name in OWN)
    return f"- chatd {version('chatd')} at {said('git', 'rev-parse', '--short', 'HEAD')}: {own}"


def versions() -> str:
    """Of everything that is measured."""
    code = (
        "import sys,importlib.metadata as m;print(*[f'{n} {m.version(n)}' for n in sys.argv[1:]])"
    )
    peers = said(str(PEER_PYTHON), "-c", code, *PYTHON) if PEER_PYTHON.exists() else ""
    node = [
        f"{name} {said('node', '-p', f'require({str(module)!r}).version')}"
        for name in NODE
        if (module := CACHE / "node" / "node_modules" / name / "package.json").exists()
    ]
    pairs = peers.split()
    shown = ", ".join(f"{a} {b}" for a, b in zip(pairs[::2], pairs[1::2], strict=True))
    return "\n".join(
        (
            own_versions(),
            f"- Python {platform.python_version()}: {shown}",
            f"- Node {said('node', '--version')}: {', '.join(node)}",
            f"- {said('psql', '--version')}",
        )
    )


def document(rows: Sequence[Row], took_s: float, plan: str, failed: Sequence[str]) -> str:
    """The whole of RESULTS.md."""
    now = datetime.datetime.now(datetime.UTC)
    parts = [
        "# Results",
        f"Written by `make bench` on {now:%Y-%m-%d %H:%M} UTC in {took_s / 60:.1f} minutes "
        f"({plan}). The servers run in turn, pinned to one core, the load to another. What is "
        "measured and how: [docs/performance.md](../docs/performance.md).",
        f"- {machine()}\n{versions()}",
        summary(rows),
        *(f"**{line}**" for line in failed),
        *(section(row) for row in rows),
    ]
    return "\n\n".join(parts) + "\n"
